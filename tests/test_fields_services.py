"""What does the API server refuse of Services, autoscalers, budgets, Ingresses, policies and endpoints beyond their structure?

The sources of the rows are the functions that the tables of ``conformance/fields`` name.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rollproof.conformance import fields
from rollproof.conformance.violation import Violation
from rollproof.kube.api import load_api
from rollproof.kube.version import Version, VersionRange
from rollproof.span import format_path

NEWEST = VersionRange(Version(1, 35), Version(1, 35))
_PATHS = [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]
_METRIC = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}

SPECS: dict[str, tuple[str, dict[str, Any]]] = {
    "Service": (
        "v1",
        {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}, {"name": "dns", "port": 53, "protocol": "UDP"}]},
    ),
    "HorizontalPodAutoscaler": (
        "autoscaling/v2",
        {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 5, "metrics": [_METRIC]},
    ),
    "PodDisruptionBudget": ("policy/v1", {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}}),
    "Ingress": ("networking.k8s.io/v1", {"rules": [{"host": "a.example.com", "http": {"paths": _PATHS}}]}),
    "NetworkPolicy": ("networking.k8s.io/v1", {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}]}),
}


def refusals(kind: str, changes: dict[str, Any], versions: VersionRange = NEWEST) -> list[Violation]:
    """What the field rules say of an object that is valid but for some changes, each by its path below the spec."""
    api_version, spec = SPECS[kind]
    data = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": copy.deepcopy(spec)}
    for path, value in changes.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place: Any = data["spec"]
        for step in way:
            place = place[step]
        place[last] = value
    known = load_api().kind(api_version, kind)
    assert known is not None
    return list(fields.check(known, data, versions))


@pytest.mark.parametrize("kind", SPECS)
def test_a_valid_object_is_accepted(kind: str) -> None:
    found = refusals(kind, {})

    assert not found


@pytest.mark.parametrize(
    ("kind", "changes", "path", "rule"),
    [
        ("Service", {"ports": []}, "spec.ports", "missing-field"),
        ("Service", {"ports.1.name": "http"}, "spec.ports[1].name", "invalid-value"),
        ("Service", {"ports.1.name": None}, "spec.ports[1].name", "missing-field"),
        ("Service", {"ports.0.name": "HTTP"}, "spec.ports[0].name", "invalid-value"),
        ("Service", {"ports.0.port": 0}, "spec.ports[0].port", "invalid-value"),
        ("Service", {"ports.1": {"name": "b", "port": 80}}, "spec.ports[1]", "invalid-value"),
        ("Service", {"ports.0.targetPort": "80"}, "spec.ports[0].targetPort", "invalid-value"),
        ("Service", {"ports.0.nodePort": 30000}, "spec.ports[0].nodePort", "invalid-value"),
        ("Service", {"type": "NodePort", "ports.0.nodePort": 70000}, "spec.ports[0].nodePort", "invalid-value"),
        ("Service", {"type": "NodePort", "clusterIP": "None"}, "spec.clusterIP", "invalid-value"),
        ("Service", {"type": "ExternalName", "clusterIP": "10.0.0.1", "externalName": "a.b"}, "spec.clusterIP", "invalid-value"),
        ("Service", {"type": "ExternalName"}, "spec.externalName", "missing-field"),
        ("Service", {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]}, "spec.clusterIPs", "invalid-value"),
        ("Service", {"ipFamilies": ["IPv4", "IPv6"]}, "spec.ipFamilyPolicy", "invalid-value"),
        ("Service", {"externalIPs": ["127.0.0.1"]}, "spec.externalIPs[0]", "invalid-value"),
        ("Service", {"selector.tier": "a b"}, "spec.selector.tier", "invalid-value"),
        ("Service", {"externalTrafficPolicy": "Local"}, "spec.externalTrafficPolicy", "invalid-value"),
        ("Service", {"loadBalancerClass": "example.com/a"}, "spec.loadBalancerClass", "invalid-value"),
        (
            "Service",
            {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0"]},
            "spec.loadBalancerSourceRanges[0]",
            "invalid-value",
        ),
        ("HorizontalPodAutoscaler", {"minReplicas": 0}, "spec.minReplicas", "invalid-value"),
        ("HorizontalPodAutoscaler", {"minReplicas": 6}, "spec.maxReplicas", "invalid-value"),
        ("HorizontalPodAutoscaler", {"scaleTargetRef.apiVersion": None}, "spec.scaleTargetRef.apiVersion", "missing-field"),
        ("HorizontalPodAutoscaler", {"metrics.0.type": "Pods"}, "spec.metrics[0].pods", "missing-field"),
        (
            "HorizontalPodAutoscaler",
            {"metrics.0.resource.target.averageValue": 1},
            "spec.metrics[0].resource.target.averageValue",
            "invalid-value",
        ),
        ("HorizontalPodAutoscaler", {"behavior": {"scaleUp": {"policies": []}}}, "spec.behavior.scaleUp.policies", "missing-field"),
        ("PodDisruptionBudget", {"maxUnavailable": 1}, "spec.maxUnavailable", "invalid-value"),
        ("PodDisruptionBudget", {"minAvailable": "101%"}, "spec.minAvailable", "invalid-value"),
        ("PodDisruptionBudget", {"minAvailable": "2"}, "spec.minAvailable", "invalid-value"),
        ("Ingress", {"rules": []}, "spec", "missing-field"),
        ("Ingress", {"rules.0.host": "10.0.0.1"}, "spec.rules[0].host", "invalid-value"),
        ("Ingress", {"rules.0.http.paths.0.path": "a"}, "spec.rules[0].http.paths[0].path", "invalid-value"),
        ("Ingress", {"rules.0.http.paths.0.backend": {}}, "spec.rules[0].http.paths[0].backend", "missing-field"),
        ("Ingress", {"rules.0.http.paths.0.backend.service.port": {}}, "spec.rules[0].http.paths[0].backend.service.port", "missing-field"),
        ("NetworkPolicy", {"ingress.0.from.0": {}}, "spec.ingress[0].from[0]", "missing-field"),
        ("NetworkPolicy", {"ingress.0.from.0.ipBlock": {"cidr": "10.0.0.0/8"}}, "spec.ingress[0].from[0].ipBlock", "invalid-value"),
        ("NetworkPolicy", {"ingress.0.ports.0.endPort": 79}, "spec.ingress[0].ports[0].endPort", "invalid-value"),
    ],
)
def test_a_refusal_names_the_field_at_fault(kind: str, changes: dict[str, Any], path: str, rule: str) -> None:
    found = refusals(kind, changes)

    assert [(format_path(violation.path), violation.rule) for violation in found] == [(path, rule)]


@pytest.mark.parametrize(
    ("kind", "changes", "suggestion", "safe"),
    [
        ("Service", {"type": "clusterip"}, "ClusterIP", True),
        ("Service", {"type": "NodPort"}, "NodePort", False),
        ("Service", {"clusterIP": "none"}, "None", True),
        ("Service", {"ports.0.protocol": "tcp"}, "TCP", True),
        ("Ingress", {"rules.0.http.paths.0.pathType": "prefix"}, "Prefix", True),
        ("Ingress", {"rules.0.host": "a.example.com:8080"}, "a.example.com", False),
        ("HorizontalPodAutoscaler", {"metrics.0.type": "resource"}, "Resource", True),
    ],
)
def test_a_slip_comes_with_what_was_probably_meant(kind: str, changes: dict[str, Any], suggestion: str, safe: bool) -> None:
    violation = refusals(kind, changes)[0]

    assert violation.suggestion == suggestion
    assert violation.fix is not None
    assert violation.fix.safe is safe


def test_a_repeated_name_points_at_the_first_one() -> None:
    (violation,) = refusals("Service", {"ports.1.name": "http"})

    assert violation.related == ((("spec", "ports", 0, "name"), "first here"),)


def test_a_node_port_outside_the_usual_range_is_only_a_warning() -> None:
    (violation,) = refusals("Service", {"type": "NodePort", "ports.0.nodePort": 8080})

    assert violation.severity == "warning"


@pytest.mark.parametrize(("version", "refused"), [(Version(1, 33), True), (Version(1, 34), False)])
def test_same_zone_is_known_since_1_34(version: Version, refused: bool) -> None:
    found = refusals("Service", {"trafficDistribution": "PreferSameZone"}, VersionRange(version, version))

    assert bool(found) is refused


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("Service", {"type": "${TYPE}", "ports.0.nodePort": "${PORT}", "clusterIP": "$(IP)"}),
        ("Service", {"ports.0.name": "{{ name }}", "ports.0.targetPort": "${TARGET}", "externalTrafficPolicy": "${POLICY}"}),
        ("HorizontalPodAutoscaler", {"minReplicas": "${MIN}", "scaleTargetRef.apiVersion": "${API}", "metrics.0.type": "${TYPE}"}),
        ("PodDisruptionBudget", {"minAvailable": "${MIN}"}),
        ("Ingress", {"rules.0.host": "${HOST}", "rules.0.http.paths.0.backend.service.port.number": "${PORT}"}),
        ("NetworkPolicy", {"ingress.0.from.0": {"ipBlock": {"cidr": "${CIDR}", "except": ["${PART}"]}}}),
    ],
)
def test_what_is_filled_in_later_is_never_refused(kind: str, changes: dict[str, Any]) -> None:
    found = refusals(kind, changes)

    assert not found


@pytest.mark.parametrize("value", [None, True, 1.5, "", "x", [], [None], [1], {}, {"a": None}, [[]], [{"name": []}, {"name": {}}]])
@pytest.mark.parametrize("kind", SPECS)
def test_any_value_may_stand_anywhere(kind: str, value: Any) -> None:
    for key in SPECS[kind][1]:
        refusals(kind, {key: value})

    assert isinstance(refusals(kind, {}), list)
