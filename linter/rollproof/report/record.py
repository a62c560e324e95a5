"""A finding as plain JSON data, as schemas/report.schema.json describes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rollproof.report.printable import printable

if TYPE_CHECKING:
    from rollproof.finding import Finding, Repair
    from rollproof.model.resource import Identity
    from rollproof.span import Span


def record(finding: Finding) -> dict[str, Any]:
    """The finding's fields by their public names. Sentences are made printable; paths, names, keys and edits are kept exactly."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": printable(finding.message),
        "path": finding.path,
        **_span(finding.span),
        "document": finding.document,
        "resource": _resource(finding.resource),
        "fieldPath": list(finding.field_path),
        "suggestion": finding.suggestion,
        "fix": _fix(finding.fix),
        "related": [{"path": other.path, **_span(other.span), "message": printable(other.message)} for other in finding.related],
        "fingerprint": finding.fingerprint,
    }


def one_line(data: object) -> str:
    """``data`` as one line of ASCII JSON in which no CI service finds a command of its own, whatever the strings hold."""
    # A number sign occurs only in strings, where it may be written as an escape: ##vso[ and ##[ are commands anywhere in a line.
    return json.dumps(data, separators=(", ", ": ")).replace("##", "#\\u0023")


def _span(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "endLine": span.end_line, "endColumn": span.end_column}


def _resource(identity: Identity | None) -> dict[str, str | None] | None:
    if identity is None:
        return None
    return {"apiVersion": identity.api_version, "kind": identity.kind, "namespace": identity.namespace, "name": identity.name}


def _fix(fix: Repair | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    edits = [{"path": edit.path, **_span(edit.span), "text": edit.text} for edit in fix.edits]
    return {"safe": fix.safe, "description": printable(fix.description), "edits": edits}
