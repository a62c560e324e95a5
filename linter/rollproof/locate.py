"""Symbolic places become concrete: a violation or a problem, and the document it is in, make a finding."""

from __future__ import annotations

import json
from collections.abc import Callable

from rollproof.conformance.violation import Edit, Fix, Violation
from rollproof.document import Defect, Document
from rollproof.finding import Finding, Related, Repair, Severity, TextEdit
from rollproof.model.resource import Identity, Place, Resource
from rollproof.rule import Problem
from rollproof.source import Source
from rollproof.span import Path, Span

OpenDocument = Callable[[str, int], Document]
"""The document of a file by the file's name and the document's index."""


def from_defect(defect: Defect, severity: Severity, source: Source) -> Finding:
    """The finding for something wrong with the text itself."""
    fix = None
    if defect.fix:
        edits = tuple(TextEdit(source.name, span, text) for span, text in defect.fix[1])
        fix = Repair(defect.safe, defect.fix[0], edits)
    words = source.line(defect.span.line).strip()
    return Finding(
        defect.rule,
        severity,
        defect.message,
        source.name,
        defect.span,
        defect.document,
        None,
        defect.field_path,
        defect.suggestion,
        fix,
        tuple(Related(source.name, span, note) for span, note in defect.related),
        fingerprint(defect.rule, None, defect.field_path, words),
    )


def from_violation(violation: Violation, severity: Severity, resource: Resource, document: Document) -> Finding:
    """The finding for what the API server would say of an object."""
    path = resource.prefix + violation.path
    name = document.source.name
    return Finding(
        violation.rule,
        violation.severity or severity,
        violation.message,
        name,
        document.span(path, violation.at),
        document.index,
        resource.identity,
        violation.path,
        violation.suggestion,
        _repair(violation.fix, resource.prefix, document),
        tuple(Related(name, document.span(resource.prefix + other, "key"), note) for other, note in violation.related),
        fingerprint(violation.rule, resource.identity, violation.path, ""),
    )


def from_problem(problem: Problem, rule: str, severity: Severity, open_document: OpenDocument) -> Finding:
    """The finding for what a rule found."""
    place = problem.place
    resource = place.resource
    document = open_document(resource.source, resource.document)
    return Finding(
        rule,
        problem.severity or severity,
        problem.message,
        resource.source,
        _span(place, document),
        resource.document,
        resource.identity,
        place.path,
        problem.suggestion,
        _repair(problem.fix, resource.prefix, document),
        tuple(
            Related(other.resource.source, _span(other, open_document(other.resource.source, other.resource.document)), other.note)
            for other in problem.related
        ),
        fingerprint(rule, resource.identity, place.path, ""),
    )


def _span(place: Place, document: Document) -> Span:
    return document.span(place.resource.prefix + place.path, place.at)


def _repair(fix: Fix | None, prefix: Path, document: Document) -> Repair | None:
    if fix is None:
        return None
    edits = tuple(text_edit for edit in fix.edits if (text_edit := _text_edit(edit, prefix, document)) is not None)
    return Repair(fix.safe, fix.description, edits) if len(edits) == len(fix.edits) else None


def _text_edit(edit: Edit, prefix: Path, document: Document) -> TextEdit | None:
    """The edit as a replacement of text, or None where the manifest is not written in a way that allows it (an alias, a merged key)."""
    span = document.edit_span(prefix + edit.path, edit.action)
    if span is None:
        return None
    text = edit.text
    if edit.action == "quote-value":
        text = json.dumps(document.source_text(span), ensure_ascii=False)
    return TextEdit(document.source.name, span, "" if edit.action == "remove-entry" else text)


def fingerprint(rule: str, resource: Identity | None, path: Path, words: str) -> str:
    """A hash that stays the same when lines move: the rule, the object and the path in it."""
    who = [resource.api_version, resource.kind, resource.namespace, resource.name] if resource else [words]
    import hashlib  # a clean run has no use for it

    identity = json.dumps([rule, who, list(path)], ensure_ascii=False)
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]
