"""Does the public JSON of a plan say what the controllers' tests and the models of them say, row by row?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED, needs_shared, run

Json = dict[str, Any]


def oracle(name: str) -> dict[str, list[Json]]:
    loaded: dict[str, list[Json]] = json.loads((SHARED / "oracles" / f"{name}.json").read_text("utf-8"))
    return loaded


def planned(objects: Iterable[Json], *options: str) -> list[Json]:
    """The workloads of ``plan -f json`` on a stream of JSON objects, in order."""
    text = "\n".join(json.dumps(one) for one in objects)
    found: list[Json] = json.loads(run("plan", "-f", "json", "--stdin-filename", "rows.json", *options, "-", stdin=text).out)["workloads"]
    return found


def template() -> Json:
    return {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]}}


def without_null(**fields: object) -> Json:
    return {key: value for key, value in fields.items() if value is not None}


def workload(kind: str, number: int, **spec: object) -> Json:
    api_version = "argoproj.io/v1alpha1" if kind == "Rollout" else "apps/v1"
    body = {"selector": {"matchLabels": {"app": "web"}}, "template": template(), **without_null(**spec)}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": f"web-{number}"}, "spec": body}


def deployment(number: int, replicas: int | None, max_surge: object, max_unavailable: object) -> Json:
    rolling = without_null(maxSurge=max_surge, maxUnavailable=max_unavailable)
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
    return workload("Deployment", number, replicas=replicas, strategy=strategy)


def autoscaler(number: int, low: int, high: int) -> Json:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"web-{number}"}
    spec = {"scaleTargetRef": target, "minReplicas": low, "maxReplicas": high}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": f"web-{number}"}, "spec": spec}


def value(text: str, n: int) -> int:
    """An expression at N, evaluated by exact fractions and independently of the product's own reader."""
    names: dict[str, object] = {"N": Fraction(n), "ceil": ceil, "floor": floor, "min": min, "max": max}
    found = Fraction(eval(compile(text, "expr", "eval"), {"__builtins__": {}}, names))
    assert found.denominator == 1
    return int(found)


def assert_bounds(plan: Json, n: int, **expected: int) -> None:
    """The bounds at ``n``, in every way in which the JSON states them."""
    at = next(one for one in plan["at"] if one["replicas"] == n)
    for name, number in expected.items():
        bound = plan["bounds"][name]
        assert at[name] == number, (plan, name)
        assert value(bound["expr"], n) == number, (plan, name)
        assert bound["min"] is None or bound["min"] <= number, (plan, name)
        assert bound["max"] is None or bound["max"] >= number, (plan, name)
        if plan["replicas"]["min"] == plan["replicas"]["max"]:
            assert (bound["min"], bound["max"]) == (number, number), (plan, name)


def assert_consistent(plan: Json) -> None:
    """``expr``, ``at``, ``min`` and ``max`` of one plan agree, and ``at`` lists every N of the range, at most 1,000 of them."""
    low, high = plan["replicas"]["min"], plan["replicas"]["max"]
    last = low + 999 if high is None else min(high, low + 999)
    assert [one["replicas"] for one in plan["at"]] == list(range(low, last + 1))
    for name, bound in plan["bounds"].items():
        numbers = [one[name] for one in plan["at"]]
        assert [value(bound["expr"], one["replicas"]) for one in plan["at"]] == numbers, (name, bound)
        if last == high:
            assert (bound["min"], bound["max"]) == (min(numbers), max(numbers)), (name, bound)
        else:
            assert bound["min"] is None or bound["min"] <= min(numbers)
            assert bound["max"] is None or bound["max"] >= max(numbers)
    waves = [one["waves"] for one in plan["at"]]
    assert [value_of_waves(plan["waves"]["expr"], one["replicas"]) for one in plan["at"]] == waves
    if last == high:
        assert (plan["waves"]["min"], plan["waves"]["max"]) == (min(waves), max(waves))


def value_of_waves(text: str, n: int) -> int:
    return value(text, n) if n or "/" not in text else 0


# --- Deployments -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replicas", "max_surge", "max_unavailable", "surge", "unavailable", "max_pods", "min_available", "waves"),
    [
        # Kubernetes pkg/controller/deployment/util/deployment_util_test.go, and the rows of DESIGN's own examples
        (2, None, None, 1, 0, 3, 2, 2),
        (4, None, None, 1, 1, 5, 3, 2),
        (10, None, None, 3, 2, 13, 8, 2),
        (5, 0, "10%", 0, 1, 5, 4, 5),
        (3, 0, 0, 0, 1, 3, 2, 3),
        (10, 1, "100%", 1, 10, 11, 0, 1),
        (0, "25%", "25%", 0, 0, 0, 0, 0),
        (2, 5, 0, 5, 0, 4, 2, 1),
        (5, 1, 10, 1, 5, 6, 0, 1),
    ],
)
def test_a_deployment_says_its_bounds_at_its_size(
    replicas: int,
    max_surge: object,
    max_unavailable: object,
    surge: int,
    unavailable: int,
    max_pods: int,
    min_available: int,
    waves: int,
) -> None:
    (plan,) = planned([deployment(0, replicas, max_surge, max_unavailable)])

    assert plan["strategy"] == "RollingUpdate"
    assert plan["replicas"] == {"min": replicas, "max": replicas, "value": replicas, "source": "spec.replicas"}
    assert_bounds(plan, replicas, surge=surge, unavailable=unavailable, maxPods=max_pods, minAvailable=min_available)
    assert plan["at"][0]["waves"] == plan["waves"]["min"] == plan["waves"]["max"] == waves


@needs_shared
def test_every_fixed_size_of_the_tables_is_planned_so() -> None:
    rows = oracle("rollout_bounds")["fixed"]

    plans = planned(deployment(i, row["replicas"], row["maxSurge"], row["maxUnavailable"]) for i, row in enumerate(rows))

    for row, plan in zip(rows, plans, strict=True):
        n = row["replicas"]
        expected = {"surge": row["S"], "unavailable": row["U"], "maxPods": row["max_non_terminating"], "minAvailable": row["min_available"]}
        assert_bounds(plan, n, **expected)
        assert plan["at"][0]["waves"] == row["waves"], row
        assert (plan["restingPoint"]["old"]["min"], plan["restingPoint"]["new"]["min"]) == (
            row["stuck_rest"]["old"],
            row["stuck_rest"]["new"],
        )


@needs_shared
def test_every_resolution_of_the_tables_is_planned_so() -> None:
    table = oracle("rollout_resolve")
    rows = [*table["cases"], *table["grid"]]

    plans = planned(deployment(i, row["replicas"], row["maxSurge"], row["maxUnavailable"]) for i, row in enumerate(rows))

    for row, plan in zip(rows, plans, strict=True):
        assert_bounds(plan, row["replicas"], surge=row["surge"], unavailable=row["effective_unavailable"])
        if "waves" in row:
            assert_bounds(plan, row["replicas"], maxPods=row["max_nonterminating_pods"], minAvailable=row["min_available"])
            assert plan["waves"]["max"] == row["waves"], row


@needs_shared
def test_every_range_of_the_tables_is_planned_so() -> None:
    rows = oracle("rollout_bounds")["hpa_ranges"]
    objects: list[Json] = []
    for i, row in enumerate(rows):
        objects.append(deployment(i, None, row["maxSurge"], row["maxUnavailable"]))
        objects.append(autoscaler(i, row["minReplicas"], row["maxReplicas"]))

    plans = planned(objects)

    for row, plan in zip(rows, plans, strict=True):
        assert (plan["replicas"]["min"], plan["replicas"]["max"]) == (row["minReplicas"], row["maxReplicas"])
        assert plan["bounds"]["minAvailable"]["min"] == row["min_available"], row
        assert plan["bounds"]["maxPods"]["max"] == row["peak_non_terminating"], row
        assert (plan["waves"]["min"], plan["waves"]["max"]) == (row["waves_min"], row["waves_max"]), row
        assert plan["firstOutage"] == next(iter(row["outage_possible_at"]), None), row
        worst = plan["worstShare"]
        assert [worst["available"], worst["of"], worst["replicas"]] == [*row["worst_available_fraction"], row["worst_fraction_at"][0]], row
        assert_consistent(plan)


def test_what_no_controller_can_resolve_has_no_bounds_and_a_reason() -> None:
    rows: list[tuple[object, object]] = [("5", 1), ("25 %", 1), ("${SURGE}", 0), (1, True), (-1, 1), ("9" * 30 + "%", 0)]

    plans = planned(deployment(i, 3, *row) for i, row in enumerate(rows))

    assert [(plan["bounds"], plan["at"], plan["strategy"]) for plan in plans] == [(None, [], "RollingUpdate")] * len(rows)
    assert all(plan["unresolved"] for plan in plans)


# --- other kinds -----------------------------------------------------------------------------------------------------------------------


@needs_shared
def test_every_stateful_set_of_the_tables_is_planned_so() -> None:
    table = oracle("statefulset")
    rows = [*table["max_unavailable"], *table["grid"], *table["waves"]]

    def stateful_set(number: int, row: Json) -> Json:
        rolling = without_null(maxUnavailable=row["maxUnavailable"], partition=row.get("partition"))
        strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
        return workload("StatefulSet", number, replicas=row["replicas"], updateStrategy=strategy, podManagementPolicy="Parallel")

    plans = planned(stateful_set(i, row) for i, row in enumerate(rows))

    for row, plan in zip(rows, plans, strict=True):
        n = row["replicas"]
        assert plan["strategy"] == ("Partitioned" if row.get("partition") else "RollingUpdate")
        assert_bounds(plan, n, surge=0, maxPods=n)
        if "effective" in row:
            assert_bounds(plan, n, unavailable=min(row["effective"], n), minAvailable=n - min(row["effective"], n))
        if "waves" in row:
            assert plan["waves"]["max"] == row["waves"], row
        assert_consistent(plan)


@needs_shared
def test_every_daemon_set_of_the_tables_is_planned_so() -> None:
    table = oracle("daemonset")
    rows = [*({**row, "desired": row["desiredNumberScheduled"]} for row in table["counts"]), *table["grid"]]

    def daemon_set(number: int, row: Json) -> Json:
        rolling = without_null(maxSurge=row["maxSurge"], maxUnavailable=row["maxUnavailable"])
        return workload("DaemonSet", number, updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})

    plans = planned(daemon_set(i, row) for i, row in enumerate(rows))

    for row, plan in zip(rows, plans, strict=True):
        n = row["desired"]
        assert plan["replicas"] == {"min": 0, "max": None, "value": None, "source": "nodes"}
        assert_bounds(plan, n, surge=row["surge"], unavailable=min(row["unavailable"], n))
        if "max_pods" in row:
            assert_bounds(plan, n, maxPods=row["max_pods"], minAvailable=row["min_available"])
            assert next(one["waves"] for one in plan["at"] if one["replicas"] == n) == row["waves"]


@needs_shared
def test_every_daemon_set_that_is_admitted_has_a_plan_and_the_others_an_error() -> None:
    for row in oracle("daemonset")["admission"]:
        rolling = without_null(maxSurge=row["maxSurge"], maxUnavailable=row["maxUnavailable"])
        one = workload("DaemonSet", 0, updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})

        result = run("plan", "-f", "json", "--stdin-filename", "rows.json", "-", stdin=json.dumps(one))

        assert result.status == (0 if row["verdict"] == "accept" else 1), row


@needs_shared
def test_every_limit_of_argo_in_the_tables_is_planned_so() -> None:
    table = oracle("argo_rollouts")
    rows = [row for name in ("resolve_fenceposts", "string_without_percent") for row in table[name]]
    rows += [row for name in ("max_surge", "max_unavailable") for row in table[name]]

    def rollout(number: int, row: Json) -> Json:
        if row.get("strategy") == "blueGreen":
            return workload("Rollout", number, replicas=row["replicas"], strategy={"blueGreen": {"activeService": "web"}})
        # The upstream functions take an absent value for 0; the defaults are filled in before them.
        limits = {"maxSurge": row.get("maxSurge") or 0, "maxUnavailable": row.get("maxUnavailable") or 0}
        return workload("Rollout", number, replicas=row["replicas"], strategy={"canary": limits})

    plans = planned(rollout(i, row) for i, row in enumerate(rows))

    for row, plan in zip(rows, plans, strict=True):
        assert plan["strategy"] == ("BlueGreen" if row.get("strategy") == "blueGreen" else "Canary")
        if row.get("error"):
            assert plan["bounds"] is None, row
            continue
        n = row["replicas"]
        if "expected" in row:
            assert_bounds(plan, n, **{"surge" if "maxSurge" in row else "unavailable": row["expected"]})
        if "surge" in row:
            assert_bounds(plan, n, surge=row["surge"])
        if "unavailable" in row:
            assert_bounds(plan, n, unavailable=min(row["unavailable"], n))


@needs_shared
def test_the_preview_of_argo_never_exceeds_what_the_plan_says() -> None:
    for row in oracle("argo_rollouts")["blue_green_preview"]:
        strategy = {"blueGreen": {"activeService": "web", "previewReplicaCount": row["previewReplicaCount"]}}

        (plan,) = planned([workload("Rollout", 0, replicas=row["replicas"], strategy=strategy)])

        # The table gives the new ReplicaSet alone; beside it the active one keeps its size.
        assert plan["strategy"] == "BlueGreen"
        assert plan["bounds"]["maxPods"]["max"] == row["replicas"] + max(row["expected"], row["replicas"])


@needs_shared
def test_the_stable_pods_of_argo_follow_the_traffic_within_what_the_plan_says() -> None:
    for row in oracle("argo_rollouts")["dynamic_stable_scale"]:
        steps = [{"setWeight": weight} for weight in (row["firstStepWeight"], *row["stepWeightsAfterFirst"])]
        strategy = {"canary": {"dynamicStableScale": True, "trafficRouting": {"nginx": {}}, "steps": steps}}

        (plan,) = planned([workload("Rollout", 0, replicas=row["replicas"], strategy=strategy)])

        assert plan["bounds"]["maxPods"]["max"] >= row["expected"]["canary"] + row["expected"]["stable"] or row["abort"], row
        assert plan["bounds"]["minAvailable"]["min"] <= row["expected"]["canary"] + row["expected"]["stable"], row


@pytest.mark.parametrize(
    ("kind", "spec", "strategy", "bounds"),
    [
        ("Deployment", {"strategy": {"type": "Recreate"}}, "Recreate", (0, 5, 5, 0)),
        ("Deployment", {"paused": True}, "RollingUpdate", (2, 1, 7, 4)),
        ("StatefulSet", {"updateStrategy": {"type": "OnDelete"}}, "OnDelete", (0, 0, 5, 5)),
        ("StatefulSet", {}, "RollingUpdate", (0, 1, 5, 4)),
        ("StatefulSet", {"updateStrategy": {"rollingUpdate": {"partition": 4}}}, "Partitioned", (0, 1, 5, 4)),
        ("StatefulSet", {"updateStrategy": {"rollingUpdate": {"partition": 5}}}, "Partitioned", (0, 0, 5, 5)),
        ("ReplicaSet", {}, "None", (0, 0, 5, 5)),
        ("Rollout", {"strategy": {"canary": {}}}, "Canary", (2, 1, 7, 4)),
        ("Rollout", {"strategy": {"canary": {"trafficRouting": {"nginx": {}}}}}, "Canary", (5, 0, 10, 5)),
        ("Rollout", {"strategy": {"blueGreen": {"activeService": "web"}}}, "BlueGreen", (0, 0, 10, 5)),
    ],
)
def test_every_strategy_is_named_and_bounded(kind: str, spec: Json, strategy: str, bounds: tuple[int, int, int, int]) -> None:
    (plan,) = planned([workload(kind, 0, replicas=5, **spec)])

    assert plan["strategy"] == strategy
    assert_bounds(plan, 5, **dict(zip(("surge", "unavailable", "maxPods", "minAvailable"), bounds, strict=True)))


@needs_shared
def test_every_trace_of_the_tables_is_told_so() -> None:
    rows = oracle("rollout_steps")["whole_rollout_traces"]
    objects = (deployment(i, row["replicas"], row["maxSurge"], row["maxUnavailable"]) for i, row in enumerate(rows))
    text = "\n".join(json.dumps(one) for one in objects)

    for i, row in enumerate(rows):
        shown = run("plan", "-f", "json", "--trace", f"web-{i}", "--stdin-filename", "rows.json", "-", stdin=text)
        (trace,) = [one["trace"] for one in json.loads(shown.out)["workloads"] if "trace" in one]
        assert [[m["wave"], m["event"], m["old"], m["new"], m["available"]] for m in trace["moments"]] == row["trace"], row


@needs_shared
def test_every_size_of_a_routed_canary_lies_within_what_the_plan_says() -> None:
    for row in oracle("argo_rollouts")["traffic_routed"]:
        steps: list[Json] = [{"setWeight": row["setWeight"]}]
        if row["setCanaryScale"]:
            steps.append({"setCanaryScale": without_null(**row["setCanaryScale"])})
        canary = without_null(trafficRouting={"nginx": {}}, steps=steps, minPodsPerReplicaSet=row["minPodsPerReplicaSet"])

        (plan,) = planned([workload("Rollout", 0, replicas=row["replicas"], strategy={"canary": canary})])

        total = row["expected"]["canary"] + row["expected"]["stable"]
        assert plan["bounds"]["minAvailable"]["min"] <= total <= plan["bounds"]["maxPods"]["max"], row


# --- the deadline and the history ------------------------------------------------------------------------------------------------------


@needs_shared
def test_a_deadline_is_said_exactly_where_the_controller_has_one() -> None:
    for row in oracle("rollout_steps")["deployment_timed_out"]:
        written = row["progressDeadlineSeconds"]
        (plan,) = planned([workload("Deployment", 0, replicas=1, progressDeadlineSeconds=written)])

        deadline = plan["progressDeadlineSeconds"]
        # An absent deadline never reaches the controller: the API server fills in 600.
        if written is None:
            assert deadline == 600
        else:
            assert (deadline is not None and row["elapsed"] > deadline) == row["timed_out"], row


# --- consistency -----------------------------------------------------------------------------------------------------------------------

numbers = st.one_of(st.integers(0, 12), st.integers(0, 100).map(lambda percent: f"{percent}%"))
sizes = st.one_of(
    st.integers(0, 60).map(lambda n: (n, n)),
    st.tuples(st.integers(0, 40), st.integers(0, 80)).map(lambda pair: (pair[0], pair[0] + pair[1])),
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(sizes, numbers, numbers), min_size=1, max_size=8),
    kind=st.sampled_from(["Deployment", "StatefulSet", "Rollout"]),
)
def test_every_expression_evaluates_to_what_the_points_say(rows: list[tuple[tuple[int, int], object, object]], kind: str) -> None:
    make: dict[str, Callable[[int, object, object, int | None], Json]] = {
        "Deployment": lambda i, surge, unavailable, n: deployment(i, n, surge, unavailable),
        "StatefulSet": lambda i, surge, unavailable, n: workload(
            "StatefulSet",
            i,
            replicas=n,
            updateStrategy={
                "rollingUpdate": {"maxUnavailable": unavailable, "partition": surge if isinstance(surge, int) else 0},
            },
        ),
        "Rollout": lambda i, surge, unavailable, n: workload(
            "Rollout", i, replicas=n, strategy={"canary": {"maxSurge": surge, "maxUnavailable": unavailable}}
        ),
    }
    objects: list[Json] = []
    for i, ((low, high), surge, unavailable) in enumerate(rows):
        objects.append(make[kind](i, surge, unavailable, low if low == high else None))
        if low != high:
            scaler = autoscaler(i, low, high)
            scaler["spec"]["scaleTargetRef"]["kind"] = kind
            objects.append(scaler)

    plans = planned(objects)

    assert [(plan["replicas"]["min"], plan["replicas"]["max"]) for plan in plans] == [size for size, _, _ in rows]
    for plan in plans:
        assert_consistent(plan)
