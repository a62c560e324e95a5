"""The report as a SARIF 2.1.0 log (OASIS, errata 01), in the form that GitHub code scanning takes whole."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attr
import sarif_om as om

from rollproof import __version__
from rollproof.report.line_hash import line_hashes
from rollproof.report.printable import printable
from rollproof.report.record import one_line

if TYPE_CHECKING:
    from rollproof.finding import Finding, Related, Repair, Report, Severity
    from rollproof.report.context import Sources
    from rollproof.rule import Rule
    from rollproof.span import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

HOMEPAGE: str | None = None
"""Where people read about rollproof (SARIF §3.19.17); None while the project has no public address that could be named truthfully."""

NOTIFYING = frozenset({"unreadable-file", "yaml-syntax", "rule-crashed"})
"""Findings that also say how the run itself went: something could not be judged (SARIF §3.20.21)."""

_ROOT = "%SRCROOT%"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEM_SEVERITIES: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "recommendation"}
_LONGEST_DESCRIPTION = 1000  # GitHub keeps 1,024 characters of a description


def render(report: Report, rules: Iterable[Rule], source: Sources, relative: Callable[[str], str]) -> str:
    """One run with every enabled rule, one result a line; no time and no place of the machine, so that equal runs are equal text."""
    descriptors = {rule.id: _descriptor(rule) for rule in rules}
    for finding in report.findings:
        descriptors.setdefault(finding.rule, _bare_descriptor(finding))
    writer = _Writer(list(descriptors), source, relative)
    results = ",\n".join(one_line(_plain(writer.result(finding))) for finding in report.findings)
    invocation = om.Invocation(
        # False makes GitHub keep all old alerts and show nothing new: only for a run that did not do its work.
        execution_successful=not report.crashed,
        tool_execution_notifications=[writer.notification(finding) for finding in report.findings if finding.rule in NOTIFYING] or None,
    )
    driver = om.ToolComponent(
        name="rollproof",
        full_name=f"rollproof {__version__}",
        version=__version__,
        semantic_version=__version__,
        information_uri=HOMEPAGE,
        rules=list(descriptors.values()),
        notifications=[descriptor for rule_id, descriptor in descriptors.items() if rule_id in NOTIFYING] or None,
    )
    run = om.Run(
        tool=om.Tool(driver=driver),
        column_kind="unicodeCodePoints",
        original_uri_base_ids={_ROOT: om.ArtifactLocation(description=om.Message(text="The root of the repository."))},
        invocations=[invocation],
    )
    head = one_line(_plain(run)).removesuffix("}")
    return f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{head}, "results": [\n{results}\n]}}]}}\n'


class _Writer:
    """Turns findings into results; remembers where each rule stands in the list and the line hashes of each file."""

    def __init__(self, rule_ids: list[str], source: Sources, relative: Callable[[str], str]) -> None:
        self._index = {rule_id: index for index, rule_id in enumerate(rule_ids)}
        self._notifying = [rule_id for rule_id in rule_ids if rule_id in NOTIFYING]
        self._source = source
        self._relative = relative
        self._hashes: dict[str, list[str]] = {}

    def result(self, finding: Finding) -> Any:
        related = [
            self._location(other.path, other.span, printable(other.message) or None, number)
            for number, other in enumerate(finding.related, start=1)
        ]
        return om.Result(
            rule_id=finding.rule,
            rule_index=self._index[finding.rule],
            level=_LEVELS[finding.severity],
            message=om.Message(text=_sentence(finding.message) + _links(finding.related)),
            locations=[self._primary(finding)],
            related_locations=related or None,
            code_flows=self._code_flows(finding),
            fixes=[self._fix(finding.fix)] if finding.fix is not None and finding.fix.edits else None,
            partial_fingerprints=self._fingerprints(finding) or None,
        )

    def notification(self, finding: Finding) -> Any:
        return om.Notification(
            message=om.Message(text=_sentence(finding.message)),
            level=_LEVELS[finding.severity],
            descriptor=om.ReportingDescriptorReference(id=finding.rule, index=self._notifying.index(finding.rule)),
            locations=[self._location(finding.path, finding.span)],
        )

    def _primary(self, finding: Finding) -> Any:
        location = self._location(finding.path, finding.span)
        if finding.resource is not None:
            owner = finding.resource
            full = "/".join(filter(None, (owner.api_version, owner.kind, owner.namespace, owner.name)))
            location.logical_locations = [
                om.LogicalLocation(name=printable(str(owner)), fully_qualified_name=printable(full), kind="object"),
            ]
        return location

    def _location(self, path: str, span: Span, message: str | None = None, number: int | None = None) -> Any:
        physical = om.PhysicalLocation(artifact_location=self._artifact(path), region=_region(span))
        location = om.Location(physical_location=physical, message=om.Message(text=message) if message else None)
        if number is not None:
            location.id = number
        return location

    def _artifact(self, path: str) -> Any:
        """The file by its place below the repository's root; one that lies elsewhere by its whole path."""
        place = posixpath.normpath(self._relative(path).replace(os.sep, "/"))
        uri = quote(_name_bytes(place), safe="/")
        if re.match("/|[A-Za-z]%3A/", uri):
            return om.ArtifactLocation(uri="file:///" + uri.lstrip("/"))
        return om.ArtifactLocation(uri=uri, uri_base_id=_ROOT)

    def _code_flows(self, finding: Finding) -> list[Any] | None:
        """The way through the files of a finding that spans several, ending at the place to mend, where GitHub shows the alert."""
        if all(other.path == finding.path for other in finding.related):
            return None
        steps = [self._location(other.path, other.span, printable(other.message) or None) for other in finding.related]
        steps.append(self._location(finding.path, finding.span, _sentence(finding.message)))
        return [om.CodeFlow(thread_flows=[om.ThreadFlow(locations=[om.ThreadFlowLocation(location=step) for step in steps])])]

    def _fix(self, fix: Repair) -> Any:
        changes: dict[str, list[Any]] = {}
        for edit in fix.edits:
            inserted = om.ArtifactContent(text=edit.text) if edit.text else None
            changes.setdefault(edit.path, []).append(om.Replacement(deleted_region=_region(edit.span), inserted_content=inserted))
        return om.Fix(
            description=om.Message(text=_sentence(fix.description)),
            artifact_changes=[
                om.ArtifactChange(artifact_location=self._artifact(path), replacements=replacements)
                for path, replacements in changes.items()
            ],
        )

    def _fingerprints(self, finding: Finding) -> dict[str, str]:
        fingerprints = {"rollproof/v1": finding.fingerprint} if finding.fingerprint else {}
        text = self._source(finding.path)
        if text is not None and text.encoding == "utf-8":
            if finding.path not in self._hashes:
                self._hashes[finding.path] = line_hashes(text.mark.decode() + text.text)
            hashes = self._hashes[finding.path]
            if finding.span.line <= len(hashes):
                fingerprints["primaryLocationLineHash"] = hashes[finding.span.line - 1]
        return fingerprints


def _descriptor(rule: Rule) -> Any:
    prose = re.split(r"(?m)^```", rule.page.strip(), maxsplit=1)[0]
    page = rule.page.strip()
    for link in rule.see:
        page += f"\n\nSee <{link}>."
    return om.ReportingDescriptor(
        id=rule.id,
        name=_pascal(rule.id),
        short_description=om.MultiformatMessageString(text=_cut(_sentence(rule.summary or rule.id))),
        full_description=om.MultiformatMessageString(text=_cut(" ".join(prose.split())) or _sentence(rule.id)),
        help=om.MultiformatMessageString(text=page or _sentence(rule.id), markdown=page or _sentence(rule.id)),
        help_uri=rule.see[0] if rule.see else None,
        default_configuration=om.ReportingConfiguration(level=_LEVELS[rule.severity]),
        properties={
            "tags": ["kubernetes", rule.category],
            "precision": "high",
            "problem.severity": _PROBLEM_SEVERITIES[rule.severity],
        },
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_DESCRIPTION else text[:_LONGEST_DESCRIPTION].rpartition(" ")[0] + " …"


def _bare_descriptor(finding: Finding) -> Any:
    """For a rule that was not among the enabled ones: GitHub refuses results whose rule says nothing about itself."""
    text = om.MultiformatMessageString(text=_sentence(finding.rule.replace("-", " ").capitalize()))
    return om.ReportingDescriptor(
        id=finding.rule,
        name=_pascal(finding.rule),
        short_description=text,
        full_description=text,
        help=text,
        default_configuration=om.ReportingConfiguration(level=_LEVELS[finding.severity]),
    )


def _name_bytes(name: str) -> bytes:
    """A file's name as bytes to percent-encode (RFC 3986 §2.5): UTF-8, and the very bytes of a name that is not text."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")  # Windows allows half of a surrogate pair in a name


def _region(span: Span) -> Any:
    return om.Region(start_line=span.line, start_column=span.column, end_line=span.end_line, end_column=span.end_column)


def _sentence(text: str) -> str:
    """The text with a full stop, and without what would be read as an embedded link (SARIF §3.11.6)."""
    shown = printable(text).strip().replace("](", "] (")
    return shown if shown.endswith((".", "?", "!")) else shown + "."


def _links(related: tuple[Related, ...]) -> str:
    """Links to the related places: viewers, GitHub among them, show only those that the message links to."""
    if not related:
        return ""
    links = [f"[{_link_text(other.message)}]({number})" for number, other in enumerate(related, start=1)]
    return f" Related: {'; '.join(links)}."


def _link_text(text: str) -> str:
    """Brackets and the backslash escaped, as SARIF §3.11.6 has it."""
    return re.sub(r"([\\\[\]])", r"\\\1", printable(text)) or "here"


def _pascal(rule_id: str) -> str:
    return "".join(word.capitalize() for word in rule_id.split("-"))


# A level is written even where it is the default of the schema: readers take a missing one for the rule's level, or for an error.
_ALWAYS_WRITTEN = {("Result", "level"), ("ReportingConfiguration", "level"), ("Notification", "level")}


def _plain(node: Any) -> Any:
    """A tree of sarif_om objects as JSON data, without properties that have the schema's default."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    kind: Any = type(node)
    if not attr.has(kind):
        return node
    values = ((public, getattr(node, name), default) for name, public, default in _properties(kind))
    return {public: _plain(value) for public, value, default in values if value is not None and value != default}


@cache
def _properties(kind: Any) -> tuple[tuple[str, str, object], ...]:
    """Attribute, property and the default that goes without saying, of one sarif_om class."""

    def default(field: Any) -> object:
        if (kind.__name__, field.name) in _ALWAYS_WRITTEN:
            return attr.NOTHING
        return field.default.factory() if hasattr(field.default, "factory") else field.default

    return tuple((field.name, field.metadata["schema_property_name"], default(field)) for field in attr.fields(kind))
