"""From a workload's manifest to the strategy it asks for, and the number of replicas it may run with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from rollproof.kube import duration
from rollproof.kube.int_or_percent import MAX_INT32
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import Version
from rollproof.model.autoscaler import Autoscaler
from rollproof.model.cluster import Cluster
from rollproof.model.kustomization import SIZED_KINDS, Size
from rollproof.model.resource import Place, Resource, mapping_in
from rollproof.model.workload import Workload
from rollproof.rollout import strategy as strategies
from rollproof.rollout.strategy import CanaryStep, NoRollout, OnDelete, Pause, Recreate, SetCanaryScale, SetWeight, Strategy, Unresolvable


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something a plan takes for granted: a stable code, a sentence, and the place it comes from."""

    code: str
    message: str
    place: Place


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many replicas N may be: from ``low`` to ``high`` (None: without bound); ``value`` where the manifest fixes one number.

    ``source`` says where that comes from: ``spec.replicas``, ``default``, ``kustomize``, ``nodes``, ``unknown``, or an autoscaler as
    ``Kind/name``.
    """

    low: int
    high: int | None
    value: int | None
    source: str

    def __str__(self) -> str:
        """For messages: ``3``, ``3 to 10``, ``3 or more``."""
        return str(self.low) if self.low == self.high else f"{self.low} or more" if self.high is None else f"{self.low} to {self.high}"

    @property
    def domain(self) -> tuple[int, int | None]:
        """The interval of N for which expressions are written: the range, or every number from 1 on where one number is fixed.

        A formula for a fixed number says more when it holds for the numbers beside it too.
        """
        return (min(self.low, 1), None) if self.low == self.high else (self.low, self.high)


UNKNOWN = Replicas(0, None, None, "unknown")


def strategy_of(workload: Workload, version: Version) -> Strategy | Unresolvable:
    """The strategy that the manifest asks for, with the defaults the API server (or Argo's controller) fills in.

    What cannot be read as a strategy is ``Unresolvable``. Other fields of a wrong type or value count as absent: they are reported as
    violations, and the plan shows what remains.
    """
    resource = workload.resource
    spec = resource.mapping("spec")
    match resource.kind:
        case "Deployment":
            return _deployment(spec)
        case "StatefulSet":
            return _stateful_set(spec, version)
        case "DaemonSet":
            return _daemon_set(spec)
        case "Rollout":
            return _argo(spec)
        case _:
            return NoRollout()


def strategy_field(kind: str) -> str:
    """The field of a kind that holds its strategy."""
    return "updateStrategy" if kind in ("StatefulSet", "DaemonSet") else "strategy"


def _deployment(spec: Mapping[str, Any]) -> Strategy | Unresolvable:
    strategy = mapping_in(spec, "strategy")
    paused = spec.get("paused") is True
    if strategy.get("type") == "Recreate":
        return Recreate(paused)
    rolling = mapping_in(strategy, "rollingUpdate")
    return (
        _unreadable_type(strategy, "Recreate")
        or _placeholder(rolling)
        or strategies.rolling_update(rolling.get("maxSurge"), rolling.get("maxUnavailable"), paused=paused)
    )


def _stateful_set(spec: Mapping[str, Any], version: Version) -> Strategy | Unresolvable:
    strategy = mapping_in(spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return OnDelete()
    rolling = mapping_in(strategy, "rollingUpdate")
    partition = rolling.get("partition")
    return (
        _unreadable_type(strategy, "OnDelete")
        or _placeholder(rolling)
        or strategies.stateful_set_update(
            rolling.get("maxUnavailable"),
            partition=partition if is_count(partition) else 0,
            parallel=spec.get("podManagementPolicy") == "Parallel",
            version=version,
        )
    )


def _daemon_set(spec: Mapping[str, Any]) -> Strategy | Unresolvable:
    strategy = mapping_in(spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return OnDelete()
    rolling = mapping_in(strategy, "rollingUpdate")
    return (
        _unreadable_type(strategy, "OnDelete")
        or _placeholder(rolling)
        or strategies.daemon_set_update(rolling.get("maxSurge"), rolling.get("maxUnavailable"))
    )


def _argo(spec: Mapping[str, Any]) -> Strategy | Unresolvable:
    strategy = mapping_in(spec, "strategy")
    if isinstance(strategy.get("blueGreen"), dict):
        preview = strategy["blueGreen"].get("previewReplicaCount")
        return strategies.ArgoBlueGreen(preview if is_count(preview) else None)
    canary = mapping_in(strategy, "canary")
    routing = canary.get("trafficRouting")
    max_weight = mapping_in(canary, "trafficRouting").get("maxTrafficWeight")
    minimum = canary.get("minPodsPerReplicaSet")
    return _placeholder(canary) or strategies.argo_canary(
        canary.get("maxSurge"),
        canary.get("maxUnavailable"),
        steps=tuple(_canary_steps(canary.get("steps"))),
        traffic_routed=isinstance(routing, dict),
        dynamic_stable_scale=canary.get("dynamicStableScale") is True,
        min_pods_per_replica_set=minimum if is_count(minimum) else None,
        max_weight=max_weight if is_count(max_weight) and max_weight else 100,
    )


def _unreadable_type(strategy: Mapping[str, Any], other: str) -> Unresolvable | None:
    """Why the type of a strategy cannot be taken for RollingUpdate, which an absent or empty one is (SetDefaults_Deployment and so on)."""
    written = strategy.get("type")
    if written in (None, "", "RollingUpdate"):
        return None
    if is_placeholder(written):
        return Unresolvable("type", "type is a placeholder")
    return Unresolvable("type", f"type is {written!r}, but must be RollingUpdate or {other}")


def _placeholder(rolling: Mapping[str, Any]) -> Unresolvable | None:
    if is_placeholder(rolling.get("maxSurge")):
        return Unresolvable("maxSurge", "maxSurge is a placeholder")
    if is_placeholder(rolling.get("maxUnavailable")):
        return Unresolvable("maxUnavailable", "maxUnavailable is a placeholder")
    return None


def _canary_steps(steps: object) -> Iterator[CanaryStep]:
    for step in steps if isinstance(steps, list) else ():
        if not isinstance(step, dict):
            continue
        if is_count(step.get("setWeight")):
            yield SetWeight(step["setWeight"])
        elif isinstance(scale := step.get("setCanaryScale"), dict):
            replicas, weight = scale.get("replicas"), scale.get("weight")
            yield SetCanaryScale(
                replicas if is_count(replicas) else None,
                weight if is_count(weight) else None,
                scale.get("matchTrafficWeight") is True,
            )
        elif "pause" in step:
            wait = step["pause"].get("duration") if isinstance(step["pause"], dict) else None
            yield Pause(None if wait is None else duration.pause_seconds(wait))


Found = tuple[Replicas, tuple[Assumption, ...]]


def replicas_of(workload: Workload, cluster: Cluster) -> Found:
    """How many replicas the workload may run with, and what that rests on."""
    resource = workload.resource
    if resource.kind == "DaemonSet":
        return Replicas(0, None, None, "nodes"), (Assumption("nodes", "N is the number of nodes that should run a pod", resource.at()),)
    if resource.kind == "Job":
        return _parallelism(resource)
    if resource.kind in ("Pod", "CronJob"):
        return Replicas(1, 1, 1, "default"), ()
    autoscalers = cluster.autoscalers_of(workload)
    if autoscalers:
        return _autoscaled(resource, autoscalers)
    sizes = cluster.kustomizations.sizes_of(resource.source, resource.name or "") if resource.kind in SIZED_KINDS else []
    if any(size is not None for size in sizes):
        return _kustomized(resource, sizes)
    return _written(resource)


def _written(resource: Resource) -> Found:
    written, place = resource.get("spec", "replicas"), resource.at("spec", "replicas")
    if written is None:
        text = "replicas is absent; the API server fills in 1 when it creates the object, and an apply later keeps what is there"
        return Replicas(1, 1, 1, "default"), (Assumption("default-replicas", text, place),)
    if is_count(written):
        return Replicas(written, written, written, "spec.replicas"), ()
    return UNKNOWN, (_unknown("replicas", written, place),)


def _unknown(field: str, written: object, place: Place) -> Assumption:
    what = "a placeholder" if is_placeholder(written) else "no number of pods"
    return Assumption("unknown-replicas", f"{field} is {what}, so N is not known", place)


def _parallelism(resource: Resource) -> Found:
    """A Job runs at most ``parallelism`` pods at once, and no more than completions are left (manageJob, pkg/controller/job)."""
    values = [resource.get("spec", field) for field in ("parallelism", "completions")]
    parallelism, completions = (value if is_count(value) else None for value in values)
    pods = 1 if parallelism is None else parallelism
    pods = pods if completions is None else min(pods, completions)
    return Replicas(pods, pods, pods, "default" if parallelism is None else "spec.parallelism"), ()


def _kustomized(resource: Resource, sizes: list[Size | None]) -> Found:
    """One number where all kustomizations agree, else the range that their numbers span."""
    notes: list[Assumption] = []
    counts: list[int] = []
    for size in sizes:
        if size is None:
            as_written, more = _written(resource)
            counts += [] if as_written.value is None else [as_written.value]
            notes += more
            continue
        if not is_count(size.count):
            notes.append(_unknown("count", size.count, size.place))
            return UNKNOWN, tuple(notes)
        counts.append(size.count)
        notes.append(Assumption("kustomize-replicas", f"this kustomization sets {size.count} replicas of {resource.name}", size.place))
    low, high = min(counts), max(counts)
    return Replicas(low, high, low if low == high else None, "kustomize"), tuple(notes)


# The lower limit, its default, the upper limit and its default. Kubernetes pkg/apis/autoscaling/v2/defaults.go; KEDA
# apis/keda/v1alpha1/scaledobject_types.go (defaultHPAMinReplicas stands for active targets; an inactive one is scaled to 0).
_LIMITS: dict[str, tuple[str, int, str, int | None]] = {
    "HorizontalPodAutoscaler": ("minReplicas", 1, "maxReplicas", None),
    "ScaledObject": ("minReplicaCount", 0, "maxReplicaCount", 100),
}


def _autoscaled(resource: Resource, autoscalers: Sequence[Autoscaler]) -> Found:
    """The range that the autoscalers span; there are several only where overlays bring one each."""
    first = autoscalers[0].resource
    who = first.identity
    written = resource.get("spec", "replicas")
    if written == 0 and is_count(written) and first.kind == "HorizontalPodAutoscaler" and first.get("spec", "minReplicas") != 0:
        # reconcileAutoscaler, Kubernetes pkg/controller/podautoscaler/horizontal.go
        text = f"0 replicas switch {who} off: it does not scale a workload that stands at 0"
        return Replicas(0, 0, 0, "spec.replicas"), (Assumption("autoscaler-off", text, resource.at("spec", "replicas")),)
    notes: list[Assumption] = []
    lows: list[int] = []
    highs: list[int | None] = []
    for one in autoscalers:
        notes.append(Assumption("autoscaler", f"{one.resource.identity} decides how many replicas there are", one.place))
        low, high, more = _limits(one.resource)
        lows.append(low)
        highs.append(high)
        notes += more
    if is_count(written):
        text = f"applying this manifest sets {written} replicas, whatever {who} had decided, and surplus pods go at once"
        notes.append(Assumption("replicas-with-autoscaler", text, resource.at("spec", "replicas")))
    least, ends = min(lows), [high for high in highs if high is not None]
    most = max(ends) if len(ends) == len(highs) else None
    return Replicas(least, most, least if least == most else None, str(who)), tuple(notes)


def _limits(scaler: Resource) -> tuple[int, int | None, list[Assumption]]:
    """The range of one autoscaler, and what is not known of it."""
    low_field, low_default, high_field, high_default = _LIMITS[scaler.kind]
    low, high = scaler.get("spec", low_field), scaler.get("spec", high_field)
    notes = [
        _unknown(field, value, scaler.at("spec", field))
        for field, value in ((low_field, low), (high_field, high))
        if value is not None and not is_count(value)
    ]
    least: int = low_default if low is None else low if is_count(low) else 0
    most: int | None = high_default if high is None else high if is_count(high) else None
    if low is None:
        notes.append(Assumption("default-min-replicas", f"{low_field} is absent and means {low_default}", scaler.at("spec")))
    idle = scaler.get("spec", "idleReplicaCount")
    if is_count(idle) and idle < least:
        least = idle
    # The API server refuses a range that runs backwards, so neither end can be trusted.
    return (0, None, notes) if most is not None and most < least else (least, most, notes)


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value is a number of pods or seconds that the API takes: a whole number from 0 to MaxInt32."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INT32
