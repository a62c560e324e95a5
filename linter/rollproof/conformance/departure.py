"""What departs from a structure, in words: the violation, what was probably meant, and the edit that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rollproof.conformance.value import UNKNOWN, Mismatch, judge, shown
from rollproof.conformance.violation import Edit, Fix, Violation
from rollproof.kube.api import Field, FieldType, Struct
from rollproof.kube.version import Version, VersionRange
from rollproof.span import Path, format_path

if TYPE_CHECKING:
    from rollproof.conformance.suggestion import TypedObject

_LONGEST_NAME = 120

_MOST_SUGGESTIONS = 50
"""In one object; what departs more often than this was written for something else, and searching would only cost time."""


@dataclass(slots=True)
class Departure:
    """Something that departs, before it is explained. ``steps`` is its path, innermost step first."""

    what: Literal["unknown", "mismatch", "missing"]
    steps: list[str | int]
    value: object = None
    struct: Struct | None = None
    wanted: FieldType = "any"


def explain(departures: list[Departure], typed: TypedObject, json_source: bool) -> list[Violation]:
    """The violations in the order found, missing fields last: one that is only misspelt or misplaced is not missing as well."""
    found: list[Violation] = []
    mended: set[Path] = set()
    for departure in departures:
        path = tuple(reversed(departure.steps))
        if departure.what == "unknown":
            assert departure.struct is not None
            violation, true_path = _unknown(path, departure.struct, departure.value, typed, len(found) < _MOST_SUGGESTIONS)
            found.append(violation)
            if true_path is not None:
                mended.add(true_path)
        elif departure.what == "mismatch":
            found.append(_mismatch(path, departure.value, departure.wanted, typed, json_source))
    for departure in departures:
        path = tuple(reversed(departure.steps))
        if departure.what == "missing" and path not in mended:
            where = f" in {format_path(path[:-1])}" if len(path) > 1 else ""
            found.append(Violation("missing-field", path, f"required field '{path[-1]}' is missing{where}"))
    return found


def _unknown(path: Path, struct: Struct, value: object, typed: TypedObject, suggest: bool) -> tuple[Violation, Path | None]:
    """The violation, and the path at which the field should stand, where that is known."""
    name = _named(path[-1])
    field = typed.api.fields(struct).get(str(path[-1]))
    if field is not None:
        return Violation("unknown-field", path, _version_message(name, field, typed.versions), "key"), None
    unknown = Violation("unknown-field", path, f"unknown field {name}: {_with_article(struct.title)} has no such field", "key")
    if not suggest:
        return unknown, None
    misspelt = typed.misspelt(path, struct, value)
    if misspelt is not None:
        fix = None
        if misspelt.certain:
            fix = Fix(f"rename to '{misspelt.field}'", (Edit("rename-key", path, misspelt.field),))
        message = f"unknown field {name} (did you mean '{misspelt.field}'?)"
        return Violation("unknown-field", path, message, "key", misspelt.field, fix), (*path[:-1], misspelt.field)
    misplaced = typed.misplaced(path, struct, value)
    if misplaced is not None:
        true_path = format_path(misplaced.path)
        message = f"field {name} does not belong here: {misplaced.advice or f'it belongs at {true_path}'}"
        return Violation("misplaced-field", path, message, "key", true_path), misplaced.path
    other_version = typed.other_version(path)
    if other_version is not None:
        message = f"unknown field {name}: {typed.kind.api_version} has no such field, but {other_version} does"
        return Violation("unknown-field", path, message, "key"), None
    return unknown, None


def _version_message(name: str, field: Field, versions: VersionRange) -> str:
    if field.since is not None and versions.lo < field.since:
        last = min(versions.hi, Version(field.since.major, field.since.minor - 1))
        return f"field {name} was added in Kubernetes {field.since}; {_those(versions.lo, last)} not know it"
    assert field.until is not None
    removed = Version(field.until.major, field.until.minor + 1)
    return f"field {name} was removed in Kubernetes {removed}; {_those(max(versions.lo, removed), versions.hi)} not know it"


def _those(first: Version, last: Version) -> str:
    return f"{first} does" if first == last else f"{first} to {last} do"


def _mismatch(path: Path, value: object, wanted: FieldType, typed: TypedObject, json_source: bool) -> Violation:
    misplaced = typed.misplaced_in_map(path, value)
    if misplaced is not None:
        true_path = format_path(misplaced.path)
        return Violation("misplaced-field", path, f"{_named(path[-1])} does not belong here: {misplaced.advice}", "key", true_path)
    mismatch = judge(value, wanted, json_source)
    assert mismatch is not None
    name = format_path(path[-2:] if isinstance(path[-1], int) or typed.is_free_key(path) else path[-1:])
    if mismatch is UNKNOWN:
        return unchecked(path, _printable(name), value)
    message = f"{_printable(name)} {mismatch.reason}{typed.advice(wanted, value)}"
    return Violation(mismatch.rule, path, message, "value", None, _fix(path, mismatch))


def unchecked(path: Path, name: str, value: object) -> Violation:
    """The note, made once a file, that a later tool fills values in, so that these were not checked."""
    text = f"{name} is the placeholder {shown(value)}: what this file's placeholders stand for is unknown, so such values are not checked"
    return Violation("placeholder", path, text, once="placeholder")


def _fix(path: Path, mismatch: Mismatch) -> Fix | None:
    match mismatch.action:
        case "quote-value":
            return Fix("put it in quotes", (Edit("quote-value", path),))
        case "replace-value":
            return Fix(f"write {mismatch.text}", (Edit("replace-value", path, mismatch.text),))
    return None


def _with_article(title: str) -> str:
    return f"{'an' if title[:1] in 'AEIOaeio' else 'a'} {title}"


def _named(key: object) -> str:
    """A key in single quotes, as in every message."""
    return f"'{_printable(str(key))}'"


def _printable(name: str) -> str:
    """The text of a key or path; only what is absurdly long is cut."""
    return name if name.isprintable() and len(name) <= _LONGEST_NAME else shown(name, _LONGEST_NAME)[1:-1]
