"""What each Service sends traffic to: its targets, how many endpoints a rollout leaves, shares, and which colours a flip could choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from rollproof.model.cluster import Cluster
from rollproof.model.resource import Place, Resource, string_map
from rollproof.model.workload import Workload
from rollproof.rollout.flip import BlueGreen, Candidate, Colours
from rollproof.rollout.piecewise import Range
from rollproof.rollout.routes import Split, splits
from rollproof.rollout.target import Target, total

__all__ = ["BlueGreen", "Candidate", "Note", "ServicePlan", "Share", "Target", "service_plans", "total"]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of new connections (or of the requests of a route) that a target gets; ``during`` rollouts it is in between these two."""

    target: Target
    share: Fraction
    during: tuple[Fraction, Fraction] | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a Service that its numbers rest on: a stable code, a sentence, and the place it comes from."""

    code: str
    message: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class ServicePlan:
    """What a Service targets, steadily and in the worst moment of rollouts of all its targets at once.

    ``split_by`` is the route whose weights ``canary`` comes from; None where it comes from the numbers of pods.
    """

    resource: Resource
    selector: Mapping[str, str]
    targets: tuple[Target, ...]
    steady: Range
    worst: Range
    blue_green: BlueGreen | None = None
    canary: tuple[Share, ...] = ()
    split_by: Resource | None = None
    notes: tuple[Note, ...] = ()


def service_plans(cluster: Cluster, targets: Mapping[Workload, Target]) -> Iterator[ServicePlan]:
    """The plan of each Service that has a selector; endpoints of the others are made elsewhere."""
    colours = Colours(cluster, targets)
    services = cluster.by_kind.get("Service", ())
    routed: dict[Resource, Split] = {}
    for split in splits(cluster) if services else ():
        for service, _ in split.shares:
            routed.setdefault(service, split)
    roles = _argo_roles(cluster)
    for service in services:
        selector = string_map(service.get("spec", "selector"))
        if service.group or not selector or service.get("spec", "type") == "ExternalName":
            continue
        chosen, alternatives = _distinct(service, cluster, targets)
        split_by = routed.get(service)
        yield ServicePlan(
            service,
            selector,
            chosen,
            total([target.replicas for target in chosen]),
            total([target.available for target in chosen]),
            colours.blue_green(service, chosen),
            _split_shares(split_by, cluster, targets) if split_by else _shares(chosen),
            split_by.route if split_by else None,
            (*_notes(service, roles.get(service, ())), *alternatives),
        )


def _distinct(service: Resource, cluster: Cluster, targets: Mapping[Workload, Target]) -> tuple[tuple[Target, ...], tuple[Note, ...]]:
    """The targets of a Service, each object once: of several definitions of one, that in the Service's own file, or else the first."""
    found: dict[object, Workload] = {}
    others: dict[object, int] = {}
    for workload in cluster.targets_of(service):
        identity = (workload.resource.kind, workload.resource.namespace, workload.resource.name or workload)
        others[identity] = others.get(identity, 0) + 1
        if identity not in found or (workload.resource.source == service.source != found[identity].resource.source):
            found[identity] = workload
    notes = tuple(
        Note("alternatives", f"{one.resource.identity} is defined in {others[key]} files, of which this one is counted", one.resource.at())
        for key, one in found.items()
        if others[key] > 1
    )
    return tuple(targets[workload] for workload in found.values() if workload in targets), notes


def _shares(targets: tuple[Target, ...]) -> tuple[Share, ...]:
    """Shares where a Service selects several workloads whose sizes are known: each endpoint gets as many connections as any other."""
    targets = tuple(target for target in targets if target.workload.resource.kind not in ("Job", "CronJob"))
    sizes = [target.size for target in targets if target.size is not None]
    whole = sum(sizes)
    if len(targets) < 2 or len(sizes) < len(targets) or whole == 0:
        return ()
    return tuple(Share(target, Fraction(size, whole), _during(target, targets)) for target, size in zip(targets, sizes, strict=True))


def _during(target: Target, targets: tuple[Target, ...]) -> tuple[Fraction, Fraction] | None:
    """The least and the greatest share while all targets roll: with its fewest pods beside the others' most, and the other way round."""
    others = [other for other in targets if other is not target]
    peaks = [other.peak[1] for other in others]
    least, most, fewest = target.available[0], target.peak[1], sum(other.available[0] or 0 for other in others)
    if least is None or most is None or any(peak is None for peak in peaks):
        return None
    greatest = sum(peak or 0 for peak in peaks)
    low = Fraction(least, least + greatest) if least + greatest else Fraction(0)
    return low, Fraction(most, most + fewest) if most + fewest else Fraction(0)


def _split_shares(split: Split, cluster: Cluster, targets: Mapping[Workload, Target]) -> tuple[Share, ...]:
    """The shares of the workloads behind all Services of a split; none where one Service has several workloads of unknown sizes."""
    found: dict[Workload, Share] = {}
    for service, part in split.shares:
        chosen, _ = _distinct(service, cluster, targets)
        inner = [Share(chosen[0], Fraction(1))] if len(chosen) == 1 else _shares(chosen)
        if not inner:
            return ()
        for one in inner:
            before = found[one.target.workload].share if one.target.workload in found else Fraction(0)
            found[one.target.workload] = Share(one.target, before + part * one.share)
    return tuple(found.values())


_ROLES = (
    (("blueGreen", "activeService"), "the active Service"),
    (("blueGreen", "previewService"), "the preview Service"),
    (("canary", "stableService"), "the stable Service"),
    (("canary", "canaryService"), "the canary Service"),
    (("canary", "pingPong", "pingService"), "the ping Service"),
    (("canary", "pingPong", "pongService"), "the pong Service"),
)
"""The fields by which a Rollout names its Services: argo-rollouts pkg/apis/rollouts/v1alpha1/types.go."""


def _argo_roles(cluster: Cluster) -> Mapping[Resource, list[tuple[Resource, str]]]:
    found: dict[Resource, list[tuple[Resource, str]]] = {}
    for rollout in cluster.by_kind.get("Rollout", ()):
        for path, role in _ROLES:
            name = rollout.get("spec", "strategy", *path)
            for service in cluster.referents("Service", name, rollout) if isinstance(name, str) else ():
                found.setdefault(service, []).append((rollout, role))
    return found


def _notes(service: Resource, roles: list[tuple[Resource, str]] | tuple[()]) -> Iterator[Note]:
    spec = service.mapping("spec")
    for rollout, role in roles:
        text = f"it is {role} of {rollout.identity}, whose controller narrows it to the pods of one version"
        yield Note("argo-rollout-service", text, rollout.at("spec", "strategy", key=True))
    if spec.get("publishNotReadyAddresses") is True:
        text = "pods count as endpoints before they are ready, so a rollout sends traffic to pods that do not answer yet"
        yield Note("publishes-not-ready", text, service.at("spec", "publishNotReadyAddresses"))
    if spec.get("clusterIP") == "None":
        text = "it is headless: clients get the pods' addresses from DNS and choose among them themselves"
        yield Note("headless", text, service.at("spec", "clusterIP"))
    if spec.get("sessionAffinity") == "ClientIP":
        text = "a client keeps its pod for as long as that lives, so shares hold for clients and not for connections"
        yield Note("session-affinity", text, service.at("spec", "sessionAffinity"))
