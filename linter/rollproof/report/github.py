"""Workflow commands that make GitHub Actions annotate the lines of a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rollproof.finding import SEVERITIES, Severity
from rollproof.report.printable import printable

if TYPE_CHECKING:
    from rollproof.finding import Finding, Report

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, relative: Callable[[str], str]) -> str:
    """One command a finding, the most serious first: GitHub shows ten of each kind for a step."""
    findings = sorted(report.findings, key=lambda finding: SEVERITIES.index(finding.severity))
    return "".join(_command(finding, relative) + "\n" for finding in findings)


def _command(finding: Finding, relative: Callable[[str], str]) -> str:
    span = finding.span
    properties = {"title": f"rollproof ({finding.rule})", "file": relative(finding.path), "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:
        # GitHub refuses columns for a place of several lines (actions/toolkit, AnnotationProperties).
        properties |= {"col": span.column, "endColumn": span.end_column}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    notes = [
        f"{printable(relative(other.path))}:{other.span.line}:{other.span.column}: {printable(other.message)}" for other in finding.related
    ]
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(chr(10).join([printable(finding.message), *notes]))}"


def _data(text: str) -> str:
    """Escaped as actions/toolkit's command.ts does, and as the runner undoes; the per cent sign first."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
