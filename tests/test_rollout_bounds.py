"""Are the bounds, waves and steps of a rollout those that the controllers' own tests and the published behaviour give?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rollproof.kube import int_or_percent
from rollproof.kube.int_or_percent import IntOrPercent
from rollproof.kube.version import Version
from rollproof.rollout.argo import Group, Stage, approximate_weight, basic_canary, routed_sizes, stages_of, weighted_replicas
from rollproof.rollout.bounds import Bounds, Quantities, bounds_of
from rollproof.rollout.piecewise import first, least_ratio, range_of
from rollproof.rollout.strategy import (
    ArgoBlueGreen,
    ArgoCanary,
    NoRollout,
    OnDelete,
    Pause,
    Recreate,
    SetCanaryScale,
    SetWeight,
    Strategy,
    Unresolvable,
    argo_canary,
    daemon_set_update,
    rolling_update,
    stateful_set_update,
)
from rollproof.rollout.trace import trace, witness
from rollproof.rollout.waves import Waves, least_seconds, pause_seconds, pods_with_terminating, resting_point, startups_of, waves_of
from tests.simulator import (
    Limits,
    Set,
    cleanup_unhealthy,
    deployment_complete,
    reconcile_new,
    reconcile_old,
    replica_set_fraction,
    scale_down_old,
    scale_proportionally,
)

ORACLES = Path(__file__).parents[2] / "shared" / "oracles"
whole_oracle = pytest.mark.skipif(not ORACLES.exists(), reason="the tables of facts are not beside this checkout")


def oracle(name: str) -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads((ORACLES / f"{name}.json").read_text("utf-8"))
    return loaded


def strategy_of(made: Strategy | Unresolvable) -> Strategy:
    assert not isinstance(made, Unresolvable)
    return made


def deployment(max_surge: object = None, max_unavailable: object = None) -> Bounds:
    return bounds_of(strategy_of(rolling_update(max_surge, max_unavailable)))


# --- int or percent ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, IntOrPercent(0)),
        (2147483647, IntOrPercent(2147483647)),
        (3.0, IntOrPercent(3)),
        ("25%", IntOrPercent(25, percent=True)),
        ("05%", IntOrPercent(5, percent=True)),
        ("000%", IntOrPercent(0, percent=True)),
        ("150%", IntOrPercent(150, percent=True)),
    ],
)
def test_a_number_of_pods_is_an_integer_or_digits_with_a_percent_sign(value: object, number: IntOrPercent) -> None:
    parsed = int_or_percent.parse(value)

    assert parsed == number
    assert int_or_percent.why_not(value) is None


@pytest.mark.parametrize("value", ["5", "5.5%", " 25%", "25 %", "-5%", "+5%", "%", "25%%", "", "some", "25%\n", "\u0662\u0665%"])
def test_other_text_is_refused_with_a_reason(value: str) -> None:
    reason = int_or_percent.why_not(value)

    assert int_or_percent.parse(value) is None
    assert reason == "neither an integer nor a percentage such as '25%'"


@pytest.mark.parametrize("value", [True, 2.5, float("inf"), float("nan"), None, [], {}, -1, 2**31])
def test_other_values_are_refused_with_a_reason(value: object) -> None:
    reason = int_or_percent.why_not(value)

    assert int_or_percent.parse(value) is None
    assert reason


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("25", IntOrPercent(25, percent=True)),
        ("2%5", IntOrPercent(25, percent=True)),
        ("25%%", IntOrPercent(25, percent=True)),
        (25, IntOrPercent(25)),
        ("oops", None),
        ("", None),
        ("9" * 30, None),
        ("9" * 5000, None),
        (True, None),
    ],
)
def test_argo_reads_every_string_as_a_percentage(value: object, number: IntOrPercent | None) -> None:
    parsed = int_or_percent.parse_lenient(value)

    assert parsed == number


@pytest.mark.parametrize("digits", ["9" * 29, "9" * 10_000])
def test_a_percentage_of_too_many_digits_stops_every_rollout(digits: str) -> None:
    made = rolling_update(f"{digits}%", 0)

    assert made == Unresolvable("maxSurge", "maxSurge is a percentage of more digits than the controller can read, so no rollout happens")


def test_what_is_wrong_with_a_field_is_told_in_a_sentence() -> None:
    made = [rolling_update("5", 0), rolling_update(0, -1), argo_canary("oops"), daemon_set_update(0, 2**31), argo_canary(None, "-5")]

    assert [unresolvable.reason for unresolvable in made if isinstance(unresolvable, Unresolvable)] == [
        "maxSurge is neither an integer nor a percentage such as '25%'",
        "maxUnavailable is negative",
        "maxSurge is neither an integer nor a percentage such as '25%'",
        "maxUnavailable is more than 2147483647, the largest number the field can hold",
        "maxUnavailable is negative",
    ]


# --- bounds --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replicas", "max_surge", "max_unavailable", "surge", "unavailable", "max_pods", "min_available"),
    [
        # Kubernetes pkg/controller/deployment/util/deployment_util_test.go: TestMaxUnavailable, TestMinAvailable
        (10, 1, 5, 1, 5, 11, 5),
        (10, 1, 10, 1, 10, 11, 0),
        (5, 1, 10, 1, 5, 6, 0),
        (0, 1, 10, 1, 0, 0, 0),
        (10, 1, "50%", 1, 5, 11, 5),
        (10, 1, "100%", 1, 10, 11, 0),
        # TestResolveFenceposts, and the cap of maxUnavailable to the replicas
        (0, "0%", "0%", 0, 0, 0, 0),
        (1, "0%", "1%", 0, 1, 1, 0),
        (2, "1%", "0%", 1, 0, 3, 2),
        (3, "25%", "25%", 1, 0, 4, 3),
        (4, "25%", "25%", 1, 1, 5, 3),
        (1, 0, "25%", 0, 1, 1, 0),
        (10, None, None, 3, 2, 13, 8),
        (3, 0, None, 0, 1, 3, 2),
        (3, None, 0, 1, 0, 4, 3),
        (4, "150%", 0, 6, 0, 8, 4),
        (2, 5, 0, 5, 0, 4, 2),
    ],
)
def test_a_deployment_rounds_surge_up_and_unavailable_down(
    replicas: int, max_surge: object, max_unavailable: object, surge: int, unavailable: int, max_pods: int, min_available: int
) -> None:
    quantities = deployment(max_surge, max_unavailable).at(replicas)

    assert quantities == Quantities(replicas, surge, unavailable, max_pods, min_available)


@pytest.mark.parametrize(
    ("bounds", "surge", "unavailable", "max_pods", "min_available"),
    [
        (deployment(), "ceil(N/4)", "floor(N/4)", "N + ceil(N/4)", "N - floor(N/4)"),
        (deployment(1, 0), "1", "0", "N + min(N, 1)", "N"),
        (deployment(0, "10%"), "0", "min(N, max(floor(N/10), 1))", "N", "max(N - max(floor(N/10), 1), 0)"),
        (deployment("30%", 0).assuming(1), "ceil(3*N/10)", "0", "N + ceil(3*N/10)", "N"),
        (deployment(1, 1).assuming(1), "1", "1", "N + 1", "N - 1"),
        (deployment(0, "10%").assuming(1, 9), "0", "1", "N", "N - 1"),
        (deployment(0, "10%").assuming(10, 50), "0", "floor(N/10)", "N", "N - floor(N/10)"),
    ],
)
def test_the_bounds_are_formulas_in_the_number_of_replicas(
    bounds: Bounds, surge: str, unavailable: str, max_pods: str, min_available: str
) -> None:
    texts = [str(expr) for expr in (bounds.surge, bounds.unavailable, bounds.max_pods, bounds.min_available)]

    assert texts == [surge, unavailable, max_pods, min_available]


@pytest.mark.parametrize(
    ("max_unavailable", "replicas", "unavailable"),
    [
        # Kubernetes pkg/controller/statefulset/stateful_set_utils_test.go: TestGetStatefulSetMaxUnavailable
        (3, 10, 3),
        ("10%", 25, 2),
        ("10%", 5, 1),
        ("50%", 5, 2),
        (3, 2, 2),
        (None, 7, 1),
        (3, 0, 0),
    ],
)
def test_a_stateful_set_rounds_down_to_at_least_one(max_unavailable: object, replicas: int, unavailable: int) -> None:
    quantities = bounds_of(strategy_of(stateful_set_update(max_unavailable))).at(replicas)

    assert quantities == Quantities(replicas, 0, unavailable, replicas, replicas - unavailable)


def test_a_stateful_set_before_1_35_updates_one_pod_at_a_time_whatever_it_says() -> None:
    bounds = bounds_of(strategy_of(stateful_set_update(3, version=Version(1, 34))))

    assert bounds.at(10) == Quantities(10, 0, 1, 10, 9)
    assert [note.code for note in bounds.notes] == ["max-unavailable-ignored"]


@pytest.mark.parametrize(("partition", "unavailable", "waves"), [(0, 2, 5), (7, 2, 2), (9, 1, 1), (10, 0, 0), (99, 0, 0)])
def test_a_partition_shields_the_ordinals_below_it(partition: int, unavailable: int, waves: int) -> None:
    bounds = bounds_of(strategy_of(stateful_set_update(2, partition=partition)))

    assert bounds.strategy == ("Partitioned" if partition else "RollingUpdate")
    assert bounds.at(10).unavailable == unavailable
    assert waves_of(bounds).at(10) == waves


@pytest.mark.parametrize(
    ("max_surge", "max_unavailable", "nodes", "surge", "unavailable", "max_pods", "min_available"),
    [
        # Kubernetes pkg/controller/daemon/update_test.go: TestGetUnavailableNumbers
        (None, None, 2, 0, 1, 2, 1),
        (0, "50%", 2, 0, 1, 2, 1),
        (0, "50%", 3, 0, 2, 3, 1),
        ("50%", 0, 2, 1, 0, 3, 2),
        ("100%", 0, 2, 2, 0, 4, 2),
        (0, 0, 2, 0, 1, 2, 1),
        (0, "10%", 0, 0, 0, 0, 0),
        (500, 0, 3, 500, 0, 6, 3),
    ],
)
def test_a_daemon_set_rounds_both_up(
    max_surge: object, max_unavailable: object, nodes: int, surge: int, unavailable: int, max_pods: int, min_available: int
) -> None:
    quantities = bounds_of(strategy_of(daemon_set_update(max_surge, max_unavailable))).at(nodes)

    assert quantities == Quantities(nodes, surge, unavailable, max_pods, min_available)


@pytest.mark.parametrize(
    ("strategy", "name", "codes", "quantities"),
    [
        (Recreate(), "Recreate", [], Quantities(5, 0, 5, 5, 0)),
        (Recreate(paused=True), "Recreate", ["paused"], Quantities(5, 0, 5, 5, 0)),
        (OnDelete(), "OnDelete", ["on-delete"], Quantities(5, 0, 0, 5, 5)),
        (NoRollout(), "None", ["no-rollout"], Quantities(5, 0, 0, 5, 5)),
        (ArgoCanary(), "Canary", [], Quantities(5, 2, 1, 7, 4)),
        (ArgoCanary(traffic_routed=True), "Canary", ["traffic-routed"], Quantities(5, 5, 0, 10, 5)),
        (ArgoBlueGreen(), "BlueGreen", ["blue-green"], Quantities(5, 0, 0, 10, 5)),
        (ArgoBlueGreen(preview_replicas=1), "BlueGreen", ["blue-green"], Quantities(5, 0, 0, 10, 5)),
        (ArgoBlueGreen(preview_replicas=8), "BlueGreen", ["blue-green"], Quantities(5, 0, 0, 13, 5)),
    ],
)
def test_every_strategy_has_bounds_and_says_what_they_take_for_granted(
    strategy: Strategy, name: str, codes: list[str], quantities: Quantities
) -> None:
    bounds = bounds_of(strategy)

    assert bounds.strategy == name
    assert [note.code for note in bounds.notes] == codes
    assert bounds.at(5) == quantities


def test_a_paused_deployment_has_the_bounds_of_resuming_it() -> None:
    bounds = bounds_of(strategy_of(rolling_update(1, 0, paused=True)))

    assert [note.code for note in bounds.notes] == ["paused"]
    assert bounds.at(3) == deployment(1, 0).at(3)


# --- Argo canaries -------------------------------------------------------------------------------------------------------------------


def test_the_last_stage_of_a_canary_is_always_the_full_weight() -> None:
    steps = (Pause(), SetWeight(20), Pause(10), SetCanaryScale(replicas=2), SetWeight(50), SetCanaryScale(match_traffic_weight=True))

    plain = stages_of(ArgoCanary(steps=steps))
    routed = stages_of(ArgoCanary(steps=steps, traffic_routed=True))

    scale = SetCanaryScale(replicas=2)
    assert plain == (Stage(0), Stage(20), Stage(50), Stage(100))
    assert routed == (Stage(0), Stage(20), Stage(20, scale), Stage(50, scale), Stage(50), Stage(100))


@pytest.mark.parametrize(
    ("strategy", "max_pods", "min_available"),
    [
        (ArgoCanary(traffic_routed=True, steps=(SetWeight(20),)), "2*N", "N"),
        (ArgoCanary(traffic_routed=True, steps=(SetCanaryScale(replicas=3),)), "max(2*N, N + 3)", "N"),
        (ArgoCanary(traffic_routed=True, steps=(SetCanaryScale(weight=200),)), "3*N", "N"),
        (ArgoCanary(traffic_routed=True, dynamic_stable_scale=True, steps=(SetWeight(20), SetWeight(50))), "N + ceil(N/2)", "N"),
    ],
)
def test_with_a_traffic_router_the_canary_grows_beside_the_stable_pods(strategy: ArgoCanary, max_pods: str, min_available: str) -> None:
    bounds = bounds_of(strategy)

    assert (str(bounds.max_pods), str(bounds.min_available)) == (max_pods, min_available)


def test_a_dynamically_scaled_canary_that_shrinks_can_dip_below_the_replicas() -> None:
    bounds = bounds_of(ArgoCanary(traffic_routed=True, dynamic_stable_scale=True, steps=(SetWeight(80), SetWeight(20))))

    assert bounds.at(10).min_available == 4


@pytest.mark.parametrize(("steps", "seconds"), [((), 0), ((Pause(30), SetWeight(5), Pause(60)), 90), ((Pause(30), Pause()), None)])
def test_pauses_add_up_until_one_waits_for_a_person(steps: tuple[SetWeight | Pause, ...], seconds: int | None) -> None:
    added = pause_seconds(ArgoCanary(steps=steps))

    assert added == seconds


# --- waves, time, rest ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "text", "range_1_to_10", "unbounded"),
    [
        (deployment(1, 0), "N", (1, 10), (1, None)),
        (deployment(1, 1), "ceil(N/2)", (1, 5), (1, None)),
        (deployment(), "ceil(N/(ceil(N/4) + floor(N/4)))", (1, 3), (1, 3)),
        (deployment("100%", 0), "1", (1, 1), (1, 1)),
        (deployment(0, "10%"), "ceil(N/max(floor(N/10), 1))", (1, 10), (1, 19)),
        (bounds_of(Recreate()), "1", (1, 1), (1, 1)),
        (bounds_of(NoRollout()), "0", (0, 0), (0, 0)),
        (bounds_of(ArgoBlueGreen(preview_replicas=2)), "min(max(N - 2, 0), 1) + 1", (1, 2), (1, 2)),
    ],
)
def test_waves_are_counted_over_a_whole_range_of_replicas(
    bounds: Bounds, text: str, range_1_to_10: tuple[int, int], unbounded: tuple[int, int | None]
) -> None:
    waves = waves_of(bounds)

    assert waves.text(1) == text
    assert waves.range(1, 10) == range_1_to_10
    assert waves.range(1, None) == unbounded
    assert waves.at(0) == 0


def test_pods_of_an_ordered_stateful_set_start_one_after_another() -> None:
    ordered, parallel = (bounds_of(strategy_of(stateful_set_update(2, parallel=parallel))) for parallel in (False, True))

    seconds = [least_seconds(bounds, 10, startup_seconds=30) for bounds in (ordered, parallel)]

    assert seconds == [300, 150]
    assert [startups_of(bounds).at(10) for bounds in (ordered, parallel)] == [10, 5]


@pytest.mark.parametrize(
    ("bounds", "grace", "startup", "pods"),
    [
        (deployment(), 30, 0, 20),
        (deployment(), 30, 10, 20),
        (deployment(), 0, 10, 13),
        (deployment(1, 0), 30, 40, 12),
        (bounds_of(Recreate()), 30, 0, 10),
        (bounds_of(strategy_of(stateful_set_update())), 30, 0, 10),
        (bounds_of(strategy_of(daemon_set_update())), 30, 0, 10),
        (bounds_of(ArgoBlueGreen()), 30, 0, 20),
    ],
)
def test_terminating_pods_take_room_too(bounds: Bounds, grace: int, startup: int, pods: int) -> None:
    peak = pods_with_terminating(bounds, grace, startup).at(10)

    assert peak == pods


@pytest.mark.parametrize(
    ("strategy", "old", "new"),
    [
        (rolling_update(), 8, 5),
        (rolling_update(20, 0), 10, 10),
        (Recreate(), 0, 10),
        (stateful_set_update(3), 7, 1),
        (stateful_set_update(3, parallel=True), 7, 3),
        (daemon_set_update("30%", 0), 10, 3),
        (OnDelete(), 10, 0),
    ],
)
def test_a_broken_version_comes_to_rest(strategy: Strategy | Unresolvable, old: int, new: int) -> None:
    rest = resting_point(bounds_of(strategy_of(strategy)))

    assert rest is not None
    assert (rest.old.at(10), rest.new.at(10)) == (old, new)


def test_the_steps_of_a_canary_decide_where_it_rests() -> None:
    rests = [resting_point(bounds_of(strategy)) for strategy in (ArgoCanary(), ArgoBlueGreen())]

    assert rests == [None, None]


# --- traces --------------------------------------------------------------------------------------------------------------------------


def test_the_default_rollout_of_four_pods_takes_two_waves() -> None:
    moments = [(m.wave, m.event, m.old, m.new, m.available) for m in trace(strategy_of(rolling_update()), 4)]

    # rolling.go: the new side first, then as many old pods as are to spare
    assert moments == [
        (0, "up", 4, 1, 4),
        (0, "down", 3, 1, 3),
        (0, "up", 3, 2, 3),
        (1, "ready", 3, 2, 5),
        (1, "down", 1, 2, 3),
        (1, "up", 1, 4, 3),
        (2, "ready", 1, 4, 5),
        (2, "down", 0, 4, 4),
    ]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 10])
@pytest.mark.parametrize(
    "strategy",
    [
        rolling_update(),
        rolling_update(1, 0),
        rolling_update(0, "30%"),
        rolling_update("100%", "100%"),
        Recreate(),
        stateful_set_update(2),
        stateful_set_update("50%", parallel=True, partition=2),
        daemon_set_update(),
        daemon_set_update("40%", 0),
        ArgoCanary(),
        ArgoCanary(traffic_routed=True, steps=(SetWeight(20), SetWeight(60))),
        ArgoCanary(traffic_routed=True, steps=(SetWeight(20), SetWeight(60)), dynamic_stable_scale=True),
        ArgoBlueGreen(),
        ArgoBlueGreen(2),
        ArgoBlueGreen(12),
        OnDelete(),
        NoRollout(),
    ],
)
def test_the_witness_reaches_both_bounds(strategy: Strategy | Unresolvable, n: int) -> None:
    bounds = bounds_of(strategy_of(strategy))

    seen = witness(strategy_of(strategy), n)

    expected = bounds.at(n)
    assert (seen.peak.pods if seen.peak else n) == expected.max_pods
    assert (seen.low.available if seen.low else n) == expected.min_available
    if bounds.strategy not in ("BlueGreen", "Canary"):
        assert max((moment.wave for moment in seen.moments), default=0) == startups_of(bounds).at(n)


def test_a_basic_canary_goes_through_its_stages() -> None:
    moments = [(m.wave, m.event, m.old, m.new, m.available) for m in trace(ArgoCanary(steps=(SetWeight(20), Pause())), 10)]

    assert moments[:3] == [(0, "up", 10, 2, 10), (0, "down", 8, 2, 8), (1, "ready", 8, 2, 10)]
    assert moments[-1] == (3, "down", 0, 10, 10)


# --- the whole tables ----------------------------------------------------------------------------------------------------------------


@whole_oracle
def test_every_resolution_of_the_tables_holds() -> None:
    table = oracle("rollout_resolve")

    for row in [*table["cases"], *table["grid"]]:
        bounds = deployment(row["maxSurge"], row["maxUnavailable"])
        quantities = bounds.at(row["replicas"])
        assert (quantities.surge, quantities.unavailable) == (row["surge"], row["effective_unavailable"]), row
        assert quantities.unavailable == min(row["unavailable"], row["replicas"]), row
        assert quantities.min_available == row.get("min_available", quantities.min_available), row
        if "waves" in row:
            rest = resting_point(bounds)
            assert rest is not None
            assert quantities.max_pods == row["max_nonterminating_pods"], row
            assert waves_of(bounds).at(row["replicas"]) == row["waves"], row
            assert (rest.old.at(row["replicas"]), rest.new.at(row["replicas"])) == (row["stuck_old"], row["stuck_new"]), row


@whole_oracle
def test_every_number_or_percentage_of_the_tables_resolves_alike() -> None:
    for row in oracle("rollout_resolve")["int_or_percent"]:
        number = int_or_percent.parse(row["input"])
        if row.get("error") or row["value"] < 0:  # a negative percentage resolves, but validation does not let it come so far
            assert number is None, row
        else:
            assert number is not None, row
            assert number.resolve(row["total"] or 0, "up" if row.get("roundUp") else "down") == row["value"], row


@whole_oracle
def test_every_bound_of_the_tables_holds() -> None:
    for row in oracle("rollout_bounds")["fixed"]:
        bounds = deployment(row["maxSurge"], row["maxUnavailable"])
        n = row["replicas"]
        rest = resting_point(bounds)
        assert rest is not None
        assert bounds.at(n) == Quantities(n, row["S"], row["U"], row["max_non_terminating"], row["min_available"]), row
        assert waves_of(bounds).at(n) == row["waves"], row
        assert min(n, bounds.width.at(n)) == row["max_in_flight_new"], row
        assert {"old": rest.old.at(n), "new": rest.new.at(n)} == row["stuck_rest"], row


@whole_oracle
def test_every_range_of_the_tables_holds() -> None:
    for row in oracle("rollout_bounds")["hpa_ranges"]:
        bounds, low, high = deployment(row["maxSurge"], row["maxUnavailable"]), row["minReplicas"], row["maxReplicas"]
        waves, sizes = waves_of(bounds), range(low, high + 1)
        ratio = least_ratio(bounds.min_available, low, high)
        assert range_of(bounds.min_available, low, high)[0] == row["min_available"], row
        assert [n for n in sizes if bounds.min_available.at(n) == row["min_available"]] == row["at_replicas_min"], row
        assert range_of(bounds.max_pods, low, high)[1] == row["peak_non_terminating"], row
        assert [n for n in sizes if bounds.max_pods.at(n) == row["peak_non_terminating"]] == row["peak_at"], row
        assert [first(bounds.min_available, "==", 0, max(low, 1), high)] == (row["outage_possible_at"] or [None])[:1], row
        assert waves.range(low, high) == (row["waves_min"], row["waves_max"]), row
        # The table lists the first places only.
        assert [n for n in sizes if waves.at(n) == row["waves_max"]][: len(row["waves_max_at"])] == row["waves_max_at"], row
        assert ratio is not None
        assert [ratio.value.numerator, ratio.value.denominator] == row["worst_available_fraction"], row
        assert ratio.at == row["worst_fraction_at"][0], row


@whole_oracle
def test_every_row_of_stateful_sets_holds() -> None:
    table = oracle("statefulset")

    for row in [*table["max_unavailable"], *table["grid"]]:
        quantities = bounds_of(strategy_of(stateful_set_update(row["maxUnavailable"]))).at(row["replicas"])
        assert quantities.unavailable == min(row["effective"], row["replicas"]), row
        assert quantities.min_available == row.get("min_available", quantities.min_available), row
    for row in table["waves"]:
        bounds = bounds_of(strategy_of(stateful_set_update(row["maxUnavailable"], partition=row["partition"])))
        assert (bounds.updated.at(row["replicas"]), waves_of(bounds).at(row["replicas"])) == (row["updated_pods"], row["waves"]), row


@whole_oracle
def test_every_row_of_daemon_sets_holds() -> None:
    table = oracle("daemonset")

    for row in table["counts"]:
        quantities = bounds_of(strategy_of(daemon_set_update(row["maxSurge"], row["maxUnavailable"]))).at(row["desiredNumberScheduled"])
        assert (quantities.surge, quantities.unavailable) == (row["surge"], row["unavailable"]), row
    for row in table["grid"]:
        n, bounds = row["desired"], bounds_of(strategy_of(daemon_set_update(row["maxSurge"], row["maxUnavailable"])))
        assert bounds.at(n) == Quantities(n, row["surge"], min(row["unavailable"], n), row["max_pods"], row["min_available"]), row
        assert waves_of(bounds).at(n) == row["waves"], row


@whole_oracle
def test_every_trace_of_the_tables_is_the_trace_we_tell() -> None:
    for row in oracle("rollout_steps")["whole_rollout_traces"]:
        moments = trace(strategy_of(rolling_update(row["maxSurge"], row["maxUnavailable"])), row["replicas"])
        assert [[m.wave, m.event, m.old, m.new, m.available] for m in moments] == row["trace"], row


@whole_oracle
def test_the_simulated_deployment_controller_steps_like_the_real_one() -> None:
    table = oracle("rollout_steps")

    for row in table["new_rs_new_replicas"]:
        surge = 10**6 if row["strategy"] == "Recreate" else row["maxSurge"]
        limits = Limits(row["replicas"], surge, row["maxUnavailable"])
        size = row["new_rs"] if row["new_rs"] > row["replicas"] else reconcile_new(limits, (), row["new_rs"], row["other_rs_total"])
        assert size == row["expected_new"], row
    for row in table["reconcile_new"]:
        limits = Limits.of(row["replicas"], row["maxSurge"], row["maxUnavailable"])
        assert reconcile_new(limits, (Set(row["old"], row["old"]),), row["new"]) == row["expected_new"], row
    for row in table["reconcile_old"]:
        limits = Limits.of(row["replicas"], row["maxSurge"], row["maxUnavailable"])
        (old,) = reconcile_old(limits, (Set(row["old"], row["old_available"]),), Set(row["new"], row["new_available"]))
        assert old.spec == row["expected_old"], row
    for row in table["cleanup_unhealthy"]:
        (old,) = cleanup_unhealthy((Set(row["old"], row["available"]),), row["max_cleanup"])
        assert row["old"] - old.spec == row["cleaned"], row
    for row in table["scale_down_old"]:
        limits = Limits.of(row["replicas"], row["maxSurge"], row["maxUnavailable"])
        (old,) = scale_down_old(limits, (Set(row["old"], row["available"]),), row["available"])
        assert old.spec == row["expected_old"], row
    for row in table["deployment_complete"]:
        assert deployment_complete(row["replicas"], row["status_replicas"], row["updated"], row["available"]) == row["complete"], row
    for row in table["replica_set_fraction"]:
        recorded, status = row["max_replicas_annotation"], row["status_replicas"]
        assert replica_set_fraction(row["rs"], row["replicas"], row["surge"], recorded, status) == row["expected_delta"], row


@whole_oracle
def test_the_simulated_deployment_controller_scales_like_the_real_one() -> None:
    for row in oracle("rollout_steps")["proportional_scale"]:
        recorded = row["replicas_before"] + row["surge_before"]
        overrides = row.get("annotation_max_override", {})
        olds = [(size, overrides.get(f"old_{i}", recorded)) for i, size in enumerate(row["old_rss_newest_first"])]
        news = [] if row["new_rs"] is None else [(row["new_rs"], recorded)]
        sizes = scale_proportionally(Limits(row["replicas_after"], row["surge_after"], 0), [*news, *olds])
        assert sizes == ([] if row["expected_new"] is None else [row["expected_new"]]) + row["expected_old"], row


@whole_oracle
def test_every_limit_of_argo_holds() -> None:
    table = oracle("argo_rollouts")

    for row in [*table["resolve_fenceposts"], *table["string_without_percent"]]:
        # resolveFenceposts itself takes an absent value for 0; the default is filled in before
        made = argo_canary(row.get("maxSurge") or 0, row.get("maxUnavailable") or 0)
        if row.get("error"):
            assert isinstance(made, Unresolvable), row
        else:
            quantities = bounds_of(strategy_of(made)).at(row["replicas"])
            assert quantities.surge == row.get("surge", quantities.surge), row
            assert quantities.unavailable == min(row.get("unavailable", quantities.unavailable), row["replicas"]), row
    for row in table["max_surge"]:
        bounds = bounds_of(ArgoBlueGreen() if row["strategy"] == "blueGreen" else strategy_of(argo_canary(row["maxSurge"], 0)))
        assert bounds.at(row["replicas"]).surge == row["expected"], row
    for row in table["max_unavailable"]:
        if row["strategy"] == "canary":
            assert bounds_of(strategy_of(argo_canary(0, row["maxUnavailable"]))).at(row["replicas"]).unavailable == row["expected"], row


@whole_oracle
def test_every_size_of_an_argo_canary_holds() -> None:
    table = oracle("argo_rollouts")

    for row in table["approximate_weight"]:
        sizes = approximate_weight(row["replicas"], row["weight"], row["maxSurge"], row["maxWeight"])
        assert sizes == (row["canary"], row["stable"]), row
    for row in table["traffic_weight_to_replicas"]:
        assert weighted_replicas(row["replicas"], row["weight"], row["maxWeight"]) == row["expected"], row
    for row in table["basic_canary"]:
        quantities = bounds_of(strategy_of(argo_canary(row["maxSurge"], row["maxUnavailable"]))).at(row["replicas"])
        weight = 100 if row["promoteFull"] else 0 if row["abort"] else row["setWeight"]
        canary, stable = Group(**row["canary"]), Group(**row["stable"])
        desired = approximate_weight(row["replicas"], weight, quantities.surge)
        older = (row["older"] or {"spec": 0})["spec"]
        sizes = basic_canary(row["replicas"], desired, quantities.surge, quantities.unavailable, canary, stable, older)
        assert sizes == (row["expected"]["canary"], row["expected"]["stable"]), row
    for row in table["traffic_routed"]:
        # An abort ignores the canary scale, unless its scale-down is switched off by a delay of 0.
        kept = row["setCanaryScale"] and not (row["abort"] and row["abortScaleDownDelaySeconds"]) and not row["promoteFull"]
        written = row["setCanaryScale"] or {}
        scale = SetCanaryScale(written.get("replicas"), written.get("weight")) if kept and not written["matchTrafficWeight"] else None
        weight = 100 if row["promoteFull"] else row["setWeight"]
        strategy = ArgoCanary(traffic_routed=True, min_pods_per_replica_set=row["minPodsPerReplicaSet"])
        canary_size, stable_size = routed_sizes(strategy, Stage(weight, scale))
        sizes = canary_size.at(row["replicas"]), stable_size.at(row["replicas"])
        assert sizes == (row["expected"]["canary"], row["expected"]["stable"]), row


@whole_oracle
def test_a_dynamically_scaled_stable_version_follows_the_traffic() -> None:
    for row in oracle("argo_rollouts")["dynamic_stable_scale"]:
        if row["abort"]:
            continue  # what an abort does is outside a rollout that runs to its end
        strategy = ArgoCanary(traffic_routed=True, dynamic_stable_scale=True)
        canary, stable = routed_sizes(strategy, Stage(row["firstStepWeight"]))
        kept = weighted_replicas(row["replicas"], row["actualStableWeight"])
        assert canary.at(row["replicas"]) == row["expected"]["canary"], row
        assert max(kept, stable.at(row["replicas"])) == row["expected"]["stable"], row


def test_a_wave_without_work_is_no_wave() -> None:
    waves = Waves(bounds_of(OnDelete()).updated, bounds_of(OnDelete()).width)

    assert waves.range(0, None) == (0, 0)
