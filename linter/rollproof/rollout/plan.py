"""The plan of a run: for each workload what one rollout of it does, for each Service what it targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rollproof.kube.quantity import Quantity
from rollproof.kube.version import VersionRange
from rollproof.model.cluster import Cluster
from rollproof.model.resource import Place, Resource
from rollproof.model.workload import Container, Workload
from rollproof.rollout.bounds import Bounds, bounds_of
from rollproof.rollout.caveats import caveats
from rollproof.rollout.disruption import Budget, budgets
from rollproof.rollout.expr import Expr, N
from rollproof.rollout.piecewise import LeastRatio, Range, first, least_ratio, range_of
from rollproof.rollout.reading import Assumption, Replicas, is_count, replicas_of, strategy_field, strategy_of
from rollproof.rollout.resources import PodResources, Quota, pod_resources, quotas, times
from rollproof.rollout.strategy import (
    STATEFUL_SET_MAX_UNAVAILABLE_SINCE,
    ArgoCanary,
    DaemonSetUpdate,
    NoRollout,
    OnDelete,
    Recreate,
    RollingUpdate,
    StatefulSetUpdate,
    Strategy,
    StrategyName,
    Unresolvable,
)
from rollproof.rollout.traffic import ServicePlan, Target, service_plans
from rollproof.rollout.waves import (
    RestingPoint,
    Waves,
    least_seconds,
    pause_seconds,
    pods_with_terminating,
    resting_point,
    startups_of,
    waves_of,
)

DEFAULT_PROGRESS_DEADLINE = 600
"""Seconds; SetDefaults_Deployment in Kubernetes pkg/apis/apps/v1/defaults.go."""

NO_DEADLINE = 2**31 - 1
"""progressDeadlineSeconds that means none: HasProgressDeadline in Kubernetes pkg/controller/deployment/util/deployment_util.go."""

DEFAULT_GRACE = 30
"""Seconds; terminationGracePeriodSeconds by SetDefaults_PodSpec in Kubernetes pkg/apis/core/v1/defaults.go."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkloadPlan:
    """What one rollout of a workload does, over every N that it may have.

    ``bounds`` is None where no rollout can be worked out, and ``unresolved`` says why. ``startup_seconds`` is the least time from a pod's
    creation to its being available; ``seconds`` the least duration of a rollout, over the range of N. ``pauses`` are the seconds that the
    pauses of a canary add (None: one of them waits for a person). ``progress_deadline`` (seconds) is None for kinds that have none and for
    Deployments that switched it off. ``one_pod`` is what a pod requests, ``peak`` what the most pods request together; amounts that are not
    known are None. ``assumptions`` are what the plan takes for granted, ``caveats`` what would break its bounds.
    """

    workload: Workload
    strategy: Strategy | None
    replicas: Replicas
    bounds: Bounds | None
    startup_seconds: int
    grace_seconds: int
    progress_deadline: int | None
    one_pod: PodResources
    assumptions: tuple[Assumption, ...]
    budgets: tuple[Budget, ...] = ()
    quotas: tuple[Quota, ...] = ()
    caveats: tuple[Assumption, ...] = ()
    unresolved: Unresolvable | None = None

    @property
    def strategy_name(self) -> StrategyName | None:
        """The name of the strategy, also where no bounds follow from it; None where not even the type is known."""
        if self.bounds:
            return self.bounds.strategy
        if self.unresolved is None or self.unresolved.field == "type":
            return None
        return "Canary" if self.workload.resource.kind == "Rollout" else "RollingUpdate"

    @property
    def waves(self) -> Waves | None:
        """How often the rollout waits for pods to become available."""
        return waves_of(self.bounds) if self.bounds else None

    @property
    def seconds(self) -> Range:
        """The least duration of a rollout in seconds, at the N of the range that need least and most; without a canary's pauses."""
        if self.bounds is None:
            return None, None
        low, high = self.replicas.low, self.replicas.high
        if high == low:
            exact = least_seconds(self.bounds, low, self.startup_seconds)
            return exact, exact
        if not self.startup_seconds:
            return 0, 0
        fewest, most = startups_of(self.bounds).range(low, high)
        return (None if fewest is None else fewest * self.startup_seconds), (None if most is None else most * self.startup_seconds)

    @property
    def pauses(self) -> int | None:
        """Seconds that the pauses of a canary add; 0 for every other strategy."""
        return pause_seconds(self.strategy) if isinstance(self.strategy, ArgoCanary) else 0

    @property
    def max_pods(self) -> Range:
        """The range of the peak number of pods."""
        return self.over(self.bounds.max_pods) if self.bounds else (None, None)

    @property
    def available(self) -> Range:
        """The range of the fewest available pods during a rollout."""
        return self.over(self.bounds.min_available) if self.bounds else (0, None)

    @property
    def peak(self) -> Mapping[str, Quantity | None]:
        """What the most pods request together, by resource."""
        return times(self.one_pod.requests, self.max_pods[1])

    @property
    def with_terminating(self) -> Expr | None:
        """The most pods that exist when terminating ones are counted too, which no other bound does."""
        return pods_with_terminating(self.bounds, self.grace_seconds, self.startup_seconds) if self.bounds else None

    @property
    def rest(self) -> RestingPoint | None:
        """The old and new pods that are left when no new pod ever becomes available."""
        return resting_point(self.bounds) if self.bounds else None

    @property
    def worst_share(self) -> LeastRatio | None:
        """The least share of N that stays available, and the smallest N that has it."""
        return least_ratio(self.bounds.min_available, self.replicas.low, self.replicas.high) if self.bounds else None

    @property
    def first_outage(self) -> int | None:
        """The smallest N >= 1 of the range at which no pod may be left available."""
        return self.outage_from(1)

    def outage_from(self, least: int) -> int | None:
        """The smallest N of the range, and not below ``least``, at which no pod may be left available."""
        low, high = max(self.replicas.low, least), self.replicas.high
        if self.bounds is None or (high is not None and high < low):
            return None
        return first(self.bounds.min_available, "<=", 0, low, high)

    def first_below(self, expr: Expr) -> int | None:
        """The smallest N of the range at which fewer pods than ``expr`` may be left available."""
        return first(self.bounds.min_available, "<", expr, self.replicas.low, self.replicas.high) if self.bounds else None

    @property
    def keeps_one_from(self) -> int | None:
        """The smallest N >= 1, within the range or not, at which the strategy keeps a pod available; None where no N does."""
        return first(self.bounds.min_available, ">=", 1, 1, None) if self.bounds else None

    @property
    def surges(self) -> bool:
        """Whether new pods may be created beside all N old ones."""
        return self.bounds is not None and self.over(self.bounds.max_pods - N)[1] != 0

    @property
    def keeps_all(self) -> bool:
        """Whether no old pod goes before a new one is available, for every N of the range."""
        return self.bounds is not None and self.over(self.bounds.unavailable)[1] == 0

    @property
    def room_needed(self) -> int | None:
        """The pods that must have room at once for a rollout of the largest size to get on; None where that size or the bounds are unknown.

        A rolling update gets on where one old pod may go first, or one new pod fits beside all old ones; a second set of pods, or a canary
        behind a traffic router, needs its whole peak.
        """
        most, peak = self.replicas.high, self.max_pods[1]
        if self.bounds is None or most is None or peak is None:
            return None
        if self.bounds.unavailable.at(most) > 0 or peak == most:
            return most
        stepwise = isinstance(self.strategy, RollingUpdate | DaemonSetUpdate) or (
            isinstance(self.strategy, ArgoCanary) and not self.strategy.traffic_routed
        )
        return most + 1 if stepwise else peak

    @property
    def promises_readiness(self) -> bool:
        """Whether something beyond "its containers have started" makes a pod count as available."""
        return promises_readiness(self.workload)

    def limit(self, field: str) -> Place:
        """The place of maxSurge or maxUnavailable in the strategy."""
        group = "canary" if self.workload.resource.kind == "Rollout" else "rollingUpdate"
        return self.workload.resource.at("spec", strategy_field(self.workload.resource.kind), group, field)

    def host_ports(self) -> Iterator[tuple[int, Place]]:
        """The ports of the node that each pod takes for itself; on the host's network every declared port is one (SetDefaults_PodSpec)."""
        on_host = self.workload.pod_spec.get("hostNetwork") is True
        for container in self.workload.containers():
            for index, port in container.ports():
                number = port.get("hostPort") or (port.get("containerPort") if on_host else None)
                if is_count(number) and number and container.serves:
                    yield number, container.at("ports", index, "hostPort" if port.get("hostPort") else "containerPort")

    def over(self, expr: Expr) -> Range:
        """The least and the most that an expression is over the range of N."""
        return range_of(expr, self.replicas.low, self.replicas.high)


@dataclass(frozen=True, slots=True)
class Plan:
    """All workloads and Services of a run, in input order."""

    workloads: tuple[WorkloadPlan, ...]
    services: tuple[ServicePlan, ...]


def plan(cluster: Cluster, versions: VersionRange) -> Plan:
    """The plan of everything in ``cluster``; where versions differ, the newest of ``versions`` counts."""
    workloads = tuple(workload_plan(workload, cluster, versions) for workload in cluster.workloads)
    targets = {one.workload: Target(one.workload, (one.replicas.low, one.replicas.high), one.available, one.max_pods) for one in workloads}
    return Plan(workloads, tuple(service_plans(cluster, targets)))


def workload_plan(workload: Workload, cluster: Cluster, versions: VersionRange) -> WorkloadPlan:
    """The plan of one workload."""
    replicas, assumptions = replicas_of(workload, cluster)
    strategy = strategy_of(workload, versions.hi)
    startup, grace = startup_seconds(workload), grace_seconds(workload)
    deadline = _progress_deadline(workload.resource)
    one_pod = pod_resources(workload, cluster)
    if isinstance(strategy, Unresolvable):
        return WorkloadPlan(workload, None, replicas, None, startup, grace, deadline, one_pod, assumptions, unresolved=strategy)
    bounds = bounds_of(strategy).assuming(*replicas.domain)
    place = workload.resource.at("spec", strategy_field(workload.resource.kind))
    notes = tuple(Assumption(note.code, note.message, place) for note in bounds.notes)
    covering = budgets(workload, cluster, bounds)
    room = tuple(quotas(workload, cluster, one_pod))
    return WorkloadPlan(
        workload,
        strategy,
        replicas,
        bounds,
        startup,
        grace,
        deadline,
        one_pod,
        (*assumptions, *notes, *_by_version(workload, strategy, versions), *_readiness(workload, strategy)),
        covering,
        room,
        tuple(caveats(workload, cluster, strategy, replicas, bounds, covering, room)),
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
        if isinstance(container.data.get(probe), dict) and is_count(delay := container.data[probe].get("initialDelaySeconds"))
    ]
    wait = workload.resource.get("spec", "minReadySeconds")
    return max(delays, default=0) + (wait if is_count(wait) else 0)


def grace_seconds(workload: Workload) -> int:
    """How long a pod may take to terminate before it is killed."""
    written = workload.pod_spec.get("terminationGracePeriodSeconds")
    return written if is_count(written) else DEFAULT_GRACE


def _progress_deadline(resource: Resource) -> int | None:
    if resource.kind not in ("Deployment", "Rollout"):
        return None
    written = resource.get("spec", "progressDeadlineSeconds")
    if written is None:
        return DEFAULT_PROGRESS_DEADLINE
    return written if is_count(written) and written != NO_DEADLINE else None


def _by_version(workload: Workload, strategy: Strategy, versions: VersionRange) -> Iterator[Assumption]:
    """A range of versions may hold both those that take a StatefulSet's maxUnavailable and those that drop it."""
    field = ("spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
    since = STATEFUL_SET_MAX_UNAVAILABLE_SINCE
    if isinstance(strategy, StatefulSetUpdate) and versions.lo < since <= versions.hi and workload.resource.get(*field) is not None:
        text = f"this is what Kubernetes {since} and later do; before, maxUnavailable is dropped and one pod is updated at a time"
        yield Assumption("max-unavailable-by-version", text, workload.resource.at(*field))


def _readiness(workload: Workload, strategy: Strategy) -> Iterator[Assumption]:
    """Without a probe a pod counts as ready as soon as its containers run, so "available" promises little."""
    if isinstance(strategy, NoRollout | Recreate | OnDelete) or promises_readiness(workload):
        return
    containers = [one for one in workload.containers() if not one.init]
    if containers:
        text = "no container has a readiness probe, so a pod counts as available as soon as it has started"
        yield Assumption("no-readiness-probe", text, containers[0].at())


def promises_readiness(workload: Workload) -> bool:
    """Whether something beyond "its containers have started" makes a pod of the workload count as available."""
    wait = workload.resource.get("spec", "minReadySeconds")
    if (is_count(wait) and wait > 0) or workload.pod_spec.get("readinessGates"):
        return True
    return any(_probed(one) for one in workload.containers() if one.serves)


def _probed(container: Container) -> bool:
    return any(isinstance(container.data.get(probe), dict) for probe in ("readinessProbe", "startupProbe"))
