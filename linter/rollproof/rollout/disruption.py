"""PodDisruptionBudgets: how many pods of a workload they let be evicted, at rest and while a rollout runs, for every N."""

from __future__ import annotations

from dataclasses import dataclass

from rollproof.kube import int_or_percent
from rollproof.kube.int_or_percent import DISRUPTION_BUDGET
from rollproof.model.cluster import Cluster
from rollproof.model.resource import Place, Resource
from rollproof.model.workload import Workload
from rollproof.rollout.bounds import Bounds, share
from rollproof.rollout.expr import Expr, N, greatest

SCALED_KINDS = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"})
"""Kinds whose number of pods the disruption controller can look up: those with a scale subresource."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget and what it means for one workload.

    ``desired`` are the healthy pods that it asks for; ``at_rest`` and ``during`` are the evictions it allows while all N pods are healthy,
    and in the moment of a rollout with the fewest available pods. ``place`` is the field that decides.
    """

    resource: Resource
    place: Place
    desired: Expr
    at_rest: Expr
    during: Expr


def budgets(workload: Workload, cluster: Cluster, bounds: Bounds) -> tuple[Budget, ...]:
    """The budgets that cover the workload and whose arithmetic is known: those that cover nothing else, or allow no eviction at all.

    Percentages and maxUnavailable count from the sizes of the owning controllers, an integer minAvailable from the pods that match.
    Source: getExpectedPodCount and updatePdbStatus, Kubernetes pkg/controller/disruption/disruption.go.
    """
    if workload.resource.kind not in SCALED_KINDS:
        return ()
    found = (_budget(budget, bounds, alone=covers == 1) for budget, covers in cluster.budgets_of(workload))
    return tuple(budget for budget in found if budget is not None)


def _budget(budget: Resource, bounds: Bounds, *, alone: bool) -> Budget | None:
    for field in ("maxUnavailable", "minAvailable"):
        written = budget.get("spec", field)
        if written is None:
            continue
        number = int_or_percent.parse(written)
        if number is None or not number.resolvable:
            return None
        keeps_all = number.amount == 0 if field == "maxUnavailable" else number.percent and number.amount >= 100
        if not alone and not keeps_all:
            return None
        amount = share(number, DISRUPTION_BUDGET)
        desired = greatest(N - amount, 0) if field == "maxUnavailable" else amount
        place = budget.at("spec", field)
        return Budget(budget, place, desired, greatest(N - desired, 0), greatest(bounds.min_available - desired, 0))
    return None
