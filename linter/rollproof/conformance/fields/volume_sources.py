"""The volume sources of storage systems, most of which have left the tree of Kubernetes for CSI drivers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rollproof.conformance.fields.conditions import between, filled, named, required
from rollproof.conformance.fields.table import Refusal, Rule, Table, Test, integer, items, mapping, text
from rollproof.conformance.fields.values import exactly_one_of
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.version import VersionRange

# core validation.go, iscsiInitiatorIqnRegex and its siblings; the first two are not anchored at the start there either.
_ISCSI_NAMES = {
    "iqn": r"(?a)iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$",
    "eui": r"^eui.[A-Za-z0-9]{16}$",
    "naa": r"^naa.[A-Za-z0-9]{32}$",
}


def iscsi_name(value: object, _: VersionRange) -> Refusal | None:
    """The name of an iSCSI node: iqn, eui or naa (core validateISCSIVolumeSource, RFC 3720 section 3.2.6)."""
    if not isinstance(value, str):
        return None
    pattern = _ISCSI_NAMES.get(value[:3])
    if pattern is None:
        return Refusal(f"must start with iqn, eui or naa, but is {shown(value)}")
    return None if re.search(pattern, value) else Refusal(f"must be a complete {value[:3]} name, but is {shown(value)}")


def _iscsi(value: object, _: VersionRange) -> Iterator[Refusal]:
    source = mapping(value)
    if (source.get("chapAuthDiscovery") is True or source.get("chapAuthSession") is True) and source.get("secretRef") is None:
        yield Refusal("is required with CHAP authentication", ("secretRef",), "missing-field")


def _unless_empty(test: Test) -> Test:
    return lambda value, versions: test(value, versions) if value != "" else None


def _portal(value: object, _: VersionRange) -> Refusal | None:
    """core validateVolumeSource, of the whole volume."""
    volume = mapping(value)
    source = mapping(volume.get("iscsi"))
    pair = f"{text(volume.get('name'))}:{text(source.get('targetPortal'))}"
    if source.get("initiatorName") is None or len(pair.encode()) <= 64:
        return None
    related = ((("iscsi", "targetPortal"), "the targetPortal"),)
    return Refusal("and targetPortal may have 63 characters together, as there is an initiatorName", ("name",), related=related)


def _fc(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core validateFCVolumeSource."""
    source = mapping(value)
    targets, identifiers = items(source.get("targetWWNs")), items(source.get("wwids"))
    if not targets and not identifiers:
        yield Refusal("or wwids are required", ("targetWWNs",), "missing-field")
    if targets and identifiers:
        yield Refusal("cannot stand beside wwids", ("targetWWNs",), at="key")
    lun = integer(source.get("lun"))
    if targets and source.get("lun") is None:
        yield Refusal("is required with targetWWNs", ("lun",), "missing-field")
    elif targets and lun is not None and not 0 <= lun <= 255:
        yield Refusal(f"must be from 0 to 255, but is {lun}", ("lun",))


def _flocker(value: object, _: VersionRange) -> Refusal | None:
    """core validateFlockerVolumeSource."""
    source = mapping(value)
    present = [key for key in ("datasetName", "datasetUUID") if source.get(key) not in (None, "")]
    if not present:
        return Refusal("must have a datasetName or a datasetUUID", rule="missing-field")
    if len(present) == 2:
        return Refusal("cannot stand beside datasetName", ("datasetUUID",), at="key")
    if "/" in text(source.get("datasetName")):
        return Refusal("must not hold '/'", ("datasetName",))
    return None


def _quobyte(value: object, _: VersionRange) -> Refusal | None:
    """core validateQuobyteVolumeSource, whose pairs go through Go's net.SplitHostPort."""
    source = mapping(value)
    registry = text(source.get("registry"))
    if registry and len(text(source.get("tenant"))) > 64:
        return Refusal("must be a UUID of at most 64 characters", ("tenant",))
    if registry and not all(_host_port(pair) for pair in registry.split(",")):
        return Refusal(f"must be host:port pairs between commas, but is {shown(registry)}", ("registry",))
    return None


def _host_port(pair: str) -> bool:
    if pair.startswith("["):
        return re.fullmatch(r"\[[^\[\]]*\]:[^:\[\]]*", pair) is not None
    return re.fullmatch(r"[^:\[\]]*:[^:\[\]]*", pair) is not None


def flex_options(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core validateFlexVolumeSource."""
    for key in mapping(value):
        namespace = "." + key.partition("/")[0].lower()
        if namespace.endswith((".kubernetes.io", ".k8s.io")):
            yield Refusal(f"option {shown(key)} is in a namespace that Kubernetes reserves", (key,), at="key", sentence=True)


def azure_disk(value: object, _: VersionRange) -> Refusal | None:
    """core validateAzureDisk; the server fills in kind Shared."""
    source = mapping(value)
    uri, kind = source.get("diskURI"), source.get("kind") or "Shared"
    if not isinstance(uri, str) or not uri or kind not in ("Shared", "Dedicated", "Managed"):
        return None
    start = "/subscriptions/" if kind == "Managed" else "https://"
    return None if uri.startswith(start) else Refusal(f"must start with {start} for kind {kind}, but is {shown(uri)}", ("diskURI",))


PARTITION = between(0, 255, bits=32)

OTHER_SOURCES = Table(
    Rule("awsElasticBlockStore", filled("volumeID"), "validateAWSElasticBlockStoreVolumeSource"),
    Rule("awsElasticBlockStore.partition", PARTITION, "validateAWSElasticBlockStoreVolumeSource"),
    Rule("azureDisk", filled("diskName", "diskURI"), "validateAzureDisk"),
    Rule("azureDisk", azure_disk, "validateAzureDisk"),
    Rule("azureDisk.cachingMode", exactly_one_of("None", "ReadOnly", "ReadWrite"), "validateAzureDisk"),
    Rule("azureDisk.kind", exactly_one_of("Shared", "Dedicated", "Managed"), "validateAzureDisk"),
    Rule("azureFile", filled("secretName", "shareName"), "validateAzureFile"),
    Rule("cephfs", filled("monitors"), "validateCephFSVolumeSource"),
    Rule("cinder", filled("volumeID"), "validateCinderVolumeSource"),
    Rule("cinder.secretRef", required("name"), "validateCinderVolumeSource"),
    Rule("fc", _fc, "validateFCVolumeSource"),
    Rule("flexVolume", filled("driver"), "validateFlexVolumeSource"),
    Rule("flexVolume.options", flex_options, "validateFlexVolumeSource"),
    Rule("flocker", _flocker, "validateFlockerVolumeSource"),
    Rule("gcePersistentDisk", filled("pdName"), "validateGCEPersistentDiskVolumeSource"),
    Rule("gcePersistentDisk.partition", PARTITION, "validateGCEPersistentDiskVolumeSource"),
    Rule("glusterfs", filled("endpoints", "path"), "validateGlusterfsVolumeSource"),
    Rule("iscsi", filled("targetPortal", "iqn"), "validateISCSIVolumeSource"),
    Rule("iscsi", _iscsi, "validateISCSIVolumeSource"),
    Rule("iscsi.iqn", _unless_empty(iscsi_name), "validateISCSIVolumeSource"),
    Rule("", _portal, "validateVolumeSource"),
    Rule("iscsi.initiatorName", iscsi_name, "validateISCSIVolumeSource"),
    Rule("iscsi.lun", PARTITION, "validateISCSIVolumeSource"),
    Rule("photonPersistentDisk", filled("pdID"), "validatePhotonPersistentDiskVolumeSource"),
    Rule("portworxVolume", filled("volumeID"), "validatePortworxVolumeSource"),
    Rule("quobyte", filled("registry", "volume"), "validateQuobyteVolumeSource"),
    Rule("quobyte", _quobyte, "validateQuobyteVolumeSource"),
    Rule("rbd", filled("monitors", "image"), "validateRBDVolumeSource"),
    Rule("scaleIO", filled("gateway", "system"), "validateScaleIOVolumeSource"),
    Rule("scaleIO", required("volumeName"), "validateScaleIOVolumeSource"),
    Rule("storageos", required("volumeName"), "validateStorageOSVolumeSource"),
    Rule("storageos.volumeName", named(names.dns_label, empty=True), "validateStorageOSVolumeSource"),
    Rule("storageos.volumeNamespace", named(names.dns_label, empty=True), "validateStorageOSVolumeSource"),
    Rule("storageos.secretRef", required("name"), "validateStorageOSVolumeSource"),
    Rule("vsphereVolume", filled("volumePath"), "validateVsphereVolumeSource"),
)
"""The sources of a volume that ``volumes.VOLUME`` does not describe itself."""
