"""Projected volumes: several sources in one directory."""

from __future__ import annotations

from collections.abc import Iterator

from rollproof.conformance.fields.conditions import alternatives, between, filled, required
from rollproof.conformance.fields.env import DOWNWARD_FILE
from rollproof.conformance.fields.modes import file_mode
from rollproof.conformance.fields.paths import descending_unreserved
from rollproof.conformance.fields.table import Refusal, Rule, Table, mapping, structures
from rollproof.conformance.value import shown
from rollproof.kube.version import VersionRange
from rollproof.span import Path

# clusterTrustBundle and podCertificate are behind feature gates that are off, so that the server drops and never judges them.
_SOURCES = ("secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate")

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
        for kind in ("secret", "configMap", "downwardAPI"):
            for number, item in structures(mapping(source.get(kind)).get("items")):
                path = item.get("path")
                where = ("sources", index, kind, "items", number, "path")
                if isinstance(path, str) and path and (seen := first.setdefault(path, where)) != where:
                    yield Refusal(f"{shown(path)} is the path of another file already", where, related=((seen, "first here"),))


PROJECTED = Table(
    Rule("defaultMode", file_mode, "validateProjectedVolumeSource"),
    Rule("", _paths, "validateProjectionSources"),
    Rule("sources[*]", alternatives(*_SOURCES, at_least_one=False), "validateProjectionSources"),
    Rule("sources[*].secret", required("name"), "validateProjectionSources"),
    Rule("sources[*].secret.items[*]", KEY_TO_PATH, "validateProjectionSources"),
    Rule("sources[*].configMap", required("name"), "validateProjectionSources"),
    Rule("sources[*].configMap.items[*]", KEY_TO_PATH, "validateProjectionSources"),
    Rule("sources[*].downwardAPI.items[*]", DOWNWARD_ITEM, "validateProjectionSources"),
    Rule("sources[*].serviceAccountToken.expirationSeconds", between(600, 2**32), "validateProjectionSources"),
    Rule("sources[*].serviceAccountToken", filled("path"), "validateProjectionSources"),
    Rule("sources[*].serviceAccountToken.path", descending_unreserved, "validateProjectionSources"),
)
"""The source ``projected`` of a volume."""
