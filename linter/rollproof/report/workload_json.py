"""The plan of a workload as JSON (schemas/plan.schema.json)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rollproof.report.plan_parts import Lines, identity, span_of
from rollproof.report.plan_trace import replicas_to_trace
from rollproof.rollout.bounds import Bounds
from rollproof.rollout.disruption import Budget
from rollproof.rollout.expr import Expr
from rollproof.rollout.plan import WorkloadPlan
from rollproof.rollout.reading import Assumption, Replicas
from rollproof.rollout.resources import Amounts
from rollproof.rollout.trace import trace
from rollproof.rollout.waves import least_seconds, waves_of

MOST_POINTS = 1000
"""The longest list of single values of N that the JSON holds."""


def workload(one: WorkloadPlan, lines: Lines, *, traced: bool = False) -> dict[str, Any]:
    """The plan of one workload; with its worst case step by step where it is ``traced``."""
    resource = one.workload.resource
    low, high = one.replicas.low, one.replicas.high
    known = one.bounds is not None
    data: dict[str, Any] = {
        "resource": identity(resource.identity),
        "path": resource.source,
        "line": lines.start(resource),
        "strategy": one.strategy_name,
        "replicas": _replicas(one.replicas),
        "bounds": _bounds(one, one.bounds) if one.bounds else None,
        "at": list(_at(one.bounds, _points(low, high), one.startup_seconds)) if one.bounds else [],
        "waves": {"expr": one.waves.text(*one.replicas.domain), **span_of(one.waves.range(low, high))} if one.waves else None,
        "minDurationSeconds": one.seconds[0],
        "pauseSeconds": one.pauses,
        "progressDeadlineSeconds": one.progress_deadline,
        "terminationGracePeriodSeconds": one.grace_seconds,
        "podsWithTerminating": _bound(one, one.with_terminating),
        "restingPoint": {"old": _bound(one, one.rest.old), "new": _bound(one, one.rest.new)} if one.rest else None,
        "worstShare": _worst_share(one),
        "firstOutage": one.first_outage if known else None,
        "keepsOneFrom": one.keeps_one_from if known else None,
        "podRequests": _amounts(one.one_pod.requests),
        "peakRequests": _amounts(one.peak),
        "disruptionBudgets": [_budget(one, budget) for budget in one.budgets],
        "quotas": [
            {"resource": identity(line.resource.identity), "key": line.key, "hard": str(line.hard), "pods": line.pods}
            for line in one.quotas
        ],
        "assumptions": [_assumption(note, lines) for note in one.assumptions],
        "caveats": [_assumption(note, lines) for note in one.caveats],
        "unresolved": one.unresolved.reason if one.unresolved else None,
    }
    if traced:
        data["trace"] = _trace(one)
    return data


def _bounds(one: WorkloadPlan, bounds: Bounds) -> dict[str, Any]:
    exprs = {
        "surge": bounds.surge,
        "unavailable": bounds.unavailable,
        "maxPods": bounds.max_pods,
        "minAvailable": bounds.min_available,
    }
    return {name: _bound(one, expr) for name, expr in exprs.items()}


def _bound(one: WorkloadPlan, expr: Expr | None) -> dict[str, Any] | None:
    return None if expr is None else {"expr": str(expr), **span_of(one.over(expr))}


def _points(low: int, high: int | None) -> range:
    """Every N of the range, or the first of them."""
    last = low + MOST_POINTS - 1
    return range(low, (last if high is None else min(high, last)) + 1)


@lru_cache(maxsize=1024)
def _at(bounds: Bounds, points: range, startup: int) -> tuple[dict[str, int], ...]:
    waves = waves_of(bounds)
    return tuple(
        {
            "replicas": n,
            "surge": bounds.surge.at(n),
            "unavailable": bounds.unavailable.at(n),
            "maxPods": bounds.max_pods.at(n),
            "minAvailable": bounds.min_available.at(n),
            "waves": waves.at(n),
            "minDurationSeconds": least_seconds(bounds, n, startup),
        }
        for n in points
    )


def _replicas(replicas: Replicas) -> dict[str, Any]:
    return {"min": replicas.low, "max": replicas.high, "value": replicas.value, "source": replicas.source}


def _worst_share(one: WorkloadPlan) -> dict[str, Any] | None:
    worst = one.worst_share
    return None if worst is None else {"available": worst.value.numerator, "of": worst.value.denominator, "replicas": worst.at}


def _amounts(amounts: Amounts) -> dict[str, str | None]:
    return {name: None if amount is None else str(amount) for name, amount in amounts.items()}


def _budget(one: WorkloadPlan, budget: Budget) -> dict[str, Any]:
    return {
        "resource": identity(budget.resource.identity),
        "desiredHealthy": _bound(one, budget.desired),
        "allowedAtRest": _bound(one, budget.at_rest),
        "allowedDuringRollout": _bound(one, budget.during),
    }


def _assumption(note: Assumption, lines: Lines) -> dict[str, Any]:
    return {"code": note.code, "message": note.message, "path": note.place.resource.source, "line": lines.of(note.place)}


def _trace(one: WorkloadPlan) -> dict[str, Any] | None:
    if one.strategy is None:
        return None
    n = replicas_to_trace(one)
    return {
        "replicas": n,
        "moments": [
            {"wave": m.wave, "event": m.event, "old": m.old, "new": m.new, "pods": m.pods, "available": m.available}
            for m in trace(one.strategy, n)
        ],
    }
