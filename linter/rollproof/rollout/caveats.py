"""Where the bounds of a plan stop to hold: said only where the manifests hold what it takes."""

from __future__ import annotations

from collections.abc import Iterator

from rollproof.model.cluster import Cluster
from rollproof.model.workload import Workload
from rollproof.rollout.bounds import Bounds
from rollproof.rollout.disruption import Budget
from rollproof.rollout.expr import ZERO, N, assuming, least
from rollproof.rollout.piecewise import range_of
from rollproof.rollout.reading import Assumption, Replicas
from rollproof.rollout.resources import Quota
from rollproof.rollout.strategy import RollingUpdate, Strategy

# What each of these says was found by exploring models of the controllers (tests/simulator.py): a bound that holds for one rollout of a
# fixed size need not hold when the template or the size changes before the rollout is over.


def caveats(
    workload: Workload,
    cluster: Cluster,
    strategy: Strategy,
    replicas: Replicas,
    bounds: Bounds,
    budgets: tuple[Budget, ...],
    room: tuple[Quota, ...],
) -> Iterator[Assumption]:
    """What may break the bounds of this workload, with the place that makes it possible."""
    if isinstance(strategy, RollingUpdate):
        yield from _second_change(workload, bounds, replicas)
        yield from _scaling(workload, cluster, strategy)
        yield from _lagging_deletes(room, bounds, replicas)
    for budget in budgets:
        yield from _evictions(budget, replicas)


def _second_change(workload: Workload, bounds: Bounds, replicas: Replicas) -> Iterator[Assumption]:
    """The order in which pods are removed knows Ready, not Available (ActivePodsWithRanks, pkg/controller/controller_utils.go)."""
    wait = workload.resource.get("spec", "minReadySeconds")
    if isinstance(wait, int) and wait > 0 and range_of(bounds.unavailable, replicas.low, replicas.high)[1] != 0:
        text = (
            f"if the template changes again during a rollout, an available pod may be removed while one that is ready for less than "
            f"minReadySeconds ({wait} s) stays, so fewer pods may be available for that time"
        )
        yield Assumption("second-change", text, workload.resource.at("spec", "minReadySeconds"))


def _scaling(workload: Workload, cluster: Cluster, strategy: RollingUpdate) -> Iterator[Assumption]:
    autoscaler = cluster.autoscaler_of(workload)
    if autoscaler is None:
        return
    who = autoscaler.resource.identity
    if strategy.max_surge.percent or strategy.max_unavailable.percent:
        text = f"if {who} takes pods away during a rollout, 1 or 2 pods fewer than this may be available, as shares are rounded again"
        yield Assumption("scaled-down-meanwhile", text, autoscaler.place)
    text = (
        f"if {who} adds pods during a rollout and takes some away before they are ready, available old pods go in proportion, "
        "and no bound holds"
    )
    yield Assumption("scaled-up-and-down-meanwhile", text, autoscaler.place)


def _lagging_deletes(room: tuple[Quota, ...], bounds: Bounds, replicas: Replicas) -> Iterator[Assumption]:
    """A ReplicaSet deletes pods after the Deployment has told it to, and new ones may be there before."""
    if room and bounds.surge != ZERO:
        exist = least(N * 2, N + bounds.surge * 2 + bounds.unavailable)
        most = range_of(exist, replicas.low, replicas.high)[1]
        text = (
            f"deletes lag behind: for a moment up to {exist if most is None else most} pods exist, and terminating ones beside them; "
            "the quota counts all of them"
        )
        yield Assumption("deletes-lag", text, room[0].resource.at("spec", "hard", room[0].key))


def _evictions(budget: Budget, replicas: Replicas) -> Iterator[Assumption]:
    """A rollout and the eviction API do not know of each other."""
    during = range_of(budget.during, replicas.low, replicas.high)
    who = budget.resource.identity
    if during[1] == 0:
        if range_of(budget.at_rest, replicas.low, replicas.high)[1] != 0:
            text = f"at its low a rollout leaves no eviction that {who} allows, so draining a node may wait for the rollout"
            yield Assumption("drains-wait", text, budget.place)
        return
    low, high = replicas.low, replicas.high
    kept = f"{budget.desired.at(low)} of {low}" if low == high else f"{assuming(budget.desired, low, high)} of N"
    text = f"draining nodes during a rollout may leave fewer pods than this: {who} keeps only {kept}"
    yield Assumption("drains-during-rollout", text, budget.place)
