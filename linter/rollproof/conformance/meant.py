"""An object with its misspelt fields spelt as they were meant, so that one slip is not told again as everything that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rollproof.conformance.violation import Violation
from rollproof.span import Path


def as_meant(data: Mapping[str, Any], structural: Iterable[Violation]) -> Mapping[str, Any]:
    """The object in which every unknown field that is a known one misspelt stands under its true name, unless that is there as well.

    ``structural`` is what the walk over the structure found. The object itself is not changed; it is returned where nothing was misspelt.
    """
    for violation in structural:
        if violation.rule == "unknown-field" and violation.suggestion is not None and violation.at == "key":
            data = _renamed(data, violation.path, violation.suggestion)
    return data


def _renamed(value: Any, path: Path, name: str) -> Any:
    """A copy along the path, whose last key has the new name."""
    step, *rest = path
    if isinstance(value, dict) and step in value:
        if rest:
            return {**value, step: _renamed(value[step], tuple(rest), name)}
        return value if name in value else {name if key == step else key: inner for key, inner in value.items()}
    if isinstance(value, list) and isinstance(step, int) and step < len(value) and rest:
        return [*value[:step], _renamed(value[step], tuple(rest), name), *value[step + 1 :]]
    return value
