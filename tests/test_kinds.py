"""Which kinds run pods, live in a namespace, or are gone?"""

from __future__ import annotations

import pytest

from rollproof.kube import kinds
from rollproof.kube.api import load_api
from rollproof.kube.version import Version
from rollproof.span import Path


# k8s.io/api types.go of each group
@pytest.mark.parametrize(
    ("group", "kind", "template"),
    [
        ("apps", "Deployment", ("spec", "template")),
        ("extensions", "Deployment", ("spec", "template")),
        ("batch", "CronJob", ("spec", "jobTemplate", "spec", "template")),
        ("", "Pod", ()),
        ("argoproj.io", "Rollout", ("spec", "template")),
        ("", "Service", None),
        ("serving.knative.dev", "Deployment", None),
    ],
)
def test_a_workload_says_where_its_pod_template_is(group: str, kind: str, template: Path | None) -> None:
    path = kinds.pod_template(group, kind)

    assert path == template


def test_every_built_in_workload_is_a_kind_of_the_api() -> None:
    api = load_api()
    built_in = [one for one in kinds.WORKLOADS if one.group not in ("extensions", "argoproj.io")]

    unknown = [one.kind for one in built_in if not any(kind.group == one.group for kind in api.kinds_named(one.kind))]

    assert unknown == []


def test_a_daemon_set_has_no_replicas() -> None:
    workload = kinds.workload_kind("apps", "DaemonSet")

    assert workload is not None
    assert workload.replicas is None


# k8s.io/api types.go: +genclient:nonNamespaced
@pytest.mark.parametrize(
    ("group", "kind", "namespaced"),
    [
        ("", "Namespace", False),
        ("", "Pod", True),
        ("apps", "Deployment", True),
        ("rbac.authorization.k8s.io", "ClusterRole", False),
        ("rbac.authorization.k8s.io", "Role", True),
        ("storage.k8s.io", "StorageClass", False),
        ("storage.k8s.io", "CSIStorageCapacity", True),
        ("networking.k8s.io", "IngressClass", False),
        ("argoproj.io", "Rollout", None),
    ],
)
def test_built_in_kinds_are_known_to_live_in_a_namespace_or_not(group: str, kind: str, namespaced: bool | None) -> None:
    known = kinds.is_namespaced(group, kind)

    assert known is namespaced


def test_the_scope_of_every_kind_of_the_api_is_known() -> None:
    api = load_api()

    unknown = sorted(group for group in api.groups if kinds.is_namespaced(group, "Anything") is None)

    assert unknown == []


# https://kubernetes.io/docs/reference/using-api/deprecation-guide/
@pytest.mark.parametrize(
    ("api_version", "kind", "removed_in", "replacement"),
    [
        ("extensions/v1beta1", "Deployment", (1, 16), "apps/v1"),
        ("extensions/v1beta1", "Ingress", (1, 22), "networking.k8s.io/v1"),
        ("extensions/v1beta1", "PodSecurityPolicy", (1, 16), None),
        ("apps/v1beta2", "StatefulSet", (1, 16), "apps/v1"),
        ("networking.k8s.io/v1beta1", "IngressClass", (1, 22), "networking.k8s.io/v1"),
        ("rbac.authorization.k8s.io/v1beta1", "ClusterRole", (1, 22), "rbac.authorization.k8s.io/v1"),
        ("policy/v1beta1", "PodDisruptionBudget", (1, 25), "policy/v1"),
        ("policy/v1beta1", "PodSecurityPolicy", (1, 25), None),
        ("batch/v1beta1", "CronJob", (1, 25), "batch/v1"),
        ("autoscaling/v2beta1", "HorizontalPodAutoscaler", (1, 25), "autoscaling/v2"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", (1, 26), "autoscaling/v2"),
        ("storage.k8s.io/v1beta1", "CSIStorageCapacity", (1, 27), "storage.k8s.io/v1"),
        ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", (1, 32), "flowcontrol.apiserver.k8s.io/v1"),
    ],
)
def test_a_removed_kind_names_its_release_and_its_replacement(
    api_version: str, kind: str, removed_in: tuple[int, int], replacement: str | None
) -> None:
    removed = kinds.removed(api_version, kind)

    assert removed is not None
    assert (removed.removed_in, removed.replacement) == (Version(*removed_in), replacement)


def all_removals() -> list[kinds.Removed]:
    rows = (line.split()[:2] for line in kinds._REMOVALS.strip().split("\n"))
    return [removed for api_version, kind in rows if (removed := kinds.removed(api_version, kind)) is not None]


def test_a_served_kind_is_not_removed() -> None:
    removed = kinds.removed("apps/v1", "Deployment")

    assert removed is None


def test_every_replacement_is_served_by_the_newest_release() -> None:
    api = load_api()

    missing = [
        (one.replacement, one.kind)
        for one in all_removals()
        if one.replacement is not None
        and ((kind := api.kind(one.replacement, one.replacement_kind or one.kind)) is None or kind.until is not None)
    ]

    assert missing == []


def test_the_table_agrees_with_the_api_of_the_shipped_releases() -> None:
    api = load_api()

    disagreeing = []
    for one in all_removals():
        kind = api.kind(one.api_version, one.kind)
        last_served = kind.until if kind is not None else None
        expected = Version(1, one.removed_in.minor - 1) if one.removed_in > api.versions.lo else None
        if last_served != expected:
            disagreeing.append((one.api_version, one.kind, last_served))

    assert disagreeing == []


def test_a_kind_is_deprecated_before_it_is_removed() -> None:
    wrong = [one for one in all_removals() if one.deprecated_in is not None and one.deprecated_in >= one.removed_in]

    assert wrong == []
