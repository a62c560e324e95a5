"""The field rules that the API server adds to its schema, by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from rollproof.conformance.fields import metadata
from rollproof.conformance.violation import Violation
from rollproof.kube.api import Kind
from rollproof.kube.version import VersionRange

FieldRules = Callable[[Mapping[str, Any], VersionRange], Iterable[Violation]]
"""Checks one object's plain data; whatever has the wrong type there has been reported already and is passed over in silence."""

_MODULES: Mapping[str, str] = {
    # "group/Kind" (the core group is empty) → the module of this package whose CHECKS table holds the kind.
    "/Pod": "workload",
    "/PodTemplate": "workload",
    "/ReplicationController": "workload",
    "apps/ControllerRevision": "workload",
    "apps/DaemonSet": "workload",
    "apps/Deployment": "workload",
    "apps/ReplicaSet": "workload",
    "apps/StatefulSet": "workload",
    "/Service": "service",
    "/Endpoints": "service",
    "discovery.k8s.io/EndpointSlice": "service",
    "autoscaling/HorizontalPodAutoscaler": "autoscaling",
    "policy/PodDisruptionBudget": "disruption",
    "networking.k8s.io/Ingress": "ingress",
    "networking.k8s.io/IngressClass": "ingress",
    "/ConfigMap": "config",
    "/Secret": "config",
    "/ServiceAccount": "config",
    "/Namespace": "config",
    "batch/CronJob": "batch",
    "batch/Job": "batch",
    "/LimitRange": "quota",
    "/ResourceQuota": "quota",
    "scheduling.k8s.io/PriorityClass": "quota",
    "networking.k8s.io/NetworkPolicy": "network_policy",
    "/PersistentVolume": "storage",
    "/PersistentVolumeClaim": "storage",
    "storage.k8s.io/StorageClass": "storage",
    "storage.k8s.io/CSIDriver": "storage",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration": "cluster",
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": "cluster",
    "apiextensions.k8s.io/CustomResourceDefinition": "cluster",
    "coordination.k8s.io/Lease": "cluster",
    "node.k8s.io/RuntimeClass": "cluster",
    "argoproj.io/Rollout": "rollout",
    "rbac.authorization.k8s.io/ClusterRole": "rbac",
    "rbac.authorization.k8s.io/ClusterRoleBinding": "rbac",
    "rbac.authorization.k8s.io/Role": "rbac",
    "rbac.authorization.k8s.io/RoleBinding": "rbac",
}


def check(kind: Kind, data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    """What the API server's validation would refuse in an object whose structure is otherwise that of ``kind``."""
    if kind.is_list:
        return
    yield from metadata.check(kind, data, versions)
    rules = _rules(kind.group, kind.name)
    if rules is not None:
        yield from rules(data, versions)


@cache
def _rules(group: str, name: str) -> FieldRules | None:
    """The rules of one kind; its module is loaded with the first object that needs it."""
    key = f"{group}/{name}"
    module = _MODULES.get(key)
    if module is None:
        return None
    checks: Mapping[str, FieldRules] = import_module(f"{__name__}.{module}").CHECKS
    return checks.get(key)
