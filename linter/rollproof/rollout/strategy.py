"""How a workload replaces its pods: one dataclass for each way, built from field values with the defaults of the API server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rollproof.kube import int_or_percent
from rollproof.kube.int_or_percent import IntOrPercent
from rollproof.kube.version import Version

StrategyName = Literal["RollingUpdate", "Recreate", "OnDelete", "Partitioned", "Canary", "BlueGreen", "None"]

# SetDefaults_Deployment, SetDefaults_DaemonSet and SetDefaults_StatefulSet in Kubernetes pkg/apis/apps/v1/defaults.go;
# argo-rollouts utils/defaults/defaults.go for the canary. Each is filled in on its own: writing one leaves the other at its default.
DEPLOYMENT_MAX_SURGE = IntOrPercent(25, percent=True)
DEPLOYMENT_MAX_UNAVAILABLE = IntOrPercent(25, percent=True)
DAEMON_SET_MAX_SURGE = IntOrPercent(0)
DAEMON_SET_MAX_UNAVAILABLE = IntOrPercent(1)
STATEFUL_SET_MAX_UNAVAILABLE = IntOrPercent(1)
CANARY_MAX_SURGE = IntOrPercent(25, percent=True)
CANARY_MAX_UNAVAILABLE = IntOrPercent(25, percent=True)

STATEFUL_SET_MAX_UNAVAILABLE_SINCE = Version(1, 35)
"""The first version whose feature gate MaxUnavailableStatefulSet is on by default (Kubernetes pkg/features/kube_features.go)."""


@dataclass(frozen=True, slots=True)
class RollingUpdate:
    """A Deployment that replaces its pods bit by bit."""

    max_surge: IntOrPercent = DEPLOYMENT_MAX_SURGE
    max_unavailable: IntOrPercent = DEPLOYMENT_MAX_UNAVAILABLE
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Recreate:
    """A Deployment that removes all old pods before it creates a new one."""

    paused: bool = False


@dataclass(frozen=True, slots=True)
class StatefulSetUpdate:
    """A StatefulSet that replaces its pods in place, from the highest ordinal down to ``partition``.

    ``parallel`` is podManagementPolicy Parallel. ``max_unavailable_ignored``: the field is set, but the Kubernetes version drops it.
    """

    partition: int = 0
    max_unavailable: IntOrPercent = STATEFUL_SET_MAX_UNAVAILABLE
    parallel: bool = False
    max_unavailable_ignored: bool = False


@dataclass(frozen=True, slots=True)
class DaemonSetUpdate:
    """A DaemonSet that replaces the pods of its nodes; N is the number of nodes that should run one."""

    max_surge: IntOrPercent = DAEMON_SET_MAX_SURGE
    max_unavailable: IntOrPercent = DAEMON_SET_MAX_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class OnDelete:
    """A StatefulSet or DaemonSet that replaces a pod only when somebody deletes it."""


@dataclass(frozen=True, slots=True)
class NoRollout:
    """A workload whose template changes touch no running pod: ReplicaSet, ReplicationController, Job, CronJob, Pod."""


@dataclass(frozen=True, slots=True)
class SetWeight:
    """A canary step that sends ``weight`` parts of the traffic (out of ``max_weight``) to the new version."""

    weight: int


@dataclass(frozen=True, slots=True)
class SetCanaryScale:
    """A canary step that sizes the canary apart from its traffic; it counts only with a traffic router."""

    replicas: int | None = None
    weight: int | None = None
    match_traffic_weight: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A canary step that waits ``seconds``, or until somebody promotes (None)."""

    seconds: int | None = None


CanaryStep = SetWeight | SetCanaryScale | Pause


@dataclass(frozen=True, slots=True)
class ArgoCanary:
    """An Argo Rollout with the canary strategy; steps that change neither size nor weight and do not wait are left out."""

    max_surge: IntOrPercent = CANARY_MAX_SURGE
    max_unavailable: IntOrPercent = CANARY_MAX_UNAVAILABLE
    steps: tuple[CanaryStep, ...] = ()
    traffic_routed: bool = False
    dynamic_stable_scale: bool = False
    min_pods_per_replica_set: int | None = None
    max_weight: int = 100


@dataclass(frozen=True, slots=True)
class ArgoBlueGreen:
    """An Argo Rollout with the blueGreen strategy: a whole second set of pods, then a switch of the active Service."""

    preview_replicas: int | None = None


Strategy = RollingUpdate | Recreate | StatefulSetUpdate | DaemonSetUpdate | OnDelete | NoRollout | ArgoCanary | ArgoBlueGreen


@dataclass(frozen=True, slots=True)
class Unresolvable:
    """No rollout can be worked out, because of ``field``; ``reason`` is a sentence without its full stop."""

    field: Literal["maxSurge", "maxUnavailable", "type"]
    reason: str


def rolling_update(max_surge: object = None, max_unavailable: object = None, *, paused: bool = False) -> RollingUpdate | Unresolvable:
    """A Deployment's RollingUpdate from its two fields as written; None stands for an absent field."""
    surge = _number("maxSurge", max_surge, DEPLOYMENT_MAX_SURGE)
    unavailable = _number("maxUnavailable", max_unavailable, DEPLOYMENT_MAX_UNAVAILABLE)
    if isinstance(surge, Unresolvable):
        return surge
    return unavailable if isinstance(unavailable, Unresolvable) else RollingUpdate(surge, unavailable, paused)


def daemon_set_update(max_surge: object = None, max_unavailable: object = None) -> DaemonSetUpdate | Unresolvable:
    """A DaemonSet's RollingUpdate from its two fields as written; None stands for an absent field."""
    surge = _number("maxSurge", max_surge, DAEMON_SET_MAX_SURGE)
    unavailable = _number("maxUnavailable", max_unavailable, DAEMON_SET_MAX_UNAVAILABLE)
    if isinstance(surge, Unresolvable):
        return surge
    return unavailable if isinstance(unavailable, Unresolvable) else DaemonSetUpdate(surge, unavailable)


def stateful_set_update(
    max_unavailable: object = None,
    *,
    partition: int | None = None,
    parallel: bool = False,
    version: Version = STATEFUL_SET_MAX_UNAVAILABLE_SINCE,
) -> StatefulSetUpdate | Unresolvable:
    """A StatefulSet's RollingUpdate as Kubernetes ``version`` takes it: maxUnavailable counts from 1.35 and is dropped before."""
    partition = 0 if partition is None else partition
    if version < STATEFUL_SET_MAX_UNAVAILABLE_SINCE:
        return StatefulSetUpdate(partition, parallel=parallel, max_unavailable_ignored=max_unavailable is not None)
    unavailable = _number("maxUnavailable", max_unavailable, STATEFUL_SET_MAX_UNAVAILABLE)
    return unavailable if isinstance(unavailable, Unresolvable) else StatefulSetUpdate(partition, unavailable, parallel)


def argo_canary(
    max_surge: object = None,
    max_unavailable: object = None,
    *,
    steps: tuple[CanaryStep, ...] = (),
    traffic_routed: bool = False,
    dynamic_stable_scale: bool = False,
    min_pods_per_replica_set: int | None = None,
    max_weight: int = 100,
) -> ArgoCanary | Unresolvable:
    """An Argo canary from its fields as written, read as leniently as Argo does; None stands for an absent field."""
    surge = _lenient("maxSurge", max_surge, CANARY_MAX_SURGE)
    unavailable = _lenient("maxUnavailable", max_unavailable, CANARY_MAX_UNAVAILABLE)
    if isinstance(surge, Unresolvable):
        return surge
    if isinstance(unavailable, Unresolvable):
        return unavailable
    return ArgoCanary(surge, unavailable, steps, traffic_routed, dynamic_stable_scale, min_pods_per_replica_set, max_weight)


def _number(field: Literal["maxSurge", "maxUnavailable"], value: object, default: IntOrPercent) -> IntOrPercent | Unresolvable:
    if value is None:
        return default
    number = int_or_percent.parse(value)
    if number is None:
        return Unresolvable(field, f"{field} is {int_or_percent.why_not(value)}")
    if not number.resolvable:
        # GetScaledValueFromIntOrPercent fails, so every sync of the controller ends in an error.
        return Unresolvable(field, f"{field} is a percentage of more digits than the controller can read, so no rollout happens")
    return number


def _lenient(field: Literal["maxSurge", "maxUnavailable"], value: object, default: IntOrPercent) -> IntOrPercent | Unresolvable:
    if value is None:
        return default
    number = int_or_percent.parse_lenient(value)
    if number is None:
        return Unresolvable(field, f"{field} is neither an integer nor a percentage such as '25%'")
    return Unresolvable(field, f"{field} is negative") if number.amount < 0 else number
