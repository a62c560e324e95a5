"""Is a Rollout of Argo Rollouts known from the start, with the mistakes that its controller refuses?

Sources: argo-rollouts pkg/apis/rollouts/v1alpha1/types.go and pkg/apis/rollouts/validation/validation.go.
"""

from __future__ import annotations

import json
import re
import textwrap

import pytest

from rollproof.conformance import manifest
from rollproof.conformance.violation import Violation
from rollproof.datafiles import data_folder
from rollproof.document import parse
from rollproof.kube.api import Struct, load_api, load_rollouts
from rollproof.kube.version import Version, VersionRange
from rollproof.source import Source
from rollproof.span import format_path
from tests.conftest import lint

NEWEST = VersionRange(Version(1, 35), Version(1, 35))

POD = """
selector:
  matchLabels: {app: web}
template:
  metadata:
    labels: {app: web}
  spec:
    containers:
      - name: web
        image: example.com/web:1.0
"""


def rollout(strategy: str, more: str = "", pod: str = POD) -> str:
    spec = f"strategy:\n{textwrap.indent(textwrap.dedent(strategy).strip(), '  ')}\n{textwrap.dedent(more).strip()}\n{pod.strip()}"
    return f"apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata:\n  name: web\nspec:\n{textwrap.indent(spec, '  ')}\n"


def said(text: str) -> list[Violation]:
    [document] = parse(Source("rollout.yaml", text)).documents
    assert isinstance(document.data, dict)
    return list(manifest.check(document.data, NEWEST))


CANARY = "canary: {}"

ROUTED = """
canary:
  canaryService: web-canary
  stableService: web-stable
  trafficRouting:
    managedRoutes: [{name: by-header}]
    istio:
      virtualService: {name: web, routes: [primary]}
"""


@pytest.mark.parametrize(
    "text",
    [
        rollout(CANARY),
        rollout("blueGreen: {activeService: web}"),
        rollout("blueGreen: {activeService: web, previewService: next, autoPromotionEnabled: false, previewReplicaCount: 1}"),
        rollout("blueGreen: {activeService: web, prePromotionAnalysis: {templates: [{templateName: ok}], args: [{name: a, value: b}]}}"),
        rollout("canary: {maxSurge: 0, maxUnavailable: 1}"),
        rollout("canary: {maxSurge: 25%, maxUnavailable: 0, steps: [{setWeight: 20}, {pause: {}}, {pause: {duration: 1h}}]}"),
        rollout("canary: {steps: [{pause: {duration: 30}}, {pause: {duration: '30'}}, {analysis: {templates: [{templateName: x}]}}]}"),
        rollout("canary: {steps: [{plugin: {name: example, config: {any: [thing]}}}], replicaProgressThreshold: {type: Pod, value: 2}}"),
        rollout("canary: {antiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {}}}"),
        rollout("canary: {pingPong: {pingService: a, pongService: b}, trafficRouting: {istio: {virtualService: {name: a}}}}"),
        rollout("canary: {trafficRouting: {plugins: {argoproj-labs/gatewayAPI: {httpRoute: a}}, maxTrafficWeight: 1000}}"),
        rollout("canary: {trafficRouting: {maxTrafficWeight: 1000, plugins: {a: {}}}, steps: [{setWeight: 500}]}"),
        rollout(ROUTED + "  steps: [{setCanaryScale: {weight: 25}}, {setHeaderRoute: {name: by-header}}]"),
        rollout(ROUTED + "  dynamicStableScale: true"),
        rollout(CANARY, "workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web, scaleDown: onsuccess}", pod=""),
        rollout(CANARY, "replicas: 3\nminReadySeconds: 5\nrollbackWindow: {revisions: 3}\nanalysis: {successfulRunHistoryLimit: 1}"),
    ],
)
def test_a_correct_rollout_is_clean(text: str) -> None:
    assert said(text) == []


STEPS = "canary:\n  steps:\n    - "


@pytest.mark.parametrize(
    ("text", "rule", "path", "message"),
    [
        (rollout("canary: {maxUnavaliable: 1}"), "unknown-field", "spec.strategy.canary.maxUnavaliable", "did you mean 'maxUnavailable'"),
        (rollout("blueGren: {activeService: web}"), "unknown-field", "spec.strategy.blueGren", "did you mean 'blueGreen'"),
        (rollout("blueGreen: {previewService: web}"), "missing-field", "spec.strategy.blueGreen.activeService", "is missing"),
        (
            rollout(STEPS + "replicaProgressThreshold: {type: Pod, value: 2}"),
            "misplaced-field",
            "spec.strategy.canary.steps[0].replicaProgressThreshold",
            "it belongs at spec.strategy.canary.replicaProgressThreshold",
        ),
        (
            rollout(CANARY, pod=POD.replace("image:", "imge:")),
            "unknown-field",
            "spec.template.spec.containers[0].imge",
            "did you mean 'image'",
        ),
        (
            rollout(CANARY, pod=POD + "        resources: {limits: {memory: 1GB}}\n"),
            "invalid-value",
            "spec.template.spec.containers[0].resources.limits.memory",
            "must be a quantity",
        ),
        (
            rollout(CANARY, pod=POD.replace("labels: {app: web}", "labels: {app: wbe}")),
            "selector-mismatch",
            "spec.template.metadata.labels.app",
            "the selector wants app=web",
        ),
        (rollout("{}"), "missing-field", "spec.strategy", "which is canary or blueGreen"),
        (
            rollout("canary: {}\nblueGreen: {activeService: web}"),
            "invalid-value",
            "spec.strategy.blueGreen",
            "cannot stand beside canary: a Rollout has one strategy",
        ),
        (
            rollout("canary: {maxSurge: 0, maxUnavailable: 0%}"),
            "invalid-value",
            "spec.strategy.canary.maxUnavailable",
            "no pod could ever be replaced",
        ),
        (rollout("canary: {maxSurge: '25'}"), "invalid-value", "spec.strategy.canary.maxSurge", "must be a whole number or a percentage"),
        (rollout(STEPS + "{}"), "missing-field", "spec.strategy.canary.steps[0]", "a step must have one of setWeight, pause,"),
        (
            rollout(STEPS + "{setWeight: 5, pause: {}}"),
            "invalid-value",
            "spec.strategy.canary.steps[0].pause",
            "cannot stand beside setWeight",
        ),
        (rollout(STEPS + "setWeight: 101"), "invalid-value", "spec.strategy.canary.steps[0].setWeight", "must be from 0 to 100"),
        (rollout(STEPS + "setWeight: -1"), "invalid-value", "spec.strategy.canary.steps[0].setWeight", "must be from 0 to 100"),
        (
            rollout(STEPS + "pause: {duration: 5x}"),
            "invalid-value",
            "spec.strategy.canary.steps[0].pause.duration",
            "a duration such as 30s",
        ),
        (
            rollout(STEPS + "setCanaryScale: {replicas: 1}"),
            "invalid-value",
            "spec.strategy.canary.steps[0].setCanaryScale",
            "needs trafficRouting",
        ),
        (
            rollout(ROUTED + "  steps: [{setHeaderRoute: {name: by-heder}}]"),
            "invalid-value",
            "spec.strategy.canary.steps[0].setHeaderRoute.name",
            '"by-heder" is not one of trafficRouting.managedRoutes',
        ),
        (
            rollout(ROUTED.replace("  stableService: web-stable\n", "")),
            "missing-field",
            "spec.strategy.canary.stableService",
            "is required by trafficRouting.istio",
        ),
        (
            rollout(ROUTED.replace("web-stable", "web-canary")),
            "invalid-value",
            "spec.strategy.canary.stableService",
            "is the canary's Service too",
        ),
        (
            rollout("blueGreen: {activeService: web, previewService: web}"),
            "invalid-value",
            "spec.strategy.blueGreen.previewService",
            "is the active Service too",
        ),
        (
            rollout("blueGreen: {activeService: web, scaleDownDelayRevisionLimit: 11}"),
            "invalid-value",
            "spec.strategy.blueGreen.scaleDownDelayRevisionLimit",
            "no more than revisionHistoryLimit, 10,",
        ),
        (rollout("canary: {dynamicStableScale: true}"), "invalid-value", "spec.strategy.canary.dynamicStableScale", "needs trafficRouting"),
        (rollout("canary: {antiAffinity: {}}"), "missing-field", "spec.strategy.canary.antiAffinity", "must have one of"),
        (
            rollout(CANARY, "progressDeadlineSeconds: 10\nminReadySeconds: 10"),
            "invalid-value",
            "spec.progressDeadlineSeconds",
            "must be more than minReadySeconds, 10",
        ),
        (rollout(CANARY, "replicas: -1"), "invalid-value", "spec.replicas", "must be 0 or more"),
        (
            rollout(CANARY, pod=POD.replace("matchLabels: {app: web}", "matchLabels: {}")),
            "invalid-value",
            "spec.selector",
            "empty selector",
        ),
        (rollout(CANARY, pod="selector: {matchLabels: {a: b}}"), "missing-field", "spec.template", "needs a template for its pods"),
        (rollout(CANARY, "workloadRef: {name: web}"), "invalid-value", "spec.template", "cannot stand beside workloadRef"),
    ],
)
def test_what_the_controller_refuses_is_told(text: str, rule: str, path: str, message: str) -> None:
    [violation] = said(text)

    assert (violation.rule, format_path(violation.path)) == (rule, path)
    assert message in violation.message


def test_a_rollout_is_known_without_its_definition() -> None:
    assert [one.rule for one in lint(rollout(CANARY)).findings] == []


def test_a_placeholder_among_the_steps_is_noted_only() -> None:
    [violation] = said(rollout(STEPS + "setWeight: ${WEIGHT}"))

    assert violation.rule == "placeholder"


def test_the_structures_refer_to_each_other_and_to_pods() -> None:
    api = load_rollouts()
    data = json.loads((data_folder("schemas") / "argoproj" / "rollout.json").read_text(encoding="utf-8"))
    used = {name for fields in data["types"].values() for entry in fields.values() for name in re.findall(r"@([A-Za-z0-9.]+)", entry)}

    for name in used:
        assert api.fields(Struct(name)) is not None
    assert set(data["types"]) - used == {"argoproj.v1alpha1.Rollout"}
    assert api.fields(Struct("core.v1.PodSpec")) == load_api().fields(Struct("core.v1.PodSpec"))


def test_the_origin_and_licence_of_the_structures_are_recorded() -> None:
    origin = json.loads((data_folder("schemas") / "argoproj" / "ORIGIN.json").read_text(encoding="utf-8"))

    assert origin["license"] == "Apache-2.0"
    assert re.fullmatch("[0-9a-f]{40}", origin["commit"])
