"""What does the API server refuse of configuration, storage, quotas, roles and definitions of kinds beyond their structure?

The sources of the rows are the functions that the tables of ``conformance/fields`` name.
"""

from __future__ import annotations

from typing import Any

import pytest

from rollproof.conformance.fields import cluster, config, quota, rbac, storage
from rollproof.conformance.violation import Violation
from rollproof.kube.version import Version, VersionRange
from rollproof.span import format_path

NEWEST = VersionRange(Version(1, 35), Version(1, 35))
CHECKS = {**config.CHECKS, **quota.CHECKS, **rbac.CHECKS, **storage.CHECKS, **cluster.CHECKS}
_RBAC = "rbac.authorization.k8s.io"
_SECRET_TYPE = "kubernetes.io/"
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
_VOLUME = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
_SCHEMA = {"openAPIV3Schema": {"type": "object"}}


def refusals(kind: str, **content: Any) -> list[Violation]:
    """What the field rules of a kind say of an object; ``kind`` with its group, as in the table of checks."""
    return list(CHECKS[kind]({"metadata": {"name": "x"}, **content}, NEWEST))


def definition(**version: Any) -> dict[str, Any]:
    """A CustomResourceDefinition with one version."""
    versions = [{"name": "v1", "served": True, "storage": True, "schema": _SCHEMA, **version}]
    spec = {"group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"}, "versions": versions}
    return {"metadata": {"name": "foos.example.com"}, "spec": spec}


def schema(**properties: Any) -> dict[str, Any]:
    """A CustomResourceDefinition whose objects have such properties."""
    return definition(schema={"openAPIV3Schema": {"type": "object", "properties": properties}})


@pytest.mark.parametrize(
    ("kind", "content", "path"),
    [
        ("/ConfigMap", {"data": {"a b": "x"}}, "data[a b]"),
        ("/ConfigMap", {"data": {"a": "x"}, "binaryData": {"a": "eA=="}}, "data.a"),
        ("/ConfigMap", {"data": {"a": "x" * (1024 * 1024 + 1)}}, "data"),
        ("/Secret", {"type": f"{_SECRET_TYPE}tls", "data": {"tls.crt": "eA=="}}, "data[tls.key]"),
        ("/Secret", {"type": f"{_SECRET_TYPE}tls", "stringData": {"tls.crt": "x"}}, "stringData[tls.key]"),
        (
            "/Secret",
            {"type": f"{_SECRET_TYPE}dockerconfigjson", "stringData": {".dockerconfigjson": "[]"}},
            "stringData[.dockerconfigjson]",
        ),
        ("/Secret", {"type": f"{_SECRET_TYPE}basic-auth"}, "data.username"),
        ("/Secret", {"type": f"{_SECRET_TYPE}service-account-token"}, "metadata.annotations[kubernetes.io/service-account.name]"),
        ("/Namespace", {"spec": {"finalizers": ["mine"]}}, "spec.finalizers[0]"),
        ("/ResourceQuota", {"spec": {"hard": {"gpu": 1}}}, "spec.hard.gpu"),
        ("/ResourceQuota", {"spec": {"hard": {"pods": "1.5"}}}, "spec.hard.pods"),
        ("/ResourceQuota", {"spec": {"hard": {"services": 1}, "scopes": ["BestEffort"]}}, "spec.scopes[0]"),
        ("/ResourceQuota", {"spec": {"scopes": ["Terminating", "NotTerminating"]}}, "spec.scopes[1]"),
        ("/LimitRange", {"spec": {"limits": [{"type": "Container", "min": {"cpu": 2}, "max": {"cpu": 1}}]}}, "spec.limits[0].min.cpu"),
        ("/LimitRange", {"spec": {"limits": [{"type": "Pod", "default": {"cpu": 1}}]}}, "spec.limits[0].default"),
        ("/LimitRange", {"spec": {"limits": [{"type": "PersistentVolumeClaim"}]}}, "spec.limits[0]"),
        ("scheduling.k8s.io/PriorityClass", {"value": 1_000_000_001}, "value"),
        ("/PersistentVolumeClaim", {"spec": {**_CLAIM, "accessModes": ["RWO"]}}, "spec.accessModes[0]"),
        ("/PersistentVolumeClaim", {"spec": {**_CLAIM, "accessModes": []}}, "spec.accessModes"),
        ("/PersistentVolume", {"spec": _VOLUME}, "spec"),
        ("/PersistentVolume", {"spec": {**_VOLUME, "local": {"path": "/a"}}}, "spec.nodeAffinity"),
        ("/PersistentVolume", {"spec": {**_VOLUME, "hostPath": {"path": "/a"}, "nfs": {"server": "s", "path": "/a"}}}, "spec.nfs"),
        ("storage.k8s.io/StorageClass", {"provisioner": "a b"}, "provisioner"),
        ("storage.k8s.io/StorageClass", {"provisioner": "a", "volumeBindingMode": "Later"}, "volumeBindingMode"),
        (f"{_RBAC}/Role", {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/"]}]}, "rules[0].nonResourceURLs"),
        (f"{_RBAC}/ClusterRole", {"rules": [{"verbs": ["get"], "resources": ["pods"]}]}, "rules[0].apiGroups"),
        (f"{_RBAC}/ClusterRoleBinding", {"roleRef": {"kind": "Role", "name": "x"}}, "roleRef.kind"),
        (
            f"{_RBAC}/ClusterRoleBinding",
            {"roleRef": {"kind": "ClusterRole", "name": "x"}, "subjects": [{"kind": "ServiceAccount", "name": "s"}]},
            "subjects[0].namespace",
        ),
        ("node.k8s.io/RuntimeClass", {"handler": "Run_C"}, "handler"),
    ],
)
def test_a_refusal_names_the_field_at_fault(kind: str, content: dict[str, Any], path: str) -> None:
    found = refusals(kind, **content)

    assert [format_path(violation.path) for violation in found] == [path]


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (definition() | {"metadata": {"name": "foo.example.com"}}, "metadata.name"),
        (definition(storage=False), "spec.versions"),
        (definition(schema=None), "spec.versions[0].schema.openAPIV3Schema"),
        (definition(name="V1"), "spec.versions[0].name"),
        (schema(a={}), "spec.versions[0].schema.openAPIV3Schema.properties.a.type"),
        (schema(a={"type": "strign"}), "spec.versions[0].schema.openAPIV3Schema.properties.a.type"),
        (schema(a={"type": "array"}), "spec.versions[0].schema.openAPIV3Schema.properties.a.items"),
        (schema(a={"type": "string", "anyOf": [{"type": "string"}]}), "spec.versions[0].schema.openAPIV3Schema.properties.a.anyOf[0].type"),
    ],
)
def test_a_definition_of_a_kind_that_could_not_be_served_is_refused(content: dict[str, Any], path: str) -> None:
    found = refusals("apiextensions.k8s.io/CustomResourceDefinition", **content)

    assert [format_path(violation.path) for violation in found] == [path]


@pytest.mark.parametrize(
    "properties",
    [
        {"a": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}},
        {"a": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        {"a": {"type": "object", "additionalProperties": {"type": "string"}}},
    ],
)
def test_the_usual_forms_of_a_schema_are_accepted(properties: dict[str, Any]) -> None:
    found = refusals("apiextensions.k8s.io/CustomResourceDefinition", **schema(**properties))

    assert not found


@pytest.mark.parametrize(
    ("hook", "path"),
    [
        ({"clientConfig": {}}, "webhooks[0].clientConfig"),
        ({"clientConfig": {"url": "http://a"}}, "webhooks[0].clientConfig.url"),
        ({"timeoutSeconds": 31}, "webhooks[0].timeoutSeconds"),
        ({"name": "a.b"}, "webhooks[0].name"),
        ({"sideEffects": "Some"}, "webhooks[0].sideEffects"),
        ({"admissionReviewVersions": ["v2"]}, "webhooks[0].admissionReviewVersions"),
    ],
)
def test_a_webhook_that_could_not_be_called_is_refused(hook: dict[str, Any], path: str) -> None:
    valid = {"name": "a.b.c", "clientConfig": {"url": "https://a"}, "sideEffects": "None", "admissionReviewVersions": ["v1"]}

    found = refusals("admissionregistration.k8s.io/ValidatingWebhookConfiguration", webhooks=[{**valid, **hook}])

    assert [format_path(violation.path) for violation in found] == [path]


def test_a_secret_is_never_shown() -> None:
    (violation,) = refusals("/Secret", type=f"{_SECRET_TYPE}dockercfg", data={".dockercfg": "c2VjcmV0"})

    assert "secret" not in violation.message
    assert "c2VjcmV0" not in violation.message


def test_a_source_that_the_server_forgets_is_worth_a_warning() -> None:
    (violation,) = refusals(
        "/PersistentVolumeClaim", spec={**_CLAIM, "dataSource": {"kind": "Other", "name": "x", "apiGroup": "example.com"}}
    )

    assert violation.severity == "warning"


def test_what_is_filled_in_later_is_never_refused() -> None:
    found = [
        *refusals("/PersistentVolumeClaim", spec={**_CLAIM, "resources": {"requests": {"storage": "${SIZE}"}}, "volumeMode": "${MODE}"}),
        *refusals("/ResourceQuota", spec={"hard": {"pods": "${PODS}"}}),
        *refusals("/Secret", type="${TYPE}"),
        *refusals(f"{_RBAC}/RoleBinding", roleRef={"apiGroup": _RBAC, "kind": "${KIND}", "name": "${NAME}"}),
    ]

    assert not found
