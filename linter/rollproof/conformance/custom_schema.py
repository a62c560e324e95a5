"""The schema of a CustomResourceDefinition as structures, so that the walk, and its suggestions, serve custom resources too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollproof.conformance.fields.table import mapping
from rollproof.kube.api import Api, Field, FieldType, Kind, ListOf, MapOf, Struct, load_api

_KEEPS = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_INT_OR_STRING = "x-kubernetes-int-or-string"

_METADATA = Struct("meta.v1.ObjectMeta")


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of the schema that describes a mapping. ``is_object``: it has metadata, as the root and embedded objects have."""

    schema: Mapping[str, Any]
    is_object: bool
    is_root: bool = False


class LearnedApi(Api):
    """The structures of one version of a custom kind, and those of the built-in API; each is translated when it is first asked for.

    Pruning is that of apiextensions-apiserver ``pkg/apiserver/schema/pruning``: a field that is not named is unknown unless the mapping
    keeps unknown fields, has additional properties, or ``prunes`` is False. What values must be beyond their type is not said here.
    """

    null_items_are_empty = False

    def __init__(self, kind: str, schema: Mapping[str, Any], prunes: bool, *, lenient_status: bool) -> None:
        self._base = load_api()
        self.versions = self._base.versions
        self._fields = {}
        self._prunes = prunes
        # The walk misses nothing in a structure that is named after its owner and 'Status'.
        self._status = f"{kind}Status" if lenient_status else "status"
        self.root = Struct(f"custom.{kind}")
        self._nodes = {self.root.name: _Node(schema, is_object=True, is_root=True)}

    def fields(self, struct: Struct) -> dict[str, Field]:
        """The fields of a structure, of this schema or built in."""
        node = self._nodes.get(struct.name)
        if node is None:
            return self._base.fields(struct)
        if struct.name not in self._fields:
            self._fields[struct.name] = self._translate(struct, node)
        return self._fields[struct.name]

    def keeps_unknown(self, struct: Struct) -> bool:
        """Whether fields that the structure does not name are kept."""
        node = self._nodes.get(struct.name)
        if node is None:
            return False
        return not self._prunes or node.schema.get(_KEEPS) is True or bool(node.schema.get("additionalProperties"))

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """None: no other kind is known here."""
        del api_version, kind
        return None

    def kinds_named(self, kind: str) -> tuple[Kind, ...]:
        """None either, so that no other version is suggested."""
        del kind
        return ()

    def _translate(self, struct: Struct, node: _Node) -> dict[str, Field]:
        required = node.schema.get("required")
        needed = frozenset(required) if isinstance(required, list) else frozenset()
        fields = {
            name: Field(name, self._type(schema, struct, name), name in needed and not may_be_absent(schema))
            for name, schema in mapping(node.schema.get("properties")).items()
        }
        if node.is_object:
            # Whatever the schema says of them, the server itself decides on these; it requires them in embedded objects only.
            for name in ("apiVersion", "kind"):
                fields[name] = Field(name, "string", not node.is_root)
            fields["metadata"] = Field("metadata", _METADATA)
        return fields

    def _type(self, schema: object, owner: Struct, name: str, part: str = "") -> FieldType:
        if not isinstance(schema, dict) or schema.get(_INT_OR_STRING) is True:
            return "any"
        match schema.get("type"):
            case "object":
                return self._mapping_type(schema, owner, name, part)
            case None if schema.get("properties"):
                return self._mapping_type(schema, owner, name, part)
            case "array":
                return ListOf(self._type(schema.get("items"), owner, name, " item"))
            case "string" | "boolean" | "number" as simple:
                return simple  # type: ignore[no-any-return]
            case "integer":
                return "int64"
        return "any"

    def _mapping_type(self, schema: Mapping[str, Any], owner: Struct, name: str, part: str) -> FieldType:
        embedded = schema.get(_EMBEDDED) is True
        if not schema.get("properties") and not embedded:
            additional = schema.get("additionalProperties")
            if isinstance(additional, dict):
                return MapOf(self._type(additional, owner, name, f"{part} value"))
            if additional is True or schema.get(_KEEPS) is True or not self._prunes:
                return MapOf("any")
        if owner == self.root and name in ("spec", "status"):
            title = f"{owner.title}Spec" if name == "spec" else self._status
        else:
            title = name.replace(".", "_") + part
        struct = Struct(f"custom.{title}") if title == self._status else Struct(f"{owner.name}/{name}{part}.{title}")
        self._nodes[struct.name] = _Node(schema, embedded)
        return struct


_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean"})
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_FLAGS = ("nullable", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum", _KEEPS, _EMBEDDED, _INT_OR_STRING)


def sound(schema: object) -> dict[str, Any]:
    """A schema with only the keywords that a server reads (apiextensions/v1 types_jsonschema.go), each with a value of its type.

    What is wrong with a definition is told where it stands; here it must not matter.
    """
    if not isinstance(schema, dict):
        return {}
    kept: dict[str, Any] = {name: True for name in _FLAGS if schema.get(name) is True}
    kept |= {name: schema[name] for name in _COUNTS if _is_number(schema.get(name)) and schema[name] >= 0}
    kept |= {name: schema[name] for name in ("minimum", "maximum") if _is_number(schema.get(name))}
    kept |= {name: schema[name] for name in ("format", "pattern", "x-kubernetes-list-type") if isinstance(schema.get(name), str)}
    kept |= {name: words for name in ("required", "x-kubernetes-list-map-keys") if (words := _words(schema.get(name)))}
    kept |= {name: sound(schema[name]) for name in ("items", "not") if isinstance(schema.get(name), dict)}
    for name in ("allOf", "anyOf", "oneOf"):
        if branches := [sound(branch) for branch in _list(schema.get(name)) if isinstance(branch, dict)]:
            kept[name] = branches
    if isinstance(schema.get("type"), str) and schema["type"] in _TYPES:
        kept["type"] = schema["type"]
    if _is_number(schema.get("multipleOf")) and schema["multipleOf"] > 0:
        kept["multipleOf"] = schema["multipleOf"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        kept["enum"] = schema["enum"]
    if schema.get("default") is not None:
        kept["default"] = schema["default"]
    if isinstance(schema.get("properties"), dict):
        kept["properties"] = {name: sound(inner) for name, inner in schema["properties"].items()}
    if (others := schema.get("additionalProperties")) is not None:
        kept["additionalProperties"] = sound(others) if isinstance(others, dict) else others is not False
    return kept


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(value: object) -> list[str]:
    return [word for word in _list(value) if isinstance(word, str)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def may_be_absent(schema: object) -> bool:
    """Whether a field can be required and yet not be missed where it is null or absent: a default fills it in, or null is a value."""
    return isinstance(schema, dict) and ("default" in schema or schema.get("nullable") is True)
