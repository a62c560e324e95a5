"""Is it known what kind of object a manifest is, whether some version serves it, and what was meant where none does?"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rollproof import catalog, engine
from rollproof.config import Settings
from rollproof.conformance import manifest
from rollproof.conformance.violation import Violation
from rollproof.document import parse
from rollproof.finding import Finding
from rollproof.kube.api import load_api
from rollproof.kube.version import Version, VersionRange, parse_version_range
from rollproof.source import Source, read
from tests.conftest import SHARED, lint, needs_shared

NEWEST = VersionRange(Version(1, 35), Version(1, 35))


def said(text: str, versions: str = "1.35") -> list[Violation]:
    [document] = parse(Source("m.yaml", text)).documents
    assert isinstance(document.data, dict)
    return list(manifest.check(document.data, parse_version_range(versions, load_api().versions)))


def only(text: str, versions: str = "1.35") -> Violation:
    [violation] = said(text, versions)
    return violation


def an(api_version: str, kind: str, spec: str = "") -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: a\n{spec}"


DEPLOYMENT_SPEC = """
spec:
  selector:
    matchLabels: {app: a}
  template:
    metadata:
      labels: {app: a}
    spec:
      containers:
        - name: a
          image: a:1
"""


# Slips in apiVersion and kind


@pytest.mark.parametrize(
    ("api_version", "kind", "key", "suggestion"),
    [
        ("apps/v1", "Deploymnet", "kind", "Deployment"),
        ("apps/v1", "deployment", "kind", "Deployment"),
        ("v1", "configmap", "kind", "ConfigMap"),
        ("v1", "Services", "kind", "Service"),
        ("app/v1", "Deployment", "apiVersion", "apps/v1"),
        ("Apps/v1", "Deployment", "apiVersion", "apps/v1"),
        ("apps/V1", "Deployment", "apiVersion", "apps/v1"),
        ("apps/v2", "Deployment", "apiVersion", "apps/v1"),
        ("v1", "Deployment", "apiVersion", "apps/v1"),
        ("apps/v1", "Service", "apiVersion", "v1"),
        ("core/v1", "Service", "apiVersion", "v1"),
        ("networking/v1", "Ingress", "apiVersion", "networking.k8s.io/v1"),
        ("networking.k8s.io/v2", "Ingress", "apiVersion", "networking.k8s.io/v1"),
        ("network.k8s.io/v1", "NetworkPolicy", "apiVersion", "networking.k8s.io/v1"),
        ("rbac.authorization.k8s.io", "Role", "apiVersion", "rbac.authorization.k8s.io/v1"),
        ("batch/v2", "Job", "apiVersion", "batch/v1"),
        ("autoscaling/v3", "HorizontalPodAutoscaler", "apiVersion", "autoscaling/v2"),
    ],
)
def test_a_slip_in_a_built_in_kind_is_an_error_at_the_word_that_is_wrong(api_version: str, kind: str, key: str, suggestion: str) -> None:
    violation = only(an(api_version, kind))

    assert (violation.rule, violation.severity, violation.path) == ("unknown-api", "error", (key,))
    assert violation.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "rule", "path", "suggestion"),
    [
        ("apiversion: v1\nkind: Pod\n", "unknown-field", ("apiversion",), "apiVersion"),
        ("apiVersin: v1\nkind: Pod\n", "unknown-field", ("apiVersin",), "apiVersion"),
        ("apiVersion: v1\nknd: Pod\n", "unknown-field", ("knd",), "kind"),
        ("apiVersion: v1\nKind: Pod\n", "unknown-field", ("Kind",), "kind"),
        ("apiVersion: v1\nmetadata: {name: a}\n", "missing-field", ("kind",), None),
        ("kind: Pod\nmetadata: {name: a}\n", "missing-field", ("apiVersion",), None),
        ("apiVersion: ''\nkind: Pod\n", "missing-field", ("apiVersion",), None),
        ("apiVersion: 1\nkind: Pod\n", "wrong-type", ("apiVersion",), None),
        ("apiVersion: v1\nkind: {a: b}\n", "wrong-type", ("kind",), None),
    ],
)
def test_an_object_must_say_what_it_is(text: str, rule: str, path: tuple[str, ...], suggestion: str | None) -> None:
    violation = only(text)

    assert (violation.rule, violation.path, violation.suggestion) == (rule, path, suggestion)


@pytest.mark.parametrize("api_version", ["example.com/v1", "networking.istio.io/v1", "gateway.networking.k8s.io/v1", "cert-manager.io/v1"])
def test_a_custom_kind_that_nobody_describes_is_only_noted(api_version: str) -> None:
    violation = only(an(api_version, "Gateway"))

    assert (violation.rule, violation.severity, violation.path) == ("unknown-api", None, ("kind",))
    assert violation.once == f"unknown-api {api_version} Gateway"


def test_a_custom_kind_may_be_called_like_a_built_in_one() -> None:
    assert only(an("serving.knative.dev/v1", "Service")).severity is None


# Removed and not yet added


def test_a_removed_api_names_its_replacement_and_is_checked_against_it() -> None:
    removal, typo = said(an("extensions/v1beta1", "Deployment", DEPLOYMENT_SPEC.replace("image: a:1", "image: a:1\n          imge: b")))

    assert (removal.rule, removal.path, removal.suggestion) == ("removed-api", ("apiVersion",), "apps/v1")
    assert removal.message == "extensions/v1beta1 Deployment was removed in Kubernetes 1.16; use apps/v1"
    assert (typo.rule, typo.suggestion) == ("unknown-field", "image")


def test_a_selector_that_used_to_be_defaulted_is_asked_for() -> None:
    text = an("extensions/v1beta1", "Deployment", DEPLOYMENT_SPEC.replace("  selector:\n    matchLabels: {app: a}\n", ""))

    _, selector = said(text)

    assert selector.message == "apps/v1 requires a selector, which extensions/v1beta1 took from the template's labels"


INGRESS = """
spec:
  backend:
    serviceName: a
    servicePort: 80
  rules:
    - http:
        paths:
          - backend: {serviceName: a, servicePort: 80}
          - path: /b
            backend: {serviceName: b, servicePort: http}
"""


def test_a_migration_is_told_in_one_message_with_all_its_places() -> None:
    violation = only(an("extensions/v1beta1", "Ingress", INGRESS))

    assert violation.message == (
        "extensions/v1beta1 Ingress was removed in Kubernetes 1.22; use networking.k8s.io/v1, where spec.backend becomes"
        " spec.defaultBackend, serviceName and servicePort become service.name and service.port.number (or .name), and every path needs"
        " a pathType"
    )
    places = dict(violation.related)
    assert places["spec", "backend"] == "backend becomes defaultBackend"
    assert places["spec", "rules", 0, "http", "paths", 1, "backend", "servicePort"].endswith("service.port.name")
    assert places["spec", "rules", 0, "http", "paths", 1, "pathType"] == "pathType is missing here"


def test_a_slip_beside_a_migration_is_told_by_itself() -> None:
    removal, slip = said(an("networking.k8s.io/v1beta1", "Ingress", INGRESS.replace("  rules:", "  ingresClassName: nginx\n  rules:")))

    assert removal.rule == "removed-api"
    assert slip.suggestion == "ingressClassName"


def test_what_nothing_replaces_says_so() -> None:
    violation = only(an("policy/v1beta1", "PodSecurityPolicy"))

    assert violation.message == "policy/v1beta1 PodSecurityPolicy was removed in Kubernetes 1.25, and nothing takes its place"


def test_a_kind_that_the_whole_range_serves_is_clean() -> None:
    assert said(an("apps/v1", "Deployment", DEPLOYMENT_SPEC), "1.25-1.35") == []


@pytest.mark.parametrize(
    ("api_version", "kind", "versions", "rule", "message"),
    [
        (
            "flowcontrol.apiserver.k8s.io/v1",
            "FlowSchema",
            "1.27-1.34",
            "unknown-api",
            "flowcontrol.apiserver.k8s.io/v1 FlowSchema was added in Kubernetes 1.29; 1.27 to 1.28 do not serve it",
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1",
            "FlowSchema",
            "1.28",
            "unknown-api",
            "flowcontrol.apiserver.k8s.io/v1 FlowSchema was added in Kubernetes 1.29; 1.28 does not serve it, but it serves"
            " flowcontrol.apiserver.k8s.io/v1beta3",
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1beta3",
            "FlowSchema",
            "1.30-1.33",
            "removed-api",
            "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema was removed in Kubernetes 1.32; use flowcontrol.apiserver.k8s.io/v1,"
            " which exists since 1.29",
        ),
        (
            "autoscaling/v2beta2",
            "HorizontalPodAutoscaler",
            "1.25-1.26",
            "removed-api",
            "autoscaling/v2beta2 HorizontalPodAutoscaler was removed in Kubernetes 1.26; use autoscaling/v2",
        ),
    ],
)
def test_a_range_of_versions_that_serves_a_kind_only_in_part_is_told(
    api_version: str, kind: str, versions: str, rule: str, message: str
) -> None:
    violation = next(one for one in said(an(api_version, kind), versions) if one.path == ("apiVersion",))

    assert (violation.rule, violation.message) == (rule, message)


def test_an_api_that_the_version_still_serves_is_clean() -> None:
    spec = "spec: {maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}\n"

    assert said(an("autoscaling/v2beta2", "HorizontalPodAutoscaler", spec), "1.25") == []


def test_a_field_that_a_later_version_added_is_told_with_its_version() -> None:
    text = an("apps/v1", "Deployment", DEPLOYMENT_SPEC.replace("    spec:\n", "    spec:\n      resources: {}\n"))

    violation = next(one for one in said(text, "1.31-1.34"))

    assert violation.rule == "unknown-field"
    assert violation.message == "field 'resources' was added in Kubernetes 1.32; 1.31 does not know it"


# Placeholders


@pytest.mark.parametrize("name", ["${NAME}", "web-${ENV}", "$(NAME)", "{{ name }}"])
def test_a_placeholder_in_a_name_is_noted_and_not_refused(name: str) -> None:
    violation = only(f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: '{name}'\n")

    assert (violation.rule, violation.path, violation.once) == ("placeholder", ("metadata", "name"), "placeholder")


@pytest.mark.parametrize("text", ["apiVersion: ${API}\nkind: Pod\n", "apiVersion: v1\nkind: $(KIND)\n"])
def test_an_object_of_unknown_kind_is_left_alone(text: str) -> None:
    assert only(text).rule == "placeholder"


def test_placeholders_are_noted_once_a_file() -> None:
    text = "---\n".join(an("apps/v1", "Deployment", DEPLOYMENT_SPEC.replace("spec:\n", "spec:\n  replicas: ${N}\n", 1)) for _ in range(3))

    found = [
        (one.rule, one.severity, one.span.line) for one in lint({"a.yaml": text, "b.yaml": text}).findings if one.rule == "placeholder"
    ]

    assert found == [("placeholder", "info", 7), ("placeholder", "info", 7)]


def test_markers_in_plain_text_are_not_worth_a_note() -> None:
    text = an("apps/v1", "Deployment", DEPLOYMENT_SPEC.replace("image: a:1", "image: a:${TAG}\n          args: ['--x=$(X)']"))

    assert said(text) == []


# The collections

CLASSES = {"bad-kind", "removed-apiVersion"}


@needs_shared
def test_every_seeded_slip_of_kind_and_version_is_an_error_on_its_line() -> None:
    missed = []
    for line in (SHARED / "manifests" / "mutants.jsonl").read_text(encoding="utf-8").splitlines():
        mutant = json.loads(line)
        type_meta = mutant["cls"] == "key-typo" and mutant["orig_key"] in ("apiVersion", "kind")
        if mutant["cls"] in CLASSES or type_meta:
            found = of_file(mutant["file"])
            if not any(one.severity == "error" and one.span.line == mutant["line"] for one in found):
                missed.append(mutant["file"])

    assert missed == []


STRUCTURAL = {
    *("unknown-field", "misplaced-field", "wrong-type", "missing-field", "duplicate-key", "yaml-syntax", "unknown-api", "removed-api"),
}


@needs_shared
def test_where_two_judges_of_structure_agree_the_linter_agrees_with_them() -> None:
    agreed = differed = 0
    for line in (SHARED / "manifests" / "verdicts.jsonl").read_text(encoding="utf-8").splitlines():
        judged = json.loads(line)
        found = [one.span.line for one in of_file(f"real/{judged['file']}") if one.severity == "error" and one.rule in STRUCTURAL]
        for (first, end), verdict in documents(judged["docs"]):
            refused = any(first <= line < end for line in found)
            agreed += refused == verdict
            differed += refused != verdict

    # What differs is kustomize's patches, placeholders, and fields that only the server's own code requires (image, restartPolicy).
    assert agreed > 2000
    assert differed / (agreed + differed) < 0.01


def documents(judged: list[dict[str, object]]) -> Iterator[tuple[tuple[int, int], bool]]:
    """The lines of the built-in documents of which both judges say the same, and whether they refuse them."""
    starts = [one["line"] for one in judged]
    for index, one in enumerate(judged):
        verdicts = {one["kubectl_validate"], one["kubeconform"]}
        if one["cls"] == "builtin" and verdicts in ({"ok"}, {"error"}):
            first, end = starts[index], starts[index + 1] if index + 1 < len(starts) else 10**9
            assert isinstance(first, int)
            assert isinstance(end, int)
            yield (first, end), verdicts == {"error"}


def of_file(name: str) -> tuple[Finding, ...]:
    path = SHARED / "manifests" / name
    return engine.lint(engine.Input((read(str(path), path),), False), Settings(), catalog.built_in()).findings
