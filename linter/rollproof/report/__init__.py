"""A report becomes text: one file per format, each a pure function, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rollproof.report.context import Context, Sources, relative_to

if TYPE_CHECKING:
    from rollproof.finding import Report

__all__ = ["FORMATS", "Context", "Format", "Sources", "relative_to"]

Format = Callable[["Report", Context], str]
"""A report and what surrounds it, to the whole text that is written: empty, or ended by a line feed."""


def _full(report: Report, context: Context) -> str:
    from rollproof.report import full

    return full.render(report, context.source, color=context.color)


def _concise(report: Report, _context: Context) -> str:
    from rollproof.report import concise

    return concise.render(report)


def _json(report: Report, _context: Context) -> str:
    from rollproof.report import json_object

    return json_object.render(report)


def _json_lines(report: Report, _context: Context) -> str:
    from rollproof.report import json_lines

    return json_lines.render(report)


def _sarif(report: Report, context: Context) -> str:
    from rollproof.report import sarif

    return sarif.render(report, context.rules, context.source, context.relative)


def _github(report: Report, context: Context) -> str:
    from rollproof.report import github

    return github.render(report, context.relative)


def _gitlab(report: Report, context: Context) -> str:
    from rollproof.report import gitlab

    return gitlab.render(report, context.relative)


def _junit(report: Report, _context: Context) -> str:
    from rollproof.report import junit

    return junit.render(report)


FORMATS: Mapping[str, Format] = {
    "full": _full,
    "concise": _concise,
    "json": _json,
    "json-lines": _json_lines,
    "sarif": _sarif,
    "github": _github,
    "gitlab": _gitlab,
    "junit": _junit,
}
"""Every format by the name that ``--format`` takes."""
