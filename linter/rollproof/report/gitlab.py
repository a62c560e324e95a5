"""A GitLab Code Quality report: a JSON array of what the merge request widget shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from rollproof.report.printable import printable
from rollproof.report.record import one_line

if TYPE_CHECKING:
    from rollproof.finding import Report, Severity

# GitLab, "Code Quality report format": info, minor, major, critical or blocker.
_SEVERITIES: dict[Severity, str] = {"error": "major", "warning": "minor", "info": "info"}


def render(report: Report, relative: Callable[[str], str]) -> str:
    """One object a finding. The description starts with the rule, because GitLab does not show ``check_name``."""
    seen: Counter[str] = Counter()
    entries = []
    for finding in report.findings:
        identity = finding.fingerprint or sha256(repr((finding.rule, finding.path, finding.message)).encode()).hexdigest()
        seen[identity] += 1
        # GitLab keeps only the first of equal fingerprints.
        unique = identity if seen[identity] == 1 else sha256(f"{identity}:{seen[identity]}".encode()).hexdigest()
        entry = {
            "description": f"{finding.rule}: {printable(finding.message)}",
            "check_name": finding.rule,
            "fingerprint": unique,
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": relative(finding.path), "lines": {"begin": finding.span.line, "end": finding.span.end_line}},
        }
        entries.append(one_line(entry))
    return "[\n" + ",\n".join(entries) + "\n]\n" if entries else "[]\n"
