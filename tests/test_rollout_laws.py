"""Do the bounds hold in every interleaving of the controllers' steps, and is each of them reached?"""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollproof.rollout.argo import Group
from rollproof.rollout.bounds import Bounds, bounds_of
from rollproof.rollout.piecewise import always
from rollproof.rollout.strategy import Recreate, Strategy, Unresolvable, argo_canary, daemon_set_update, rolling_update, stateful_set_update
from rollproof.rollout.trace import trace
from rollproof.rollout.waves import least_seconds, pods_with_terminating, resting_point, startups_of, waves_of
from tests.simulator import (
    Explored,
    Limits,
    Set,
    explore_canary,
    explore_daemon_set,
    explore_recreate,
    explore_rolling,
    explore_stateful_set,
    reconcile_new,
    reconcile_old,
    run_in_time,
    scaled,
)

Value = int | str

WRITTEN: tuple[Value, ...] = (0, 1, 2, 3, 7, "0%", "1%", "10%", "25%", "33%", "50%", "75%", "100%")
VALUES = st.one_of(st.integers(0, 40), st.integers(0, 100).map(lambda percent: f"{percent}%"))


def bounds_for(made: Strategy | Unresolvable) -> Bounds:
    assert not isinstance(made, Unresolvable)
    return bounds_of(made)


def extremes(explored: Explored) -> tuple[int, int]:
    return explored.most_pods, explored.least_available


def promised(bounds: Bounds, n: int) -> tuple[int, int]:
    quantities = bounds.at(n)
    return quantities.max_pods, quantities.min_available


@pytest.mark.parametrize(("max_surge", "max_unavailable"), list(product(WRITTEN, WRITTEN)))
def test_no_interleaving_of_a_deployment_leaves_the_bounds_and_some_reach_them(max_surge: Value, max_unavailable: Value) -> None:
    bounds = bounds_for(rolling_update(max_surge, max_unavailable))

    explored = {n: explore_rolling(Limits.of(n, max_surge, max_unavailable)) for n in range(9)}

    assert {n: extremes(found) for n, found in explored.items()} == {n: promised(bounds, n) for n in explored}
    assert {n: found.ends for n, found in explored.items()} == {n: {((Set(0, 0),), Set(n, n))} for n in explored}


@settings(max_examples=25, deadline=None)
@given(st.integers(9, 45), VALUES, VALUES)
def test_larger_deployments_keep_and_reach_their_bounds(n: int, max_surge: Value, max_unavailable: Value) -> None:
    bounds = bounds_for(rolling_update(max_surge, max_unavailable))

    explored = explore_rolling(Limits.of(n, max_surge, max_unavailable))

    assert extremes(explored) == promised(bounds, n)


@pytest.mark.parametrize("n", range(9))
def test_recreating_keeps_nothing_available_and_never_adds_a_pod(n: int) -> None:
    explored = explore_recreate(n)

    assert extremes(explored) == promised(bounds_for(Recreate()), n)
    assert explored.ends == {(0, 0, n, n)}


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("partition", [0, 1, 3, 9])
@pytest.mark.parametrize("max_unavailable", [1, 2, 3, "10%", "25%", "50%", "100%"])
def test_no_interleaving_of_a_stateful_set_leaves_the_bounds(max_unavailable: Value, partition: int, parallel: bool) -> None:
    bounds = bounds_for(stateful_set_update(max_unavailable, partition=partition, parallel=parallel))
    budgets = {n: max(1, scaled(max_unavailable, n, up=False)) for n in range(7 if parallel else 9)}

    explored = {n: explore_stateful_set(n, budget, partition, parallel=parallel) for n, budget in budgets.items()}

    assert {n: extremes(found) for n, found in explored.items()} == {n: promised(bounds, n) for n in explored}
    assert {n: found.ends for n, found in explored.items()} == {n: {"o" * min(n, partition) + "r" * (n - partition)} for n in explored}


@pytest.mark.parametrize(
    ("max_surge", "max_unavailable"),
    [(0, 0), (0, 1), (0, 2), (0, "10%"), (0, "50%"), (0, "100%"), (1, 0), (3, 0), ("10%", 0), ("50%", 0), ("100%", 0)],
)
def test_no_interleaving_of_a_daemon_set_leaves_the_bounds(max_surge: Value, max_unavailable: Value) -> None:
    bounds = bounds_for(daemon_set_update(max_surge, max_unavailable))
    limits = {n: (scaled(max_surge, n, up=True), scaled(max_unavailable, n, up=True)) for n in range(8)}

    explored = {n: explore_daemon_set(n, *limit) for n, limit in limits.items()}

    assert {n: extremes(found) for n, found in explored.items()} == {n: promised(bounds, n) for n in explored}
    assert {n: found.ends for n, found in explored.items()} == {n: {"r" * n} for n in explored}


@pytest.mark.parametrize("weights", [(100,), (20, 100), (50, 100), (10, 25, 50, 75, 100), (60, 30, 100), (1, 99, 100)])
def test_no_interleaving_of_a_basic_canary_leaves_the_bounds(weights: tuple[int, ...]) -> None:
    for n, surge, unavailable in product(range(8), (0, 1, 3), (0, 1, 2)):
        quantities = bounds_for(rolling_update(surge, unavailable)).at(n)

        explored = explore_canary(n, quantities.surge, quantities.unavailable, weights)

        assert explored.most_pods <= quantities.max_pods
        assert explored.least_available >= quantities.min_available
        assert explored.ends == {(len(weights) - 1, Group(n, n), Group(0, 0))}


@pytest.mark.parametrize("max_surge", [1, 2, "25%"])
@pytest.mark.parametrize("max_unavailable", [0, 1, "50%"])
def test_a_canary_without_steps_reaches_the_bounds_of_a_deployment(max_surge: Value, max_unavailable: Value) -> None:
    canary = argo_canary(max_surge, max_unavailable)
    assert not isinstance(canary, Unresolvable)
    bounds = bounds_for(rolling_update(max_surge, max_unavailable))

    traces = {n: list(trace(canary, n)) for n in range(1, 9)}

    reached = {n: (max(m.pods for m in moments), min([n, *(m.available for m in moments)])) for n, moments in traces.items()}
    assert reached == {n: promised(bounds, n) for n in traces}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), VALUES, VALUES, st.integers(1, 30), st.integers(0, 120), st.randoms(use_true_random=False))
def test_time_and_room_stay_within_what_is_promised(
    n: int, max_surge: Value, max_unavailable: Value, startup: int, grace: int, rng: random.Random
) -> None:
    bounds = bounds_for(rolling_update(max_surge, max_unavailable))
    limits = Limits.of(n, max_surge, max_unavailable)

    even = run_in_time(limits, lambda: startup, grace)
    uneven = run_in_time(limits, lambda: startup + rng.randrange(20), grace)

    room = pods_with_terminating(bounds, grace, startup).at(n)
    assert even.seconds == least_seconds(bounds, n, startup) == waves_of(bounds).at(n) * startup
    assert even.seconds <= uneven.seconds < waves_of(bounds).at(n) * (startup + 20)
    assert even.most_physical_pods <= room
    assert uneven.most_physical_pods <= room


@given(st.integers(0, 60), VALUES, VALUES)
def test_a_rollout_whose_pods_never_become_available_rests_where_it_is_said_to(n: int, max_surge: Value, max_unavailable: Value) -> None:
    bounds = bounds_for(rolling_update(max_surge, max_unavailable))
    limits, old, new = Limits.of(n, max_surge, max_unavailable), Set(n, n), Set(0, 0)
    for _ in range(4):
        new = new.resize(reconcile_new(limits, (old,), new.spec))
        (old,) = reconcile_old(limits, (old,), new)

    rest = resting_point(bounds)

    assert rest is not None
    assert (old.spec, new.spec) == (rest.old.at(n), rest.new.at(n))


@given(st.integers(0, 80), VALUES, VALUES)
def test_the_trace_is_a_run_of_the_controller_with_as_many_waves_as_promised(n: int, max_surge: Value, max_unavailable: Value) -> None:
    made = rolling_update(max_surge, max_unavailable)
    assert not isinstance(made, Unresolvable)
    bounds = bounds_of(made)

    moments = list(trace(made, n))

    assert max([n, *(moment.pods for moment in moments)]) == bounds.at(n).max_pods
    assert min([n, *(moment.available for moment in moments)]) == bounds.at(n).min_available
    assert max((moment.wave for moment in moments), default=0) == startups_of(bounds).at(n)
    assert [(m.old, m.new, m.available) for m in moments[-1:]] == ([(0, n, n)] if n else [])


@settings(max_examples=50, deadline=None)
@given(VALUES, VALUES)
def test_for_every_number_of_replicas_the_bounds_are_in_order(max_surge: Value, max_unavailable: Value) -> None:
    bounds = bounds_for(rolling_update(max_surge, max_unavailable))

    laws = [
        always(bounds.min_available, "<=", bounds.max_pods, 0, None),
        always(bounds.max_pods, "<=", bounds.min_available + bounds.unavailable + bounds.surge, 0, None),
        always(bounds.unavailable, "<=", bounds.max_pods - bounds.min_available, 0, None),
        always(bounds.min_available, ">=", 0, 0, None),
        always(bounds.surge + bounds.unavailable, ">=", 1, 1, None),
    ]

    assert all(laws)


@settings(max_examples=50, deadline=None)
@given(VALUES, VALUES, st.integers(0, 60), st.integers(0, 400))
def test_waves_over_a_range_are_the_extremes_of_its_sizes(max_surge: Value, max_unavailable: Value, low: int, length: int) -> None:
    waves = waves_of(bounds_for(rolling_update(max_surge, max_unavailable)))
    counts = [waves.at(n) for n in range(low, low + length + 1)]

    found = waves.range(low, low + length)

    assert found == (min(counts), max(counts))
