"""From a strategy to the bounds of one rollout, as expressions over N: how many pods can exist and how many stay available."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rollproof.kube import int_or_percent
from rollproof.kube.int_or_percent import IntOrPercent, Rounding
from rollproof.rollout.argo import blue_green_extra, routed_canary
from rollproof.rollout.expr import ONE, ZERO, Const, Expr, N, assuming, ceil_div, floor_div, greatest, least
from rollproof.rollout.strategy import (
    ArgoBlueGreen,
    ArgoCanary,
    DaemonSetUpdate,
    NoRollout,
    OnDelete,
    Recreate,
    RollingUpdate,
    StatefulSetUpdate,
    Strategy,
    StrategyName,
)


@dataclass(frozen=True, slots=True)
class Note:
    """Something the bounds take for granted, as a stable code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Quantities:
    """The four bounds for one number of replicas, in pods."""

    replicas: int
    surge: int
    unavailable: int
    max_pods: int
    min_available: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one rollout can do, over N.

    It starts with N available pods and no others, and the bounds hold whatever the order in which pods become ready. Failing nodes,
    evictions, restarting containers and changes of N while it runs lie outside; so do the pods of an Argo experiment.

    ``surge``: pods beyond N that maxSurge allows, not capped to N (a second, blue-green set of pods is none).
    ``unavailable``: pods that may be missing, after the both-zero rule and the cap to N. ``max_pods``: peak of pods that are not
    terminating. ``min_available``: pods that stay available.
    ``updated``: pods that the rollout replaces. ``width``: new pods that may be on their way at once, 1 or more wherever ``updated`` is.
    ``in_place``: a new pod is created only when the pod it replaces is gone. ``serial``: new pods start one after another.
    """

    strategy: StrategyName
    surge: Expr
    unavailable: Expr
    max_pods: Expr
    min_available: Expr
    updated: Expr
    width: Expr
    in_place: bool = False
    serial: bool = False
    notes: tuple[Note, ...] = ()

    def at(self, n: int) -> Quantities:
        """The bounds for exactly ``n`` replicas."""
        return Quantities(n, self.surge.at(n), self.unavailable.at(n), self.max_pods.at(n), self.min_available.at(n))

    def assuming(self, low: int, high: int | None = None) -> Bounds:
        """The same bounds written more simply, given that N lies in [low, high]; they hold only within that range."""
        return _assuming(self, low, high)


@lru_cache(maxsize=4096)
def bounds_of(strategy: Strategy) -> Bounds:
    """The bounds of one rollout under the strategy."""
    match strategy:
        case RollingUpdate():
            return _rolling_update(strategy)
        case Recreate(paused):
            notes = (_PAUSED,) if paused else ()
            return Bounds("Recreate", ZERO, N, N, ZERO, updated=N, width=N, in_place=True, notes=notes)
        case StatefulSetUpdate():
            return _stateful_set(strategy)
        case DaemonSetUpdate():
            return _daemon_set(strategy)
        case OnDelete():
            return _standing_still("OnDelete", _ON_DELETE)
        case NoRollout():
            return _standing_still("None", _NO_ROLLOUT)
        case ArgoCanary():
            return _canary(strategy)
        case ArgoBlueGreen(preview):
            extra = blue_green_extra(preview)
            # Where the preview is smaller than N, it fills up to N in a second wave, after its pause and before the switch.
            waves = least(N, 1) if preview is None else least(N, 1) + least(greatest(N - preview, 0), 1)
            # The second set of pods is no surge: MaxSurge, argo-rollouts utils/replicaset/replicaset.go, has 0 for this strategy.
            return Bounds("BlueGreen", ZERO, ZERO, N + extra, N, updated=waves, width=ONE, notes=(_BLUE_GREEN,))


_PAUSED = Note("paused", "the workload is paused: nothing rolls out before it is resumed, and the bounds are those of resuming it")
_ON_DELETE = Note("on-delete", "a pod gets the new template only when somebody deletes the old one, so nothing rolls out by itself")
_NO_ROLLOUT = Note("no-rollout", "a change of the template touches no running pod, so nothing rolls out")
_PARTITION = Note("partition", "as many pods as the partition says, those with the lowest ordinals, are not updated")
_MAX_UNAVAILABLE_IGNORED = Note(
    "max-unavailable-ignored", "maxUnavailable of a StatefulSet counts from Kubernetes 1.35 on; before, one pod is updated at a time"
)
_TRAFFIC_ROUTED = Note(
    "traffic-routed",
    "with a traffic router maxSurge and maxUnavailable do not count: the stable pods stay while the canary grows beside them",
)
_BLUE_GREEN = Note("blue-green", "older versions that are still in their scale-down delay are not counted")


def _rolling_update(strategy: RollingUpdate) -> Bounds:
    surge = share(strategy.max_surge, int_or_percent.DEPLOYMENT_SURGE)
    unavailable = share(strategy.max_unavailable, int_or_percent.DEPLOYMENT_UNAVAILABLE)
    return _bit_by_bit("RollingUpdate", surge, _fencepost(surge, unavailable), notes=(_PAUSED,) if strategy.paused else ())


def _canary(strategy: ArgoCanary) -> Bounds:
    """Without a router the controller scales within N + maxSurge and N - maxUnavailable, whatever the steps ask for.

    Source: CalculateReplicaCountsForBasicCanary and CalculateReplicaCountsForTrafficRoutedCanary, argo-rollouts
    utils/replicaset/canary.go.
    """
    if strategy.traffic_routed:
        peak, available = routed_canary(strategy)
        return Bounds("Canary", peak - N, N - available, peak, available, updated=N, width=N, notes=(_TRAFFIC_ROUTED,))
    surge = share(strategy.max_surge, int_or_percent.CANARY_SURGE)
    unavailable = share(strategy.max_unavailable, int_or_percent.CANARY_UNAVAILABLE)
    return _bit_by_bit("Canary", surge, _fencepost(surge, unavailable))


def _daemon_set(strategy: DaemonSetUpdate) -> Bounds:
    """One of the two limits counts: with a surge the old pod of a node goes only when the new one is available.

    Source: rollingUpdate and updatedDesiredNodeCounts, Kubernetes pkg/controller/daemon/update.go.
    """
    surge = share(strategy.max_surge, int_or_percent.DAEMON_SET_SURGE)
    if surge != ZERO:
        return _bit_by_bit("RollingUpdate", surge, ZERO)
    unavailable = share(strategy.max_unavailable, int_or_percent.DAEMON_SET_UNAVAILABLE)
    return _bit_by_bit("RollingUpdate", ZERO, _fencepost(surge, unavailable), in_place=True)


def _stateful_set(strategy: StatefulSetUpdate) -> Bounds:
    """Identities are reused, so there are never more than N pods, and a budget of at least one pod is taken from the updated ones.

    Source: getStatefulSetMaxUnavailable and updateStatefulSetAfterInvariantEstablished, Kubernetes pkg/controller/statefulset.
    """
    budget = greatest(share(strategy.max_unavailable, int_or_percent.STATEFUL_SET_UNAVAILABLE), 1)
    updated = greatest(N - strategy.partition, 0)
    unavailable = least(updated, budget)
    facts = ((_PARTITION, strategy.partition > 0), (_MAX_UNAVAILABLE_IGNORED, strategy.max_unavailable_ignored))
    return Bounds(
        "Partitioned" if strategy.partition > 0 else "RollingUpdate",
        ZERO,
        unavailable,
        N,
        N - unavailable,
        updated=updated,
        width=budget,
        in_place=True,
        serial=not strategy.parallel,
        notes=tuple(note for note, holds in facts if holds),
    )


def _standing_still(name: StrategyName, note: Note) -> Bounds:
    return Bounds(name, ZERO, ZERO, N, N, updated=ZERO, width=ONE, notes=(note,))


def _bit_by_bit(name: StrategyName, surge: Expr, unavailable: Expr, *, in_place: bool = False, notes: tuple[Note, ...] = ()) -> Bounds:
    """The bounds of a rollout that keeps at most ``N + surge`` pods and at least ``N - unavailable`` available ones; both are reached."""
    capped = least(N, unavailable)
    return Bounds(
        name,
        surge,
        capped,
        N + least(N, surge),
        N - capped,
        updated=N,
        width=surge + unavailable,
        in_place=in_place,
        notes=notes,
    )


def _fencepost(surge: Expr, unavailable: Expr) -> Expr:
    """The both-zero rule: where neither limit lets a pod move, one pod may be missing. At N = 0 the cap to N takes that back.

    A surge other than 0 is at least 1 wherever N is, because it is an integer or a percentage that is rounded up.
    """
    return greatest(unavailable, 1) if surge == ZERO else unavailable


def share(value: IntOrPercent, rounding: Rounding) -> Expr:
    """An integer as it is, or that many percent of N, rounded."""
    if not value.percent:
        return Const(value.amount)
    return (ceil_div if rounding == "up" else floor_div)(N * value.amount, 100)


@lru_cache(maxsize=4096)
def _assuming(bounds: Bounds, low: int, high: int | None) -> Bounds:
    return Bounds(
        bounds.strategy,
        assuming(bounds.surge, low, high),
        assuming(bounds.unavailable, low, high),
        assuming(bounds.max_pods, low, high),
        assuming(bounds.min_available, low, high),
        assuming(bounds.updated, low, high),
        assuming(bounds.width, low, high),
        bounds.in_place,
        bounds.serial,
        bounds.notes,
    )
