"""The Kubernetes API as data: which kinds there are, which fields they have, and since and until when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Literal

from rollproof.datafiles import data_folder
from rollproof.kube.version import Version, VersionRange

ValueType = Literal["string", "boolean", "int32", "int64", "number", "quantity", "int-or-string", "date-time", "bytes", "any"]
"""What a single value may be; ``bytes`` is base64, ``any`` whatever JSON holds."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list. ``keys`` are the fields that identify an item when lists are merged, ``unique`` marks a list that is a set."""

    item: FieldType
    keys: tuple[str, ...] = ()
    unique: bool = False


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with free keys."""

    value: FieldType


@dataclass(frozen=True, slots=True)
class Struct:
    """A structure, by name: ``apps.v1.DeploymentSpec``. ``Api.fields`` gives what it holds."""

    name: str

    @property
    def title(self) -> str:
        """The name by which people know it: ``DeploymentSpec``."""
        return self.name.rpartition(".")[2]


FieldType = ValueType | ListOf | MapOf | Struct


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a structure.

    ``since`` and ``until`` are the first and the last version that has it; None where that is the first or last version shipped,
    so that nothing is known about earlier or later ones. ``required`` is the mark of the OpenAPI document, which is not always what the
    server requires (``conformance.structure`` knows the exceptions).
    """

    name: str
    type: FieldType
    required: bool = False
    since: Version | None = None
    until: Version | None = None

    def within(self, versions: VersionRange) -> bool:
        """Whether every version of the range has the field."""
        return (self.since is None or self.since <= versions.lo) and (self.until is None or versions.hi <= self.until)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that the API serves under one apiVersion; ``since`` and ``until`` as for a field."""

    api_version: str
    name: str
    type: Struct
    since: Version | None = None
    until: Version | None = None
    is_list: bool = False

    @property
    def group(self) -> str:
        """``apps`` of ``apps/v1``; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def served_in(self, shipped: VersionRange) -> VersionRange:
        """The versions, of those shipped, that serve the kind."""
        return VersionRange(self.since or shipped.lo, self.until or shipped.hi)


class Api:
    """The built-in API of all shipped versions. Entries are parsed when they are first asked for."""

    null_items_are_empty = True
    """Go decodes a null item of a list of structures as a structure without fields."""

    def __init__(self, versions: list[str], types: dict[str, dict[str, str]], kinds: dict[str, dict[str, str]]) -> None:
        self.versions = VersionRange(_version(versions[0]), _version(versions[-1]))
        self._types = types
        self._kinds = kinds
        self._fields: dict[str, dict[str, Field]] = {}
        self._found: dict[tuple[str, str], Kind | None] = {}

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """The kind by its exact apiVersion and name, in whichever version it is served; None if no shipped version serves it."""
        key = (api_version, kind)
        if key not in self._found:
            entry = self._kinds.get(api_version, {}).get(kind)
            self._found[key] = None if entry is None else self._compile_kind(api_version, kind, entry)
        return self._found[key]

    def kinds_named(self, kind: str) -> tuple[Kind, ...]:
        """The kinds of that exact name, over all apiVersions."""
        found = (self.kind(api_version, kind) for api_version, kinds in self._kinds.items() if kind in kinds)
        return tuple(each for each in found if each)

    def api_versions(self) -> tuple[str, ...]:
        """Every apiVersion that some shipped version serves, sorted."""
        return tuple(self._kinds)

    def kind_names(self, api_version: str) -> tuple[str, ...]:
        """The names of the kinds of one apiVersion, sorted; empty for an apiVersion that is not built in."""
        return tuple(self._kinds.get(api_version, ()))

    @property
    def groups(self) -> frozenset[str]:
        """The API groups; the core group is the empty string."""
        return frozenset(api_version.rpartition("/")[0] for api_version in self._kinds)

    def fields(self, struct: Struct) -> dict[str, Field]:
        """The fields of a structure by name, in whichever version they exist."""
        fields = self._fields.get(struct.name)
        if fields is None:
            fields = {name: _compile_field(name, entry) for name, entry in self._types[struct.name].items()}
            self._fields[struct.name] = fields
        return fields

    def keeps_unknown(self, struct: Struct) -> bool:
        """Whether fields that a structure does not name are kept: in no built-in one."""
        del struct
        return False

    def extended(self, types: dict[str, dict[str, str]], kinds: dict[str, dict[str, str]]) -> Api:
        """An API that has other kinds than this one, built from its structures and from more."""
        other = Api.__new__(Api)
        other.versions, other._types, other._kinds = self.versions, {**self._types, **types}, kinds
        other._fields, other._found = {}, {}
        return other

    def _compile_kind(self, api_version: str, kind: str, entry: str) -> Kind:
        field = _compile_field(kind, entry)
        assert isinstance(field.type, Struct)
        is_list = self._types[field.type.name].get("metadata", "").startswith("@meta.v1.ListMeta")
        return Kind(api_version, kind, field.type, field.since, field.until, is_list)


@cache
def load_api() -> Api:
    """The API data that travels with the program (``schemas/kubernetes/api.json``; ``schemas/refresh.py`` describes the format)."""
    text = (data_folder("schemas") / "kubernetes" / "api.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return Api(data["versions"], data["types"], data["kinds"])


@cache
def load_rollouts() -> Api:
    """The kind Rollout of Argo Rollouts (``schemas/argoproj/rollout.json``), whose pods are those of the built-in API."""
    data = json.loads((data_folder("schemas") / "argoproj" / "rollout.json").read_text(encoding="utf-8"))
    return load_api().extended(data["types"], data["kinds"])


def _version(text: str) -> Version:
    major, _, minor = text.partition(".")
    return Version(int(major), int(minor))


def _compile_field(name: str, entry: str) -> Field:
    """One entry of the data: a type, then marks."""
    type_text, *marks = entry.split(" ")
    required = type_text.endswith("!")
    keys: tuple[str, ...] = ()
    unique = False
    since = until = None
    for mark in marks:
        if mark.startswith(">="):
            since = _version(mark[2:])
        elif mark.startswith("<="):
            until = _version(mark[2:])
        elif mark.startswith("keys="):
            keys = tuple(mark[5:].split(","))
        elif mark == "set":
            unique = True
    return Field(name, _compile_type(type_text.removesuffix("!"), keys, unique), required, since, until)


def _compile_type(text: str, keys: tuple[str, ...] = (), unique: bool = False) -> FieldType:
    match text[0]:
        case "[":
            return ListOf(_compile_type(text[1:]), keys, unique)
        case "{":
            return MapOf(_compile_type(text[1:]))
        case "@":
            return Struct(text[1:])
    return text  # type: ignore[return-value]  # the data's value types are those of ValueType, which the tests check
