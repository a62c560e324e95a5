"""Projected volumes: several sources in one directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollproof.conformance.fields.conditions import alternatives, at_least, between, filled, required
from rollproof.conformance.fields.env import DOWNWARD_FILE
from rollproof.conformance.fields.modes import file_mode
from rollproof.conformance.fields.paths import descending_unreserved
from rollproof.conformance.fields.selectors import LABEL_SELECTOR
from rollproof.conformance.fields.table import Refusal, Rule, Table, Test, mapping, structures, text
from rollproof.conformance.fields.values import exactly_one_of
from rollproof.conformance.value import shown
from rollproof.kube.version import Version, VersionRange
from rollproof.span import Path

# ClusterTrustBundleProjection and PodCertificateRequest, on by default since 1.37: pkg/features/kube_features.go.
_SIGNED = Version(1, 37)
_SIGNED_FILES = {
    "clusterTrustBundle": ("path",),
    "podCertificate": ("credentialBundlePath", "keyPath", "certificateChainPath"),
}
_SOURCES = ("secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate")
_KEY_TYPES = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")

KEY_TO_PATH = Table(
    Rule("", filled("key", "path"), "validateKeyToPath"),
    Rule("path", descending_unreserved, "validateKeyToPath"),
    Rule("mode", file_mode, "validateKeyToPath"),
)
"""One entry of the ``items`` of a secret or configMap volume."""

DOWNWARD_ITEM = Table(
    Rule("", DOWNWARD_FILE, "validateDownwardAPIVolumeFile"),
    Rule("", filled("path"), "validateDownwardAPIVolumeFile"),
    Rule("path", descending_unreserved, "validateDownwardAPIVolumeFile"),
    Rule("mode", file_mode, "validateDownwardAPIVolumeFile"),
)
"""One entry of the ``items`` of a downwardAPI volume."""


def _paths(value: object, _: VersionRange) -> Iterator[Refusal]:
    """Two files of one name (core validateProjectionSources); the path of a token is not compared."""
    first: dict[str, Path] = {}
    for index, source in structures(mapping(value).get("sources")):
        for path, below in _files(source):
            where = ("sources", index, *below)
            if path and (seen := first.setdefault(path, where)) != where:
                yield Refusal(f"{shown(path)} is the path of another file already", where, related=((seen, "first here"),))


def _files(source: dict[str, Any]) -> Iterator[tuple[str, Path]]:
    for kind in ("secret", "configMap", "downwardAPI"):
        for number, item in structures(mapping(source.get(kind)).get("items")):
            yield text(item.get("path")), (kind, "items", number, "path")
    for kind, fields in _SIGNED_FILES.items():
        for field in fields:
            yield text(mapping(source.get(kind)).get(field)), (kind, field)


def _signed(test: Test) -> Test:
    """A test of sources that the server drops unread before 1.37."""
    return lambda value, versions: test(value, versions) if versions.hi >= _SIGNED else None


def _trust_bundle(value: object, _: VersionRange) -> Refusal | None:
    bundle = mapping(value)
    if bundle.get("name") is None and bundle.get("signerName") is None:
        return Refusal("must have a name or a signerName", rule="missing-field")
    other = next((key for key in ("signerName", "labelSelector") if bundle.get("name") is not None and bundle.get(key) is not None), None)
    return Refusal("cannot stand beside name", (other,), at="key") if other else None


def _certificate(value: object, _: VersionRange) -> Refusal | None:
    if not any(mapping(value).get(field) for field in _SIGNED_FILES["podCertificate"]):
        return Refusal("must have a credentialBundlePath, keyPath or certificateChainPath", rule="missing-field")
    return None


PROJECTED = Table(
    Rule("defaultMode", file_mode, "validateProjectedVolumeSource"),
    Rule("", _paths, "validateProjectionSources"),
    Rule("sources[*]", alternatives(*_SOURCES, at_least_one=False, because="each item is one source"), "validateProjectionSources"),
    Rule("sources[*].secret", required("name"), "validateProjectionSources"),
    Rule("sources[*].secret.items[*]", KEY_TO_PATH, "validateProjectionSources"),
    Rule("sources[*].configMap", required("name"), "validateProjectionSources"),
    Rule("sources[*].configMap.items[*]", KEY_TO_PATH, "validateProjectionSources"),
    Rule("sources[*].downwardAPI.items[*]", DOWNWARD_ITEM, "validateProjectionSources"),
    Rule("sources[*].serviceAccountToken.expirationSeconds", between(600, 2**32), "validateProjectionSources"),
    Rule("sources[*].serviceAccountToken", filled("path"), "validateProjectionSources"),
    Rule("sources[*].serviceAccountToken.path", descending_unreserved, "validateProjectionSources"),
    Rule("sources[*].clusterTrustBundle", _signed(_trust_bundle), "validateProjectionSources"),
    Rule("sources[*].clusterTrustBundle.path", _signed(descending_unreserved), "validateProjectionSources"),
    Rule("sources[*].clusterTrustBundle.labelSelector", LABEL_SELECTOR, "validateProjectionSources"),
    Rule("sources[*].podCertificate", _signed(_certificate), "validateProjectionSources"),
    Rule("sources[*].podCertificate.keyType", _signed(exactly_one_of(*_KEY_TYPES)), "validateProjectionSources"),
    Rule("sources[*].podCertificate.maxExpirationSeconds", _signed(at_least(3600)), "validateProjectionSources"),
)
"""The source ``projected`` of a volume."""
