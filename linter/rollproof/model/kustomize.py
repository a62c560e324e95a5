"""What a kustomization builds from, what it patches, and what it adds to every object it builds.

Source: sigs.k8s.io/kustomize api/types/kustomization.go and labels.go, release 5.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from rollproof.model.resource import string_map
from rollproof.source import absolute

FILE_NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
"""The names under which kustomize looks for its file (konfig.RecognizedKustomizationFileNames)."""


@dataclass(frozen=True, slots=True)
class Kustomization:
    """One kustomization file. Paths are absolute.

    ``sources`` are the files and folders it builds from, ``patches`` the files of patches (others stand in
    the file itself, and ``has_patches`` counts them too). ``namespace``, ``prefix`` and ``suffix`` are
    what it gives every object, ``pod_labels`` what it adds to pod templates. ``generated`` are kind and name of the ConfigMaps and Secrets
    it makes. ``opaque``: it also builds what only a run of kustomize shows (remote folders, charts, generators of its own).
    """

    file: str
    folder: str
    sources: tuple[str, ...] = ()
    patches: frozenset[str] = frozenset()
    has_patches: bool = False
    namespace: str | None = None
    prefix: str = ""
    suffix: str = ""
    pod_labels: Mapping[str, str] | None = None
    generated: frozenset[tuple[str, str]] = frozenset()
    opaque: bool = False


def is_kustomization(name: str) -> bool:
    """Whether a file of this name is one that kustomize reads."""
    return PurePath(name).name in FILE_NAMES


def read(name: str, data: object) -> Kustomization | None:
    """The kustomization in the plain data of the file ``name``; None where the data is no mapping. Malformed fields count as absent."""
    if not isinstance(data, dict):
        return None
    file = absolute(name)
    folder = posixpath.dirname(file)
    entries = [entry for field in ("resources", "bases", "components") for entry in _texts(data.get(field))]
    local = [entry for entry in entries if not _is_remote(entry)]
    return Kustomization(
        file,
        folder,
        tuple(_path(folder, entry) for entry in local),
        frozenset(_path(folder, entry) for entry in _patches(data)),
        any(data.get(field) for field in ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "transformers")),
        _text(data.get("namespace")) or None,
        _text(data.get("namePrefix")),
        _text(data.get("nameSuffix")),
        _pod_labels(data),
        frozenset(_generated(data)),
        len(local) < len(entries) or any(data.get(field) for field in ("helmCharts", "helmChartInflationGenerator", "generators")),
    )


def _patches(data: Mapping[str, Any]) -> Iterator[str]:
    """The files of patches; a patch may also be written in place, which has line ends or is a mapping's ``patch``."""
    for entry in _texts(data.get("patchesStrategicMerge")):
        if "\n" not in entry:
            yield entry
    for field in ("patches", "patchesJson6902"):
        entries = data.get(field)
        for one in entries if isinstance(entries, list) else ():
            if isinstance(one, dict) and _text(one.get("path")):
                yield one["path"]
            elif isinstance(one, str) and "\n" not in one:
                yield one


def _pod_labels(data: Mapping[str, Any]) -> Mapping[str, str]:
    added = dict(string_map(data.get("commonLabels")))
    entries = data.get("labels")
    for one in entries if isinstance(entries, list) else ():
        if isinstance(one, dict) and (one.get("includeSelectors") is True or one.get("includeTemplates") is True):
            added.update(string_map(one.get("pairs")))
    return added


def _generated(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        entries = data.get(field)
        for one in entries if isinstance(entries, list) else ():
            if isinstance(one, dict) and _text(one.get("name")):
                yield kind, one["name"]


def _is_remote(entry: str) -> bool:
    """Whether kustomize would clone or fetch this instead of reading it (api/internal/git repospec.go, roughly)."""
    return "://" in entry or entry.startswith(("git@", "git::", "github.com/", "gitlab.com/", "bitbucket.org/")) or "?ref=" in entry


def _path(folder: str, entry: str) -> str:
    return posixpath.normpath(posixpath.join(folder, entry))


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
