"""Which sizes the kustomizations of a run give a workload."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rollproof.model.resource import Place, Resource

SIZED_KINDS = frozenset({"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"})
"""The kinds that ``replicas:`` of a kustomization reaches (kustomize api/internal/konfig/builtinpluginconsts/replicas.go)."""

_FILE_NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


@dataclass(frozen=True, slots=True, eq=False)
class Size:
    """What ``replicas:`` of a kustomization says of a name: the count as written, and its place."""

    count: object
    place: Place


@dataclass(frozen=True)
class Kustomizations:
    """The kustomization files of a run, as resources (their source is the file they are in)."""

    files: tuple[Resource, ...] = ()

    def sizes_of(self, source: str, name: str) -> list[Size | None]:
        """What each outermost kustomization that includes the file ``source`` makes of the workload ``name``.

        None stands for one that leaves its size as written. Empty where no kustomization of the run includes the file. Of nested
        kustomizations the outer one decides, as it is applied last.
        """
        first = self._including.get(posixpath.normpath(source), ()) if self.files else ()
        if not first:
            return []
        own = {one: _own(one, name) for one in self.files}
        found: dict[Resource, Size | None] = {}
        pending = [(one, own[one]) for one in first]
        seen: set[tuple[Resource, Size | None]] = set()
        while pending:
            one, size = pending.pop()
            if (one, size) in seen:
                continue
            seen.add((one, size))
            outer = self._including.get(_folder(one), ())
            if not outer:
                found[one] = size
            pending += [(other, own[other] or size) for other in outer]
        return list(found.values())

    @cached_property
    def _including(self) -> Mapping[str, tuple[Resource, ...]]:
        """The kustomizations that name a file, or the folder of another kustomization."""
        index: dict[str, list[Resource]] = {}
        for one in self.files:
            for entry in _entries(one):
                path = posixpath.normpath(posixpath.join(_folder(one), entry))
                index.setdefault(posixpath.dirname(path) if posixpath.basename(path) in _FILE_NAMES else path, []).append(one)
        return {path: tuple(found) for path, found in index.items()}


NO_KUSTOMIZATIONS = Kustomizations()


def _folder(one: Resource) -> str:
    return posixpath.normpath(posixpath.dirname(one.source) or ".")


def _entries(one: Resource) -> Iterator[str]:
    for field in ("resources", "bases", "components"):
        entries: Iterable[object] = one.items(field)
        yield from (entry for entry in entries if isinstance(entry, str) and "://" not in entry)


def _own(one: Resource, name: str) -> Size | None:
    for index, entry in enumerate(one.items("replicas")):
        if isinstance(entry, dict) and entry.get("name") == name and "count" in entry:
            return Size(entry["count"], one.at("replicas", index, "count"))
    return None
