"""The field rules of claims, volumes and the classes of storage.

Sources: Kubernetes ``pkg/apis/core/validation/validation.go`` (ValidatePersistentVolumeSpec), ``pkg/volume/validation/pv_validation.go``
and ``pkg/apis/storage/validation/validation.go``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.claim import CLAIM_SPEC, access_modes
from rollproof.conformance.fields.conditions import at_least, between, filled, named, one_of, required
from rollproof.conformance.fields.paths import absolute, without_backsteps
from rollproof.conformance.fields.scheduling import NODE_SELECTOR
from rollproof.conformance.fields.table import Refusal, Rule, Table, items, mapping, structures, text
from rollproof.conformance.fields.values import exactly_one_of, is_known, missing, not_empty, on_structure, positive_quantity
from rollproof.conformance.fields.volume_sources import OTHER_SOURCES
from rollproof.conformance.fields.volumes import csi_driver
from rollproof.conformance.value import shown
from rollproof.conformance.violation import Violation
from rollproof.kube import names
from rollproof.kube.version import VersionRange

_SOURCES = (
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
)
_MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options"
_WITH_MOUNT_OPTIONS = frozenset(
    {
        "awsElasticBlockStore",
        "azureDisk",
        "azureFile",
        "cephfs",
        "cinder",
        "gcePersistentDisk",
        "glusterfs",
        "iscsi",
        "nfs",
        "photonPersistentDisk",
        "quobyte",
        "rbd",
        "vsphereVolume",
    }
)
_HOST_PATH_TYPES = ("BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_LONGEST_PORTAL = 64


def _with_spec(check: Callable[[Any, VersionRange], list[Violation]]) -> FieldRules:
    """An object without a spec has an empty one, of which much may be missing."""

    def rules(data: Mapping[str, Any], versions: VersionRange) -> list[Violation]:
        return check(data if data.get("spec") is not None else {**data, "spec": {}}, versions)

    return rules


@on_structure
def _volume(spec: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """ValidatePersistentVolumeSpec."""
    if not spec.get("accessModes"):
        yield missing(("accessModes",), ", such as [ReadWriteOnce]")
    capacity = spec.get("capacity")
    if capacity in (None, {}):
        yield missing(("capacity", "storage"))
    elif isinstance(capacity, dict):
        if capacity.get("storage") is None:
            yield missing(("capacity", "storage"))
        for name in capacity:
            if name != "storage":
                yield Refusal(f"{shown(name)} is no capacity of a volume; only storage is", ("capacity", name), at="key", sentence=True)
    given = [key for key in spec if key in _SOURCES and spec[key] is not None]
    if not given:
        yield Refusal("must have a source, such as csi, nfs or hostPath", rule="missing-field")
    for key in given[1:]:
        related = (((given[0],), f"{given[0]} is set here"),)
        yield Refusal(f"cannot stand beside {given[0]}: a volume has one source", (key,), at="key", related=related)
    if spec.get("local") is not None and spec.get("nodeAffinity") is None:
        yield missing(("nodeAffinity",), " for a local volume")
    host_path = text(mapping(spec.get("hostPath")).get("path"))
    if host_path and posixpath.normpath(host_path).strip("/") == "" and spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield Refusal("must not be Recycle for the hostPath '/', which would empty the node", ("persistentVolumeReclaimPolicy",))
    if spec.get("volumeAttributesClassName") is not None and spec.get("csi") is None:
        yield missing(("csi",), " with volumeAttributesClassName")


@on_structure
def _mount_options(data: dict[str, Any], _: VersionRange) -> Refusal | None:
    """checkMountOption."""
    annotations, spec = mapping(mapping(data.get("metadata")).get("annotations")), mapping(data.get("spec"))
    if _MOUNT_OPTIONS not in annotations or any(spec.get(key) is not None for key in _WITH_MOUNT_OPTIONS):
        return None
    return Refusal("is not for this type of volume", ("metadata", "annotations", _MOUNT_OPTIONS), at="key")


@on_structure
def _portal(data: dict[str, Any], _: VersionRange) -> Refusal | None:
    """validateISCSIPersistentVolumeSource."""
    source, name = mapping(mapping(data.get("spec")).get("iscsi")), text(mapping(data.get("metadata")).get("name"))
    portal = text(source.get("targetPortal"))
    if source.get("initiatorName") is None or len(name) + 1 + len(portal) <= _LONGEST_PORTAL:
        return None
    reason = f"and the volume's name may have {_LONGEST_PORTAL - 1} characters together, where initiatorName is set"
    return Refusal(reason, ("spec", "iscsi", "targetPortal"))


_SECRET = Table(
    Rule("", required("name", "namespace"), "validatePVSecretReference"),
    Rule("name", named(names.dns_subdomain, empty=True), "validatePVSecretReference"),
    Rule("namespace", named(names.dns_label, empty=True), "validatePVSecretReference"),
)
_CSI_SECRETS = ("controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef")

_VOLUME_SPEC = Table(
    Rule("", _volume, "ValidatePersistentVolumeSpec"),
    Rule("accessModes", access_modes, "ValidatePersistentVolumeSpec"),
    Rule("capacity.storage", positive_quantity, "ValidatePositiveQuantityValue"),
    Rule("persistentVolumeReclaimPolicy", one_of("Delete", "Recycle", "Retain"), "ValidatePersistentVolumeSpec"),
    Rule("nodeAffinity", required("required"), "validateVolumeNodeAffinity"),
    Rule("nodeAffinity.required", NODE_SELECTOR, "ValidateNodeSelector"),
    Rule("storageClassName", named(names.dns_subdomain, empty=True), "ValidateClassName"),
    Rule("volumeAttributesClassName", named(names.dns_subdomain), "ValidateClassName"),
    Rule("volumeMode", exactly_one_of("Block", "Filesystem"), "ValidatePersistentVolumeSpec"),
    Rule("hostPath", filled("path"), "validateHostPathVolumeSource"),
    Rule("hostPath.path", without_backsteps, "validatePathNoBacksteps"),
    Rule("hostPath.type", one_of(*_HOST_PATH_TYPES), "validateHostPathType"),
    Rule("local", filled("path"), "validateLocalVolumeSource"),
    Rule("local.path", without_backsteps, "validatePathNoBacksteps"),
    Rule("nfs", filled("server", "path"), "validateNFSVolumeSource"),
    Rule("nfs.path", absolute, "validateNFSVolumeSource"),
    Rule("csi", filled("driver", "volumeHandle"), "validateCSIPersistentVolumeSource"),
    Rule("csi.driver", named(csi_driver, empty=True), "ValidateCSIDriverName"),
    *(Rule(f"csi.{key}", _SECRET) for key in _CSI_SECRETS),
    Rule("glusterfs.endpointsNamespace", named(names.dns_label), "validateGlusterfsPersistentVolumeSource"),
    Rule("azureFile.secretNamespace", not_empty, "validateAzureFilePV"),
    Rule("cinder.secretRef", required("namespace"), "validateCinderPersistentVolumeSource"),
    Rule("storageos.secretRef", required("namespace"), "validateStorageOSPersistentVolumeSource"),
    Rule("iscsi.secretRef", required("name"), "validateISCSIPersistentVolumeSource"),
    Rule("iscsi.initiatorName", not_empty, "validateISCSIPersistentVolumeSource"),
    Rule("", OTHER_SOURCES, "ValidatePersistentVolumeSpec"),
)

_VOLUME = Table(
    Rule("spec", _VOLUME_SPEC),
    Rule("", _mount_options, "checkMountOption"),
    Rule("", _portal, "validateISCSIPersistentVolumeSource"),
)


def _provisioner(value: object, _: VersionRange) -> Refusal | None:
    """validateProvisioner."""
    reason = names.qualified_name(value.lower()) if isinstance(value, str) and value else None
    return Refusal(f"{shown(value)} {reason}") if reason else None


def _parameters(value: object, _: VersionRange) -> Refusal | None:
    """validateParameters."""
    if not isinstance(value, dict):
        return None
    if "" in value:
        return Refusal("must not hold an empty key")
    if len(value) > 512:
        return Refusal(f"may hold at most 512 entries, but has {len(value)}")
    size = sum(len(key.encode("utf-8", "replace")) + len(text(each).encode("utf-8", "replace")) for key, each in value.items())
    return Refusal(f"may hold {256 * 1024} bytes in all, but these are {size}") if size > 256 * 1024 else None


def _topologies(value: object, _: VersionRange) -> Iterator[Refusal]:
    """validateAllowedTopologies, ValidateTopologySelectorTerm."""
    seen: list[tuple[int, dict[str, frozenset[str]]]] = []
    for index, term in structures(value):
        found: dict[str, frozenset[str]] = {}
        for position, requirement in structures(term.get("matchLabelExpressions")):
            where = (index, "matchLabelExpressions", position)
            key = requirement.get("key")
            values = [each for each in items(requirement.get("values")) if isinstance(each, str)]
            if isinstance(key, str):
                if (reason := names.qualified_name(key)) is not None:
                    yield Refusal(f"{shown(key)} {reason}", (*where, "key"))
                if key in found:
                    yield Refusal(f"{shown(key)} is used twice in one term", (*where, "key"))
                found[key] = frozenset(values)
            for place, each in enumerate(values):
                if each in values[:place]:
                    yield Refusal(f"{shown(each)} is listed twice", (*where, "values", place))
        if not found and not term.get("matchLabelExpressions"):
            yield Refusal("must have matchLabelExpressions", (index,), "missing-field")
            continue
        for first, other in seen:
            if other == found:
                yield Refusal("says the same as an earlier term", (index,), related=(((first,), "first here"),))
                break
        seen.append((index, found))


_CLASS = Table(
    Rule("provisioner", not_empty, "validateProvisioner"),
    Rule("provisioner", _provisioner, "validateProvisioner"),
    Rule("parameters", _parameters, "validateParameters"),
    Rule("reclaimPolicy", one_of("Delete", "Retain"), "validateReclaimPolicy"),
    Rule("volumeBindingMode", exactly_one_of("Immediate", "WaitForFirstConsumer"), "validateVolumeBindingMode"),
    Rule("allowedTopologies", _topologies, "validateAllowedTopologies"),
    Rule("allowedTopologies[*].matchLabelExpressions[*]", filled("values"), "validateTopologySelectorLabelRequirement"),
)


def _token_requests(value: object, _: VersionRange) -> Iterator[Refusal]:
    """validateTokenRequests."""
    first: dict[str, int] = {}
    for index, request in structures(value):
        audience = request.get("audience")
        if isinstance(audience, str) and (seen := first.setdefault(audience, index)) != index:
            yield Refusal(f"{shown(audience)} is used twice, but must be unique", (index, "audience"), related=(((seen,), "first here"),))


_DRIVER = Table(
    Rule("spec.fsGroupPolicy", exactly_one_of("File", "None", "ReadWriteOnceWithFSType"), "validateFSGroupPolicy"),
    Rule("spec.tokenRequests", _token_requests, "validateTokenRequests"),
    Rule("spec.tokenRequests[*].expirationSeconds", between(600, 2**32), "validateTokenRequests"),
    Rule("spec.volumeLifecycleModes[*]", exactly_one_of("Ephemeral", "Persistent"), "validateVolumeLifecycleModes"),
    Rule("spec.nodeAllocatableUpdatePeriodSeconds", at_least(10), "validateNodeAllocatableUpdatePeriodSeconds"),
)

_SNAPSHOT = "snapshot.storage.k8s.io"


def _check_claim(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    """Sources that the server forgets before it looks at them (pkg/api/persistentvolumeclaim/util.go, DropDisabledFields and
    EnforceDataSourceBackwardsCompatibility) are worth a warning."""
    spec = data.get("spec") or {}
    if not isinstance(spec, dict):
        return
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    dropped: dict[str, str] = {}
    if isinstance(source, dict):
        kind, group = source.get("kind"), source.get("apiGroup") or ""
        if is_known(kind) and is_known(group) and (kind, group) not in (("PersistentVolumeClaim", ""), ("VolumeSnapshot", _SNAPSHOT)):
            dropped["dataSource"] = f"a claim or a VolumeSnapshot of {_SNAPSHOT}; use dataSourceRef for other kinds"
    if isinstance(reference, dict) and reference.get("namespace"):
        dropped["dataSourceRef"] = "an object of the same namespace, unless the feature gate CrossNamespaceVolumeDataSource is on"
    for key, wanted in dropped.items():
        yield Violation("invalid-value", ("spec", key), f"{key} is ignored, as it does not name {wanted}", severity="warning")
    kept = {key: value for key, value in spec.items() if key not in dropped}
    yield from CLAIM_SPEC.check(kept, versions, ("spec",))


CHECKS: Mapping[str, FieldRules] = {
    "/PersistentVolumeClaim": _check_claim,
    "/PersistentVolume": _with_spec(_VOLUME.check),
    "storage.k8s.io/StorageClass": _CLASS.check,
    "storage.k8s.io/CSIDriver": _DRIVER.check,
}
