"""A line of a source with a place in it underlined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollproof.report.printable import pieces, width

if TYPE_CHECKING:
    from rollproof.span import Span

TAB = 4
"""Columns to the next tab stop. YAML forbids tabs as indentation, so they are rare and never carry meaning."""

WIDEST = 140
"""Characters of a line that are shown; of a longer one (minified JSON, a certificate) the part around the place."""


def underlined(line: str, span: Span) -> tuple[str, int, int]:
    """``line`` as shown, how many terminal columns stand before the place that ``span`` means in it, and how many the place takes.

    A span that ends on a later line is underlined to the end of this one; an empty one takes one column.
    """
    start = min(span.column - 1, len(line))
    end = len(line) if span.end_line > span.line else min(max(span.end_column - 1, start), len(line))
    first = max(0, min(start - WIDEST // 4, len(line) - WIDEST))
    text = "…" if first else ""
    before = stop = column = len(text)
    for index, piece in enumerate(pieces(line[first : first + WIDEST]), first):
        shown = " " * (TAB - column % TAB) if line[index] == "\t" else piece
        text += shown
        column += width(shown)
        before = column if index < start else before
        stop = column if index < end else stop
    return (text + "…" if first + WIDEST < len(line) else text), before, max(stop - before, 1)


def plain(line: str) -> str:
    """``line`` as shown where nothing in it is underlined."""
    from rollproof.span import Span

    return underlined(line, Span(1, 1, 1, 1))[0].rstrip()
