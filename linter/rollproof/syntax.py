"""Why a text is not YAML: the cause and its place, not where the parser gave up."""

from __future__ import annotations

from dataclasses import dataclass

from rollproof.tree import YAMLSyntaxError


@dataclass(frozen=True, slots=True)
class Cause:
    """What to change. ``start`` and ``end`` are code point offsets in the document's text; ``fix`` is a description and replacements."""

    rule: str
    start: int
    end: int
    message: str
    suggestion: str | None = None
    fix: tuple[str, tuple[tuple[int, int, str], ...]] | None = None
    related: tuple[tuple[int, int, str], ...] = ()


def explain(text: str, failure: YAMLSyntaxError) -> Cause:
    """The likeliest cause of ``failure`` in ``text``."""
    start = min(failure.index, max(len(text) - 1, 0))
    return Cause("yaml-syntax", start, start, f"not YAML: {failure.problem}")
