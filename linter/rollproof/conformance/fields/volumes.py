"""The volumes of a pod: exactly one source each, and what each source asks for."""

from __future__ import annotations

from rollproof.conformance.fields.claim import CLAIM_SPEC
from rollproof.conformance.fields.conditions import (
    alternatives,
    filled,
    named,
    one_of,
    required,
)
from rollproof.conformance.fields.metadata import TEMPLATE_METADATA
from rollproof.conformance.fields.modes import file_mode
from rollproof.conformance.fields.paths import absolute, descending, without_backsteps
from rollproof.conformance.fields.projected import DOWNWARD_ITEM, KEY_TO_PATH, PROJECTED
from rollproof.conformance.fields.table import Refusal, Rule, Table
from rollproof.conformance.fields.volume_sources import OTHER_SOURCES
from rollproof.kube import names, quantity
from rollproof.kube.version import VersionRange

_SOURCES = (
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
)
# Without any source a volume is an emptyDir: core v1 SetDefaults_Volume.


def csi_driver(text: str) -> str | None:
    """A subdomain of at most 63 characters, in either case (core ValidateCSIDriverName)."""
    if len(text) > 63:
        return f"has {len(text)} characters, but at most 63 are allowed"
    return names.dns_subdomain(text.lower())


def _size_limit(value: object, _: VersionRange) -> Refusal | None:
    size = quantity.parse(value) if not isinstance(value, dict | list | bool) else None
    return Refusal(f"must not be negative, but is {value}") if size is not None and size.nanos < 0 else None


VOLUME = Table(
    Rule("", filled("name"), "ValidateVolumes"),
    Rule("name", named(names.dns_label, empty=True), "ValidateVolumes"),
    Rule("", alternatives(*_SOURCES, at_least_one=False, because="a volume has one source"), "validateVolumeSource"),
    Rule("emptyDir.sizeLimit", _size_limit, "validateVolumeSource"),
    Rule("hostPath", filled("path"), "validateHostPathVolumeSource"),
    Rule("hostPath.path", without_backsteps, "validatePathNoBacksteps"),
    Rule(
        "hostPath.type",
        one_of("DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"),
        "validateHostPathType",
    ),
    Rule("secret", required("secretName"), "validateSecretVolumeSource"),
    Rule("secret.defaultMode", file_mode, "validateSecretVolumeSource"),
    Rule("secret.items[*]", KEY_TO_PATH, "validateSecretVolumeSource"),
    Rule("configMap", required("name"), "validateConfigMapVolumeSource"),
    Rule("configMap.defaultMode", file_mode, "validateConfigMapVolumeSource"),
    Rule("configMap.items[*]", KEY_TO_PATH, "validateConfigMapVolumeSource"),
    Rule("downwardAPI.defaultMode", file_mode, "validateDownwardAPIVolumeSource"),
    Rule("downwardAPI.items[*]", DOWNWARD_ITEM, "validateDownwardAPIVolumeSource"),
    Rule("projected", PROJECTED, "validateProjectedVolumeSource"),
    Rule("persistentVolumeClaim", filled("claimName"), "validatePersistentClaimVolumeSource"),
    Rule("nfs", filled("server", "path"), "validateNFSVolumeSource"),
    Rule("nfs.path", absolute, "validateNFSVolumeSource"),
    Rule("csi", filled("driver"), "validateCSIVolumeSource"),
    Rule("csi.driver", named(csi_driver, empty=True), "ValidateCSIDriverName"),
    Rule("csi.nodePublishSecretRef", required("name"), "validateCSIVolumeSource"),
    Rule("csi.nodePublishSecretRef.name", named(names.dns_subdomain, empty=True), "validateCSIVolumeSource"),
    Rule("ephemeral", required("volumeClaimTemplate"), "validateEphemeralVolumeSource"),
    Rule("ephemeral.volumeClaimTemplate.spec", CLAIM_SPEC, "ValidatePersistentVolumeClaimTemplate"),
    Rule("ephemeral.volumeClaimTemplate.metadata", TEMPLATE_METADATA, "ValidateTemplateObjectMeta"),
    Rule("image.pullPolicy", one_of("Always", "IfNotPresent", "Never"), "validateImageVolumeSource"),
    Rule("gitRepo", filled("repository"), "validateGitRepoVolumeSource"),
    Rule("gitRepo.directory", descending, "validateGitRepoVolumeSource"),
    Rule("", OTHER_SOURCES, "validateVolumeSource"),
)
"""One entry of ``volumes``."""
