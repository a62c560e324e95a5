"""Findings that the manifest's author has looked at and silenced: ignore comments and annotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rollproof.finding import Finding, Severity
from rollproof.model.resource import Identity, Resource
from rollproof.source import Source
from rollproof.span import Span

ANNOTATION = "rollproof/ignore"

_COMMENT = re.compile(r"#\s*rollproof:\s*ignore\[([^\]\n]*)\][ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One ignore: of ``rules`` on ``lines`` of a file (a comment), or on a whole object (an annotation, ``resource`` set).

    ``line`` and ``column`` are where the ignore itself stands, ``width`` how long it is.
    """

    path: str
    rules: frozenset[str]
    line: int
    column: int
    width: int
    lines: frozenset[int] = frozenset()
    resource: Identity | None = None
    document: int = 0

    def covers(self, finding: Finding) -> bool:
        """Whether this ignore silences the finding."""
        if finding.path != self.path or finding.rule not in self.rules:
            return False
        if self.resource is None:
            return finding.span.line in self.lines
        return finding.resource == self.resource and finding.document == self.document


def in_comments(source: Source) -> Iterator[Ignore]:
    """The ignore comments of a file: on the line itself, or alone on the line above (several may be stacked)."""
    if "rollproof:" not in source.text:
        return
    for number in range(1, len(source.line_starts) + 1):
        line = source.line(number)
        found = _COMMENT.search(line)
        if not found:
            continue
        alone = not line[: found.start()].strip()
        target = number
        if alone:
            target = number + 1
            while _COMMENT.match(source.line(target).strip()):
                target += 1
        rules = frozenset(word.strip() for word in found[1].split(",") if word.strip())
        yield Ignore(source.name, rules, number, found.start() + 1, len(found[0].rstrip()), frozenset({number, target}))


def in_annotations(resource: Resource, line: int, column: int, width: int) -> Ignore | None:
    """The ignore annotation of an object, where it has one; the place is that of the annotation."""
    text = resource.annotations.get(ANNOTATION)
    if text is None:
        return None
    rules = frozenset(word.strip() for word in text.split(",") if word.strip())
    return Ignore(resource.source, rules, line, column, width, resource=resource.identity, document=resource.document)


def silence(findings: Iterable[Finding], ignores: Iterable[Ignore]) -> tuple[list[Finding], int, set[tuple[Ignore, str]]]:
    """Findings that no ignore covers, how many one does, and the pairs of ignore and rule that silenced something."""
    by_path: dict[str, list[Ignore]] = {}
    for ignore in ignores:
        by_path.setdefault(ignore.path, []).append(ignore)
    kept: list[Finding] = []
    used: set[tuple[Ignore, str]] = set()
    silenced = 0
    for finding in findings:
        covering = [ignore for ignore in by_path.get(finding.path, ()) if ignore.covers(finding)]
        if covering:
            silenced += 1
            used.update((ignore, finding.rule) for ignore in covering)
        else:
            kept.append(finding)
    return kept, silenced, used


def unused(ignores: Iterable[Ignore], used: set[tuple[Ignore, str]], enabled: frozenset[str], severity: Severity) -> Iterator[Finding]:
    """A finding for each rule named by an ignore that ignored nothing; rules that are off were not asked, so they are left alone."""
    for ignore in ignores:
        for rule in sorted(ignore.rules):
            if (ignore, rule) not in used and rule in enabled:
                yield Finding(
                    "unused-ignore",
                    severity,
                    f"this ignores '{rule}', which finds nothing here",
                    ignore.path,
                    Span(ignore.line, ignore.column, ignore.line, ignore.column + ignore.width),
                    ignore.document,
                    ignore.resource,
                )
