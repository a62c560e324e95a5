"""What the pods of a workload request: one pod, all pods at the peak of a rollout, and what the quotas of the namespace leave of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rollproof.kube import quantity
from rollproof.kube.quantity import Quantity
from rollproof.model.cluster import Cluster
from rollproof.model.resource import Resource, mapping_in
from rollproof.model.workload import Container, Workload

NAMED = ("cpu", "memory")
"""The resources that every plan speaks of."""

Amounts = Mapping[str, Quantity | None]
"""Amounts by resource; None where a container states none, so that the whole is not known."""

_Read = Callable[[Container, str], Quantity | None]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the LimitRanges of a namespace fill into containers that state nothing."""

    requests: Mapping[str, Quantity]
    limits: Mapping[str, Quantity]
    source: Resource | None = None


NO_DEFAULTS = Defaults({}, {})


@dataclass(frozen=True, slots=True)
class PodResources:
    """What one pod requests and may use at most, once the API server has filled in what the manifest leaves out."""

    requests: Amounts
    limits: Amounts
    defaults: Defaults = NO_DEFAULTS

    def of(self, key: str) -> Quantity | None:
        """What a quota's key (``requests.cpu``, ``limits.memory``, ``pods`` …) counts of one pod; None: unknown, or nothing of pods."""
        if key in ("pods", "count/pods"):
            return Quantity(10**9)
        field, dot, resource = key.partition(".")
        if dot and field == "limits":
            return self.limits.get(resource)
        return self.requests.get(resource if dot and field == "requests" else key)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many pods of a workload one line of a ResourceQuota has room for, when the workload is alone in its namespace."""

    resource: Resource
    key: str
    hard: Quantity
    each: Quantity
    pods: int


def pod_resources(workload: Workload, cluster: Cluster) -> PodResources:
    """What one pod of the workload requests and is limited to."""
    defaults = _defaults(workload, cluster)
    names = _names(workload, defaults)

    def request(container: Container, resource: str) -> Quantity | None:
        # A limit becomes the request that is absent (SetDefaults_Pod), and only then the LimitRange fills in (mergeContainerResources).
        own = _stated(container, "requests", resource) or _stated(container, "limits", resource)
        return own or defaults.requests.get(resource)

    def limit(container: Container, resource: str) -> Quantity | None:
        return _stated(container, "limits", resource) or defaults.limits.get(resource)

    return PodResources(
        {name: _pod_total(workload, name, "requests", request) for name in names},
        {name: _pod_total(workload, name, "limits", limit) for name in names},
        defaults,
    )


def times(amounts: Amounts, pods: int | None) -> dict[str, Quantity | None]:
    """The amounts of so many pods; all unknown where the number of pods is."""
    return {name: None if amount is None or pods is None else amount * pods for name, amount in amounts.items()}


def quotas(workload: Workload, cluster: Cluster, one_pod: PodResources) -> Iterator[Quota]:
    """The room that each line of the ResourceQuotas of the namespace has for pods of the workload.

    Quotas with scopes are left out, save those for pods without a deadline, which count every pod of a workload that keeps running.
    """
    for quota in cluster.by_kind.get("ResourceQuota", ()):
        if not cluster.share_namespace(quota, workload.resource) or quota.get("spec", "scopeSelector") is not None:
            continue
        if set(map(str, quota.items("spec", "scopes"))) - {"NotTerminating"}:
            continue
        for key, value in quota.mapping("spec", "hard").items():
            hard, each = quantity.parse(value), one_pod.of(key)
            if hard is not None and each is not None and each.nanos > 0:
                yield Quota(quota, key, hard, each, max(0, hard.nanos // each.nanos))


def _names(workload: Workload, defaults: Defaults) -> tuple[str, ...]:
    """cpu and memory, then whatever else a container or the pod itself speaks of."""
    names = dict.fromkeys(NAMED)
    for container in workload.containers():
        for field in ("requests", "limits"):
            names.update(dict.fromkeys(mapping_in(container.data.get("resources"), field)))
    for field in ("requests", "limits"):
        names.update(dict.fromkeys(mapping_in(workload.pod_spec.get("resources"), field)))
    names.update(dict.fromkeys(mapping_in(workload.pod_spec, "overhead")))
    names.update(dict.fromkeys(defaults.requests))
    return tuple(name for name in names if isinstance(name, str))


def _pod_total(workload: Workload, resource: str, field: str, read: _Read) -> Quantity | None:
    """Containers and sidecars together, or what an init container needs beside the sidecars before it; the pod's own word; its overhead.

    Source: PodRequests and AggregateContainerRequests, k8s.io/component-helpers resource/helpers.go.
    """
    whole = _stated_by_pod(workload, field, resource)
    if whole is None:
        whole = _container_total(workload, resource, read)
    if whole is None:
        return None
    overhead = quantity.parse(mapping_in(workload.pod_spec, "overhead").get(resource, 0))
    return whole if overhead is None or not overhead.nanos else whole + overhead


def _container_total(workload: Workload, resource: str, read: _Read) -> Quantity | None:
    running = sidecars = largest = quantity.ZERO
    for container in workload.containers():
        amount = read(container, resource)
        if amount is None:
            # A missing cpu or memory request is an unknown need; any other resource is simply not used.
            if resource in NAMED and container.serves:
                return None
            amount = quantity.ZERO
        if not container.init:
            running += amount
        elif container.serves:
            sidecars += amount
            largest = max(largest, sidecars)
        else:
            largest = max(largest, amount + sidecars)
    return max(running + sidecars, largest) if any(True for _ in workload.containers()) else None


def _stated_by_pod(workload: Workload, field: str, resource: str) -> Quantity | None:
    """Resources of the pod as a whole, which may be cpu, memory and huge pages (IsSupportedPodLevelResource)."""
    if resource not in NAMED and not resource.startswith("hugepages-"):
        return None
    resources = workload.pod_spec.get("resources")
    written = mapping_in(resources, field).get(resource)
    if written is None and field == "requests":
        written = mapping_in(resources, "limits").get(resource)
    return None if written is None else quantity.parse(written)


def _stated(container: Container, field: str, resource: str) -> Quantity | None:
    written = mapping_in(container.data.get("resources"), field).get(resource)
    return None if written is None else quantity.parse(written)


def _defaults(workload: Workload, cluster: Cluster) -> Defaults:
    """The defaults of the first LimitRange of the namespace that has limits for containers.

    What it leaves out follows from the rest of it: SetDefaults_LimitRangeItem, Kubernetes pkg/apis/core/v1/defaults.go.
    """
    for limit_range in cluster.by_kind.get("LimitRange", ()):
        if not cluster.share_namespace(limit_range, workload.resource):
            continue
        for item in limit_range.items("spec", "limits"):
            if isinstance(item, dict) and item.get("type") == "Container":
                limits = {**_amounts(item, "max"), **_amounts(item, "default")}
                requests = {**_amounts(item, "min"), **limits, **_amounts(item, "defaultRequest")}
                return Defaults(requests, limits, limit_range)
    return NO_DEFAULTS


def _amounts(item: Mapping[str, Any], field: str) -> dict[str, Quantity]:
    found = {name: quantity.parse(value) for name, value in mapping_in(item, field).items()}
    return {name: amount for name, amount in found.items() if amount is not None}
