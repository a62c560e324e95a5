"""The whole report as one JSON object, as schemas/report.schema.json describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollproof.finding import SEVERITIES
from rollproof.report.record import one_line, record

if TYPE_CHECKING:
    from rollproof.finding import Report

VERSION = 1
"""Raised when a reader of the old form would misread the new one; fields may be added without that."""


def render(report: Report) -> str:
    """The object with one finding a line: as easy to diff as indented JSON, and a fraction of its size and time."""
    findings = ",\n".join(one_line(record(finding)) for finding in report.findings)
    counts: dict[str, int] = {severity: report.count(severity) for severity in SEVERITIES}
    summary = {
        "files": report.files,
        "documents": report.documents,
        "resources": report.resources,
        **counts,
        "suppressed": report.suppressed,
        "skipped": [{"path": skipped.path, "reason": skipped.reason, "document": skipped.document} for skipped in report.skipped],
    }
    between = f"\n{findings}\n" if findings else ""
    return f'{{"version": {VERSION},\n"findings": [{between}],\n"summary": {one_line(summary)}}}\n'
