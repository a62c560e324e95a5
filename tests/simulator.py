"""Explicit-state models of the controllers, written from their sources and not from the bounds: every interleaving can be explored."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from rollproof.rollout.argo import Group, approximate_weight, basic_canary

S = TypeVar("S")

# --- exploring -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explored:
    """The extremes over all reachable states; ``ends`` are the states from which nothing can happen any more."""

    most_pods: int
    least_available: int
    ends: frozenset[object]


def explore(start: S, following: Callable[[S], Iterator[S]], pods: Callable[[S], int], available: Callable[[S], int]) -> Explored:
    """Visit every state that can be reached.

    ``following`` gives the states that may come next: the controller takes one step at a time, and between any two of its steps pods may
    become available or cease to exist, one at a time and in any order.
    """
    seen, waiting, ends = {start}, [start], set()
    most, least = pods(start), available(start)
    while waiting:
        state = waiting.pop()
        most, least = max(most, pods(state)), min(least, available(state))
        end = True
        for next_state in following(state):
            end = False
            if next_state not in seen:
                seen.add(next_state)
                waiting.append(next_state)
        if end:
            ends.add(state)
    return Explored(most, least, frozenset(ends))


# --- Deployment: pkg/controller/deployment -------------------------------------------------------------------------------------------


def scaled(value: int | str, total: int, *, up: bool) -> int:
    """GetScaledValueFromIntOrPercent, in floating point as there."""
    if isinstance(value, int):
        return value
    share = float(int(value[:-1])) * float(total) / 100
    return math.ceil(share) if up else math.floor(share)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a Deployment's controller computes anew in each sync."""

    replicas: int
    surge: int
    unavailable: int

    @classmethod
    def of(cls, replicas: int, max_surge: int | str, max_unavailable: int | str) -> Limits:
        surge, unavailable = scaled(max_surge, replicas, up=True), scaled(max_unavailable, replicas, up=False)
        if surge == 0 and unavailable == 0:
            unavailable = 1
        return cls(replicas, surge, min(unavailable, replicas))

    @property
    def min_available(self) -> int:
        return self.replicas - self.unavailable


@dataclass(frozen=True, slots=True)
class Set:
    """A ReplicaSet: the size it is told to have, and how many of its pods are available."""

    spec: int
    available: int

    def resize(self, spec: int) -> Set:
        """Pods that are not available are deleted first."""
        return Set(spec, min(spec, self.available))


def reconcile_new(limits: Limits, olds: tuple[Set, ...], new: int, total: int | None = None) -> int:
    """The size of the new ReplicaSet after reconcileNewReplicaSet; ``total`` is the sum of all sizes where it is not that of the rest."""
    if new >= limits.replicas:
        return limits.replicas
    total = sum(old.spec for old in olds) + new if total is None else total
    if total >= limits.replicas + limits.surge:
        return new
    return new + min(limits.replicas + limits.surge - total, limits.replicas - new)


def cleanup_unhealthy(olds: tuple[Set, ...], budget: int) -> tuple[Set, ...]:
    """cleanupUnhealthyReplicas, oldest first."""
    left, kept = budget, []
    for old in olds:
        removed = min(left, old.spec - old.available) if old.spec else 0
        left -= removed
        kept.append(old.resize(old.spec - removed))
    return tuple(kept)


def scale_down_old(limits: Limits, olds: tuple[Set, ...], available: int) -> tuple[Set, ...]:
    """scaleDownOldReplicaSetsForRollingUpdate, oldest first; ``available`` counts the new pods too."""
    left, kept = available - limits.min_available, []
    for old in olds:
        removed = max(0, min(old.spec, left))
        left -= removed
        kept.append(old.resize(old.spec - removed))
    return tuple(kept)


def reconcile_old(limits: Limits, olds: tuple[Set, ...], new: Set) -> tuple[Set, ...]:
    """The old ReplicaSets after reconcileOldReplicaSets."""
    budget = sum(old.spec for old in olds) + new.spec - limits.min_available - (new.spec - new.available)
    if budget <= 0 or not any(old.spec for old in olds):
        return olds
    olds = cleanup_unhealthy(olds, budget)
    return scale_down_old(limits, olds, sum(old.available for old in olds) + new.available)


Rolling = tuple[tuple[Set, ...], Set]


def rolling(limits: Limits) -> Callable[[Rolling], Iterator[Rolling]]:
    """A RollingUpdate: one write a sync, and new pods become available one at a time."""

    def following(state: Rolling) -> Iterator[Rolling]:
        olds, new = state
        size = reconcile_new(limits, olds, new.spec)
        if size != new.spec:
            yield olds, new.resize(size)
        else:
            smaller = reconcile_old(limits, olds, new)
            if smaller != olds:
                yield smaller, new
        if new.available < new.spec:
            yield olds, replace(new, available=new.available + 1)

    return following


def explore_rolling(limits: Limits) -> Explored:
    start: Rolling = ((Set(limits.replicas, limits.replicas),), Set(0, 0))
    return explore(
        start,
        rolling(limits),
        lambda state: sum(old.spec for old in state[0]) + state[1].spec,
        lambda state: sum(old.available for old in state[0]) + state[1].available,
    )


def deployment_complete(replicas: int, status_replicas: int, updated: int, available: int) -> bool:
    """DeploymentComplete."""
    return replicas == status_replicas == updated == available


def replica_set_fraction(size: int, replicas: int, surge: int, recorded: int | None, status_replicas: int) -> int:
    """By how much a ReplicaSet grows when the Deployment is scaled (getReplicaSetFraction); halves are rounded away from zero."""
    if replicas == 0:
        return -size
    before = recorded or status_replicas
    if before == 0:
        return 0
    share = Fraction(size * (replicas + surge), before)
    return math.floor(share + Fraction(1, 2)) - size


def scale_proportionally(limits: Limits, sets: list[tuple[int, int]]) -> list[int]:
    """The sizes after a scaling event during a rollout (sync.go scale); ``sets`` are sizes and recorded maxima, newest first."""
    allowed = limits.replicas + limits.surge if limits.replicas else 0
    difference = allowed - sum(size for size, _ in sets)
    # The largest come first; of equal ones the newest when growing, the oldest when shrinking.
    order = sorted(range(len(sets)), key=lambda i: (-sets[i][0], i if difference > 0 else -i))
    sizes, left = [size for size, _ in sets], difference
    for i in order:
        if left and sizes[i]:
            fraction = replica_set_fraction(sets[i][0], limits.replicas, limits.surge, sets[i][1], 0)
            step = min(fraction, left) if difference > 0 else max(fraction, left)
            sizes[i] += step
            left -= step
    if left and order:
        sizes[order[0]] = max(0, sizes[order[0]] + left)
    return sizes


# --- Recreate ------------------------------------------------------------------------------------------------------------------------

Recreating = tuple[int, int, int, int]


def explore_recreate(replicas: int) -> Explored:
    """recreate.go; a state counts old pods, old pods that are terminating, new pods and available new pods."""

    def following(state: Recreating) -> Iterator[Recreating]:
        old, terminating, new, available = state
        if old:
            yield 0, terminating + old, new, available
        elif terminating:
            yield 0, terminating - 1, new, available
        elif new < replicas:
            yield 0, 0, replicas, available
        if available < new:
            yield old, terminating, new, available + 1

    # Terminating pods count here: even with them there are never more than the replicas.
    return explore((replicas, 0, 0, 0), following, lambda state: sum(state[:3]), lambda state: state[0] + state[3])


# --- StatefulSet: pkg/controller/statefulset/stateful_set_control.go -----------------------------------------------------------------

OLD, TERMINATING, MISSING, STARTING, READY = "otmsr"


def explore_stateful_set(replicas: int, budget: int, partition: int, *, parallel: bool) -> Explored:
    """One letter for each ordinal; pods below the partition that are not old cannot arise, because nothing deletes them."""

    def following(state: str) -> Iterator[str]:
        synced = _sync_stateful_set(state, budget, partition, parallel)
        if synced != state:
            yield synced
        for i, pod in enumerate(state):
            if pod == TERMINATING:
                yield state[:i] + MISSING + state[i + 1 :]
            if pod == STARTING:
                yield state[:i] + READY + state[i + 1 :]

    return explore(OLD * replicas, following, lambda s: len(s) - s.count(MISSING), lambda s: s.count(OLD) + s.count(READY))


def _sync_stateful_set(state: str, budget: int, partition: int, parallel: bool) -> str:
    if parallel:
        state = state.replace(MISSING, STARTING)
    else:
        for i, pod in enumerate(state):
            if pod == MISSING:
                return state[:i] + STARTING + state[i + 1 :]
            if pod in (TERMINATING, STARTING):
                return state
    deletions = budget - sum(pod in (TERMINATING, STARTING) for pod in state)
    for i in range(len(state) - 1, partition - 1, -1):
        if deletions > 0 and state[i] == OLD:
            state = state[:i] + TERMINATING + state[i + 1 :]
            deletions -= 1
    return state


# --- DaemonSet: pkg/controller/daemon/update.go --------------------------------------------------------------------------------------

OLD_BESIDE_STARTING, OLD_BESIDE_READY = "ba"


def explore_daemon_set(nodes: int, surge: int, unavailable: int) -> Explored:
    """One letter for each node, sorted, because nodes are alike."""
    if surge == 0 and unavailable == 0:
        unavailable = 1

    def following(state: str) -> Iterator[str]:
        synced = _sync_surging(state, surge) if surge else _sync_daemon_set(state, unavailable)
        if synced != state:
            yield synced
        after = {TERMINATING: MISSING, STARTING: READY, OLD_BESIDE_STARTING: OLD_BESIDE_READY}
        for pod in after.keys() & set(state):
            yield _sorted(state.replace(pod, after[pod], 1))

    doubled = (OLD_BESIDE_STARTING, OLD_BESIDE_READY)
    return explore(
        OLD * nodes,
        following,
        lambda state: len(state) - state.count(MISSING) - state.count(TERMINATING) + sum(state.count(pod) for pod in doubled),
        lambda state: sum(state.count(pod) for pod in (OLD, READY, *doubled)),
    )


def _sync_daemon_set(state: str, unavailable: int) -> str:
    deletions = unavailable - sum(state.count(pod) for pod in (TERMINATING, MISSING, STARTING))
    state = state.replace(MISSING, STARTING)
    return _sorted(state.replace(OLD, TERMINATING, max(0, min(deletions, state.count(OLD)))))


def _sync_surging(state: str, surge: int) -> str:
    room = surge - state.count(OLD_BESIDE_STARTING) - state.count(OLD_BESIDE_READY)
    state = state.replace(OLD_BESIDE_READY, READY)
    return _sorted(state.replace(OLD, OLD_BESIDE_STARTING, max(0, min(room, state.count(OLD)))))


def _sorted(state: str) -> str:
    return "".join(sorted(state))


# --- Argo Rollouts: canary without a traffic router ----------------------------------------------------------------------------------

Canarying = tuple[int, Group, Group]


def explore_canary(replicas: int, surge: int, unavailable: int, weights: tuple[int, ...]) -> Explored:
    """A stage is left when both groups have the sizes it asks for and the canary is available."""

    def following(state: Canarying) -> Iterator[Canarying]:
        stage, canary, stable = state
        desired = approximate_weight(replicas, weights[stage], surge)
        new, old = basic_canary(replicas, desired, surge, unavailable, canary, stable)
        if (new, old) != (canary.spec, stable.spec):
            yield stage, Group(new, min(new, canary.available)), Group(old, min(old, stable.available))
        elif canary.available == canary.spec and stage + 1 < len(weights):
            yield stage + 1, canary, stable
        if canary.available < canary.spec:
            yield stage, Group(canary.spec, canary.available + 1), stable
        if stable.available < stable.spec:
            yield stage, canary, Group(stable.spec, stable.available + 1)

    return explore(
        (0, Group(0, 0), Group(replicas, replicas)),
        following,
        lambda state: state[1].spec + state[2].spec,
        lambda state: state[1].available + state[2].available,
    )


# --- time ----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timed:
    """A rollout in time: when it ended, and the most pods that existed at once, terminating ones included."""

    seconds: int
    most_physical_pods: int


def run_in_time(limits: Limits, startup: Callable[[], int], grace: int) -> Timed:
    """A RollingUpdate where each new pod takes ``startup()`` seconds to become available and each old one ``grace`` to disappear."""
    old, new = Set(limits.replicas, limits.replicas), Set(0, 0)
    clock, most, starting, leaving = 0, limits.replicas, list[int](), list[int]()
    while True:
        moved = True
        while moved:
            size = reconcile_new(limits, (old,), new.spec)
            starting += [clock + startup() for _ in range(size - new.spec)]
            new = new.resize(size)
            (smaller,) = reconcile_old(limits, (old,), new) if not size - new.spec else (old,)
            leaving += [clock + grace] * (old.spec - smaller.spec)
            moved, old = smaller != old or reconcile_new(limits, (smaller,), new.spec) != new.spec, smaller
            most = max(most, old.spec + new.spec + sum(gone > clock for gone in leaving))
        if not starting:
            return Timed(clock, most)
        clock = min(starting)
        new = replace(new, available=new.available + starting.count(clock))
        starting = [ready for ready in starting if ready != clock]
