"""Tests that many field rules share: ranges, enumerations, names, what is required, what excludes another, what must be unique."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rollproof.conformance.fields.table import Refusal, Test, integer, structures
from rollproof.conformance.value import shown
from rollproof.kube import int_or_percent
from rollproof.kube.names import Check
from rollproof.kube.version import VersionRange


def at_least(low: int) -> Test:
    """An integer of ``low`` or more."""

    def test(value: object, _: VersionRange) -> Refusal | None:
        number = integer(value)
        return None if number is None or number >= low else Refusal(f"must be {low} or more, but is {number}")

    return test


NOT_NEGATIVE = at_least(0)
"""ValidateNonnegativeField, apimachinery pkg/api/validation/objectmeta.go."""


def between(low: int, high: int, bits: int = 64) -> Test:
    """An integer from ``low`` to ``high``, both included; ``bits`` is the size of the field, beyond which its type is wrong already."""
    largest = 1 << (bits - 1)

    def test(value: object, _: VersionRange) -> Refusal | None:
        number = integer(value)
        if number is None or low <= number <= high or not -largest <= number < largest:
            return None
        return Refusal(f"must be from {low} to {high}, but is {number}")

    return test


PORT_NUMBER = between(1, 65535, bits=32)
"""IsValidPortNum, apimachinery pkg/util/validation/validation.go."""


def one_of(*allowed: str) -> Test:
    """One of a few words; an empty string counts as absent, for which a default stands or ``required`` speaks."""
    words = frozenset(allowed) | {""}

    def test(value: object, _: VersionRange) -> Refusal | None:
        return None if not isinstance(value, str) or value in words else not_among(value, allowed)

    return test


def not_among(value: str, allowed: tuple[str, ...]) -> Refusal:
    """The refusal of a word that is not one of those allowed, with the one that was probably meant."""
    from rollproof.kube.suggest import nearest  # only a wrong word needs it

    near = nearest(value, list(allowed))
    # Only the case differs: nothing else can be meant.
    safe = near is not None and near.lower() == value.lower()
    return Refusal(f"must be {either(allowed)}, but is {shown(value)}", suggestion=near, replacement=near, safe=safe)


def either(words: tuple[str, ...], joint: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def named(check: Check, *, empty: bool = False) -> Test:
    """A text that a rule of ``kube.names`` accepts; where ``empty``, an empty one counts as absent and passes."""
    # The same names recur from object to object.
    remembered = lru_cache(maxsize=4096)(check)

    def test(value: object, _: VersionRange) -> Refusal | None:
        if type(value) is not str or (empty and not value) or (reason := remembered(value)) is None:
            return None
        return Refusal(f"{shown(value)} {reason}")

    return test


def int_or_percent_test(highest_percent: int | None = None) -> Test:
    """A whole number or a percentage, not negative (ValidatePositiveIntOrPercent), of at most so many percent (IsNotMoreThan100Percent)."""

    def test(value: object, _: VersionRange) -> Refusal | None:
        if isinstance(value, dict | list | bool):
            return None
        why = int_or_percent.why_not(value)
        if why is not None:
            is_number = isinstance(value, str) and value.isascii() and value.isdigit()
            advice = "; write it without quotes, or with '%'" if is_number else ""
            return Refusal(f"must be a whole number or a percentage such as 25%, but {shown(value)} is {why}{advice}")
        number = int_or_percent.parse(value)
        if number is not None and number.percent and highest_percent is not None and number.amount > highest_percent:
            return Refusal(f"must be at most {highest_percent}%, but is {number}")
        return None

    return test


def is_empty(value: object) -> bool:
    """Whether a value is absent or what Go takes for absent: an empty text or list, the number zero."""
    return value is None or value == "" or value == [] or (value == 0 and value is not False)


def required(*names: str, because: str = "") -> Test:
    """Fields that the server requires although the schema does not: absent and empty are refused alike."""
    return _required(names, because, absent=True)


def filled(*names: str) -> Test:
    """Fields that the schema requires, which then may not be empty either; the walk over the structure reports an absent one."""
    return _required(names, "", absent=False)


def _required(names: tuple[str, ...], because: str, absent: bool) -> Test:
    def test(value: object, _: VersionRange) -> Iterator[Refusal] | None:
        if type(value) is not dict:
            return None
        for name in names:
            if not value.get(name):
                return refuse(value)
        return None

    def refuse(value: dict[str, Any]) -> Iterator[Refusal]:
        for name in names:
            inner = value.get(name)
            if is_empty(inner) and (absent or inner is not None):
                state = "missing" if inner is None else "empty"
                yield Refusal(f"is required{because}, but {state}", (name,), "missing-field")

    return test


def forbidden(*names: str, reason: str) -> Test:
    """Fields that must not be set here; ``reason`` completes a sentence that begins with the field's name."""

    def test(value: object, _: VersionRange) -> Iterator[Refusal] | None:
        if type(value) is not dict or value.keys().isdisjoint(names):
            return None
        return (Refusal(reason, (name,), at="key") for name in names if value.get(name) is not None)

    return test


def alternatives(*names: str, at_least_one: bool = True, because: str = "") -> Test:
    """Fields of which a structure may have one only, and where ``at_least_one``, must have one.

    The names stand in the order in which the API server looks at them: it takes the first and refuses the next. ``because`` says what
    there may be one of, where the names are too many to list.
    """
    known = frozenset(names)

    def test(value: object, _: VersionRange) -> Refusal | None:
        if type(value) is not dict:
            return None
        present = 0
        for name in value:
            if name in known and value[name] is not None:
                present += 1
        if present == 1 or not (present or at_least_one):
            return None
        return refuse([name for name in names if value.get(name) is not None])

    def refuse(present: list[str]) -> Refusal:
        if not present:
            return Refusal(f"must have one of {either(names)}", rule="missing-field")
        reason = because or f"only one of {either(names)} is allowed"
        related = (((present[0],), f"{present[0]} is set here"),)
        return Refusal(f"cannot stand beside {present[0]}: {reason}", (present[1],), at="key", related=related)

    return test


def unique(*keys: str) -> Test:
    """A list whose items differ in the combination of these fields; items that lack one of them are passed over."""

    def test(value: object, _: VersionRange) -> Iterator[Refusal] | None:
        if type(value) is not list or len(value) < 2:
            return None
        return repeated(value, keys)

    return test


def repeated(value: object, keys: tuple[str, ...]) -> Iterator[Refusal]:
    """A refusal for each item whose ``keys`` an earlier item has already."""
    first: dict[tuple[object, ...], int] = {}
    for index, item in structures(value):
        identity = tuple(item.get(key) for key in keys)
        if any(is_empty(part) or isinstance(part, dict | list) for part in identity):
            continue
        seen = first.setdefault(identity, index)
        if seen != index:
            described = ", ".join(shown(part) for part in identity)
            related = (((seen, keys[-1]), "first here"),)
            yield Refusal(f"{described} is used twice, but must be unique", (index, keys[-1]), related=related)
