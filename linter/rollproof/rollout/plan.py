"""The plan of a run: for each workload what one rollout of it does, for each Service what it targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rollproof.kube.quantity import Quantity
from rollproof.kube.quantity import parse as parse_quantity
from rollproof.kube.version import VersionRange
from rollproof.model.cluster import Cluster
from rollproof.model.resource import Resource
from rollproof.model.workload import Container, Workload
from rollproof.rollout.bounds import Bounds, bounds_of
from rollproof.rollout.piecewise import Range, range_of
from rollproof.rollout.reading import Assumption, Replicas, replicas_of, strategy_of
from rollproof.rollout.strategy import NoRollout, Recreate, RollingUpdate, Strategy, Unresolvable
from rollproof.rollout.traffic import ServicePlan, Target, service_plan
from rollproof.rollout.waves import Waves, least_seconds, startups_of, waves_of

DEFAULT_PROGRESS_DEADLINE = 600
"""Seconds; SetDefaults_Deployment in Kubernetes pkg/apis/apps/v1/defaults.go."""

NO_DEADLINE = 2**31 - 1
"""progressDeadlineSeconds that means none: HasProgressDeadline in Kubernetes pkg/controller/deployment/util/deployment_util.go."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkloadPlan:
    """What one rollout of a workload does, over every N that it may have.

    ``bounds`` is None where no rollout can be worked out, and ``unresolved`` says why. ``startup_seconds`` is the least time from a pod's
    creation to its being available; ``seconds`` the least duration of a rollout, over the range of N. ``progress_deadline`` (seconds) is
    None for kinds that have none and for Deployments that switched it off. ``peak`` are requests by resource at the most pods; a value is
    None where a container requests nothing of it, and the mapping is empty where the number of pods has no bound.
    """

    workload: Workload
    strategy: Strategy | None
    replicas: Replicas
    bounds: Bounds | None
    waves: Waves | None
    startup_seconds: int
    seconds: Range
    progress_deadline: int | None
    peak: Mapping[str, Quantity | None]
    assumptions: tuple[Assumption, ...]
    unresolved: str | None = None

    @property
    def max_pods(self) -> Range:
        """The range of the peak number of pods."""
        return range_of(self.bounds.max_pods, self.replicas.low, self.replicas.high) if self.bounds else (None, None)

    @property
    def available(self) -> Range:
        """The range of the fewest available pods during a rollout."""
        return range_of(self.bounds.min_available, self.replicas.low, self.replicas.high) if self.bounds else (0, None)


@dataclass(frozen=True, slots=True)
class Plan:
    """All workloads and Services of a run, in input order."""

    workloads: tuple[WorkloadPlan, ...]
    services: tuple[ServicePlan, ...]


def plan(cluster: Cluster, versions: VersionRange) -> Plan:
    """The plan of everything in ``cluster``; where versions differ, the newest of ``versions`` counts."""
    workloads = tuple(workload_plan(workload, cluster, versions) for workload in cluster.workloads)
    targets = {one.workload: Target(one.workload, (one.replicas.low, one.replicas.high), one.available) for one in workloads}
    found = (service_plan(service, cluster, targets) for service in cluster.by_kind.get("Service", ()))
    return Plan(workloads, tuple(one for one in found if one is not None))


def workload_plan(workload: Workload, cluster: Cluster, versions: VersionRange) -> WorkloadPlan:
    """The plan of one workload."""
    replicas, assumptions = replicas_of(workload, cluster)
    strategy = strategy_of(workload, versions.hi)
    startup = startup_seconds(workload)
    deadline = _progress_deadline(workload.resource)
    if isinstance(strategy, Unresolvable):
        return WorkloadPlan(
            workload, None, replicas, None, None, startup, (None, None), deadline, {}, assumptions, f"{strategy.field}: {strategy.reason}"
        )
    bounds = bounds_of(strategy).assuming(replicas.low, replicas.high)
    notes = tuple(Assumption(note.code, note.message, workload.resource.at("spec")) for note in bounds.notes)
    return WorkloadPlan(
        workload,
        strategy,
        replicas,
        bounds,
        waves_of(bounds),
        startup,
        _seconds(bounds, replicas, startup),
        deadline,
        _peak(workload, range_of(bounds.max_pods, replicas.low, replicas.high)[1]),
        (*assumptions, *notes, *_readiness(workload, strategy)),
    )


def startup_seconds(workload: Workload) -> int:
    """The least time from a container's start to its pod being available: the longest initial delay, plus minReadySeconds.

    Startup and readiness delays both run from the container's start (Kubernetes pkg/kubelet/prober/worker.go).
    """
    delays = [
        delay
        for container in workload.containers()
        if container.serves
        for probe in ("startupProbe", "readinessProbe")
        if isinstance(container.data.get(probe), dict) and _is_count(delay := container.data[probe].get("initialDelaySeconds"))
    ]
    wait = workload.resource.get("spec", "minReadySeconds")
    return max(delays, default=0) + (wait if _is_count(wait) else 0)


def _seconds(bounds: Bounds, replicas: Replicas, startup: int) -> Range:
    if replicas.high == replicas.low:
        exact = least_seconds(bounds, replicas.low, startup)
        return exact, exact
    low, high = startups_of(bounds).range(replicas.low, replicas.high)
    return (None if low is None else low * startup), (None if high is None else high * startup)


def _progress_deadline(resource: Resource) -> int | None:
    if resource.kind not in ("Deployment", "Rollout"):
        return None
    written = resource.get("spec", "progressDeadlineSeconds")
    if written is None:
        return DEFAULT_PROGRESS_DEADLINE
    return written if _is_count(written) and written != NO_DEADLINE else None


def _readiness(workload: Workload, strategy: Strategy) -> Iterator[Assumption]:
    """Without a readiness probe a pod counts as ready as soon as its containers run, so "available" promises little."""
    if isinstance(strategy, NoRollout | Recreate):
        return
    wait = workload.resource.get("spec", "minReadySeconds")
    if (_is_count(wait) and wait > 0) or any(isinstance(one.data.get("readinessProbe"), dict) for one in workload.containers()):
        return
    containers = [one for one in workload.containers() if not one.init]
    if containers and isinstance(strategy, RollingUpdate):
        text = "no container has a readiness probe, so a pod counts as available as soon as it has started"
        yield Assumption("no-readiness-probe", text, containers[0].at())


def pod_requests(workload: Workload, resource: str) -> Quantity | None:
    """What one pod requests of a resource; None where a container requests none of it, or writes something else than a quantity.

    The larger of what its containers and sidecars request together and what any single init container requests (Kubernetes
    pkg/api/v1/resource, PodRequests).
    """
    steady: Quantity | None = None
    largest: Quantity | None = None
    for container in workload.containers():
        request = _request(container, resource)
        if container.serves:
            if request is None:
                return None
            steady = request if steady is None else steady + request
        elif request is not None:
            largest = request if largest is None or largest < request else largest
    if steady is None:
        return None
    return largest if largest is not None and steady < largest else steady


def _request(container: Container, resource: str) -> Quantity | None:
    resources = container.data.get("resources")
    if not isinstance(resources, dict):
        return None
    for kind in ("requests", "limits"):
        # The API server copies a limit into a request that is absent when it creates the pod (SetDefaults_Pod).
        values = resources.get(kind)
        if isinstance(values, dict) and values.get(resource) is not None:
            return parse_quantity(values[resource])
    return None


def _peak(workload: Workload, pods: int | None) -> dict[str, Quantity | None]:
    if pods is None:
        return {}
    requests: dict[str, Any] = {resource: pod_requests(workload, resource) for resource in ("cpu", "memory")}
    return {resource: None if request is None else request * pods for resource, request in requests.items()}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
