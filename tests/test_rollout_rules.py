"""Do the rollout rules speak where they must, with the right numbers, and keep silent where the conditions that silence them hold?"""

from __future__ import annotations

import pytest

from rollproof import catalog
from rollproof.config import Settings
from tests.conftest import lint
from tests.test_plans import LIMITS, autoscaler, budget, deployment, quota, requests, together

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 80}]\n"
READY = "ports: [{containerPort: 80}]\nreadinessProbe: {httpGet: {port: 80}}"
ALL = Settings(select=("rollout",))


def found(*documents: str, settings: Settings | None = None) -> list[tuple[str, str]]:
    """The findings of the rollout rules as rule and severity."""
    category = {rule.id for rule in catalog.built_in().rules.values() if rule.category == "rollout"}
    report = lint(together(*documents), settings)
    return [(one.rule, one.severity) for one in report.findings if one.rule in category]


def message(rule: str, *documents: str) -> str:
    (one,) = [one for one in lint(together(*documents), ALL).findings if one.rule == rule]
    return one.message


def rolling(surge: object, unavailable: object, replicas: object = 3, more: str = "") -> str:
    return f"replicas: {replicas}\nstrategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}{more}"


def test_a_workload_that_is_right_is_not_spoken_of() -> None:
    web = deployment(rolling(1, 0), container=f"{READY}\n{requests('100m', '64Mi')}")

    assert found(web, SERVICE, budget("maxUnavailable: 1"), LIMITS, quota("requests.cpu: 1, pods: 10")) == []


def test_the_opinions_are_off_unless_asked_for() -> None:
    opinions = {rule.id for rule in catalog.built_in().rules.values() if rule.category == "rollout" and not rule.on_by_default}

    assert opinions == {rule.id for rule in catalog.built_in().rules.values() if rule.category == "rollout" and rule.severity == "info"}


# --- what a rollout takes away ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("surge", "unavailable", "replicas", "numbers"),
    [
        (0, "10%", 5, "10% of 5 rounds down to 0; with maxSurge 0 the controller takes 1 pod down at a time: 4 of 5 stay available"),
        ("0%", "25%", 1, "25% of 1 rounds down to 0; with maxSurge 0 the controller takes 1 pod down at a time: 0 of 1 stay available"),
    ],
)
def test_a_percentage_that_rounds_to_nothing_is_told_with_its_numbers(surge: object, unavailable: str, replicas: int, numbers: str) -> None:
    text = message("rollout-percent-rounds-to-zero", deployment(rolling(surge, unavailable, replicas)))

    assert text == numbers


@pytest.mark.parametrize(
    ("surge", "unavailable", "replicas"), [(0, "10%", 10), (1, "10%", 5), (0, 1, 5), (0, "10%", 0), (0, "10%", "${N}"), ("1%", "10%", 5)]
)
def test_a_percentage_that_counts_or_does_not_matter_is_no_problem(surge: object, unavailable: object, replicas: object) -> None:
    assert found(deployment(rolling(surge, unavailable, replicas))) == []


def test_an_outage_is_told_of_what_a_service_sends_traffic_to() -> None:
    web = deployment(rolling(1, 3, 3), container=READY)

    assert found(web, SERVICE) == [("rollout-full-outage", "warning")]
    assert found(web) == []
    assert "with 3 replicas 0 of 3 stay available; from 4 replicas on one is kept" in message("rollout-full-outage", web, SERVICE)


def test_an_outage_within_the_range_of_an_autoscaler_names_the_first_size() -> None:
    web = deployment("strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 4}}", container=READY)

    text = message("rollout-full-outage", web, SERVICE, autoscaler(2, 10))

    assert "with 2 to 10 replicas 0 of 2 stay available; from 5 replicas on one is kept" in text


@pytest.mark.parametrize(("unavailable", "replicas"), [(1, 1), (1, 2), ("100%", "${N}")])
def test_an_outage_of_one_pod_or_of_an_unknown_number_is_not_told(unavailable: object, replicas: object) -> None:
    web = deployment(rolling(1, unavailable, replicas), container=READY)

    assert found(web, SERVICE) == []


def test_pods_that_only_start_are_told_behind_a_service() -> None:
    web = deployment("replicas: 3")

    assert found(web, SERVICE) == [("rollout-unready-counts-as-available", "warning")]
    assert "the 3 of 3 pods that a rollout keeps available" in message("rollout-unready-counts-as-available", web, SERVICE)


@pytest.mark.parametrize(
    "web",
    [
        deployment("replicas: 3", container=READY),
        deployment("replicas: 3", container="startupProbe: {httpGet: {port: 80}}"),
        deployment("replicas: 3\nminReadySeconds: 5"),
        deployment("replicas: 3", pod="readinessGates: [{conditionType: example.com/ready}]"),
        deployment("replicas: 1"),
        deployment("replicas: 0"),
        deployment("replicas: 3\nstrategy: {type: Recreate}"),
        deployment("replicas: 3", name="worker"),
    ],
)
def test_pods_whose_readiness_means_something_are_not_spoken_of(web: str) -> None:
    assert [one for one in found(web, SERVICE) if one[0] == "rollout-unready-counts-as-available"] == []


# --- what keeps a rollout from ending ---------------------------------------------------------------------------------------------------


def claim(mode: str) -> str:
    return (
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\n"
        f"spec:\n  accessModes: [{mode}]\n  resources: {{requests: {{storage: 1Gi}}}}\n"
    )


VOLUME = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]"


@pytest.mark.parametrize(
    ("mode", "spec", "expected"),
    [
        ("ReadWriteOnce", "replicas: 1", [("rollout-rwo-volume", "warning")]),
        ("ReadWriteOncePod", "replicas: 1", [("rollout-rwo-volume", "error")]),
        ("ReadWriteMany", "replicas: 1", []),
        ("ReadWriteOnce, ReadWriteMany", "replicas: 1", []),
        ("ReadWriteOnce", "replicas: 1\nstrategy: {type: Recreate}", []),
        ("ReadWriteOncePod", rolling(0, 1, 1), []),
        ("ReadWriteOnce", "replicas: 0", []),
    ],
)
def test_a_volume_of_one_node_and_a_surge_do_not_go_together(mode: str, spec: str, expected: list[tuple[str, str]]) -> None:
    assert found(deployment(spec, pod=VOLUME), claim(mode)) == expected


def test_pods_tied_to_a_node_may_share_its_volume() -> None:
    pod = f"{VOLUME}\nnodeSelector: {{kubernetes.io/hostname: one}}"

    assert found(deployment("replicas: 1", pod=pod), claim("ReadWriteOnce")) == []


@pytest.mark.parametrize(
    ("pod", "ports", "spec", "expected"),
    [
        ("", "{containerPort: 80, hostPort: 80}", rolling(1, 0), ["rollout-host-port"]),
        ("hostNetwork: true", "{containerPort: 80}", rolling(1, 0), ["rollout-host-port"]),
        ("", "{containerPort: 80}", rolling(1, 0), []),
        ("", "{containerPort: 80, hostPort: 80}", rolling(1, 1), []),
        ("", "{containerPort: 80, hostPort: 80}", rolling(1, 0, 1), []),
    ],
)
def test_a_port_of_the_node_and_a_surge_need_a_node_more(pod: str, ports: str, spec: str, expected: list[str]) -> None:
    assert [rule for rule, _ in found(deployment(spec, pod=pod, container=f"ports: [{ports}]"))] == expected


def test_a_surge_of_a_daemon_set_cannot_share_a_port_of_its_node() -> None:
    spec = "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}"
    agent = deployment(spec, kind="DaemonSet", container="ports: [{containerPort: 80, hostPort: 80}]")

    assert found(agent) == [("daemonset-surge-host-port", "warning")]
    assert found(deployment(kind="DaemonSet", container="ports: [{containerPort: 80, hostPort: 80}]")) == []


@pytest.mark.parametrize(
    ("hard", "surge", "unavailable", "expected", "words"),
    [
        ("requests.cpu: 1", 1, 0, "warning", "has room for 2 of 4 pods at 500m each, fewer than the 3 replicas"),
        ("requests.cpu: 1500m", 1, 0, "warning", "it needs room for 4"),
        ("requests.cpu: 1500m", 1, 1, "info", "goes on in smaller steps than maxSurge allows"),
        ("requests.cpu: 2", 1, 0, None, ""),
        ("limits.cpu: 1", 1, 0, None, ""),
    ],
)
def test_a_quota_is_held_against_the_peak(hard: str, surge: int, unavailable: int, expected: str | None, words: str) -> None:
    web = deployment(rolling(surge, unavailable), container=requests("500m", "64Mi"))

    results = found(web, quota(hard))

    assert results == ([] if expected is None else [("rollout-exceeds-quota", expected)])
    assert expected is None or words in message("rollout-exceeds-quota", web, quota(hard))


def test_a_second_set_of_pods_needs_room_for_all_of_them() -> None:
    spec = "replicas: 3\nstrategy: {blueGreen: {activeService: web}}"
    port = "ports: [{containerPort: 80, hostPort: 80}]"
    green = deployment(spec, kind="Rollout", container=f"{requests('500m', '64Mi')}\n{port}")

    assert "needs 6 nodes" in message("rollout-host-port", green)
    assert "room for 5 of 6 pods at 500m each, too little" in message("rollout-exceeds-quota", green, quota("requests.cpu: 2500m"))


@pytest.mark.parametrize(
    ("deadline", "probe", "expected"),
    [
        (60, "startupProbe: {periodSeconds: 10, failureThreshold: 6, httpGet: {port: 80}}", 1),
        (61, "startupProbe: {periodSeconds: 10, failureThreshold: 6, httpGet: {port: 80}}", 0),
        (30, "startupProbe: {httpGet: {port: 80}}", 1),
        (60, "readinessProbe: {initialDelaySeconds: 60, httpGet: {port: 80}}", 1),
        (61, "readinessProbe: {initialDelaySeconds: 60, httpGet: {port: 80}}", 0),
        (2147483647, "readinessProbe: {initialDelaySeconds: 60, httpGet: {port: 80}}", 0),
    ],
)
def test_a_deadline_that_a_good_start_may_miss_is_told(deadline: int, probe: str, expected: int) -> None:
    web = deployment(f"replicas: 1\nprogressDeadlineSeconds: {deadline}", container=probe)

    assert found(web) == [("rollout-deadline-too-short", "warning")] * expected


@pytest.mark.parametrize(
    ("liveness", "readiness", "expected"),
    [
        ("initialDelaySeconds: 5, periodSeconds: 5", "initialDelaySeconds: 60", 1),
        ("initialDelaySeconds: 60, periodSeconds: 5", "initialDelaySeconds: 60", 0),
        ("periodSeconds: 10", "initialDelaySeconds: 20", 0),
        ("periodSeconds: 10", "initialDelaySeconds: 21", 1),
    ],
)
def test_a_liveness_probe_that_gives_up_before_readiness_is_asked_is_told(liveness: str, readiness: str, expected: int) -> None:
    probes = f"livenessProbe: {{{liveness}, httpGet: {{port: 80}}}}\nreadinessProbe: {{{readiness}, httpGet: {{port: 80}}}}"

    assert found(deployment("replicas: 1", container=probes)) == [("rollout-startup-exceeds-liveness", "warning")] * expected


def test_probes_that_ask_different_questions_are_not_compared() -> None:
    probes = "livenessProbe: {httpGet: {port: 80}}\nreadinessProbe: {initialDelaySeconds: 90, httpGet: {port: 81}}"

    assert found(deployment("replicas: 1", container=probes)) == []


@pytest.mark.parametrize(("partition", "replicas", "expected"), [(3, 3, 1), (9, 3, 1), (2, 3, 0), (0, 3, 0), (3, "${N}", 0), (1, 0, 0)])
def test_a_partition_beyond_every_ordinal_is_told(partition: int, replicas: object, expected: int) -> None:
    spec = f"serviceName: web\nreplicas: {replicas}\nupdateStrategy: {{rollingUpdate: {{partition: {partition}}}}}"

    assert found(deployment(spec, kind="StatefulSet")) == [("statefulset-partition-stalls", "warning")] * expected


# --- autoscalers and budgets ------------------------------------------------------------------------------------------------------------


def test_replicas_beside_an_autoscaler_can_be_taken_out() -> None:
    (one,) = [one for one in lint(together(deployment("replicas: 4"), autoscaler())).findings if one.rule == "replicas-with-hpa"]

    assert one.message == "HorizontalPodAutoscaler/web keeps 3 to 10 replicas, and each apply of this manifest sets them back to 4"
    assert one.fix is not None
    assert not one.fix.safe
    assert one.related[0].message == "the autoscaler of this workload"


@pytest.mark.parametrize("documents", [(deployment(), autoscaler()), (deployment("replicas: 3"), autoscaler(3, 3))])
def test_replicas_that_agree_with_the_autoscaler_are_no_problem(documents: tuple[str, ...]) -> None:
    assert found(*documents) == []


@pytest.mark.parametrize(
    ("line", "replicas", "expected"),
    [
        ("minAvailable: 3", 3, ["pdb-blocks-eviction"]),
        ("minAvailable: 67%", 3, ["pdb-blocks-eviction"]),
        ("maxUnavailable: 0", 3, ["pdb-blocks-eviction"]),
        ("minAvailable: 66%", 3, []),
        ("minAvailable: 2", 3, []),
        ("minAvailable: 3", 0, []),
        ("minAvailable: 3", "${N}", []),
        ("minAvailable: 0", 3, ["pdb-never-protects"]),
        ("maxUnavailable: 100%", 3, ["pdb-never-protects"]),
        ("maxUnavailable: 3", 3, []),
        ("unhealthyPodEvictionPolicy: AlwaysAllow", 3, ["pdb-no-policy"]),
    ],
)
def test_a_budget_is_told_where_it_blocks_everything_or_nothing(line: str, replicas: object, expected: list[str]) -> None:
    assert [rule for rule, _ in found(deployment(f"replicas: {replicas}"), budget(line))] == expected


def test_a_budget_that_blocks_two_workloads_is_told_once() -> None:
    second = deployment("replicas: 2", name="web2").replace("app: web2", "app: web")

    assert found(deployment("replicas: 2"), second, budget("maxUnavailable: 0")).count(("pdb-blocks-eviction", "warning")) == 1


def test_a_budget_that_blocks_at_the_low_end_of_a_range_only_is_no_problem() -> None:
    assert found(deployment(), autoscaler(1, 10), budget("minAvailable: 1")) == []


def test_a_budget_of_percentages_is_told_with_the_rounded_number() -> None:
    text = message("pdb-blocks-eviction", deployment("replicas: 3"), budget("minAvailable: 67%"))

    assert text.startswith("minAvailable 67% keeps 3 of 3 pods of Deployment/web")


def test_a_rollout_below_its_budget_is_an_opinion_with_the_first_size() -> None:
    web = deployment("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 25%}}")

    text = message("pdb-stricter-than-rollout", web, autoscaler(2, 12), budget("maxUnavailable: 1"))

    assert text.startswith("a rollout may leave 6 of 8 pods, fewer than the 7 that this budget asks for")
    assert found(web, autoscaler(2, 12), budget("maxUnavailable: 1")) == [("rollout-percent-rounds-to-zero", "warning")]


# --- pods -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hook", "grace", "expected"),
    [
        ("sleep: {seconds: 30}", None, 1),
        ("sleep: {seconds: 5}", None, 0),
        ('exec: {command: ["sleep", "60"]}', 60, 1),
        ('exec: {command: ["/bin/sh", "-c", "sleep 40 && nginx -s quit"]}', 30, 1),
        ('exec: {command: ["/bin/sh", "-c", "sleep 10; sleep 5"]}', 30, 0),
        ('exec: {command: ["/bin/sh", "-c", "while pgrep app; do sleep 90; done"]}', 30, 0),
        ('exec: {command: ["sleep", "1m"]}', 30, 0),
    ],
)
def test_a_hook_that_sleeps_through_the_grace_period_is_told(hook: str, grace: int | None, expected: int) -> None:
    pod = "" if grace is None else f"terminationGracePeriodSeconds: {grace}"

    assert found(deployment("replicas: 1", pod=pod, container=f"lifecycle: {{preStop: {{{hook}}}}}")) == (
        [("grace-shorter-than-prestop", "warning")] * expected
    )


def spread(label: str) -> str:
    selector = f"labelSelector: {{matchLabels: {{{label}}}}}"
    return f"topologySpreadConstraints: [{{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, {selector}}}]"


def test_a_spread_that_counts_nobody_is_told_and_one_that_counts_others_is_not() -> None:
    other = deployment("replicas: 1", name="db")

    assert found(deployment("replicas: 3", pod=spread("app: wbe"))) == [("spread-selector-mismatch", "warning")]
    assert found(deployment("replicas: 3", pod=spread("app: web"))) == []
    assert found(deployment("replicas: 3", pod=spread("app: db")), other) == []
    assert found(deployment("replicas: 3", pod=spread("app: ${APP}"))) == []


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ("resources: {limits: {memory: 2Gi}}", 1),
        ("resources: {requests: {cpu: 10m}, limits: {memory: 1Gi}}", 1),
        ("resources: {requests: {memory: 2Gi}, limits: {memory: 2Gi}}", 2),
        ("resources: {requests: {cpu: 50m, memory: 1024Mi}}", 0),
        ("", 0),
    ],
)
def test_a_container_outside_the_limit_range_is_told(resources: str, expected: int) -> None:
    limits = LIMITS.replace(
        "default: {cpu: 500m, memory: 256Mi}\n      defaultRequest: {cpu: 100m}", "max: {memory: 1Gi}\n      min: {cpu: 50m}"
    )

    results = found(deployment("replicas: 1", container=resources), limits)

    assert results == [("rollout-outside-limit-range", "warning")] * expected
