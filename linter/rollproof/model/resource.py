"""One Kubernetes object as its manifest gives it, and places inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollproof.span import At, Path


@dataclass(frozen=True, slots=True)
class Identity:
    """Which object: group and version, kind, namespace (None: the manifest does not say) and name (None: absent)."""

    api_version: str
    kind: str
    namespace: str | None
    name: str | None

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name is not None else self.kind

    @property
    def group(self) -> str:
        """The API group; empty for the core group (``v1``)."""
        return self.api_version.rpartition("/")[0]


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """An object: identity, plain data, and where it was written.

    ``source`` is the file's name as reported, ``document`` the 0-based document in it, ``prefix`` the path from the document's root to
    the object (``("items", 2)`` inside a List, else empty). Two resources are equal only if they are the same one.
    """

    identity: Identity
    data: Mapping[str, Any]
    source: str
    document: int
    prefix: Path = ()

    @property
    def kind(self) -> str:
        """The kind as written, ``Deployment``."""
        return self.identity.kind

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.identity.group

    @property
    def name(self) -> str | None:
        """metadata.name, or None where it is absent or not a string."""
        return self.identity.name

    @property
    def namespace(self) -> str | None:
        """metadata.namespace, or None where the manifest does not say."""
        return self.identity.namespace

    @property
    def labels(self) -> Mapping[str, str]:
        """The object's own labels; entries that are no strings are left out."""
        return string_map(self.get("metadata", "labels"))

    @property
    def annotations(self) -> Mapping[str, str]:
        """The object's annotations; entries that are no strings are left out."""
        return string_map(self.get("metadata", "annotations"))

    def get(self, *path: str | int) -> Any:
        """The value at ``path``, or None where it is absent, null, or reached through something that is no mapping or list."""
        return look_up(self.data, path)

    def mapping(self, *path: str | int) -> Mapping[str, Any]:
        """The mapping at ``path``; empty where there is none."""
        value = look_up(self.data, path)
        return value if isinstance(value, dict) else {}

    def items(self, *path: str | int) -> list[Any]:
        """The list at ``path``; empty where there is none."""
        value = look_up(self.data, path)
        return value if isinstance(value, list) else []

    def at(self, *path: str | int, key: bool = False, note: str = "") -> Place:
        """The place at ``path``: its value, or its key; where it is absent, the deepest ancestor that exists."""
        return Place(self, path, "key" if key else "value", note)


@dataclass(frozen=True, slots=True)
class Place:
    """A resource and a path in it. Only the engine turns it into line and column."""

    resource: Resource
    path: Path = ()
    at: At = "value"
    note: str = ""


def look_up(data: object, path: Path) -> Any:
    """The value at ``path`` in plain data, or None."""
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def mapping_in(data: object, key: str) -> Mapping[str, Any]:
    """The mapping under ``key``; empty where there is none, or where ``data`` is no mapping itself."""
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def string_map(value: object) -> Mapping[str, str]:
    """The entries of a mapping whose values are strings; the others cannot be labels, annotations or selector values."""
    return {key: text for key, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
