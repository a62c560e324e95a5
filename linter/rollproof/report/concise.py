"""One line a finding, for editors, problem matchers and grep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollproof.report.printable import printable

if TYPE_CHECKING:
    from rollproof.finding import Finding, Report


def render(report: Report) -> str:
    """``path:line:col: severity: message [rule-id]``, 1-based, the path as the caller gave it; nothing where nothing was found."""
    return "".join(_line(finding) + "\n" for finding in report.findings)


def _line(finding: Finding) -> str:
    path = printable(finding.path)
    if path.lstrip().startswith("::"):
        # GitHub's runner takes a line that begins so for a command (actions/runner, ActionCommand.cs); a pull request may name files so.
        path = path.replace("::", "\\x3a:", 1)
    span = finding.span
    return f"{path}:{span.line}:{span.column}: {finding.severity}: {printable(finding.message)} [{finding.rule}]"
