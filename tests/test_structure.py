"""Does an object have the structure that its kind promises, and if not, what was meant?"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollproof.conformance.structure import walk
from rollproof.conformance.violation import Edit, Violation
from rollproof.document import parse
from rollproof.kube.api import Kind, load_api
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import Version, VersionRange, parse_version_range
from rollproof.source import Source
from rollproof.span import format_path
from tests.judges import json_schema

API = load_api()
NEWEST = VersionRange(Version(1, 37), Version(1, 37))
SHARED = Path(__file__).resolve().parents[2] / "shared" / "manifests"
needs_corpus = pytest.mark.skipif(not SHARED.is_dir(), reason="the corpus of real manifests is not beside this checkout")

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "example.com/web:1",
                        "ports": [{"containerPort": 8080}],
                        "env": [{"name": "MODE", "value": "fast"}],
                        "resources": {"requests": {"cpu": "100m"}},
                    }
                ]
            },
        },
    },
}
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]},
}
INGRESS: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "web"},
    "spec": {
        "rules": [
            {
                "host": "example.com",
                "http": {
                    "paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}],
                },
            }
        ]
    },
}
POD = "spec.template.spec"
CONTAINER = f"{POD}.containers.0"


def kind_of(data: dict[str, Any]) -> Kind:
    kind = API.kind(data["apiVersion"], data["kind"])
    assert kind is not None
    return kind


def check(data: dict[str, Any], versions: VersionRange = NEWEST, json_source: bool = False) -> list[Violation]:
    return walk(data, kind_of(data), versions, json_source)


def steps(dotted: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in dotted.split(".")] if dotted else []


def at(data: Any, dotted: str) -> Any:
    for step in steps(dotted):
        data = data[step]
    return data


def changed(data: dict[str, Any], where: str, key: str | int, value: object) -> dict[str, Any]:
    """A copy with one value set."""
    result = copy.deepcopy(data)
    at(result, where)[key] = value
    return result


def without(data: dict[str, Any], where: str, key: str) -> dict[str, Any]:
    result = copy.deepcopy(data)
    del at(result, where)[key]
    return result


def moved(data: dict[str, Any], source: str, target: str) -> dict[str, Any]:
    """A copy in which one field stands elsewhere."""
    result = copy.deepcopy(data)
    *parent, key = source.rsplit(".", 1)
    at(result, target)[key] = at(result, parent[0] if parent else "").pop(key)
    return result


@pytest.mark.parametrize("data", [DEPLOYMENT, SERVICE, INGRESS], ids=lambda data: data["kind"])
def test_a_clean_object_is_silent(data: dict[str, Any]) -> None:
    assert check(data, API.versions) == []


def test_an_unknown_field_is_named_with_the_spelling_that_was_meant() -> None:
    [violation] = check(changed(DEPLOYMENT, "spec", "strategy", {"rollingUpdate": {"maxUnavaliable": 1}}))

    assert violation.rule == "unknown-field"
    assert violation.path == ("spec", "strategy", "rollingUpdate", "maxUnavaliable")
    assert violation.at == "key"
    assert violation.message == "unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?)"
    assert violation.suggestion == "maxUnavailable"
    assert violation.fix is not None
    assert violation.fix.safe
    assert violation.fix.edits == (Edit("rename-key", violation.path, "maxUnavailable"),)


@pytest.mark.parametrize(
    ("where", "right", "wrong"),
    [
        ("spec", "replicas", "replica"),
        ("spec", "replicas", "Replicas"),
        ("spec", "selector", "seletcor"),
        ("spec.selector", "matchLabels", "match-labels"),
        ("spec.selector", "matchLabels", "matchlabels"),
        (POD, "containers", "container"),
        (CONTAINER, "image", "imgae"),
        (CONTAINER, "ports", "port"),
        (CONTAINER, "env", "envs"),
        (f"{CONTAINER}.resources", "requests", "request"),
        ("metadata", "labels", "label"),
        ("", "metadata", "metdata"),
        ("", "spec", "sepc"),
    ],
)
def test_slips_of_the_finger_are_recognised_and_reported_once(where: str, right: str, wrong: str) -> None:
    data = copy.deepcopy(DEPLOYMENT)
    parent = at(data, where)
    parent[wrong] = parent.pop(right)

    violations = check(data)

    # A field that is only misspelt is not missing as well.
    assert [(violation.rule, violation.suggestion) for violation in violations] == [("unknown-field", right)]
    assert violations[0].fix is not None


def test_a_misspelling_beside_the_right_field_is_not_renamed() -> None:
    [violation] = check(changed(DEPLOYMENT, "spec", "replica", 2))

    assert violation.suggestion == "replicas"
    assert violation.fix is None


@pytest.mark.parametrize(
    ("data", "source", "target"),
    [
        (DEPLOYMENT, "metadata.labels", ""),
        (DEPLOYMENT, "metadata.name", ""),
        (DEPLOYMENT, "spec.selector", ""),
        (DEPLOYMENT, "spec.selector", "spec.template"),
        (DEPLOYMENT, "spec.selector", POD),
        (DEPLOYMENT, "spec.replicas", POD),
        (DEPLOYMENT, "spec.replicas", "metadata"),
        (DEPLOYMENT, "spec.replicas", "spec.selector"),
        (DEPLOYMENT, f"{POD}.containers", "spec.template"),
        (DEPLOYMENT, "spec.template.metadata.labels", "spec.template"),
        (DEPLOYMENT, f"{CONTAINER}.image", POD),
        (DEPLOYMENT, f"{CONTAINER}.env", POD),
        (DEPLOYMENT, f"{CONTAINER}.ports", POD),
        (DEPLOYMENT, f"{CONTAINER}.resources.requests", CONTAINER),
        (DEPLOYMENT, f"{CONTAINER}.resources.requests", POD),
        (DEPLOYMENT, f"{CONTAINER}.ports.0.containerPort", CONTAINER),
        (SERVICE, "spec.ports.0.targetPort", "spec"),
        (SERVICE, "spec.ports.0.port", "spec"),
        (SERVICE, "spec.selector", ""),
        (INGRESS, "spec.rules.0.http.paths.0.pathType", "spec.rules.0.http"),
        (INGRESS, "spec.rules.0.host", "spec"),
    ],
)
def test_a_field_at_the_wrong_level_is_sent_to_its_true_path(data: dict[str, Any], source: str, target: str) -> None:
    violations = check(moved(data, source, target))

    true_path = format_path(tuple(steps(source)))
    assert [(violation.rule, violation.suggestion) for violation in violations] == [("misplaced-field", true_path)]
    assert violations[0].message.endswith(f"it belongs at {true_path}")
    assert violations[0].at == "key"


@pytest.mark.parametrize(
    ("where", "key", "value", "true_path"),
    [
        ("spec", "maxSurge", "25%", "spec.strategy.rollingUpdate.maxSurge"),
        (CONTAINER, "limits", {"cpu": "1"}, "spec.template.spec.containers[0].resources.limits"),
        (CONTAINER, "volumes", [{"name": "a", "emptyDir": {}}], "spec.template.spec.volumes"),
        (CONTAINER, "tolerations", [{"operator": "Exists"}], "spec.template.spec.tolerations"),
        (CONTAINER, "livenessProbe", {"httpGet": {"port": 80}, "command": ["true"]}, f"{POD}.containers[0].livenessProbe.exec.command"),
        (POD, "command", ["sh"], "spec.template.spec.containers[0].command"),
        ("spec", "restartPolicy", "Always", "spec.template.spec.restartPolicy"),
        ("spec", "matchLabels", {"app": "web"}, "spec.selector.matchLabels"),
        ("spec.selector", "app", "web", "spec.selector.matchLabels"),
    ],
)
def test_a_field_that_is_nowhere_yet_is_sent_where_it_would_be(where: str, key: str, value: object, true_path: str) -> None:
    found = [violation for violation in check(changed(DEPLOYMENT, where, key, value)) if violation.rule != "missing-field"]

    assert [(violation.rule, violation.suggestion) for violation in found] == [("misplaced-field", true_path)]


def test_surge_directly_under_strategy_is_sent_to_rolling_update() -> None:
    [violation] = check(changed(DEPLOYMENT, "spec", "strategy", {"type": "RollingUpdate", "maxSurge": 1}))

    assert violation.rule == "misplaced-field"
    assert violation.suggestion == "spec.strategy.rollingUpdate.maxSurge"


def test_the_item_of_a_list_that_still_lacks_the_field_is_chosen() -> None:
    data = changed(DEPLOYMENT, POD, "command", ["sh"])
    data["spec"]["template"]["spec"]["containers"] = [{"name": "a", "command": ["b"]}, {"name": "c"}]

    [violation] = check(data)

    assert violation.suggestion == "spec.template.spec.containers[1].command"


def test_nothing_is_sent_to_a_structure_that_only_resembles_its_own() -> None:
    """Of the volume sources only one may be there, so a field of another source says nothing about where this one belongs."""
    volume = {"name": "data", "storageos": {"volumeName": "a", "pool": "b"}}

    [violation] = check(changed(DEPLOYMENT, POD, "volumes", [volume]))

    assert violation.rule == "unknown-field"
    assert violation.suggestion is None
    assert violation.message == "unknown field 'pool': a StorageOSVolumeSource has no such field"


def test_a_misplaced_field_that_is_quoted_as_well_still_finds_its_place() -> None:
    [violation] = check(changed(DEPLOYMENT, POD, "replicas", "3"))

    assert violation.suggestion == "spec.replicas"


def test_a_mapping_in_a_config_map_is_told_to_be_text() -> None:
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"app.yaml": {"port": 80}}}

    [violation] = check(data)

    assert (
        violation.message == "data[app.yaml] must be a string, but this is a mapping; write '|' after the key to keep what follows as text"
    )


def test_of_several_places_that_are_equally_likely_none_is_named() -> None:
    """A bare port could belong to three kinds of handler."""
    violations = check(changed(DEPLOYMENT, CONTAINER, "livenessProbe", {"port": 80}))

    assert [(violation.rule, violation.suggestion) for violation in violations] == [("unknown-field", None)]


def test_what_one_kind_calls_strategy_another_calls_update_strategy() -> None:
    data = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {**DEPLOYMENT["spec"], "serviceName": "db", "strategy": {"type": "RollingUpdate"}},
    }

    [violation] = check(data)

    assert violation.suggestion == "updateStrategy"


@pytest.mark.parametrize(("port", "field"), [(80, "number"), ("http", "name")])
def test_an_old_ingress_backend_is_sent_to_the_new_fields(port: object, field: str) -> None:
    violations = check(changed(INGRESS, "spec.rules.0.http.paths.0", "backend", {"serviceName": "web", "servicePort": port}))

    backend = "spec.rules[0].http.paths[0].backend.service"
    assert [violation.suggestion for violation in violations] == [f"{backend}.name", f"{backend}.port.{field}"]


def test_a_service_selector_takes_no_match_labels() -> None:
    [violation] = check(changed(SERVICE, "spec", "selector", {"matchLabels": {"app": "web"}}))

    assert violation.rule == "misplaced-field"
    assert violation.path == ("spec", "selector", "matchLabels")
    assert violation.suggestion == "spec.selector"
    assert "plain mapping of labels" in violation.message


def test_annotations_indented_into_the_labels_are_sent_back() -> None:
    [violation] = check(changed(DEPLOYMENT, "metadata.labels", "annotations", {"a": "b"}))

    assert violation.rule == "misplaced-field"
    assert violation.suggestion == "metadata.annotations"


def test_a_field_of_another_version_of_the_kind_says_which() -> None:
    data = {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "metrics": []},
    }

    [violation] = check(data)

    assert violation.message == "unknown field 'metrics': autoscaling/v1 has no such field, but autoscaling/v2 does"


def test_a_field_no_kind_has_is_just_unknown() -> None:
    [violation] = check(changed(DEPLOYMENT, POD, "quux", 1))

    assert violation.message == "unknown field 'quux': a PodSpec has no such field"
    assert violation.suggestion is None


def test_an_unknown_field_counts_even_when_it_is_null() -> None:
    assert [violation.rule for violation in check(changed(DEPLOYMENT, POD, "quux", None))] == ["unknown-field"]


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ("1.37", None),
        ("1.28", None),
        ("1.27", "field 'restartPolicy' was added in Kubernetes 1.28; 1.27 does not know it"),
        ("1.25-1.30", "field 'restartPolicy' was added in Kubernetes 1.28; 1.25 to 1.27 do not know it"),
    ],
)
def test_a_field_is_judged_by_the_versions_asked_for(versions: str, message: str | None) -> None:
    data = changed(DEPLOYMENT, POD, "initContainers", [{"name": "sidecar", "image": "a", "restartPolicy": "Always"}])

    violations = check(data, parse_version_range(versions, API.versions))

    assert [violation.message for violation in violations] == ([] if message is None else [message])


def test_a_field_that_was_removed_says_when() -> None:
    # ServiceSpec kept everything; the DRA field of PodSpec's claims lost its nested source in 1.31 (KEP-4381).
    data = changed(DEPLOYMENT, POD, "resourceClaims", [{"name": "gpu", "source": {"resourceClaimName": "a"}}])

    violations = check(data, parse_version_range("1.30-1.33", API.versions))

    assert [violation.message for violation in violations] == ["field 'source' was removed in Kubernetes 1.31; 1.31 to 1.33 do not know it"]


def test_versions_that_do_not_serve_the_kind_are_not_judged() -> None:
    data = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "a"},
        "spec": {"policyName": "a", "validationActions": ["Deny"]},
    }

    assert check(data, API.versions) == []


@pytest.mark.parametrize(
    ("where", "key", "value", "message"),
    [
        ("spec", "replicas", "3", 'replicas must be a whole number, but "3" is a string; write it without quotes'),
        ("spec", "replicas", "three", 'replicas must be a whole number, but "three" is a string'),
        ("spec", "replicas", 2.5, "replicas must be a whole number, but 2.5 has a fraction"),
        ("spec", "replicas", True, "replicas must be a whole number, but true is a boolean"),
        ("spec", "replicas", 2**31, "replicas must be from -2147483648 to 2147483647, but is 2147483648"),
        ("spec", "replicas", [1], "replicas must be a whole number, but this is a list"),
        ("spec", "paused", "yes", 'paused must be true or false, but "yes" is a string; write it without quotes'),
        ("spec", "paused", 1, "paused must be true or false, but 1 is a number"),
        ("spec", "template", "x", 'template must be a mapping, but "x" is a string'),
        (POD, "activeDeadlineSeconds", 1e30, f"activeDeadlineSeconds must be from {-(2**63)} to {2**63 - 1}, but is 1e+30"),
        (CONTAINER, "image", 1.25, "image must be a string, but without quotes it reads as the number 1.25; put it in quotes"),
        (CONTAINER, "args", "-v", "args must be a list, but \"-v\" is a string; write each item on a line of its own, after '- '"),
        (CONTAINER, "args", ["a", 1], "args[1] must be a string, but without quotes it reads as the number 1; put it in quotes"),
        (f"{CONTAINER}.env.0", "value", True, "value must be a string, but without quotes it reads as the boolean true; put it in quotes"),
        ("metadata.labels", "v", 1.1, "labels.v must be a string, but without quotes it reads as the number 1.1; put it in quotes"),
        (f"{CONTAINER}.resources.requests", "cpu", True, "requests.cpu must be a quantity such as 500m, 2 or 1Gi, but true is a boolean"),
        (f"{CONTAINER}.resources.requests", "cpu", "1GB", 'requests.cpu must be a quantity such as 500m, 2 or 1Gi, but is "1GB"'),
        (f"{CONTAINER}.ports.0", "containerPort", "http", 'containerPort must be a whole number, but "http" is a string'),
        ("metadata", "creationTimestamp", "today", 'creationTimestamp must be a time such as 2030-01-31T15:04:05Z, but is "today"'),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_told_what_is_wanted(where: str, key: str, value: object, message: str) -> None:
    [violation] = check(changed(DEPLOYMENT, where, key, value))

    assert violation.message == message
    assert violation.at == "value"
    assert violation.rule in ("wrong-type", "invalid-value")


@pytest.mark.parametrize(
    ("where", "key", "value", "edit"),
    [
        ("metadata.labels", "v", 1.1, Edit("quote-value", ("metadata", "labels", "v"))),
        ("spec", "replicas", "3", Edit("replace-value", ("spec", "replicas"), "3")),
        ("spec", "paused", "off", Edit("replace-value", ("spec", "paused"), "false")),
    ],
)
def test_a_value_that_only_lacks_or_has_quotes_is_mended(where: str, key: str, value: object, edit: Edit) -> None:
    [violation] = check(changed(DEPLOYMENT, where, key, value))

    assert violation.fix is not None
    assert violation.fix.edits == (edit,)


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ("spec", "replicas", 2.0),
        ("spec", "replicas", None),
        ("spec", "strategy", {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}),
        ("spec", "strategy", None),
        ("metadata.labels", "empty", None),
        ("metadata", "creationTimestamp", None),
        ("metadata", "creationTimestamp", "2030-01-31T15:04:05.123Z"),
        ("metadata", "creationTimestamp", "2030-01-31T15:04:05+02:00"),
        (f"{CONTAINER}.resources.requests", "cpu", 2),
        (f"{CONTAINER}.resources.requests", "cpu", 0.5),
        (f"{CONTAINER}.resources.requests", "cpu", None),
        (CONTAINER, "args", ["a", None]),
    ],
)
def test_what_kubectl_makes_right_is_right(where: str, key: str, value: object) -> None:
    assert check(changed(DEPLOYMENT, where, key, value)) == []


def test_a_time_that_no_calendar_has_is_refused() -> None:
    [violation] = check(changed(DEPLOYMENT, "metadata", "creationTimestamp", "2030-02-31T15:04:05Z"))

    assert violation.rule == "invalid-value"


@pytest.mark.parametrize("value", [0.25, 1.5, True, [1], {}])
def test_a_count_or_percentage_is_a_whole_number_or_a_string(value: object) -> None:
    [violation] = check(changed(DEPLOYMENT, "spec", "strategy", {"rollingUpdate": {"maxSurge": value}}))

    assert violation.rule == "wrong-type"
    assert violation.message.startswith("maxSurge must be a whole number or a string, but ")


def test_in_json_a_whole_number_is_written_whole() -> None:
    """kubectl passes JSON on as it stands, and Go reads no ``2.0`` into an int32 (strconv.ParseInt)."""
    [violation] = check(changed(DEPLOYMENT, "spec", "replicas", 2.0), json_source=True)

    assert violation.message == "replicas must be a whole number, and in JSON 2.0 is not one; write 2"
    assert violation.fix is not None


def test_in_json_nothing_is_said_of_how_yaml_reads_it() -> None:
    [violation] = check(changed(DEPLOYMENT, "metadata.labels", "v", True), json_source=True)

    assert violation.message == "labels.v must be a string, but true is a boolean; put it in quotes"


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("cGFzc3dvcmQ=", True),
        ("", True),
        ("cGFzc3dv\ncmQ=\n", True),
        (None, True),
        ("password!", False),
        ("cGFzc3dvcmQ", False),
        (7, False),
    ],
)
def test_secret_data_is_base64(value: object, clean: bool) -> None:
    data = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"password": value}}

    violations = check(data)

    assert (violations == []) == clean
    assert all(violation.path == ("data", "password") for violation in violations)


def test_a_secret_that_is_not_base64_is_not_shown() -> None:
    data = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"password": "hunter2!"}}

    [violation] = check(data)

    assert violation.message == "data.password must be base64 text, but does not decode; plain text goes under stringData"


@pytest.mark.parametrize(
    ("where", "key", "place"),
    [
        ("spec", "selector", "spec"),
        ("spec", "template", "spec"),
        (POD, "containers", POD),
        (CONTAINER, "name", f"{POD}.containers[0]"),
        (f"{CONTAINER}.ports.0", "containerPort", f"{POD}.containers[0].ports[0]"),
        (f"{CONTAINER}.env.0", "name", f"{POD}.containers[0].env[0]"),
    ],
)
def test_a_required_field_is_missed_at_its_own_path(where: str, key: str, place: str) -> None:
    for data in (without(DEPLOYMENT, where, key), changed(DEPLOYMENT, where, key, None)):
        [violation] = check(data)

        assert violation.rule == "missing-field"
        assert violation.path == (*steps(where), key)
        assert violation.message == f"required field '{key}' is missing in {place}"


def test_a_null_item_is_an_item_without_fields() -> None:
    violations = check(changed(DEPLOYMENT, POD, "containers", [None]))

    assert [(violation.rule, violation.path[-2:]) for violation in violations] == [("missing-field", (0, "name"))]


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        # pkg/apis/core/validation/validation.go, validateHTTPGetAction: a header without a value is valid.
        (CONTAINER, "livenessProbe", {"httpGet": {"port": 80, "httpHeaders": [{"name": "Accept"}]}}),
        # Nothing that a manifest says in status reaches the API server's storage.
        ("", "status", {"conditions": [{"reason": "a"}]}),
    ],
)
def test_what_the_server_fills_in_or_drops_is_not_missed(where: str, key: str, value: object) -> None:
    assert check(changed(DEPLOYMENT, where, key, value)) == []


def test_the_group_of_a_role_reference_is_filled_in() -> None:
    """pkg/apis/rbac/v1/defaults.go, SetDefaults_RoleBinding."""
    data = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "a"},
        "roleRef": {"kind": "Role", "name": "a"},
    }

    assert check(data, API.versions) == []


def test_a_port_written_without_its_mapping_is_told_how() -> None:
    [violation] = check(changed(INGRESS, "spec.rules.0.http.paths.0.backend.service", "port", 80))

    assert violation.message == "port must be a mapping, but 80 is a number; write number: 80 below it"


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ("spec", "replicas", "${REPLICAS}"),
        ("spec", "replicas", "{{ .Values.replicas }}"),
        ("spec", "paused", "$(PAUSED)"),
        (f"{CONTAINER}.resources.requests", "cpu", "${CPU}m"),
    ],
)
def test_a_placeholder_may_become_anything(where: str, key: str, value: str) -> None:
    [violation] = check(changed(DEPLOYMENT, where, key, value))

    assert (violation.rule, violation.once) == ("placeholder", "placeholder")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${NAME}", True),
        ("app-${NAME:-web}", True),
        ("$(NAME)", True),
        ("{{ .Values.port }}", True),
        ("{{port}}0", True),
        ("{% if a %}1{% endif %}", True),
        ("<%= port %>", True),
        ("#{port}#", True),
        ("$PORT", True),
        ("$5", False),
        ("costs $PORT", False),
        ("8080", False),
        ("{}", False),
        ("<number>", False),
        ("", False),
        (8080, False),
    ],
)
def test_substitution_markers_are_recognised(text: object, expected: bool) -> None:
    assert is_placeholder(text) is expected


def test_text_of_the_manifest_is_shown_on_one_line_and_cut() -> None:
    [violation] = check(changed(DEPLOYMENT, "spec", "replicas", "\x1b[31m" + "x" * 100 + "\n"))

    assert "\x1b" not in violation.message
    assert "\n" not in violation.message
    assert len(violation.message) < 120


def test_thousands_of_unknown_fields_cost_no_thousands_of_searches() -> None:
    data = changed(DEPLOYMENT, "spec", "template", {"spec": {f"replicas{index}x": index for index in range(5000)}})

    violations = [violation for violation in check(data) if violation.rule == "unknown-field"]

    assert len(violations) == 5000
    assert sum(violation.suggestion is not None for violation in violations) <= 50


def test_an_object_that_is_no_mapping_is_refused() -> None:
    [violation] = walk([], kind_of(DEPLOYMENT), NEWEST)

    assert violation.rule == "wrong-type"
    assert violation.path == ()


# The real manifests ---------------------------------------------------------------------------------------------------------------


def objects(data: object) -> Iterator[dict[str, Any]]:
    """The objects of a document: itself, or the items of a list."""
    if not isinstance(data, dict):
        return
    if str(data.get("kind")).endswith("List") and isinstance(data.get("items"), list):
        for item in data["items"]:
            yield from objects(item)
    elif isinstance(data.get("apiVersion"), str) and isinstance(data.get("kind"), str):
        yield data


def real_objects() -> Iterator[tuple[str, dict[str, Any], Kind, bool]]:
    for path in sorted((SHARED / "real").rglob("*")):
        if not path.is_file():
            continue
        for document in parse(Source(str(path), path.read_text(encoding="utf-8", errors="replace"))).documents:
            for data in objects(document.data):
                kind = API.kind(data["apiVersion"], data["kind"])
                if kind is not None:
                    yield str(path), data, kind, document.json


@needs_corpus
@pytest.mark.skipif(not json_schema.AVAILABLE, reason="the independent schemas are not installed")
def test_json_schema_agrees_on_every_real_manifest() -> None:
    found: list[str] = []
    judged = 0
    for path, data, kind, json_source in real_objects():
        differences = json_schema.differences(data, kind, walk(data, kind, NEWEST, json_source))
        if differences is not None:
            judged += 1
            found += [f"{path}: {who} at {format_path(where)}" for who, where in differences]

    assert found == []
    assert judged > 2000


@needs_corpus
def test_the_projects_that_ship_clean_manifests_get_no_complaint() -> None:
    clean = {str(SHARED / line) for line in (SHARED / "clean.txt").read_text(encoding="utf-8").splitlines()}

    judged = [(path, walk(data, kind, NEWEST, json_source)) for path, data, kind, json_source in real_objects() if path in clean]

    assert [(path, violations) for path, violations in judged if violations] == []
    assert len(judged) > 1000


@needs_corpus
def test_seeded_slips_are_found_on_their_line_with_what_was_meant() -> None:
    right: Counter[str] = Counter()
    wrong: list[tuple[str, str, str]] = []
    for line in (SHARED / "mutants.jsonl").read_text(encoding="utf-8").splitlines():
        mutant = json.loads(line)
        slip = mutant["cls"]
        # Without apiVersion and kind there is no structure to compare with.
        if slip not in ("key-typo", "wrong-level", "wrong-type") or mutant.get("orig_key") in ("apiVersion", "kind"):
            continue
        if slip == "key-typo" and not mutant["recoverable_unique"]:
            continue
        wanted = mutant.get("orig_key")
        if slip == "wrong-level":
            wanted = format_path(pointer(mutant["correct_path"]))
        if any(
            place == mutant["line"] and (slip == "wrong-type" or f"{violation.suggestion}.".startswith(f"{wanted}."))
            for violation, place in placed(SHARED / mutant["file"])
        ):
            right[slip] += 1
        else:
            wrong.append((slip, mutant["id"], mutant["json_path"]))

    misses = Counter(slip for slip, _, _ in wrong)
    assert right["wrong-type"] > 100
    assert misses["wrong-type"] == 0, wrong
    assert right["key-typo"] >= 0.97 * (right["key-typo"] + misses["key-typo"]), wrong
    assert right["wrong-level"] >= 0.95 * (right["wrong-level"] + misses["wrong-level"]), wrong


def pointer(text: str) -> tuple[str | int, ...]:
    parts = (part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])
    return tuple(int(part) if part.isdigit() else part for part in parts)


def placed(path: Path) -> Iterator[tuple[Violation, int]]:
    for document in parse(Source(str(path), path.read_text(encoding="utf-8"))).documents:
        for data in objects(document.data):
            kind = API.kind(data["apiVersion"], data["kind"])
            if kind is not None and data is document.data:
                for violation in walk(data, kind, NEWEST, document.json):
                    yield violation, document.span(violation.path, violation.at).line
