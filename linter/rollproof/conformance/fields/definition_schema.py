"""The schemas inside CustomResourceDefinitions: whether the API server can use them.

Sources: k8s.io/apiextensions-apiserver, release 0.35: ``pkg/apis/apiextensions/validation/validation.go``
(ValidateCustomResourceDefinitionOpenAPISchema) and ``pkg/apiserver/schema/validation.go`` (ValidateStructural). Expressions in CEL,
defaults and regular expressions are not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import not_among
from rollproof.conformance.fields.table import Refusal, items, mapping
from rollproof.conformance.fields.values import missing, moved, texts
from rollproof.conformance.value import shown
from rollproof.kube.version import VersionRange
from rollproof.span import Path

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_UNSUPPORTED = ("$schema", "id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_JUNCTORS = ("allOf", "anyOf", "oneOf")
_NOT_BELOW_JUNCTORS = (
    "type",
    "additionalProperties",
    "default",
    "title",
    "description",
    "nullable",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-validations",
)
_TELLING = ("not", "required", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-validations")
_EMPTY: tuple[Any, ...] = (None, "", False, [], {})
_RARE = frozenset(
    {
        *_UNSUPPORTED,
        *_JUNCTORS,
        "not",
        "uniqueItems",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-map-type",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
    }
)


def schema(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """A schema of one version."""
    return _root(value) if isinstance(value, dict) else None


def _root(schema: Mapping[str, Any]) -> Iterator[Refusal]:
    if schema.get("nullable") is True:
        yield Refusal("must not be true at the root of a schema", ("nullable",))
    if schema.get("type") in _TYPES and schema["type"] != "object":
        yield Refusal(f"must be object at the root of a schema, but is {schema['type']}", ("type",))
    if schema.get("additionalProperties") is not None:
        yield Refusal("must not be used at the root of a schema", ("additionalProperties",), at="key")
    places: list[tuple[Any, Path]] = [(schema, ())]
    while places:
        here, path = places.pop()
        for refusal in _structural(here, path):
            yield moved(refusal, path)
        _descend(here, path, places)


def _descend(schema: Mapping[str, Any], path: Path, places: list[tuple[Any, Path]]) -> None:
    properties = schema.get("properties")
    if type(properties) is dict:
        for name, inner in properties.items():
            inner = {} if inner is None else inner
            if type(inner) is dict:
                places.append((inner, (*path, "properties", name)))
    for key in ("items", "additionalProperties"):
        inner = schema.get(key)
        if type(inner) is dict:
            places.append((inner, (*path, key)))


def _structural(schema: Mapping[str, Any], path: Path) -> Iterator[Refusal]:
    """What holds for every part of a schema that describes fields (validateStructuralInvariants)."""
    kind = schema.get("type")
    if kind is None or kind == "":
        if not (schema.get("x-kubernetes-int-or-string") is True or schema.get("x-kubernetes-preserve-unknown-fields") is True):
            where = "at the root of a schema" if not path else "of items" if path[-1] == "items" else "of every field"
            yield missing(("type",), f" {where}, such as object or string")
    elif isinstance(kind, str) and kind not in _TYPES:
        advice = "; write nullable: true beside another type" if kind == "null" else ""
        refusal = moved(not_among(kind, _TYPES), ("type",))
        yield Refusal(refusal.text + advice, ("type",), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    elif kind == "array" and schema.get("items") is None:
        yield missing(("items",), " with type array")
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        related = ((("properties",), "properties are here"),)
        yield Refusal("cannot stand beside properties", ("additionalProperties",), at="key", related=related)
    if isinstance(schema.get("items"), list):
        yield Refusal("must be one schema, but this is a list", ("items",))
    if not _RARE.isdisjoint(schema):
        yield from _rare(schema)


def _rare(schema: Mapping[str, Any]) -> Iterator[Refusal]:
    yield from _unsupported(schema)
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        yield Refusal("must be true or absent", ("x-kubernetes-preserve-unknown-fields",))
    if schema.get("x-kubernetes-int-or-string") is True:
        for key in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
            if schema.get(key) is True:
                yield Refusal("must not be true beside x-kubernetes-int-or-string", (key,))
    if schema.get("x-kubernetes-embedded-resource") is True and schema.get("type") in _TYPES and schema["type"] != "object":
        yield Refusal("must be object with x-kubernetes-embedded-resource", ("type",))
    if schema.get("x-kubernetes-embedded-resource") is True:
        if schema.get("additionalProperties") is not None:
            yield Refusal("cannot stand beside x-kubernetes-embedded-resource", ("additionalProperties",), at="key")
        if not schema.get("properties") and schema.get("x-kubernetes-preserve-unknown-fields") is not True:
            yield missing(("properties",), " with x-kubernetes-embedded-resource")
    yield from _merge_keys(schema)
    yield from _junctors(schema, int_or_string=True)


def _unsupported(schema: Mapping[str, Any]) -> Iterator[Refusal]:
    for key in _UNSUPPORTED:
        if schema.get(key) not in _EMPTY or (key in ("dependencies", "$ref", "additionalItems") and schema.get(key) is not None):
            # A key that begins with '$' would pass for a placeholder, so that the schema around it is named.
            where = () if key.startswith("$") else (key,)
            yield Refusal(f"{key} is not supported in a CustomResourceDefinition", where, at="key", sentence=True)
    if schema.get("uniqueItems") is True:
        yield Refusal("must not be true; use x-kubernetes-list-type: set", ("uniqueItems",))


def _merge_keys(schema: Mapping[str, Any]) -> Iterator[Refusal]:
    """x-kubernetes-list-type and its relatives."""
    kind, of_list, of_map = schema.get("type"), schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-map-type")
    keys = items(schema.get("x-kubernetes-list-map-keys"))
    for extension, value, wanted, allowed in (
        ("x-kubernetes-map-type", of_map, "object", ("atomic", "granular")),
        ("x-kubernetes-list-type", of_list, "array", ("atomic", "map", "set")),
    ):
        if not isinstance(value, str):
            continue
        if value not in allowed:
            yield moved(not_among(value, allowed), (extension,))
        if kind in _TYPES and kind != wanted:
            yield Refusal(f"is only for type {wanted}, but type is {kind}", (extension,), at="key")
    if keys and of_list in (None, "atomic", "set"):
        yield Refusal("are only for x-kubernetes-list-type: map", ("x-kubernetes-list-map-keys",), at="key")
    if of_list != "map":
        return
    if not keys:
        yield missing(("x-kubernetes-list-map-keys",), " with x-kubernetes-list-type: map")
    item = mapping(schema.get("items"))
    if schema.get("items") is not None and item.get("type") in _TYPES and item["type"] != "object":
        yield Refusal("must be object with x-kubernetes-list-type: map", ("items", "type"))
    elif item.get("type") == "object":
        properties = mapping(item.get("properties"))
        for index, key in texts(keys):
            where = ("x-kubernetes-list-map-keys", index)
            if key not in properties:
                yield Refusal(f"must name properties of the items, and {shown(key)} is none", where)
            elif key in keys[:index]:
                yield Refusal(f"{shown(key)} is listed twice", where)
            elif mapping(properties[key]).get("type") in ("array", "object"):
                yield Refusal(f"must name simple values, and {shown(key)} is an {properties[key]['type']}", where)
            elif key not in items(item.get("required")) and mapping(properties[key]).get("default") is None:
                # validateMapListKeysMapSet
                related = ((where, "a key of the list"),)
                reason = "must be required or have a default, as it is a key of the list"
                yield Refusal(reason, ("items", "properties", key), at="key", related=related)
            elif mapping(properties[key]).get("nullable") is True:
                yield Refusal("must not be true, as this is a key of the list", ("items", "properties", key, "nullable"))


def _junctors(schema: Mapping[str, Any], *, int_or_string: bool = False) -> Iterator[Refusal]:
    """validateValueValidation: what is joined by allOf, anyOf, oneOf and not may restrict fields, but not describe them."""
    for junctor in _JUNCTORS:
        parts = items(schema.get(junctor))
        if int_or_string and junctor == "anyOf" and _is_int_or_string(parts):
            continue
        for index, part in enumerate(parts):
            first = int_or_string and junctor == "allOf" and index == 0
            for refusal in _nested(mapping(part), skip_any_of=first and _is_int_or_string(mapping(part).get("anyOf"))):
                yield moved(refusal, (junctor, index))
    negated = schema.get("not")
    if isinstance(negated, dict):
        for refusal in _nested(negated):
            yield moved(refusal, ("not",))


def _is_int_or_string(parts: object) -> bool:
    """``[{type: integer}, {type: string}]``, which goes with x-kubernetes-int-or-string; empty fields beside do not count."""
    types = []
    for part in items(parts):
        said = {key: value for key, value in mapping(part).items() if value not in _EMPTY or key in _TELLING}
        types.append(said.get("type") if len(said) == 1 else None)
    return types == ["integer", "string"]


def _nested(schema: Mapping[str, Any], *, skip_any_of: bool = False) -> Iterator[Refusal]:
    """validateNestedValueValidation."""
    for key in _NOT_BELOW_JUNCTORS:
        said = schema.get(key)
        if said is not None and (said not in _EMPTY or key in ("default", "x-kubernetes-list-type", "x-kubernetes-map-type")):
            yield Refusal("must not be set inside allOf, anyOf, oneOf or not", (key,), at="key")
    yield from _unsupported(schema)
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        yield Refusal("must be true or absent", ("x-kubernetes-preserve-unknown-fields",))
    yield from _junctors({**schema, "anyOf": None} if skip_any_of else schema)
    if isinstance(inner := schema.get("items"), dict):
        for refusal in _nested(inner):
            yield moved(refusal, ("items",))
    for name, inner in mapping(schema.get("properties")).items():
        if name == "metadata":
            yield Refusal("must not be restricted inside allOf, anyOf, oneOf or not", ("properties", "metadata"), at="key")
        for refusal in _nested(mapping(inner)):
            yield moved(refusal, ("properties", name))
