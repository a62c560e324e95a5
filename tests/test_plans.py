"""Does a plan join manifests rightly: sizes, resources, budgets, quotas, caveats, and what is shown of all that?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rollproof.config import Settings
from rollproof.datafiles import data_folder
from rollproof.kube.version import Version, VersionRange
from rollproof.report.plan import as_json, as_summary, as_text
from rollproof.rollout.plan import WorkloadPlan
from tests.conftest import SHARED, needs_shared, plan, run

Files = Mapping[str, str] | str


def deployment(spec: str = "", pod: str = "", container: str = "", name: str = "web", kind: str = "Deployment") -> str:
    """A workload; the lines given go under spec, under the pod's spec and under the container."""
    group = "argoproj.io/v1alpha1" if kind == "Rollout" else "apps/v1"
    lines = [f"apiVersion: {group}", f"kind: {kind}", "metadata:", f"  name: {name}", "spec:"]
    lines += [f"  {line}" for line in spec.splitlines()]
    lines += ["  selector:", f"    matchLabels: {{app: {name}}}", "  template:", "    metadata:", f"      labels: {{app: {name}}}"]
    lines += ["    spec:", *(f"      {line}" for line in pod.splitlines())]
    lines += ["      containers:", f"        - name: {name}", "          image: example.com/web:1"]
    return "\n".join([*lines, *(f"          {line}" for line in container.splitlines())]) + "\n"


def budget(line: str, labels: str = "app: web") -> str:
    body = f"spec:\n  {line}\n  selector:\n    matchLabels: {{{labels}}}\n"
    return f"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n{body}"


def autoscaler(low: object = 3, high: object = 10) -> str:
    limits = "" if low is None else f"  minReplicas: {low}\n"
    target = "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"
    head = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\nspec:\n"
    return f"{head}{target}{limits}  maxReplicas: {high}\n"


def together(*documents: str) -> str:
    return "---\n".join(documents)


def only(files: Files, settings: Settings | None = None) -> WorkloadPlan:
    (one,) = plan(files, settings)[0].workloads
    return one


def codes(one: WorkloadPlan) -> list[str]:
    return [note.code for note in one.assumptions]


def as_data(files: Files) -> dict[str, Any]:
    made, documents = plan(files)
    data: dict[str, Any] = json.loads(as_json(made, documents.open))
    return data


# --- how many replicas there are -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "low", "high", "value", "source", "notes"),
    [
        ("replicas: 3", 3, 3, 3, "spec.replicas", []),
        ("replicas: 0", 0, 0, 0, "spec.replicas", []),
        ("replicas: 2.0", 2, 2, 2, "spec.replicas", []),
        ("paused: false", 1, 1, 1, "default", ["default-replicas"]),
        ("replicas: null", 1, 1, 1, "default", ["default-replicas"]),
        ("replicas: ${REPLICAS}", 0, None, None, "unknown", ["unknown-replicas"]),
        ("replicas: many", 0, None, None, "unknown", ["unknown-replicas"]),
    ],
)
def test_the_size_is_what_the_manifest_says_or_the_api_server_fills_in(
    spec: str, low: int, high: int | None, value: int | None, source: str, notes: list[str]
) -> None:
    one = only(deployment(f"{spec}\nminReadySeconds: 1"))

    assert (one.replicas.low, one.replicas.high, one.replicas.value, one.replicas.source) == (low, high, value, source)
    assert codes(one) == notes


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(3, 10, (3, 10)), (None, 5, (1, 5)), (0, 4, (0, 4)), (2, "${MAX}", (2, None)), ("${MIN}", 7, (0, 7)), (9, 3, (0, None))],
)
def test_an_autoscaler_gives_the_range(low: object, high: object, expected: tuple[int, int | None]) -> None:
    one = only({"web.yaml": deployment(), "hpa.yaml": autoscaler(low, high)})

    assert (one.replicas.low, one.replicas.high) == expected
    assert one.replicas.source == "HorizontalPodAutoscaler/web"
    assert one.assumptions[0].code == "autoscaler"
    assert one.assumptions[0].place.resource.source == "hpa.yaml"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("", (0, 100)),
        ("  minReplicaCount: 2\n  maxReplicaCount: 8\n", (2, 8)),
        ("  minReplicaCount: 2\n  maxReplicaCount: 8\n  idleReplicaCount: 0\n", (0, 8)),
    ],
)
def test_a_scaled_object_of_keda_has_limits_of_its_own(limits: str, expected: tuple[int, int]) -> None:
    head = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: web\nspec:\n  scaleTargetRef: {name: web}\n"

    one = only(together(deployment(), f"{head}{limits}  triggers: []\n"))

    assert (one.replicas.low, one.replicas.high, one.replicas.source) == (*expected, "ScaledObject/web")


def test_autoscalers_of_several_overlays_span_one_range() -> None:
    files = {
        "base/web.yaml": deployment(),
        "base/kustomization.yaml": kustomization("web.yaml"),
        "prod/hpa.yaml": autoscaler(5, 50),
        "prod/kustomization.yaml": kustomization("../base", "hpa.yaml"),
        "dev/hpa.yaml": autoscaler(1, 3),
        "dev/kustomization.yaml": kustomization("../base", "hpa.yaml"),
    }

    one = only(files)

    assert (one.replicas.low, one.replicas.high) == (1, 50)
    assert sorted(note.place.resource.source for note in one.assumptions if note.code == "autoscaler") == ["dev/hpa.yaml", "prod/hpa.yaml"]


def test_an_autoscaler_of_another_example_is_not_taken() -> None:
    files = {
        "a/web.yaml": deployment("replicas: 4"),
        "b/web.yaml": deployment("replicas: 2"),
        "b/hpa.yaml": autoscaler(),
    }

    made, _ = plan(files)

    assert [(one.replicas.low, one.replicas.high) for one in made.workloads] == [(4, 4), (3, 10)]


def test_a_number_beside_an_autoscaler_is_said_to_reset_it() -> None:
    one = only(together(deployment("replicas: 4\nminReadySeconds: 1"), autoscaler()))

    assert (one.replicas.low, one.replicas.high) == (3, 10)
    assert codes(one) == ["autoscaler", "replicas-with-autoscaler"]


def test_no_replicas_switch_an_autoscaler_off() -> None:
    one = only(together(deployment("replicas: 0\nminReadySeconds: 1"), autoscaler()))

    assert (one.replicas.low, one.replicas.high, one.replicas.source) == (0, 0, "spec.replicas")
    assert codes(one) == ["autoscaler-off"]


KUSTOMIZE = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def kustomization(*resources: str, count: int | None = None, name: str = "web") -> str:
    sizes = "" if count is None else f"replicas:\n  - name: {name}\n    count: {count}\n"
    return KUSTOMIZE + "resources:\n" + "".join(f"  - {one}\n" for one in resources) + sizes


def test_a_kustomization_sets_the_size() -> None:
    one = only({"base/web.yaml": deployment("replicas: 1"), "base/kustomization.yaml": kustomization("web.yaml", count=5)})

    assert (one.replicas.value, one.replicas.source) == (5, "kustomize")
    assert one.assumptions[0].place.path == ("replicas", 0, "count")
    assert one.assumptions[0].place.resource.source == "base/kustomization.yaml"


def test_overlays_span_a_range_and_the_outer_one_decides() -> None:
    files = {
        "base/web.yaml": deployment("replicas: 2"),
        "base/kustomization.yaml": kustomization("./web.yaml", count=1),
        "overlays/prod/kustomization.yaml": kustomization("../../base", count=8),
        "overlays/dev/kustomization.yaml": kustomization("../../base/"),
    }

    one = only(files)

    assert (one.replicas.low, one.replicas.high, one.replicas.source) == (1, 8, "kustomize")


def test_a_kustomization_that_leaves_the_size_leaves_what_is_written() -> None:
    files = {
        "base/web.yaml": deployment("replicas: 2"),
        "base/kustomization.yaml": kustomization("web.yaml"),
        "big/kustomization.yaml": kustomization("../base", count=9),
        "plain/kustomization.yaml": kustomization("../base"),
        "other/kustomization.yaml": kustomization("../base", count=40, name="something-else"),
    }

    one = only(files)

    assert (one.replicas.low, one.replicas.high) == (2, 9)


def test_kustomizations_that_include_each_other_end() -> None:
    files = {
        "a/web.yaml": deployment("replicas: 2"),
        "a/kustomization.yaml": kustomization("web.yaml", "../b", count=3),
        "b/kustomization.yaml": kustomization("../a", count=4),
    }

    one = only(files)

    assert one.replicas.value == 2


@pytest.mark.parametrize(("spec", "pods"), [("", 1), ("parallelism: 4", 4), ("parallelism: 4\n  completions: 3", 3)])
def test_a_job_runs_as_many_pods_as_it_may_at_once(spec: str, pods: int) -> None:
    body = "  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: a, image: a}]\n"
    one = only(f"apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: job\nspec:\n  {spec}\n{body}")

    assert (one.replicas.value, one.strategy_name) == (pods, "None")


# --- what the pods request --------------------------------------------------------------------------------------------------------------


def requests(cpu: str | None, memory: str | None = None, more: str = "") -> str:
    amounts = [f"cpu: {cpu}" if cpu else "", f"memory: {memory}" if memory else "", more]
    return "resources: {requests: {" + ", ".join(amount for amount in amounts if amount) + "}}"


def peak(files: Files) -> dict[str, str | None]:
    return {name: None if amount is None else str(amount) for name, amount in only(files).peak.items()}


def test_the_peak_is_what_the_most_pods_request() -> None:
    found = peak(deployment("replicas: 4", container=requests("250m", "1Gi")))

    assert found == {"cpu": "1250m", "memory": "5Gi"}


def test_a_container_that_requests_nothing_leaves_the_peak_unknown() -> None:
    found = peak(deployment("replicas: 4", container=requests("250m")))

    assert found == {"cpu": "1250m", "memory": None}


def test_a_limit_stands_for_an_absent_request() -> None:
    found = peak(deployment("replicas: 0\npaused: false", container="resources: {limits: {cpu: 1, memory: 64Mi}}"))

    assert found == {"cpu": "0", "memory": "0"}
    assert peak(deployment("replicas: 1", container="resources: {limits: {cpu: 1, memory: 64Mi}}")) == {"cpu": "2", "memory": "128Mi"}


def test_init_containers_count_beside_the_sidecars_before_them() -> None:
    pod = "\n".join(
        [
            "initContainers:",
            "  - {name: side, image: a, restartPolicy: Always, resources: {requests: {cpu: 100m}}}",
            "  - {name: init, image: a, resources: {requests: {cpu: 900m}}}",
        ]
    )

    one = only(deployment("replicas: 1", pod=pod, container=requests("300m")))

    # component-helpers resource/helpers.go: max(300m + 100m, 900m + 100m)
    assert str(one.one_pod.requests["cpu"]) == "1"


def test_the_word_of_the_pod_itself_and_its_overhead_count() -> None:
    pod = "resources: {requests: {cpu: 2}}\noverhead: {cpu: 250m, memory: 64Mi}"

    one = only(deployment("replicas: 1", pod=pod, container=requests(None, "1Gi")))

    assert {name: str(amount) for name, amount in one.one_pod.requests.items()} == {"cpu": "2250m", "memory": "1088Mi"}


def test_other_resources_are_counted_where_one_container_uses_them() -> None:
    found = peak(deployment("replicas: 2", container=requests("1", "1Gi", "ephemeral-storage: 2Gi")))

    assert found["ephemeral-storage"] == "6Gi"


LIMITS = """apiVersion: v1
kind: LimitRange
metadata:
  name: limits
spec:
  limits:
    - type: Container
      default: {cpu: 500m, memory: 256Mi}
      defaultRequest: {cpu: 100m}
"""


def test_a_limit_range_fills_in_what_containers_leave_out() -> None:
    found = peak(together(deployment("replicas: 1"), LIMITS))

    # Kubernetes pkg/apis/core/v1/defaults.go: a default limit becomes the default request that is absent
    assert found == {"cpu": "200m", "memory": "512Mi"}


def test_a_limit_range_of_another_namespace_fills_in_nothing() -> None:
    other = LIMITS.replace("name: limits", "name: limits\n  namespace: other")
    web = deployment("replicas: 1").replace("name: web\nspec", "name: web\n  namespace: shop\nspec", 1)

    found = peak(together(web, other))

    assert found == {"cpu": None, "memory": None}


def quota(hard: str, scopes: str = "") -> str:
    return f"apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: team\nspec:\n  hard: {{{hard}}}\n{scopes}"


@pytest.mark.parametrize(
    ("hard", "pods"),
    [("requests.cpu: 2", 4), ("cpu: 2", 4), ("pods: 7", 7), ("count/pods: 3", 3), ("requests.memory: 1Gi", 10), ("services: 1", None)],
)
def test_each_line_of_a_quota_has_room_for_so_many_pods(hard: str, pods: int | None) -> None:
    one = only(together(deployment("replicas: 4", container=requests("500m", "100Mi")), quota(hard)))

    assert [line.pods for line in one.quotas] == ([] if pods is None else [pods])


def test_a_quota_for_other_pods_is_left_out() -> None:
    one = only(together(deployment("replicas: 4"), quota("pods: 1", "  scopes: [Terminating]\n")))

    assert one.quotas == ()


# --- budgets ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "replicas", "at_rest", "during"),
    [
        # Kubernetes pkg/controller/disruption/disruption.go, getExpectedPodCount: both percentages are rounded up
        ("minAvailable: 2", 4, 2, 1),
        ("minAvailable: 50%", 5, 2, 1),
        ("minAvailable: 67%", 3, 0, 0),
        ("maxUnavailable: 1", 4, 1, 0),
        ("maxUnavailable: 30%", 4, 2, 1),
        ("maxUnavailable: 0", 4, 0, 0),
        ("minAvailable: 9", 4, 0, 0),
        ("maxUnavailable: 9", 4, 4, 3),
    ],
)
def test_a_budget_allows_so_many_evictions(line: str, replicas: int, at_rest: int, during: int) -> None:
    one = only(together(deployment(f"replicas: {replicas}"), budget(line)))

    (found,) = one.budgets
    assert (found.at_rest.at(replicas), found.during.at(replicas)) == (at_rest, during)


def test_a_budget_is_reckoned_over_the_whole_range() -> None:
    one = only(together(deployment(), autoscaler(1, 10), budget("minAvailable: 1")))

    (found,) = one.budgets
    assert (one.over(found.at_rest), one.over(found.during)) == ((0, 9), (0, 7))


def test_a_budget_over_two_workloads_that_allows_nothing_is_reckoned_for_both() -> None:
    second = deployment("replicas: 2", name="web2").replace("app: web2", "app: web")

    made, _ = plan(together(deployment("replicas: 2"), second, budget("maxUnavailable: 0")))

    assert [len(one.budgets) for one in made.workloads] == [1, 1]


def test_a_budget_over_two_workloads_is_not_reckoned() -> None:
    files = together(
        deployment("replicas: 2"), deployment("replicas: 2", name="web2").replace("app: web2", "app: web"), budget("minAvailable: 2")
    )

    made, _ = plan(files)

    assert [one.budgets for one in made.workloads] == [(), ()]


# --- time, rest, caveats ----------------------------------------------------------------------------------------------------------------


def test_the_least_time_is_waves_of_delays_and_waiting() -> None:
    probe = "readinessProbe: {initialDelaySeconds: 20, httpGet: {port: 80}}\nstartupProbe: {initialDelaySeconds: 5, httpGet: {port: 80}}"

    one = only(deployment("replicas: 2\nminReadySeconds: 10", container=probe))

    assert (one.startup_seconds, one.seconds) == (30, (60, 60))


@pytest.mark.parametrize(
    ("written", "deadline"), [("", 600), ("progressDeadlineSeconds: 60", 60), ("progressDeadlineSeconds: 2147483647", None)]
)
def test_the_deadline_is_the_written_one_or_the_default_or_none(written: str, deadline: int | None) -> None:
    one = only(deployment(written))

    assert one.progress_deadline == deadline


def test_terminating_pods_are_counted_apart_with_their_grace_period() -> None:
    one = only(deployment("replicas: 10\nminReadySeconds: 10", pod="terminationGracePeriodSeconds: 20"))

    assert one.grace_seconds == 20
    assert one.with_terminating is not None
    # min(2N, N + S + (S + U) * ceil(grace / startup))
    assert one.over(one.with_terminating) == (20, 20)
    assert one.max_pods == (13, 13)


def test_caveats_are_said_only_where_the_manifests_hold_what_they_take() -> None:
    calm = only(deployment("replicas: 3", container="readinessProbe: {httpGet: {port: 80}}"))
    scaled = only(together(deployment("minReadySeconds: 5"), autoscaler()))
    counted = only(together(deployment("replicas: 3"), quota("pods: 9")))
    drained = only(together(deployment("replicas: 4"), budget("minAvailable: 1")))

    assert [note.code for note in calm.caveats] == []
    assert [note.code for note in scaled.caveats] == ["second-change", "scaled-down-meanwhile", "scaled-up-and-down-meanwhile"]
    assert [note.code for note in counted.caveats] == ["deletes-lag"]
    assert [note.code for note in drained.caveats] == ["drains-during-rollout"]


def test_integers_do_not_fall_short_when_the_size_shrinks() -> None:
    spec = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}"

    one = only(together(deployment(spec), autoscaler()))

    assert [note.code for note in one.caveats] == ["scaled-up-and-down-meanwhile"]


def test_a_range_of_versions_says_where_they_differ() -> None:
    files = deployment("replicas: 5\nserviceName: web\nupdateStrategy: {rollingUpdate: {maxUnavailable: 2}}", kind="StatefulSet")
    versions = VersionRange(Version(1, 33), Version(1, 35))

    one = only(files, Settings(versions=versions))
    older = only(files, Settings(versions=VersionRange(Version(1, 33), Version(1, 34))))

    assert one.available == (3, 3)
    assert "max-unavailable-by-version" in codes(one)
    assert older.available == (4, 4)
    assert "max-unavailable-ignored" in codes(older)


@pytest.mark.parametrize("kind", ["recreate", "Rolling", "${TYPE}"])
def test_a_type_that_is_no_strategy_has_no_plan_and_a_reason(kind: str) -> None:
    one = only(deployment(f'replicas: 3\nstrategy: {{type: "{kind}"}}'))

    assert (one.bounds, one.strategy_name) == (None, None)
    assert one.unresolved is not None
    assert one.unresolved.reason.startswith("type is ")


# --- what is shown ----------------------------------------------------------------------------------------------------------------------

SHOP = {
    "web.yaml": deployment("minReadySeconds: 5", container=requests("250m", "64Mi")),
    "hpa.yaml": autoscaler(),
    "rest.yaml": together(budget("minAvailable: 2"), quota("requests.cpu: 3")),
    "agent.yaml": deployment(kind="DaemonSet", name="agent"),
    "db.yaml": deployment("replicas: 3\nserviceName: db", kind="StatefulSet", name="db"),
    "argo.yaml": deployment("replicas: 5\nstrategy: {canary: {steps: [{setWeight: 20}, {pause: {}}]}}", kind="Rollout", name="argo"),
    "batch.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: one\nspec:\n  containers: [{name: a, image: a}]\n",
}


def test_a_block_says_everything_within_eighty_columns() -> None:
    made, documents = plan(SHOP)

    text = as_text(made, documents.open, color=False)

    assert max(map(len, text.splitlines())) <= 80
    for words in (
        "N = 3..10 (HorizontalPodAutoscaler/web)",
        "surge 1..3 (25%), unavailable 0..2 (25%)",
        "at most 4..13 pods = N + ceil(N/4)",
        "at least 3..8 pods = N - floor(N/4)",
        "PodDisruptionBudget/web allows evictions: 1..8 at rest, 1..6",
        "ResourceQuota/team has room for 12 pods by requests.cpu 3",
        "N = the number of nodes that should run a pod",
        "none: a change of the template touches no running pod",
        "a pause waits for somebody",
    ):
        assert words in " ".join(text.split())


def test_one_is_not_written_as_many_and_nothing_is_said_of_nothing() -> None:
    made, documents = plan(deployment("replicas: 1"))

    text = as_text(made, documents.open, color=False)

    assert "at least 1 pod\n" in text
    assert "1 pods" not in text
    assert "0 s" not in text.replace("600 s", "").replace("30 s", "")


def test_colours_change_no_word() -> None:
    made, documents = plan(SHOP)

    plain, coloured = (as_text(made, documents.open, color=color) for color in (False, True))

    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"):
        coloured = coloured.replace(code, "")
    assert coloured.split() == plain.replace("(", "").replace(")", "").split() or coloured.count("\n") == plain.count("\n")


def test_a_summary_has_one_line_for_each_workload() -> None:
    made, _ = plan(SHOP)

    lines = as_summary(made, color=False).splitlines()

    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[:5]] == ["workload", "deploy/web", "ds/agent", "sts/db", "rollout/argo"]
    assert lines[1].split() == ["deploy/web", "3..10", "RollingUpdate", "<=", "13", ">=", "3", "2..3", ">=", "10"]
    assert lines[5] == "1 workload beside these without a rollout (Pods, Jobs and the like)"


def test_a_trace_marks_the_moments_that_reach_the_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text(deployment("replicas: 4"), encoding="utf-8")

    shown = run("plan", "--trace", "deployment/web", "web.yaml")

    assert shown.status == 0
    assert "       0  up         4      1     5          4  oooo.  <- most pods" in shown.out
    assert "       0  down       3      1     4          3  ooo.  <- fewest available" in shown.out
    assert shown.out.splitlines()[-1] == "       2  down       0      4     4          4  nnnn"


def test_a_trace_of_many_pods_stays_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    spec = "replicas: 200\nstrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}"
    (tmp_path / "web.yaml").write_text(deployment(spec), encoding="utf-8")

    lines = run("plan", "--trace", "web", "web.yaml").out.splitlines()

    assert len(lines) < 65
    assert max(map(len, lines)) <= 100
    assert any("7 pods a letter" in line for line in lines)


def test_a_name_that_no_workload_has_is_the_callers_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text(deployment(name="frontend"), encoding="utf-8")

    shown = run("plan", "--trace", "fronted", "web.yaml")

    assert (shown.status, shown.out) == (2, "")
    assert "did you mean frontend?" in shown.err


def test_the_json_holds_the_trace_of_the_workload_that_was_asked_for() -> None:
    made, documents = plan(SHOP)

    data = json.loads(as_json(made, documents.open, trace="db"))

    assert [one["resource"]["name"] for one in data["workloads"] if "trace" in one] == ["db"]
    trace = next(one["trace"] for one in data["workloads"] if "trace" in one)
    assert trace["replicas"] == 3
    assert min(moment["available"] for moment in trace["moments"]) == 2


def test_the_json_keeps_to_its_schema() -> None:
    schema = json.loads((data_folder("schemas") / "plan.schema.json").read_text(encoding="utf-8"))
    made, documents = plan({**SHOP, "bad.yaml": deployment('strategy: {rollingUpdate: {maxSurge: "5"}}', name="bad")})

    data = json.loads(as_json(made, documents.open, trace="web"))

    assert [error.message for error in Draft202012Validator(schema).iter_errors(data)] == []


def test_the_json_says_where_a_promise_does_not_hold() -> None:
    (web, *_) = as_data(SHOP)["workloads"]

    assert web["replicas"] == {"min": 3, "max": 10, "value": None, "source": "HorizontalPodAutoscaler/web"}
    assert web["bounds"]["maxPods"] == {"expr": "N + ceil(N/4)", "min": 4, "max": 13}
    assert web["peakRequests"] == {"cpu": "3250m", "memory": "832Mi"}
    assert [(note["path"], note["line"]) for note in web["caveats"] if note["code"] == "scaled-down-meanwhile"] == [("hpa.yaml", 8)]
    assert web["worstShare"] == {"available": 3, "of": 4, "replicas": 4}


# --- real manifests ---------------------------------------------------------------------------------------------------------------------


@needs_shared
def test_every_real_workload_has_a_plan_or_a_reason() -> None:
    schema = json.loads((data_folder("schemas") / "plan.schema.json").read_text(encoding="utf-8"))

    shown = run("plan", "-f", "json", "--no-config", str(SHARED / "manifests" / "real"))

    data = json.loads(shown.out)
    assert shown.status == 1  # some of these manifests are refused
    assert all(one["bounds"] or one["unresolved"] for one in data["workloads"])
    assert len(data["workloads"]) > 800
    assert next(Draft202012Validator(schema).iter_errors(data), None) is None


@needs_shared
def test_no_line_about_a_real_workload_is_wider_than_eighty_columns_where_words_allow() -> None:
    shown = run("plan", "--no-config", str(SHARED / "manifests" / "real"))

    wide = [line for line in shown.out.splitlines() if len(line) > 80 and max(map(len, line.split())) < 60 and line.startswith("  ")]
    assert wide == []


@pytest.mark.parametrize(
    ("spec", "strategy", "max_pods", "min_available", "seconds"),
    [
        ("replicas: 2\nstrategy: {type: Recreate}", "Recreate", 2, 0, 0),
        ("replicas: 2\nstrategy: {type: RollingUpdate}\nminReadySeconds: 10", "RollingUpdate", 3, 2, 20),
        ("replicas: 4\nstrategy: {rollingUpdate: {maxUnavaliable: 1}}", "RollingUpdate", 5, 3, 0),
        ("replicas: 1", "RollingUpdate", 2, 1, 0),
    ],
)
def test_the_commonest_manifests_are_planned_as_their_authors_expect(
    spec: str, strategy: str, max_pods: int, min_available: int, seconds: int
) -> None:
    one = only(deployment(spec))

    assert (one.strategy_name, one.max_pods, one.available, one.seconds[0]) == (
        strategy,
        (max_pods, max_pods),
        (min_available, min_available),
        seconds,
    )


SEEDS = {
    # What the plan of each seed must say: strategy, most pods, least available, least seconds.
    "recreate.yaml": ("Recreate", 2, 0, 0),
    "rolling-update.yaml": ("RollingUpdate", 3, 2, 20),
    "typo-max-unavaliable.yaml": ("RollingUpdate", 5, 3, 0),
    "echo-version/service-and-deployment.yaml": ("RollingUpdate", 2, 1, 0),
}


@needs_shared
@pytest.mark.parametrize("name", sorted(SEEDS))
def test_the_seeds_are_planned_as_they_say(name: str) -> None:
    shown = run("plan", "-f", "json", "--no-config", str(SHARED / "manifests" / "seeds" / name))

    one = json.loads(shown.out)["workloads"][0]
    bounds = one["bounds"]
    found = one["strategy"], bounds["maxPods"]["max"], bounds["minAvailable"]["min"], one["minDurationSeconds"]
    assert found == SEEDS[name]
