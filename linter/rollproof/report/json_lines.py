"""One JSON object a line and a finding, for readers that stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollproof.report.record import one_line, record

if TYPE_CHECKING:
    from rollproof.finding import Report


def render(report: Report) -> str:
    """Each finding as in the JSON report's ``findings``; there is no summary, so that every line has the same form."""
    return "".join(one_line(record(finding)) + "\n" for finding in report.findings)
