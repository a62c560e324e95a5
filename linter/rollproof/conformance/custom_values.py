"""The values of a custom resource against the schema of its definition, judged by jsonschema: its only door beside the settings file.

jsonschema follows the keywords, junctors included, and this module makes it read them as the API server does
(kube-openapi ``pkg/validation/validate``, apiextensions-apiserver ``pkg/apiserver/schema``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError, relevance
from jsonschema.validators import extend

from rollproof.conformance import formats
from rollproof.conformance.custom_schema import may_be_absent
from rollproof.conformance.fields.conditions import either, not_among
from rollproof.conformance.fields.table import mapping
from rollproof.conformance.value import describe, shown
from rollproof.conformance.violation import Edit, Fix, Violation
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import Version, VersionRange
from rollproof.span import Path, format_path

_JUNCTORS = frozenset({"allOf", "anyOf", "oneOf", "not"})
_MOST = 50
"""In one object; what is wrong more often than this was written for another schema."""

_NOUNS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}


def check(data: Mapping[str, Any], schema: Mapping[str, Any], found: list[Violation], versions: VersionRange) -> list[Violation]:
    """What the schema refuses in an object, but for what the walk over its structure found already."""
    said = {violation.path for violation in found}
    wrong = {violation.path for violation in found if violation.rule == "wrong-type"}
    more: list[Violation] = []
    for error in _Validator(_rooted(schema)).iter_errors(_settled(data, schema)):
        violation = _violation(error, versions)
        path = violation.path if violation else ()
        if violation is None or path in said or any(path[: len(one)] == one for one in wrong):
            continue
        said.add(path)
        more.append(violation)
        if len(more) == _MOST:
            break
    return more


def _rooted(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without what it says of metadata and its like, which the server itself judges (but for the name's own limits)."""
    return {key: value for key, value in schema.items() if key != "required"} | {
        "properties": {key: value for key, value in mapping(schema.get("properties")).items() if key not in ("apiVersion", "kind")},
        "required": [name for name in schema.get("required") or [] if name not in ("apiVersion", "kind", "metadata")],
    }


def _settled(value: Any, schema: object) -> Any:
    """The value as it is when the server validates it: null dropped where it is no value, defaults filled in
    (PruneNonNullableNullsWithoutDefaults and Default, pkg/apiserver/schema/defaulting)."""
    schema = mapping(schema)
    if isinstance(value, dict):
        properties = mapping(schema.get("properties"))
        others = schema.get("additionalProperties")
        settled = {}
        for key, inner in value.items():
            below = mapping(properties.get(key, others))
            if inner is None and below and below.get("nullable") is not True:
                continue
            settled[key] = _settled(inner, below)
        for key, below in properties.items():
            if key not in settled and isinstance(below, dict) and below.get("default") is not None:
                settled[key] = _settled(below["default"], below)
        return settled
    if isinstance(value, list):
        below = mapping(schema.get("items"))
        default = below.get("default")
        return [_settled(default if inner is None and below.get("nullable") is not True else inner, below) for inner in value]
    return value


# --- keywords as the API server reads them ---


def _type(_: Any, types: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    """validate/type.go: null where it is allowed, whole floats as integers, and text under any format but a number's."""
    wanted = [types] if isinstance(types, str) else types
    if schema.get("x-kubernetes-int-or-string") is True or not isinstance(wanted, list):
        return
    if instance is None:
        if schema.get("nullable") is not True:
            yield ValidationError("null")
        return
    if schema.get("format") and not {"integer", "number"} & set(wanted) and isinstance(instance, str | list):
        return
    if not any(_is(instance, name) for name in wanted):
        yield ValidationError("type")


def _is(instance: Any, name: str) -> bool:
    match name:
        case "integer":
            return (isinstance(instance, int) and not isinstance(instance, bool)) or (isinstance(instance, float) and instance.is_integer())
        case "number":
            return isinstance(instance, int | float) and not isinstance(instance, bool)
        case "string":
            return isinstance(instance, str)
        case "boolean":
            return isinstance(instance, bool)
        case "object":
            return isinstance(instance, dict)
        case "array":
            return isinstance(instance, list)
    return True


def _required(_: Any, names: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        yield from (ValidationError(name) for name in names if name not in instance)


def _int_or_string(_: Any, wanted: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if wanted is not True or _is(instance, "integer") or isinstance(instance, str):
        return
    if instance is not None or schema.get("nullable") is not True:
        yield ValidationError("int-or-string")


def _pattern(_: Any, pattern: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and isinstance(pattern, str) and formats.matches(pattern, instance) is False:
        yield ValidationError("pattern")


def _format(_: Any, name: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and isinstance(name, str) and not formats.is_valid(name, instance):
        yield ValidationError("format")


def _list_type(_: Any, kind: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    """ValidateListSetsAndMaps, pkg/apiserver/schema/listtype."""
    keys = schema.get("x-kubernetes-list-map-keys") or []
    if kind not in ("set", "map") or not isinstance(instance, list):
        return
    seen: list[Any] = []
    for index, item in enumerate(instance):
        identity = {key: item[key] for key in keys if key in item} if kind == "map" and isinstance(item, dict) else item
        if kind == "map" and not isinstance(item, dict):
            continue
        if identity in seen:
            yield ValidationError("repeated", path=(index,), instance=identity)
        seen.append(identity)


def _additional(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """A schema for additional properties; that there may be none is for the walk to say, field by field."""
    if isinstance(wanted, dict):
        yield from _DRAFT["additionalProperties"](validator, wanted, instance, schema) or ()


def _unless_null(keyword: Any) -> Any:
    """Only type and enum look at null (validate/schema.go)."""

    def judge(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if instance is not None:
            yield from keyword(validator, value, instance, schema) or ()

    return judge


_DRAFT = Draft4Validator.VALIDATORS
_Validator = extend(
    Draft4Validator,
    {
        "type": _type,
        "required": _required,
        "pattern": _pattern,
        "format": _format,
        "x-kubernetes-int-or-string": _int_or_string,
        "x-kubernetes-list-type": _list_type,
        **{name: _unless_null(_DRAFT[name]) for name in _JUNCTORS},
        "additionalProperties": _additional,
        # References are not allowed in the schema of a definition.
        "$ref": lambda *_: (),
    },
)


# --- errors in words ---


def _violation(error: ValidationError, versions: VersionRange) -> Violation | None:
    """The violation of a keyword; None where the walk speaks of it, or a placeholder stands whose real value nobody knows yet."""
    path: Path = tuple(error.absolute_path)
    value, keyword, wanted = error.instance, error.validator, error.validator_value
    if _holds_placeholder(value, deep=keyword in _JUNCTORS):
        return None
    within = _JUNCTORS.isdisjoint(error.absolute_schema_path)
    name = _named(path)
    match keyword:
        case "format" if wanted in formats.SINCE_1_34 and versions.hi < Version(1, 34):
            return None
        case "required":
            missing = error.message
            schema = mapping(error.schema.get("properties")).get(missing)
            if within and schema is not None and not may_be_absent(schema):
                return None
            where = f" in {format_path(path)}" if path else ""
            return Violation("missing-field", (*path, missing), f"required field '{_named((missing,))}' is missing{where}")
        case "type":
            noun = _NOUNS.get(wanted, str(wanted)) if isinstance(wanted, str) else str(wanted)
            return Violation("wrong-type", path, f"{name} must be {noun}, but {describe(value)}")
        case "x-kubernetes-int-or-string":
            return Violation("wrong-type", path, f"{name} must be a whole number or a string, but {describe(value)}")
        case "enum":
            return _not_listed(path, name, value, wanted)
        case "x-kubernetes-list-type":
            identity = ", ".join(shown(each) for each in value.values()) if isinstance(value, dict) else describe(value).split(" is ")[0]
            return Violation("invalid-value", path, f"{name} repeats {identity}, but each item must be unique", "value")
        case "anyOf" | "oneOf":
            return _no_alternative(path, name, error, versions)
        case "not":
            return Violation("invalid-value", path, f"{name} is what its definition forbids{_forbidden(wanted)}", _place(value))
    text = _limits(keyword, wanted, value, error.schema)
    return Violation("invalid-value", path, f"{name} {text}", _place(value))


def _not_listed(path: Path, name: str, value: Any, allowed: Any) -> Violation:
    words = [each for each in allowed if isinstance(each, str)]
    if isinstance(value, str) and len(words) == len([each for each in allowed if each is not None]) and words:
        refusal = not_among(value, tuple(words))
        text = refusal.text if len(words) <= 12 else f"is {shown(value)}, which is not one of the {len(words)} values allowed"
        if len(words) > 12 and refusal.suggestion:
            text += f" (did you mean {refusal.suggestion}?)"
        fix = None
        if refusal.replacement is not None and re.fullmatch(r"[A-Za-z][\w.-]*", refusal.replacement):
            fix = Fix(f"write {refusal.replacement}", (Edit("replace-value", path, refusal.replacement),), refusal.safe)
        return Violation("invalid-value", path, f"{name} {text}", "value", refusal.suggestion, fix)
    some = either(tuple(shown(each) for each in allowed[:12]))
    return Violation("invalid-value", path, f"{name} must be {some}, but {describe(value)}", _place(value))


def _limits(keyword: str, wanted: Any, value: Any, schema: Mapping[str, Any]) -> str:
    match keyword:
        case "pattern":
            return f"is {shown(value)}, which does not match {shown(wanted, 120)[1:-1]}"
        case "format":
            return f"must be {formats.description(wanted)}, but is {shown(value)}"
        case "minimum":
            least = f"more than {wanted}" if schema.get("exclusiveMinimum") else f"{wanted} or more"
            return f"must be {least}, but is {shown(value)}"
        case "maximum":
            most = f"less than {wanted}" if schema.get("exclusiveMaximum") else f"{wanted} or less"
            return f"must be {most}, but is {shown(value)}"
        case "multipleOf":
            return f"must be a multiple of {wanted}, but is {shown(value)}"
        case "minLength":
            return f"must have {_count(wanted, 'character')} or more, but is {shown(value)}"
        case "maxLength":
            return f"may have {_count(wanted, 'character')} at most, but has {len(value)}"
        case "minItems" | "minProperties":
            return f"must have {_count(wanted, 'entry', 'entries')} or more, but has {len(value)}"
        case "maxItems" | "maxProperties":
            return f"may have {_count(wanted, 'entry', 'entries')} at most, but has {len(value)}"
        case "uniqueItems":
            return "repeats an item, but each must be unique"
    return f"does not satisfy {keyword} of its definition"


def _no_alternative(path: Path, name: str, error: ValidationError, versions: VersionRange) -> Violation | None:
    """anyOf and oneOf: by name where the alternatives are fields that must be set, else by the alternative that is nearest."""
    branches = [mapping(branch) for branch in error.validator_value]
    needed = [branch.get("required") for branch in branches]
    names = [each[0] for each in needed if isinstance(each, list) and len(each) == 1]
    if len(names) == len(branches) and isinstance(error.instance, dict):
        present = [each for each in names if each in error.instance]
        if not present:
            return Violation("missing-field", path, f"{name} must have one of {either(tuple(names))}", "key")
        text = f"{present[1]} cannot stand beside {present[0]}: only one of {either(tuple(names))} is allowed"
        return Violation("invalid-value", (*path, present[1]), text, "key", related=(((*path, present[0]), f"{present[0]} is set here"),))
    if not error.context:
        return Violation(
            "invalid-value", path, f"{name} fits several of the alternatives of its definition, but must fit one", _place(error.instance)
        )
    nearest = max(error.context, key=relevance)
    inner = _violation(nearest, versions)
    if inner is None:
        return None
    return Violation(
        inner.rule, inner.path, f"{inner.message} (or one of the other alternatives of its definition)", inner.at, inner.suggestion
    )


def _forbidden(schema: object) -> str:
    required = mapping(schema).get("required")
    return f": {either(tuple(required), 'and')} together" if isinstance(required, list) and len(required) > 1 else ""


def _holds_placeholder(value: Any, *, deep: bool) -> bool:
    if deep and isinstance(value, dict):
        return any(_holds_placeholder(inner, deep=True) for inner in value.values())
    if deep and isinstance(value, list):
        return any(_holds_placeholder(inner, deep=True) for inner in value)
    return is_placeholder(value)


def _place(value: Any) -> Any:
    return "key" if isinstance(value, dict | list) else "value"


def _named(path: Path) -> str:
    if not path:
        return "the object"
    name = format_path(path[-2:] if isinstance(path[-1], int) else path[-1:])
    return name if name.isprintable() and len(name) <= 120 else shown(name, 120)[1:-1]


@lru_cache(maxsize=256)
def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {more or one + 's'}"
