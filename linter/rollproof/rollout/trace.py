"""A rollout step by step: a run of the controller that reaches the bounds, in which all new pods of a wave become available together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rollproof.rollout.argo import Group, approximate_weight, basic_canary, routed_sizes, stages_of
from rollproof.rollout.bounds import Bounds, Quantities, bounds_of
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
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The state after one event: ``up`` and ``down`` are writes of the controller, ``ready`` is the end of a wave.

    ``old`` and ``new`` count pods that are wanted and not terminating, ``available`` those of both that are available.
    """

    wave: int
    event: Literal["up", "down", "ready"]
    old: int
    new: int
    available: int

    @property
    def pods(self) -> int:
        """Old and new pods together."""
        return self.old + self.new


@dataclass(frozen=True, slots=True)
class Witness:
    """A whole run, and the moments that show its peak and its low; None where the state before the first event does."""

    moments: tuple[Moment, ...]
    peak: Moment | None
    low: Moment | None


def witness(strategy: Strategy, n: int) -> Witness:
    """The run of ``trace`` with its first moment of most pods and its first moment of fewest available ones."""
    moments = tuple(trace(strategy, n))
    peak = max(moments, key=lambda moment: moment.pods, default=None)
    low = min(moments, key=lambda moment: moment.available, default=None)
    return Witness(
        moments,
        peak if peak is not None and peak.pods > n else None,
        low if low is not None and low.available < n else None,
    )


def trace(strategy: Strategy, n: int) -> Iterator[Moment]:
    """The events of one rollout of ``n`` replicas, from n available old pods to its end; lazily, as there may be up to 3n of them.

    It is a witness, not a forecast: other orders are possible, and none of them goes beyond the bounds.
    """
    bounds = bounds_of(strategy)
    match strategy:
        case RollingUpdate() | DaemonSetUpdate():
            return _rolling(bounds.at(n))
        case Recreate():
            return _recreate(n)
        case StatefulSetUpdate():
            return _in_place(bounds, n)
        case ArgoCanary(traffic_routed=False):
            return _basic_canary(strategy, bounds.at(n))
        case ArgoCanary():
            return _routed_canary(strategy, n)
        case ArgoBlueGreen(preview):
            return _blue_green(n, preview)
        case OnDelete() | NoRollout():
            return iter(())


def _rolling(limits: Quantities) -> Iterator[Moment]:
    """One write a sync, the new side first (rolloutRolling, Kubernetes pkg/controller/deployment/rolling.go)."""
    n, old, new, ready, wave = limits.replicas, limits.replicas, 0, 0, 0
    while old or ready < n:
        room = min(n - new, n + limits.surge - old - new)
        spare = min(old, old + ready - (n - limits.unavailable))
        if room > 0:
            new += room
            yield Moment(wave, "up", old, new, old + ready)
        elif spare > 0:
            old -= spare
            yield Moment(wave, "down", old, new, old + ready)
        else:
            wave, ready = wave + 1, new
            yield Moment(wave, "ready", old, new, old + ready)


def _recreate(n: int) -> Iterator[Moment]:
    if n:
        yield Moment(0, "down", 0, 0, 0)
        yield Moment(0, "up", 0, n, 0)
        yield Moment(1, "ready", 0, n, n)


def _in_place(bounds: Bounds, n: int) -> Iterator[Moment]:
    """A StatefulSet deletes its budget of old pods, and creates each again once it is gone: all at once, or one after another."""
    kept, budget = n - bounds.updated.at(n), bounds.width.at(n)
    old, new, wave = n, 0, 0
    while old > kept:
        old -= min(budget, old - kept)
        yield Moment(wave, "down", old, new, old + new)
        while old + new < n:
            ready = new
            new += 1 if bounds.serial else n - old - new
            yield Moment(wave, "up", old, new, old + ready)
            wave += 1
            yield Moment(wave, "ready", old, new, old + new)


def _basic_canary(strategy: ArgoCanary, limits: Quantities) -> Iterator[Moment]:
    """Each stage moves both groups towards its weight within the two limits, and is over when the pods it asked for are available."""
    n, canary, stable, wave = limits.replicas, Group(0, 0), Group(limits.replicas, limits.replicas), 0
    for stage in stages_of(strategy):
        desired = approximate_weight(n, stage.weight, limits.surge, strategy.max_weight)
        while True:
            new, old = basic_canary(n, desired, limits.surge, limits.unavailable, canary, stable)
            before = (canary, stable)
            for event, new_spec, old_spec in (
                ("up", max(new, canary.spec), max(old, stable.spec)),
                ("down", new, old),
            ):
                if (new_spec, old_spec) != (canary.spec, stable.spec):
                    canary = Group(new_spec, min(new_spec, canary.available))
                    stable = Group(old_spec, min(old_spec, stable.available))
                    yield Moment(wave, "up" if event == "up" else "down", old_spec, new_spec, canary.available + stable.available)
            if (canary, stable) == before:
                if canary.available == canary.spec and stable.available == stable.spec:
                    break
                canary, stable, wave = Group(canary.spec, canary.spec), Group(stable.spec, stable.spec), wave + 1
                yield Moment(wave, "ready", stable.spec, canary.spec, canary.spec + stable.spec)


def _routed_canary(strategy: ArgoCanary, n: int) -> Iterator[Moment]:
    """The canary takes its new size first; the stable pods follow the traffic, and go when the last stage has succeeded."""
    old, new, wave = n, 0, 0
    sizes = [(canary.at(n), stable.at(n)) for canary, stable in (routed_sizes(strategy, stage) for stage in stages_of(strategy))]
    for canary, stable in [*sizes, (n, 0)]:
        if canary > new or stable > old:
            ready = old + min(canary, new)
            old, new = max(old, stable), max(new, canary)
            yield Moment(wave, "up", old, new, ready)
            wave += 1
            yield Moment(wave, "ready", old, new, old + new)
        if canary < new or stable < old:
            old, new = stable, canary
            yield Moment(wave, "down", old, new, old + new)


def _blue_green(n: int, preview: int | None) -> Iterator[Moment]:
    """The preview becomes available, fills up to n where it is smaller, and the active pods go after the switch."""
    new = wave = 0
    for size in [n] if preview is None else [preview, n]:
        if size > new:
            ready, new, wave = new, size, wave + 1
            yield Moment(wave - 1, "up", n, new, n + ready)
            yield Moment(wave, "ready", n, new, n + new)
        elif size < new:
            new = size
            yield Moment(wave, "down", n, new, n + new)
    if n:
        yield Moment(wave, "down", 0, new, new)
