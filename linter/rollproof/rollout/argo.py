"""How Argo Rollouts sizes the canary, the stable and the preview pods."""

# Function names in parentheses are those of argo-rollouts utils/replicaset/canary.go and utils/replicaset/replicaset.go.

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import modf

from rollproof.rollout.expr import ZERO, Const, Expr, N, ceil_div, greatest, least
from rollproof.rollout.piecewise import always, highest, lowest
from rollproof.rollout.strategy import ArgoCanary, SetCanaryScale, SetWeight


@dataclass(frozen=True, slots=True)
class Group:
    """The pods of one version: how many its ReplicaSet asks for, and how many of them are available."""

    spec: int
    available: int

    @property
    def counted(self) -> int:
        """Available pods that are not about to be removed (GetReplicasForScaleDown)."""
        return min(self.spec, self.available)


@dataclass(frozen=True, slots=True)
class Stage:
    """What one step of a canary asks for: its share of the traffic, and the canary's size where it is set apart from the traffic."""

    weight: int
    scale: SetCanaryScale | None = None


def stages_of(strategy: ArgoCanary) -> tuple[Stage, ...]:
    """The stages in order, without repetitions; the last one is always the full weight.

    Every step keeps the latest weight before it, 0 at first (GetCurrentSetWeight), and with a traffic router the latest canary scale,
    until one says to match the traffic again (UseSetCanaryScale).
    """
    stages: list[Stage] = []
    weight, scale = 0, None
    for step in strategy.steps:
        if isinstance(step, SetWeight):
            weight = step.weight
        elif isinstance(step, SetCanaryScale) and strategy.traffic_routed:
            scale = None if step.match_traffic_weight else step
        if not stages or stages[-1] != Stage(weight, scale):
            stages.append(Stage(weight, scale))
    full = Stage(strategy.max_weight)
    return tuple(stages if stages and stages[-1] == full else [*stages, full])


def weighted_replicas(replicas: int, weight: int, max_weight: int = 100) -> int:
    """Pods that carry ``weight`` of the traffic, rounded up (trafficWeightToReplicas)."""
    return -(-replicas * weight // max_weight)


def approximate_weight(replicas: int, weight: int, surge: int, max_weight: int = 100) -> tuple[int, int]:
    """The canary and stable pods that come nearest to a weight when the pods themselves are the traffic's only router.

    They are ``replicas`` together, or one more where a surge is allowed. Floating point on purpose: the controller computes in float64,
    and its rounding decides ties. Source: approximateWeightedCanaryStableReplicaCounts.
    """
    if replicas == 0:
        return 0, 0
    more, fewer = weighted_replicas(replicas, weight, max_weight), replicas * weight // max_weight
    zero_allowed = weight in (0, max_weight) or (replicas == 1 and surge == 0)
    fewer_allowed = fewer != 0 or zero_allowed
    options: list[tuple[int, int]] = []
    if more < replicas or zero_allowed:
        options.append((more, replicas))
    if fewer_allowed and not _tied(replicas, weight, max_weight):
        options.append((fewer, replicas))
    if surge > 0:
        options.append((more, replicas + 1))
        if fewer_allowed and not _tied(replicas + 1, weight, max_weight):
            options.append((fewer, replicas + 1))
    if not options:
        return 0, replicas
    canary, total = min(options, key=lambda option: abs(option[0] * max_weight / option[1] - weight))
    return canary, total - canary


def basic_canary(
    replicas: int, desired: tuple[int, int], surge: int, unavailable: int, canary: Group, stable: Group, older: int = 0
) -> tuple[int, int]:
    """The canary and stable sizes that one sync writes, without a traffic router.

    ``desired`` is what ``approximate_weight`` asks for; ``older`` are the pods of versions before the stable one, which are removed first.
    Source: CalculateReplicaCountsForBasicCanary.
    """
    wanted_canary, wanted_stable = desired
    limit, floor = replicas + surge, replicas - unavailable
    room = max(0, limit - canary.spec - stable.spec - older)
    new_stable = stable.spec + min(room, max(0, wanted_stable - stable.spec))
    room -= new_stable - stable.spec
    new_canary = canary.spec + min(room, max(0, wanted_canary - canary.spec))
    if older > 0:
        return new_canary, new_stable
    growing = wanted_canary >= canary.spec
    counted = (canary.counted + stable.spec) if growing else (canary.spec + stable.counted)
    if counted <= floor:
        return new_canary, new_stable
    if growing:
        drained = _drain(stable, wanted_stable, counted - floor, new_stable)
        new_stable, new_canary = _within(stable, canary, drained, new_canary, limit, floor)
    else:
        drained = _drain(canary, wanted_canary, counted - floor, new_canary)
        new_canary, new_stable = _within(canary, stable, drained, new_stable, limit, floor)
    return new_canary, new_stable


def blue_green_extra(preview_replicas: int | None) -> Expr:
    """Pods beside the N active ones: the preview, which is filled up to N before the switch (NewRSNewReplicas)."""
    return N if preview_replicas is None else greatest(N, preview_replicas)


def routed_canary(strategy: ArgoCanary) -> tuple[Expr, Expr]:
    """Peak and least available pods when a traffic router carries the weights.

    The stable pods stay at N while the canary grows beside them. With dynamicStableScale they follow the traffic: while a stage begins, the
    canary already has its new size and the stable pods still have the size of the stage before.
    Source: CalculateReplicaCountsForTrafficRoutedCanary.
    """
    sizes: list[tuple[Expr, Expr]] = [(ZERO, N), *(routed_sizes(strategy, stage) for stage in stages_of(strategy))]
    peak: list[Expr] = [N]
    available: list[Expr] = [N]
    for (canary_before, stable_before), (canary, stable) in pairwise(sizes):
        peak.append(canary + greatest(stable_before, stable))
        available.append(canary + stable)
        if not always(canary, ">=", canary_before, 0, None):
            available.append(canary + stable_before)
    return highest(peak), lowest(available)


def routed_sizes(strategy: ArgoCanary, stage: Stage) -> tuple[Expr, Expr]:
    """The canary and stable pods of a stage once a traffic router has moved the traffic."""
    weight, fixed = stage.weight, None
    if stage.scale is not None and stage.scale.replicas is not None:
        weight, fixed = 0, stage.scale.replicas
    elif stage.scale is not None and stage.scale.weight is not None:
        weight = stage.scale.weight
    canary = _at_least_minimum(strategy, weight) if fixed is None else Const(fixed)
    if not strategy.dynamic_stable_scale:
        return canary, N
    # The larger of what the scale asks for and what the traffic still needs.
    return canary, _at_least_minimum(strategy, strategy.max_weight - min(weight, stage.weight))


def _at_least_minimum(strategy: ArgoCanary, weight: int) -> Expr:
    """The pods for a weight, and where there are any at least minPodsPerReplicaSet of them, but not for that reason more than N."""
    if weight <= 0:
        return ZERO
    count = ceil_div(N * weight, strategy.max_weight)
    minimum = strategy.min_pods_per_replica_set
    return count if minimum is None else greatest(count, least(N, minimum))


def _drain(group: Group, wanted: int, count: int, size: int) -> int:
    return max(wanted, group.spec - count) if group.spec > wanted else size


def _within(drained: Group, kept: Group, drained_size: int, kept_size: int, limit: int, floor: int) -> tuple[int, int]:
    """Both sizes moved back inside the two limits (adjustReplicaWithinLimits)."""
    kept_size -= max(0, kept_size + drained_size - limit)
    available = min(drained.available, drained_size) + min(kept.available, kept_size)
    kept_size += min(max(0, kept.available - kept_size), max(0, floor - available))
    return drained_size - max(0, kept_size + drained_size - limit), kept_size


def _tied(total: int, weight: int, max_weight: int) -> bool:
    return modf(total * (weight / max_weight))[0] == 0.5
