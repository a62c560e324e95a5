"""From a workload's manifest to the strategy it asks for, and the number of replicas it may run with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rollproof.kube import duration
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import Version
from rollproof.model.cluster import Cluster
from rollproof.model.resource import Place
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

    ``source`` says where that comes from: ``spec.replicas``, ``default``, ``nodes``, or an autoscaler as ``Kind/name``.
    """

    low: int
    high: int | None
    value: int | None
    source: str


UNBOUNDED = Replicas(0, None, None, "unknown")


def strategy_of(workload: Workload, version: Version) -> Strategy | Unresolvable:
    """The strategy that the manifest asks for, with the defaults the API server (or Argo's controller) fills in.

    Fields of a wrong type or value count as absent: they are reported as violations, and the plan shows what remains.
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


def _deployment(spec: Mapping[str, Any]) -> Strategy | Unresolvable:
    strategy = _mapping(spec, "strategy")
    paused = spec.get("paused") is True
    if strategy.get("type") == "Recreate":
        return Recreate(paused)
    rolling = _mapping(strategy, "rollingUpdate")
    return strategies.rolling_update(rolling.get("maxSurge"), rolling.get("maxUnavailable"), paused=paused)


def _stateful_set(spec: Mapping[str, Any], version: Version) -> Strategy | Unresolvable:
    strategy = _mapping(spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return OnDelete()
    rolling = _mapping(strategy, "rollingUpdate")
    partition = rolling.get("partition")
    return strategies.stateful_set_update(
        rolling.get("maxUnavailable"),
        partition=partition if _is_count(partition) else 0,
        parallel=spec.get("podManagementPolicy") == "Parallel",
        version=version,
    )


def _daemon_set(spec: Mapping[str, Any]) -> Strategy | Unresolvable:
    strategy = _mapping(spec, "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return OnDelete()
    rolling = _mapping(strategy, "rollingUpdate")
    return strategies.daemon_set_update(rolling.get("maxSurge"), rolling.get("maxUnavailable"))


def _argo(spec: Mapping[str, Any]) -> Strategy | Unresolvable:
    strategy = _mapping(spec, "strategy")
    if isinstance(strategy.get("blueGreen"), dict):
        preview = strategy["blueGreen"].get("previewReplicaCount")
        return strategies.ArgoBlueGreen(preview if _is_count(preview) else None)
    canary = _mapping(strategy, "canary")
    routing = canary.get("trafficRouting")
    max_weight = _mapping(canary, "trafficRouting").get("maxTrafficWeight")
    minimum = canary.get("minPodsPerReplicaSet")
    return strategies.argo_canary(
        canary.get("maxSurge"),
        canary.get("maxUnavailable"),
        steps=tuple(_canary_steps(canary.get("steps"))),
        traffic_routed=isinstance(routing, dict),
        dynamic_stable_scale=canary.get("dynamicStableScale") is True,
        min_pods_per_replica_set=minimum if _is_count(minimum) else None,
        max_weight=max_weight if _is_count(max_weight) and max_weight else 100,
    )


def _canary_steps(steps: object) -> Iterator[CanaryStep]:
    for step in steps if isinstance(steps, list) else ():
        if not isinstance(step, dict):
            continue
        if _is_count(step.get("setWeight")):
            yield SetWeight(step["setWeight"])
        elif isinstance(scale := step.get("setCanaryScale"), dict):
            replicas, weight = scale.get("replicas"), scale.get("weight")
            yield SetCanaryScale(
                replicas if _is_count(replicas) else None,
                weight if _is_count(weight) else None,
                scale.get("matchTrafficWeight") is True,
            )
        elif "pause" in step:
            wait = step["pause"].get("duration") if isinstance(step["pause"], dict) else None
            yield Pause(None if wait is None else duration.pause_seconds(wait))


def replicas_of(workload: Workload, cluster: Cluster) -> tuple[Replicas, tuple[Assumption, ...]]:
    """How many replicas the workload may run with, and what that rests on."""
    resource = workload.resource
    if resource.kind == "DaemonSet":
        place = resource.at()
        return Replicas(0, None, None, "nodes"), (Assumption("nodes", "N is the number of nodes that should run a pod of it", place),)
    if resource.kind in ("Pod", "Job", "CronJob"):
        return Replicas(1, 1, 1, "default"), ()
    written = resource.get("spec", "replicas")
    autoscaler = cluster.autoscaler_of(workload)
    if autoscaler is not None:
        found = _autoscaled(autoscaler.resource.kind, autoscaler.low, autoscaler.high, autoscaler.resource.name)
        notes = [Assumption("autoscaler", f"{autoscaler.resource.identity} decides how many replicas there are", autoscaler.place)]
        if written is not None:
            text = f"applying this manifest sets {written} replicas, whatever {autoscaler.resource.identity} had decided"
            notes.append(Assumption("replicas-with-autoscaler", text, resource.at("spec", "replicas")))
        return found, tuple(notes)
    if written is None:
        text = "replicas is absent; the API server fills in 1 on creation and keeps what it has afterwards"
        return Replicas(1, 1, 1, "default"), (Assumption("default-replicas", text, resource.at("spec", "replicas")),)
    if _is_count(written):
        return Replicas(written, written, written, "spec.replicas"), ()
    what = "a placeholder" if is_placeholder(written) else "no number of pods"
    return UNBOUNDED, (Assumption("unknown-replicas", f"replicas is {what}, so N is unknown", resource.at("spec", "replicas")),)


def _autoscaled(kind: str, low: int | None, high: int | None, name: str | None) -> Replicas:
    return Replicas(1 if low is None else low, high, None, f"{kind}/{name}")


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
