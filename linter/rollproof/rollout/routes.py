"""Routes that split requests over several Services by weight: canary Ingresses of ingress-nginx, and routes of the Gateway API.

Sources: kubernetes/ingress-nginx docs/user-guide/nginx-configuration/annotations.md (canary); gateway.networking.k8s.io v1
shared_types.go and httproute_types.go (BackendRef.weight).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rollproof.model.cluster import Cluster
from rollproof.model.resource import Resource

_NGINX = "nginx.ingress.kubernetes.io/"


@dataclass(frozen=True, slots=True)
class Split:
    """The shares of the requests for one host and path that each Service gets, by the weights that ``route`` gives."""

    route: Resource
    shares: tuple[tuple[Resource, Fraction], ...]


def splits(cluster: Cluster) -> Iterator[Split]:
    """Every split of the run, of which all Services are here."""
    for ingress in cluster.by_kind.get("Ingress", ()):
        if is_canary(ingress):
            yield from _canary_splits(ingress, cluster)
    for kind in ("HTTPRoute", "GRPCRoute"):
        for route in cluster.by_kind.get(kind, ()):
            yield from _route_splits(route, cluster)


def is_canary(ingress: Resource) -> bool:
    """Whether ingress-nginx takes this Ingress as a variant of another one."""
    return ingress.annotations.get(_NGINX + "canary") == "true"


def canary_weight(ingress: Resource) -> Fraction | None:
    """The share that a canary Ingress asks for by weight; None where it gives none. What is no number counts as 0, as in ingress-nginx."""
    weight = ingress.annotations.get(_NGINX + "canary-weight")
    if weight is None:
        return None
    whole = ingress.annotations.get(_NGINX + "canary-weight-total", "100")
    total = int(whole) if whole.isdigit() and int(whole) else 100
    return min(Fraction(int(weight) if weight.isdigit() else 0, total), Fraction(1))


def backends(ingress: Resource) -> Iterator[tuple[tuple[str, str], str]]:
    """Host (``*`` for any) and path of each rule of an Ingress, and the name of the Service behind it."""
    for rule in ingress.items("spec", "rules"):
        if not isinstance(rule, dict):
            continue
        http = rule.get("http")
        paths = http.get("paths") if isinstance(http, dict) else None
        for one in paths if isinstance(paths, list) else ():
            backend = one.get("backend") if isinstance(one, dict) else None
            if isinstance(backend, dict):
                service = backend.get("service")
                name = service.get("name") if isinstance(service, dict) else backend.get("serviceName")
                if isinstance(name, str):
                    yield (str(rule.get("host") or "*"), str(one.get("path") or "/")), name


def main_of(canary: Resource, cluster: Cluster) -> Iterator[tuple[Resource, str, str]]:
    """The Ingresses that a canary one is a variant of, with the main and the canary Service's name for each host and path of both."""
    wanted = dict(backends(canary))
    for other in cluster.by_kind.get("Ingress", ()):
        if not is_canary(other) and cluster.may_meet(other, canary) and cluster.together(other, canary):
            for where, name in backends(other):
                if where in wanted:
                    yield other, name, wanted[where]


def _canary_splits(canary: Resource, cluster: Cluster) -> Iterator[Split]:
    share = canary_weight(canary)
    if share is None:
        return
    for _, main, variant in main_of(canary, cluster):
        stable, new = _service(main, canary, cluster), _service(variant, canary, cluster)
        if stable is not None and new is not None and stable is not new:
            yield Split(canary, ((stable, 1 - share), (new, share)))


def _route_splits(route: Resource, cluster: Cluster) -> Iterator[Split]:
    for rule in route.items("spec", "rules"):
        entries = rule.get("backendRefs") if isinstance(rule, dict) else None
        refs = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
        weights = [_weight(one) for one in refs]
        services = [_service(one.get("name"), route, cluster) if one.get("kind", "Service") == "Service" else None for one in refs]
        whole = sum(weights)
        if len(refs) > 1 and whole and all(service is not None for service in services):
            pairs = zip(services, weights, strict=True)
            yield Split(route, tuple((service, Fraction(weight, whole)) for service, weight in pairs if service is not None))


def _weight(reference: dict[str, Any]) -> int:
    """A weight is 1 where none is given."""
    weight = reference.get("weight")
    return weight if isinstance(weight, int) and not isinstance(weight, bool) and weight >= 0 else 1


def _service(name: object, owner: Resource, cluster: Cluster) -> Resource | None:
    found = cluster.referents("Service", name, owner) if isinstance(name, str) else ()
    return found[0] if found else None
