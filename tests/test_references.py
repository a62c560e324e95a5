"""References between objects: what is found with both places, and what stays silent because it may well be right."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from rollproof.config import Settings
from rollproof.finding import Finding
from tests.conftest import SHARED, lint, needs_shared

CATEGORIES = Settings(select=("references", "traffic"))


def found(files: Mapping[str, str] | str, *, whole: bool = True, settings: Settings = CATEGORIES) -> list[Finding]:
    on = ("service-port-undeclared", "service-spans-colours")
    return [one for one in lint(files, settings, whole=whole).findings if one.rule not in on]


def service(selector: str, name: str = "web", port: str = "{port: 80}", extra: str = "") -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}{extra}}}\nspec: {{selector: {{{selector}}}, ports: [{port}]}}\n---\n"


def pod(labels: str, name: str = "web", container: str = "", extra: str = "", spec: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{{labels}}}{extra}}}\n"
        f"spec: {{containers: [{{name: web, image: example.com/web:1{container}}}]{spec}}}\n---\n"
    )


def deployment(labels: str, name: str = "web", container: str = "", kind: str = "Deployment", spec: str = "") -> str:
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{{labels}}}}}\n"
        f"  template:\n    metadata: {{labels: {{{labels}}}}}\n"
        f"    spec: {{containers: [{{name: web, image: example.com/web:1{container}}}]{spec}}}\n---\n"
    )


PORTS = ", ports: [{name: http, containerPort: 8080}]"
CRD_OWNER = "apiVersion: example.com/v1\nkind: Database\nmetadata: {name: db}\n---\n"
OPERATOR = (
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: operator}\n"
    "rules: [{apiGroups: [apps], resources: [deployments], verbs: [create]}]\n---\n"
)
JOB = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: workers}\nspec:\n  template:\n    metadata: {labels: {app: workers}}\n"
    "    spec: {restartPolicy: Never, subdomain: workers, containers: [{name: w, image: example.com/w:1}]}\n---\n"
)
BUDGET = (
    "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n"
    "spec: {maxUnavailable: 50%, selector: {matchLabels: {app: web}}}\n---\n"
)
POLICY = (
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n---\n"
)
SCALED_ROLLOUT = (
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
    "  scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web}\n  maxReplicas: 3\n"
    "  behavior: {scaleDown: {stabilizationWindowSeconds: 60}}\n---\n"
    "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
    "  strategy: {canary: {}}\n  template: {metadata: {labels: {app: web}}, "
    "spec: {containers: [{name: web, image: example.com/web:1}]}}\n---\n"
)
LIST = (
    "apiVersion: v1\nkind: List\nitems:\n"
    "  - {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}}\n"
    "  - {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, "
    "spec: {containers: [{name: web, image: example.com/web:1, ports: [{name: http, containerPort: 80}]}]}}\n"
)
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {password: x}\n---\n"
SEALED = (
    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: web-tokens}\nspec: {encryptedData: {key: AgB}}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: web-token}\nstringData: {key: x}\n---\n"
)
EXTERNAL = (
    "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: tokens}\nspec: {target: {name: web-tokens}}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: web-token}\nstringData: {key: x}\n---\n"
)


def reads(kind: str, name: str, key: str = "", optional: bool = False) -> str:
    rest = f", key: {key}" if key else ""
    rest += ", optional: true" if optional else ""
    if key:
        return pod("app: web", container=f", env: [{{name: A, valueFrom: {{{kind}KeyRef: {{name: {name}{rest}}}}}}}]")
    return pod("app: web", container=f", envFrom: [{{{kind}Ref: {{name: {name}{rest}}}}}]")


# What is right, or may be: rules.md 5.10 of the collection, and more of the kind.
SILENT = {
    "a Service for one pod of a StatefulSet": service("statefulset.kubernetes.io/pod-name: db-0")
    + deployment("app: db", "db", kind="StatefulSet", spec=", subdomain: db").replace(
        "spec:\n  selector", "spec:\n  serviceName: db\n  selector"
    ),
    "a headless Service for the pods of a Job": service("app: workers", "workers").replace("spec: {", "spec: {clusterIP: None, ") + JOB,
    "a Service without selector and its Endpoints": "apiVersion: v1\nkind: Service\nmetadata: {name: db}\n"
    "spec: {ports: [{port: 80}]}\n---\n"
    "apiVersion: v1\nkind: Endpoints\nmetadata: {name: db}\n---\n" + pod("app: web"),
    "an ExternalName Service": "apiVersion: v1\nkind: Service\nmetadata: {name: db}\n"
    "spec: {type: ExternalName, externalName: db.example.com, selector: {app: gone}}\n---\n" + pod("app: web"),
    "a canary Service over two Deployments": service("app: web", port="{port: 80, targetPort: http}")
    + deployment("app: web, track: stable", "web", PORTS)
    + deployment("app: web, track: canary", "web-canary", PORTS),
    "an autoscaler with behavior on a Rollout": SCALED_ROLLOUT,
    "a budget in percent over one replica": BUDGET + deployment("app: web"),
    "replicas of 0 in an overlay that scales everything down": service("app: web, color: blue")
    + deployment("app: web, color: blue", "web-blue").replace("spec:\n  sel", "spec:\n  replicas: 0\n  sel")
    + deployment("app: web, color: green", "web-green").replace("spec:\n  sel", "spec:\n  replicas: 0\n  sel"),
    "the port of a native sidecar": service("app: web", port="{port: 80, targetPort: metrics}")
    + pod(
        "app: web",
        spec=", initContainers: [{name: side, image: example.com/side:1, restartPolicy: Always, "
        "ports: [{name: metrics, containerPort: 9090}]}]",
    ),
    "endpoints before readiness": service("app: web").replace("spec: {", "spec: {publishNotReadyAddresses: true, ") + pod("app: web"),
    "a container of the host's network without ports": service("app: web", port="{port: 80, targetPort: 9100}")
    + pod("app: web", spec=", hostNetwork: true"),
    "a placeholder in a selector": service('app: "${APP}"') + pod("app: web"),
    "a placeholder in a reference": SECRET + reads("secret", '"${SECRET}"'),
    "objects of a List": LIST,
    "an empty podSelector": POLICY + pod("app: web"),
    "a budget for a DaemonSet": BUDGET + deployment("app: web", kind="DaemonSet"),
    "an object with generateName": pod("app: web").replace("name: web, labels", "generateName: web-, labels") + service("app: web"),
    "a Secret that a SealedSecret makes": SEALED + reads("secret", "web-tokens"),
    "a Secret that an ExternalSecret makes": EXTERNAL + reads("secret", "web-tokens"),
    "a ConfigMap made elsewhere": SECRET + reads("configMap", "cluster-info"),
    "an optional reference": SECRET + reads("secret", "wen", optional=True),
    "an optional key": SECRET + reads("secret", "web", "passwort", optional=True),
    "a Secret that a controller fills in": "apiVersion: v1\nkind: Secret\nmetadata: {name: certs}\n---\n"
    + reads("secret", "certs", "tls.crt"),
    "names that differ in their numbers only": SECRET.replace("web}", "web-1}") + reads("secret", "web-2"),
    "pods that an operator may run": OPERATOR + service("app: gone") + deployment("app: web", "other") + service("app: web", "other"),
    "pods that a custom resource may run": CRD_OWNER + service("app: db") + deployment("app: web", "other") + service("app: web", "other"),
    "a Service of another namespace's pods": service("app: web", extra=", namespace: a") + pod("app: other", extra=", namespace: b"),
    "labels that a controller adds": service("pod-template-hash: abc") + pod("app: web"),
    "the Service of a StatefulSet made elsewhere": deployment("app: db", "db", kind="StatefulSet").replace(
        "spec:\n  sel", "spec:\n  serviceName: elsewhere\n  sel"
    ),
    "a numeric target that nobody declares": service("app: web", port="{port: 80, targetPort: 8000}") + pod("app: web", container=PORTS),
    "two Services that select each other's neighbours": service("app: a", "a")
    + service("app: b", "b")
    + pod("app: a", "a")
    + pod("app: b", "b"),
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT.keys())
def test_what_may_be_right_stays_silent(text: str) -> None:
    assert [one.message for one in found(text)] == []


def test_a_service_without_any_picture_stays_silent_about_its_pods() -> None:
    assert found(service("app: web"), whole=False) == []
    assert found({"service.yaml": service("app: web")}) == []


def test_a_document_that_does_not_parse_takes_away_the_certainty_of_absence() -> None:
    files = {"service.yaml": service("app: gone"), "pod.yaml": pod("app: web", "other")}
    broken = {**files, "broken.yaml": "kind: Pod\nmetadata: {\n"}

    assert [one.severity for one in found(files)] == ["warning"]
    assert [one for one in found(broken) if one.rule == "service-selects-nothing"] == []


def test_a_slip_is_certain_whatever_else_there_is() -> None:
    files = {"service.yaml": service("app: wbe"), "pod.yaml": pod("app: web"), "crd.yaml": CRD_OWNER}

    one = found(files, whole=False)[0]

    assert (one.rule, one.severity, one.suggestion) == ("service-selects-nothing", "error", "web")
    assert [other.path for other in one.related] == ["pod.yaml"]


def test_the_colours_that_exist_are_named() -> None:
    files = {
        "service.yaml": service("app: web, color: purple"),
        "blue.yaml": pod("app: web, color: blue", "blue"),
        "green.yaml": pod("app: web, color: green", "green"),
    }

    one = found(files)[0]

    assert (one.rule, one.severity) == ("service-selects-nothing", "error")
    assert "the pods with app=web have color blue, green" in one.message
    assert [other.path for other in one.related] == ["blue.yaml", "green.yaml"]


def test_a_role_that_nobody_has_is_a_warning_as_its_pods_may_come_from_elsewhere() -> None:
    files = {
        "service.yaml": service("app: shop, role: cache"),
        "web.yaml": pod("app: shop, role: web", "web"),
        "db.yaml": pod("app: shop, role: db", "db").replace("name: web, image: example.com/web", "name: db, image: example.com/db"),
    }

    assert [(one.rule, one.severity) for one in found(files)] == [("service-selects-nothing", "warning")]


def test_a_namesake_that_nothing_else_selects_makes_absence_an_error() -> None:
    one = found({"service.yaml": service("app: frontend"), "web.yaml": deployment("app: web")})[0]

    assert (one.rule, one.severity) == ("service-selects-nothing", "error")
    assert one.message.endswith("the pods of Deployment/web have app=web")


def test_alternatives_are_no_near_miss() -> None:
    """Two files that define one object in two ways are not applied together, so nothing in one is missing in the other."""
    one = service("app: web") + deployment("app: web")
    other = service("app: wbe") + deployment("app: wbe")

    assert found({"one.yaml": one, "other.yaml": other}) == []


def test_settings_name_what_lives_elsewhere() -> None:
    text = SECRET + reads("secret", "wep")
    settings = Settings(select=("references",), external=("Secret/we*",))

    assert [one.rule for one in found(text)] == ["config-reference-missing"]
    assert found(text, settings=settings) == []


def test_a_port_in_a_base_that_an_overlay_patches_is_a_warning() -> None:
    base = service("app: web", port="{port: 80, targetPort: admin}") + pod("app: web", container=PORTS)
    overlay = "resources: [../base]\npatches: [{patch: '[]'}]\n"
    files = {"base/web.yaml": base, "base/kustomization.yaml": "resources: [web.yaml]\n", "prod/kustomization.yaml": overlay}

    assert [(one.rule, one.severity) for one in found(files)] == [("service-port-unmatched", "warning")]


def test_a_protocol_is_part_of_a_named_port() -> None:
    text = service("app: web", port="{port: 80, targetPort: http, protocol: UDP}") + pod("app: web", container=PORTS)

    assert [one.message for one in found(text)] == [
        "port 'http' of Pod/web is TCP and this one is UDP, so it has no endpoints",
    ]


def test_every_problem_between_two_objects_has_both_places() -> None:
    texts = [
        service("app: wbe") + pod("app: web"),
        service("app: web", port="{port: 80, targetPort: htpp}") + pod("app: web", container=PORTS),
        SECRET + reads("secret", "wen"),
        SECRET + reads("secret", "web", "passwort"),
    ]

    for text in texts:
        findings = found(text)
        assert len(findings) == 1, text
        assert findings[0].related, text


MUTANTS = {
    "service-selector-mismatch": "service-selects-nothing",
    "targetPort-mismatch": "service-port-unmatched",
    "selector-mismatch": "selector-mismatch",
}


@needs_shared
def test_seeded_mismatches_are_found_with_both_places() -> None:
    folder = SHARED / "manifests"
    mutants = [json.loads(line) for line in (folder / "mutants.jsonl").read_text(encoding="utf-8").splitlines()]
    mine = [mutant for mutant in mutants if mutant["cls"] in MUTANTS]
    missed = []
    for mutant in mine:
        text = (folder / mutant["file"]).read_text(encoding="utf-8")
        findings = [one for one in lint({mutant["file"]: text}, whole=False).findings if one.rule == MUTANTS[mutant["cls"]]]
        lines = {line for one in findings for line in (one.span.line, *(other.span.line for other in one.related))}
        if mutant["line"] not in lines or not all(one.related for one in findings):
            missed.append(mutant["file"])

    assert len(mine) > 100
    assert len(missed) <= len(mine) // 100, missed


@needs_shared
def test_files_that_are_known_to_be_clean_have_no_error_across_files() -> None:
    folder = SHARED / "manifests"
    clean = set((folder / "clean.txt").read_text(encoding="utf-8").split())
    wrong = []
    for repository in sorted((folder / "real").iterdir()):
        files = {
            file.relative_to(folder).as_posix(): file.read_bytes().decode("utf-8", "replace")
            for file in sorted(repository.rglob("*"))
            if file.is_file() and file.suffix in (".yaml", ".yml", ".json")
        }
        wrong += [f"{one.path}: {one.message}" for one in found(files) if one.severity == "error" and one.path in clean]

    assert wrong == []
