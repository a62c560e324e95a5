"""What a run says: findings with concrete places, and the report that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rollproof.model.resource import Identity
from rollproof.span import Path, Span

Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Most serious first."""


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, with a note saying why."""

    path: str
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Put ``text`` in place of ``span`` in the file ``path``."""

    path: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Repair:
    """Edits that mend a finding. ``safe``: what the manifest means afterwards is certainly what was meant."""

    safe: bool
    description: str
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, at one place.

    ``document`` is the 0-based index in its file; ``field_path`` the keys and indexes inside the object; ``fingerprint`` a hash that stays
    the same when lines move.
    """

    rule: str
    severity: Severity
    message: str
    path: str
    span: Span
    document: int = 0
    resource: Identity | None = None
    field_path: Path = ()
    suggestion: str | None = None
    fix: Repair | None = None
    related: tuple[Related, ...] = ()
    fingerprint: str = ""

    def order(self) -> tuple[str, int, int, int, str, str]:
        """The one order of findings: file, line, column, severity, rule, message."""
        return (self.path, self.span.line, self.span.column, SEVERITIES.index(self.severity), self.rule, self.message)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a document of one, that is no Kubernetes object, and the reason as a kebab-case word (``helm-template``)."""

    path: str
    reason: str
    document: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run found: findings in order, and what was read."""

    findings: tuple[Finding, ...] = ()
    files: int = 0
    documents: int = 0
    resources: int = 0
    suppressed: int = 0
    skipped: tuple[Skipped, ...] = ()
    crashed: bool = False

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)
