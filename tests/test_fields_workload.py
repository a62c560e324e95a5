"""What does the API server refuse in the kinds that run pods: selectors, strategies, numbers of replicas?"""

from __future__ import annotations

from typing import Any

import pytest

from rollproof.conformance.manifest import check
from rollproof.conformance.violation import Violation
from rollproof.document import parse
from rollproof.kube.version import Version, VersionRange
from rollproof.source import Source
from rollproof.span import format_path

NOW = VersionRange(Version(1, 35), Version(1, 35))

TEMPLATE = "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}"
SELECTOR = "selector: {matchLabels: {app: web}}"


def workload(kind: str, spec: str, labels: str = "{}") -> dict[str, Any]:
    group = "v1" if kind == "ReplicationController" else "apps/v1"
    text = f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: web, labels: {labels}}}\nspec:\n  {{{spec}}}\n"
    data = parse(Source("workload.yaml", text)).documents[0].data
    assert isinstance(data, dict)
    return data


def errors(data: dict[str, Any], versions: VersionRange = NOW) -> list[Violation]:
    """What is refused; that something is filled in later is only a remark."""
    return [each for each in check(data, versions) if each.severity in (None, "error") and each.rule != "placeholder"]


def places(data: dict[str, Any], versions: VersionRange = NOW) -> list[str]:
    return [format_path(violation.path) for violation in errors(data, versions)]


def rolling(parameters: str) -> str:
    return f"{SELECTOR}, {TEMPLATE}, strategy: {{rollingUpdate: {{{parameters}}}}}"


def daemon(parameters: str) -> str:
    return f"{SELECTOR}, {TEMPLATE}, updateStrategy: {{rollingUpdate: {{{parameters}}}}}"


S = "spec.strategy"
U = "spec.updateStrategy.rollingUpdate"

# Kind, spec, the places at fault (none where it is accepted): judged alike by Kubernetes 1.35 (tests/judges).
CASES: list[tuple[str, str, list[str]]] = [
    ("Deployment", f"{SELECTOR}, {TEMPLATE}", []),
    ("Deployment", f"{SELECTOR}, {TEMPLATE}, replicas: -1", ["spec.replicas"]),
    ("Deployment", f"{SELECTOR}, {TEMPLATE}, replicas: 0", []),
    ("Deployment", f"{SELECTOR}, {TEMPLATE}, minReadySeconds: 600", ["spec.progressDeadlineSeconds"]),
    ("Deployment", f"{SELECTOR}, {TEMPLATE}, minReadySeconds: 600, progressDeadlineSeconds: 601", []),
    ("Deployment", f"{SELECTOR}, {TEMPLATE}, progressDeadlineSeconds: 0", ["spec.progressDeadlineSeconds"]),
    ("Deployment", f"{SELECTOR}, {TEMPLATE}, strategy: {{type: rollingupdate}}", [f"{S}.type"]),
    ("Deployment", f"{SELECTOR}, {TEMPLATE}, strategy: {{type: Recreate, rollingUpdate: {{}}}}", [f"{S}.rollingUpdate"]),
    ("Deployment", f"{SELECTOR}, {TEMPLATE}, strategy: {{type: Recreate, rollingUpdate: null}}", []),
    ("Deployment", rolling("maxSurge: 0, maxUnavailable: 0%"), [f"{S}.rollingUpdate.maxSurge"]),
    ("Deployment", rolling("maxUnavailable: 0, maxSurge: 0"), [f"{S}.rollingUpdate.maxUnavailable"]),
    ("Deployment", rolling("maxSurge: 0"), []),
    ("Deployment", rolling("maxUnavailable: 0"), []),
    ("Deployment", rolling("maxSurge: 1%, maxUnavailable: 1%"), []),
    ("Deployment", rolling("maxSurge: 200%, maxUnavailable: 100%"), []),
    ("Deployment", rolling("maxUnavailable: 101%"), [f"{S}.rollingUpdate.maxUnavailable"]),
    ("Deployment", rolling("maxUnavailable: '5'"), [f"{S}.rollingUpdate.maxUnavailable"]),
    ("Deployment", rolling("maxSurge: -1"), [f"{S}.rollingUpdate.maxSurge"]),
    ("Deployment", f"selector: {{}}, {TEMPLATE}", ["spec.selector"]),
    ("Deployment", f"selector: {{matchLabels: {{app: db}}}}, {TEMPLATE}", ["spec.selector.matchLabels.app"]),
    (
        "Deployment",
        f"{SELECTOR}, {TEMPLATE}".replace("spec: {", "spec: {restartPolicy: OnFailure, "),
        ["spec.template.spec.restartPolicy"],
    ),
    ("ReplicaSet", f"{SELECTOR}", ["spec.template"]),
    ("ReplicaSet", f"{SELECTOR}, {TEMPLATE}, minReadySeconds: -1", ["spec.minReadySeconds"]),
    ("DaemonSet", daemon("maxSurge: 1"), [f"{U}.maxSurge"]),
    ("DaemonSet", daemon("maxSurge: 1, maxUnavailable: 0"), []),
    ("DaemonSet", daemon("maxUnavailable: 0"), [f"{U}.maxUnavailable"]),
    ("DaemonSet", daemon("maxUnavailable: 100%"), []),
    ("DaemonSet", f"{SELECTOR}, {TEMPLATE}, updateStrategy: {{type: OnDelete, rollingUpdate: {{maxSurge: 1}}}}", []),
    ("DaemonSet", f"{SELECTOR}, {TEMPLATE}, updateStrategy: {{type: Recreate}}", ["spec.updateStrategy.type"]),
    ("StatefulSet", f"{SELECTOR}, {TEMPLATE}, serviceName: a.b", ["spec.serviceName"]),
    ("StatefulSet", f"{SELECTOR}, {TEMPLATE}, podManagementPolicy: parallel", ["spec.podManagementPolicy"]),
    ("StatefulSet", f"{SELECTOR}, {TEMPLATE}, updateStrategy: {{type: OnDelete, rollingUpdate: {{}}}}", [U]),
    ("StatefulSet", daemon("maxUnavailable: 0"), [f"{U}.maxUnavailable"]),
    ("StatefulSet", daemon("partition: -1"), [f"{U}.partition"]),
    ("StatefulSet", f"{SELECTOR}, {TEMPLATE}, volumeClaimTemplates: [{{metadata: {{name: d}}, spec: {{}}}}]", ["accessModes", "storage"]),
    ("ReplicationController", f"selector: {{app: web}}, {TEMPLATE}", []),
    ("ReplicationController", f"{TEMPLATE}", []),
    ("ReplicationController", f"selector: {{app: db}}, {TEMPLATE}", ["spec.selector.app"]),
    ("ReplicationController", "selector: {app: db}", ["spec.template"]),
]


@pytest.mark.parametrize(("kind", "spec", "expected"), CASES)
def test_a_workload_is_refused_at_the_fields_that_are_wrong(kind: str, spec: str, expected: list[str]) -> None:
    found = places(workload(kind, spec))

    assert len(found) == len(expected)
    assert all(place.endswith(end) for place, end in zip(found, expected, strict=True))


def test_a_selector_mismatch_names_both_places() -> None:
    data = workload("Deployment", f"selector: {{matchLabels: {{app: shop}}}}, {TEMPLATE}", labels="{app: shop}")

    (found,) = errors(data)

    assert found.rule == "selector-mismatch"
    assert found.message == "the selector wants app=shop, but the template's label is app=web, so it would not select its own pods"
    assert found.path == ("spec", "template", "metadata", "labels", "app")
    assert found.related == ((("spec", "selector", "matchLabels", "app"), "the selector"),)


def test_the_labels_of_the_workload_decide_whether_selector_or_template_is_odd() -> None:
    spec = f"selector: {{matchLabels: {{app: wbe}}}}, {TEMPLATE}"

    (found,) = errors(workload("Deployment", spec, labels="{app: web}"))

    assert found.path == ("spec", "selector", "matchLabels", "app")


def test_a_misspelt_label_of_the_template_is_the_place_of_the_mismatch() -> None:
    data = workload(
        "Deployment", f"selector: {{matchLabels: {{example.com/app: web}}}}, {TEMPLATE}".replace("labels: {app", "labels: {example.com/apq")
    )

    (found,) = errors(data)

    assert found.path == ("spec", "template", "metadata", "labels", "example.com/apq")
    assert found.suggestion == "example.com/app"


@pytest.mark.parametrize(
    "selector",
    [
        "matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [front]}]",
        "matchExpressions: [{key: app, operator: NotIn, values: [web, db]}]",
        "matchExpressions: [{key: app, operator: DoesNotExist}]",
        "matchExpressions: [{key: tier, operator: Exists}]",
    ],
)
def test_every_operator_of_a_selector_is_held_against_the_template(selector: str) -> None:
    found = errors(workload("DaemonSet", f"selector: {{{selector}}}, {TEMPLATE}"))

    assert [violation.rule for violation in found] == ["selector-mismatch"]


def test_labels_that_are_filled_in_later_match_whatever_they_are() -> None:
    data = workload("Deployment", f"selector: {{matchLabels: {{app: '${{NAME}}'}}}}, {TEMPLATE}")

    assert errors(data) == []


def test_maxUnavailable_of_a_stateful_set_counts_only_where_the_server_reads_it() -> None:  # noqa: N802 - the name of the field
    data = workload("StatefulSet", daemon("maxUnavailable: 0"))

    assert places(data, VersionRange(Version(1, 34), Version(1, 34))) == []
    assert places(data, VersionRange(Version(1, 30), Version(1, 35))) == [f"{U}.maxUnavailable"]


def test_a_claim_template_gives_its_name_to_a_volume() -> None:
    claim = "volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]"
    template = TEMPLATE.replace("image: nginx", "image: nginx, volumeMounts: [{name: data, mountPath: /data}]")

    assert places(workload("StatefulSet", f"{SELECTOR}, {template}, {claim}")) == []
    assert places(workload("StatefulSet", f"{SELECTOR}, {template}")) == ["spec.template.spec.containers[0].volumeMounts[0].name"]
