"""What each kind is: whether it runs pods and where its template is, whether it lives in a namespace, and which kinds are gone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from rollproof.kube.version import Version, parse_version
from rollproof.span import Path

_GUIDE: Final = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"


@dataclass(frozen=True, slots=True)
class WorkloadKind:
    """A kind that runs pods. A path is None where the kind has no such field; a Pod is its own template, at the root.

    ``labels_only``: its selector is a plain mapping of labels (ReplicationController) instead of a LabelSelector.
    """

    group: str
    kind: str
    template: Path
    selector: Path | None = None
    replicas: Path | None = None
    labels_only: bool = False


_TEMPLATE: Final[Path] = ("spec", "template")
_SELECTOR: Final[Path] = ("spec", "selector")
_REPLICAS: Final[Path] = ("spec", "replicas")

WORKLOADS: Final[tuple[WorkloadKind, ...]] = (
    # k8s.io/api apps/v1 types.go; extensions/v1beta1 served the same kinds until 1.16.
    WorkloadKind("apps", "Deployment", _TEMPLATE, _SELECTOR, _REPLICAS),
    WorkloadKind("apps", "StatefulSet", _TEMPLATE, _SELECTOR, _REPLICAS),
    WorkloadKind("apps", "DaemonSet", _TEMPLATE, _SELECTOR),
    WorkloadKind("apps", "ReplicaSet", _TEMPLATE, _SELECTOR, _REPLICAS),
    WorkloadKind("extensions", "Deployment", _TEMPLATE, _SELECTOR, _REPLICAS),
    WorkloadKind("extensions", "DaemonSet", _TEMPLATE, _SELECTOR),
    WorkloadKind("extensions", "ReplicaSet", _TEMPLATE, _SELECTOR, _REPLICAS),
    # k8s.io/api core/v1 and batch/v1 types.go. A Job counts parallelism and completions, not replicas.
    WorkloadKind("", "ReplicationController", _TEMPLATE, _SELECTOR, _REPLICAS, labels_only=True),
    WorkloadKind("", "Pod", ()),
    WorkloadKind("batch", "Job", _TEMPLATE, _SELECTOR),
    WorkloadKind("batch", "CronJob", ("spec", "jobTemplate", "spec", "template"), ("spec", "jobTemplate", "spec", "selector")),
    # argo-rollouts pkg/apis/rollouts/v1alpha1/types.go. With workloadRef the template is that of another object.
    WorkloadKind("argoproj.io", "Rollout", _TEMPLATE, _SELECTOR, _REPLICAS),
)
"""The kinds that run pods."""

_WORKLOADS_BY_KIND: Final = {(one.group, one.kind): one for one in WORKLOADS}

# k8s.io/api */types.go: the kinds marked +genclient:nonNamespaced, of all versions up to 1.37.
_CLUSTER_SCOPED: Final[dict[str, frozenset[str]]] = {
    "": frozenset({"ComponentStatus", "Namespace", "Node", "PersistentVolume"}),
    "admissionregistration.k8s.io": frozenset(
        {
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        }
    ),
    "apiextensions.k8s.io": frozenset({"CustomResourceDefinition"}),
    "apiregistration.k8s.io": frozenset({"APIService"}),
    "authentication.k8s.io": frozenset({"SelfSubjectReview", "TokenReview"}),
    "authorization.k8s.io": frozenset({"SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"}),
    "certificates.k8s.io": frozenset({"CertificateSigningRequest", "ClusterTrustBundle"}),
    "extensions": frozenset({"PodSecurityPolicy"}),
    "flowcontrol.apiserver.k8s.io": frozenset({"FlowSchema", "PriorityLevelConfiguration"}),
    "internal.apiserver.k8s.io": frozenset({"StorageVersion"}),
    "networking.k8s.io": frozenset({"ClusterCIDR", "IPAddress", "IngressClass", "ServiceCIDR"}),
    "node.k8s.io": frozenset({"RuntimeClass"}),
    "policy": frozenset({"PodSecurityPolicy"}),
    "rbac.authorization.k8s.io": frozenset({"ClusterRole", "ClusterRoleBinding"}),
    "resource.k8s.io": frozenset({"DeviceClass", "DeviceTaintRule", "ResourceClass", "ResourcePoolStatusRequest", "ResourceSlice"}),
    "scheduling.k8s.io": frozenset({"PriorityClass"}),
    "storage.k8s.io": frozenset({"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"}),
    "storagemigration.k8s.io": frozenset({"StorageVersionMigration"}),
}

_GROUPS_WITHOUT_CLUSTER_SCOPED_KINDS: Final = frozenset(
    {"apps", "autoscaling", "batch", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "lifecycle.k8s.io"}
)


@dataclass(frozen=True, slots=True)
class Removed:
    """A kind that the API server no longer serves under one apiVersion.

    ``removed_in`` is the first version without it. ``replacement`` is the apiVersion to write instead, None where there is none;
    ``replacement_kind`` is given where the kind has another name there. The replacement is the one of the newest release, which
    an older one may not serve yet. ``source`` is the section of the migration guide; None for alpha versions, which it leaves out.
    """

    api_version: str
    kind: str
    deprecated_in: Version | None
    removed_in: Version
    replacement: str | None
    replacement_kind: str | None
    source: str | None


# apiVersion, kind, deprecated in, removed in, written now as, section of the migration guide ("-" for none).
# The releases are those of k8s.io/api */zz_generated.prerelease-lifecycle.go (0.21, 0.25, 0.35); alpha versions, which were never
# served by default, by the last k8s.io/kubernetes pkg/registry/*/rest that has them (1.19 to 1.24).
_REMOVALS: Final = """
extensions/v1beta1 Deployment 1.8 1.16 apps/v1 deployment-v116
extensions/v1beta1 DaemonSet 1.8 1.16 apps/v1 daemonset-v116
extensions/v1beta1 ReplicaSet 1.8 1.16 apps/v1 replicaset-v116
extensions/v1beta1 NetworkPolicy 1.9 1.16 networking.k8s.io/v1 networkpolicy-v116
extensions/v1beta1 PodSecurityPolicy 1.11 1.16 - psp-v125
extensions/v1beta1 Ingress 1.14 1.22 networking.k8s.io/v1 ingress-v122
apps/v1beta1 Deployment 1.8 1.16 apps/v1 deployment-v116
apps/v1beta1 StatefulSet 1.8 1.16 apps/v1 statefulset-v116
apps/v1beta1 ControllerRevision 1.8 1.16 apps/v1 v1-16
apps/v1beta2 Deployment 1.9 1.16 apps/v1 deployment-v116
apps/v1beta2 StatefulSet 1.9 1.16 apps/v1 statefulset-v116
apps/v1beta2 DaemonSet 1.9 1.16 apps/v1 daemonset-v116
apps/v1beta2 ReplicaSet 1.9 1.16 apps/v1 replicaset-v116
apps/v1beta2 ControllerRevision 1.9 1.16 apps/v1 v1-16
settings.k8s.io/v1alpha1 PodPreset - 1.20 - -
batch/v2alpha1 CronJob - 1.21 batch/v1 -
discovery.k8s.io/v1alpha1 EndpointSlice - 1.21 discovery.k8s.io/v1 -
flowcontrol.apiserver.k8s.io/v1alpha1 FlowSchema 1.20 1.21 flowcontrol.apiserver.k8s.io/v1 -
flowcontrol.apiserver.k8s.io/v1alpha1 PriorityLevelConfiguration 1.20 1.21 flowcontrol.apiserver.k8s.io/v1 -
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration 1.16 1.22 admissionregistration.k8s.io/v1 webhook-resources-v122
admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration 1.16 1.22 admissionregistration.k8s.io/v1 webhook-resources-v122
apiextensions.k8s.io/v1beta1 CustomResourceDefinition 1.16 1.22 apiextensions.k8s.io/v1 customresourcedefinition-v122
apiregistration.k8s.io/v1beta1 APIService 1.19 1.22 apiregistration.k8s.io/v1 apiservice-v122
authentication.k8s.io/v1beta1 TokenReview 1.19 1.22 authentication.k8s.io/v1 tokenreview-v122
authorization.k8s.io/v1beta1 LocalSubjectAccessReview 1.19 1.22 authorization.k8s.io/v1 subjectaccessreview-resources-v122
authorization.k8s.io/v1beta1 SelfSubjectAccessReview 1.19 1.22 authorization.k8s.io/v1 subjectaccessreview-resources-v122
authorization.k8s.io/v1beta1 SelfSubjectRulesReview 1.19 1.22 authorization.k8s.io/v1 subjectaccessreview-resources-v122
authorization.k8s.io/v1beta1 SubjectAccessReview 1.19 1.22 authorization.k8s.io/v1 subjectaccessreview-resources-v122
certificates.k8s.io/v1beta1 CertificateSigningRequest 1.19 1.22 certificates.k8s.io/v1 certificatesigningrequest-v122
coordination.k8s.io/v1beta1 Lease 1.19 1.22 coordination.k8s.io/v1 lease-v122
networking.k8s.io/v1beta1 Ingress 1.19 1.22 networking.k8s.io/v1 ingress-v122
networking.k8s.io/v1beta1 IngressClass 1.19 1.22 networking.k8s.io/v1 ingressclass-v122
rbac.authorization.k8s.io/v1beta1 ClusterRole 1.17 1.22 rbac.authorization.k8s.io/v1 rbac-resources-v122
rbac.authorization.k8s.io/v1beta1 ClusterRoleBinding 1.17 1.22 rbac.authorization.k8s.io/v1 rbac-resources-v122
rbac.authorization.k8s.io/v1beta1 Role 1.17 1.22 rbac.authorization.k8s.io/v1 rbac-resources-v122
rbac.authorization.k8s.io/v1beta1 RoleBinding 1.17 1.22 rbac.authorization.k8s.io/v1 rbac-resources-v122
scheduling.k8s.io/v1beta1 PriorityClass 1.14 1.22 scheduling.k8s.io/v1 priorityclass-v122
storage.k8s.io/v1beta1 CSIDriver 1.19 1.22 storage.k8s.io/v1 storage-resources-v122
storage.k8s.io/v1beta1 CSINode 1.17 1.22 storage.k8s.io/v1 storage-resources-v122
storage.k8s.io/v1beta1 StorageClass 1.19 1.22 storage.k8s.io/v1 storage-resources-v122
storage.k8s.io/v1beta1 VolumeAttachment 1.19 1.22 storage.k8s.io/v1 storage-resources-v122
rbac.authorization.k8s.io/v1alpha1 ClusterRole 1.17 1.23 rbac.authorization.k8s.io/v1 -
rbac.authorization.k8s.io/v1alpha1 ClusterRoleBinding 1.17 1.23 rbac.authorization.k8s.io/v1 -
rbac.authorization.k8s.io/v1alpha1 Role 1.17 1.23 rbac.authorization.k8s.io/v1 -
rbac.authorization.k8s.io/v1alpha1 RoleBinding 1.17 1.23 rbac.authorization.k8s.io/v1 -
scheduling.k8s.io/v1alpha1 PriorityClass 1.14 1.23 scheduling.k8s.io/v1 -
node.k8s.io/v1alpha1 RuntimeClass - 1.24 node.k8s.io/v1 -
storage.k8s.io/v1alpha1 CSIStorageCapacity 1.21 1.24 storage.k8s.io/v1 -
storage.k8s.io/v1alpha1 VolumeAttachment 1.21 1.24 storage.k8s.io/v1 -
autoscaling/v2beta1 HorizontalPodAutoscaler 1.22 1.25 autoscaling/v2 horizontalpodautoscaler-v125
batch/v1beta1 CronJob 1.21 1.25 batch/v1 cronjob-v125
discovery.k8s.io/v1beta1 EndpointSlice 1.21 1.25 discovery.k8s.io/v1 endpointslice-v125
events.k8s.io/v1beta1 Event 1.22 1.25 events.k8s.io/v1 event-v125
node.k8s.io/v1beta1 RuntimeClass 1.22 1.25 node.k8s.io/v1 runtimeclass-v125
policy/v1beta1 PodDisruptionBudget 1.21 1.25 policy/v1 poddisruptionbudget-v125
policy/v1beta1 PodSecurityPolicy 1.21 1.25 - psp-v125
autoscaling/v2beta2 HorizontalPodAutoscaler 1.23 1.26 autoscaling/v2 horizontalpodautoscaler-v126
flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema 1.23 1.26 flowcontrol.apiserver.k8s.io/v1 flowcontrol-resources-v126
flowcontrol.apiserver.k8s.io/v1beta1 PriorityLevelConfiguration 1.23 1.26 flowcontrol.apiserver.k8s.io/v1 flowcontrol-resources-v126
resource.k8s.io/v1alpha1 ResourceClass - 1.27 resource.k8s.io/v1:DeviceClass -
storage.k8s.io/v1beta1 CSIStorageCapacity 1.24 1.27 storage.k8s.io/v1 csistoragecapacity-v127
flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema 1.26 1.29 flowcontrol.apiserver.k8s.io/v1 flowcontrol-resources-v129
flowcontrol.apiserver.k8s.io/v1beta2 PriorityLevelConfiguration 1.26 1.29 flowcontrol.apiserver.k8s.io/v1 flowcontrol-resources-v129
resource.k8s.io/v1alpha2 ResourceClass - 1.31 resource.k8s.io/v1:DeviceClass -
flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema 1.29 1.32 flowcontrol.apiserver.k8s.io/v1 flowcontrol-resources-v132
flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration 1.29 1.32 flowcontrol.apiserver.k8s.io/v1 flowcontrol-resources-v132
"""


def workload_kind(group: str, kind: str) -> WorkloadKind | None:
    """The facts on a kind that runs pods, or None for any other kind."""
    return _WORKLOADS_BY_KIND.get((group, kind))


def pod_template(group: str, kind: str) -> Path | None:
    """Where the pod template of a kind is, ``()`` for a Pod itself, or None for a kind that runs no pods."""
    found = _WORKLOADS_BY_KIND.get((group, kind))
    return None if found is None else found.template


def is_namespaced(group: str, kind: str) -> bool | None:
    """Whether objects of a kind live in a namespace; None for a group that is not built in, whose kinds are declared elsewhere."""
    cluster_scoped = _CLUSTER_SCOPED.get(group)
    if cluster_scoped is not None:
        return kind not in cluster_scoped
    return True if group in _GROUPS_WITHOUT_CLUSTER_SCOPED_KINDS else None


def removed(api_version: str, kind: str) -> Removed | None:
    """When and why a kind ceased to be served under an apiVersion, in whichever release that was, or None if it never did."""
    return _removals().get((api_version, kind))


@cache
def _removals() -> dict[tuple[str, str], Removed]:
    found = (_read(line) for line in _REMOVALS.split("\n") if line)
    return {(one.api_version, one.kind): one for one in found}


def _read(line: str) -> Removed:
    api_version, kind, deprecated_in, removed_in, successor, section = line.split()
    replacement, _, replacement_kind = successor.partition(":")
    return Removed(
        api_version,
        kind,
        parse_version(deprecated_in),
        _version(removed_in),
        None if replacement == "-" else replacement,
        replacement_kind or None,
        None if section == "-" else f"{_GUIDE}#{section}",
    )


def _version(text: str) -> Version:
    version = parse_version(text)
    assert version is not None
    return version
