"""How long a rollout takes at least, where it rests when new pods never become available, and what it holds including terminating pods."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rollproof.rollout.bounds import Bounds
from rollproof.rollout.expr import ONE, ZERO, Const, Expr, N, Sum, assuming, ceil_div, greatest, least
from rollproof.rollout.piecewise import Range, always, first, range_of
from rollproof.rollout.strategy import ArgoCanary, Pause

_COUNTED = 100
"""Up to so many sizes it is quicker to look at each than to reason about all."""


@dataclass(frozen=True, slots=True)
class Waves:
    """How often a rollout has to wait for pods to become available, when all pods of a wave do so together: ceil(work / width).

    ``width`` is at least 1 wherever ``work`` is. Not an ``Expr``, because the width may depend on N.
    """

    work: Expr
    width: Expr

    def at(self, n: int) -> int:
        """The number of waves for ``n`` replicas."""
        work = self.work.at(n)
        return -(-work // self.width.at(n)) if work > 0 else 0

    def range(self, low: int, high: int | None) -> Range:
        """The exact least and most waves for N in [low, high]; None stands for "without bound"."""
        if high is not None and high - low < _COUNTED:
            counts = [self.at(n) for n in range(low, high + 1)]
            return min(counts), max(counts)
        return _waves_range(self, low, high)

    def text(self, low: int = 0, high: int | None = None) -> str:
        """The number of waves as an expression over N, written for N in [low, high]: "N", "ceil(N/3)", "ceil(N/(N - floor(N/4)))"."""
        if isinstance(self.width, Const):
            return str(assuming(ceil_div(self.work, self.width.value), low, high))
        if self.width == self.work == N:
            return str(assuming(least(N, 1), low, high))
        work, width = assuming(self.work, low, high), assuming(self.width, low, high)
        # Without replicas there may be no width either; nothing must be divided by zero.
        divisor = width if always(width, ">=", 1, low, high) else greatest(width, ONE)
        return f"ceil({_operand(work)}/{_operand(divisor)})"


@dataclass(frozen=True, slots=True)
class RestingPoint:
    """Old and new pods that exist when no new pod ever becomes available; the old ones stay available."""

    old: Expr
    new: Expr


def waves_of(bounds: Bounds) -> Waves:
    """Rounds of replacement: in each, as many new pods as the limits allow become available."""
    return Waves(bounds.updated, bounds.width)


def startups_of(bounds: Bounds) -> Waves:
    """Pod start-ups that lie one after another in time: the waves, or every single pod where pods start in order (OrderedReady)."""
    return Waves(bounds.updated, ONE) if bounds.serial else waves_of(bounds)


def least_seconds(bounds: Bounds, n: int, startup_seconds: int) -> int:
    """The least time a rollout of ``n`` replicas can take, in seconds.

    ``startup_seconds`` is the least time from the creation of a pod to its being available: the largest of the initial delays of its
    startup and readiness probes, which all run from the container's start, plus minReadySeconds. There is no upper bound.
    """
    return startups_of(bounds).at(n) * startup_seconds


def pause_seconds(strategy: ArgoCanary) -> int | None:
    """What the pauses of a canary add to every rollout, in seconds; None when one waits for somebody to promote."""
    seconds = 0
    for step in strategy.steps:
        if isinstance(step, Pause):
            if step.seconds is None:
                return None
            seconds += step.seconds
    return seconds


def resting_point(bounds: Bounds) -> RestingPoint | None:
    """Where the rollout comes to rest when new pods never become available; None for Argo strategies, whose steps decide."""
    match bounds.strategy:
        case "Canary" | "BlueGreen":
            return None
        case "OnDelete" | "None":
            return RestingPoint(N, ZERO)
        case "Recreate":
            return RestingPoint(ZERO, N)
        case _:
            started = least(bounds.updated, bounds.width)
            # In order, the second pod is not created before the first is available.
            return RestingPoint(N - bounds.unavailable, least(started, 1) if bounds.serial else started)


def pods_with_terminating(bounds: Bounds, grace_seconds: int, startup_seconds: int) -> Expr:
    """The most pods that exist when those that are terminating count too, as they do for a node and for a quota.

    ``grace_seconds`` is terminationGracePeriodSeconds, ``startup_seconds`` as for ``least_seconds``. In each start-up time one more wave of
    old pods begins to terminate, so those of the last ``ceil(grace / startup)`` waves may still be there, and never more than N old pods.
    """
    if bounds.in_place or bounds.strategy in ("OnDelete", "None"):
        return bounds.max_pods
    if bounds.strategy == "BlueGreen":
        # The old version is removed as a whole, after the new one has all its pods.
        return bounds.max_pods
    twice = greatest(N * 2, bounds.max_pods)
    if startup_seconds <= 0 or grace_seconds <= 0:
        return bounds.max_pods if grace_seconds <= 0 else twice
    return least(twice, bounds.max_pods + bounds.width * -(-grace_seconds // startup_seconds))


@lru_cache(maxsize=4096)
def _waves_range(waves: Waves, low: int, high: int | None) -> Range:
    work, width = waves.work, waves.width
    if isinstance(width, Const):
        return range_of(ceil_div(work, width.value), low, high)
    # ceil(work / width) <= w exactly where w * width - work >= 0, and that is a question an expression can answer.
    if first(work, "<=", 0, low, high) is not None:
        fewest = 0
    else:
        fewest = _least_count(lambda count: first(width * count - work, ">=", 0, low, high) is not None)
    if high is None and range_of(width, low, None)[1] is not None and range_of(work, low, None)[1] is None:
        return fewest, None
    return fewest, _least_count(lambda count: always(width * count - work, ">=", 0, low, high))


def _least_count(suffices: Callable[[int], bool]) -> int:
    """The smallest count >= 1 that suffices, where every larger one does too."""
    top = 1
    while not suffices(top):
        top *= 2
    return bisect_left(range(top), True, lo=top // 2 + 1, key=suffices) if top > 1 else 1


def _operand(expr: Expr) -> str:
    return f"({expr})" if isinstance(expr, Sum) else str(expr)
