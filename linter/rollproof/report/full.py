"""The report for people: each finding with the lines it speaks of, and a last line that counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollproof.finding import SEVERITIES
from rollproof.report.excerpt import plain, underlined
from rollproof.report.printable import printable

if TYPE_CHECKING:
    from rollproof.finding import Finding, Report
    from rollproof.report.context import Sources
    from rollproof.source import Source
    from rollproof.span import Span

# Select Graphic Rendition, ECMA-48 §8.3.117: bold, then a colour of the terminal's own palette.
_STYLES = {"error": "1;31", "warning": "1;33", "info": "1;36", "strong": "1", "frame": "34", "help": "32"}

_PLURALS = {"error": "errors", "warning": "warnings", "info": "info", "file": "files"}


class _Pen:
    """Puts text in a style, or leaves it alone where no colour is wanted."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color and text else text


def render(report: Report, source: Sources, *, color: bool) -> str:
    """Every finding with its excerpts, a blank line after each, and the summary."""
    pen = _Pen(color)
    parts = ["\n".join(_finding(finding, source, pen)) + "\n" for finding in report.findings]
    return "\n".join([*parts, pen("strong", summary(report)) + "\n"])


def summary(report: Report) -> str:
    """One sentence: how many findings of each severity, in how many files, how many were suppressed, how many ``--fix`` mends."""
    counts = [_count(report.count(severity), severity) for severity in SEVERITIES if report.count(severity)]
    what = "Found " + " and ".join(filter(None, [", ".join(counts[:-1]), counts[-1]])) if counts else "Found no problems"
    fixable = sum(finding.fix is not None and finding.fix.safe for finding in report.findings)
    asides = [f"{report.suppressed} suppressed"] if report.suppressed else []
    asides += [f"{fixable} fixable with --fix"] if fixable else []
    return f"{what} in {_count(report.files, 'file')}" + (f" ({', '.join(asides)})." if asides else ".")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else _PLURALS[noun]}"


def _finding(finding: Finding, source: Sources, pen: _Pen) -> Iterator[str]:
    spans = [(finding.path, finding.span), *((other.path, other.span) for other in finding.related)]
    gutter = max(len(str(span.line + 1)) for _, span in spans)
    yield f"{pen(finding.severity, f'{finding.severity}[{finding.rule}]')}{pen('strong', ': ' + printable(finding.message))}"
    owner = f" in {printable(str(finding.resource))}" if finding.resource is not None else ""
    yield f"{' ' * gutter}{pen('frame', '-->')} {_where(finding.path, finding.span)}{owner}"
    yield from _excerpt(source(finding.path), finding.span, gutter, pen, finding.severity)
    for other in finding.related:
        yield f"{' ' * gutter}{pen('frame', '-->')} {_where(other.path, other.span)}"
        text = source(other.path)
        if text is not None and text.line(other.span.line):
            yield from _excerpt(text, other.span, gutter, pen, "frame", printable(other.message))
        else:
            yield f"{' ' * gutter} {pen('frame', '=')} {printable(other.message)}"
    advice = _advice(finding)
    if advice:
        yield f"{' ' * gutter} {pen('frame', '=')} {pen('help', 'help')}: {advice}"


def _where(path: str, span: Span) -> str:
    return f"{printable(path)}:{span.line}:{span.column}"


def _excerpt(source: Source | None, span: Span, gutter: int, pen: _Pen, style: str, note: str = "") -> Iterator[str]:
    """The line of ``span`` underlined; around the primary place, which has no note, also the line before and the line after."""
    if source is None or not source.line(span.line):
        return
    around = 0 if note else 1
    yield f"{' ' * gutter} {pen('frame', '|')}"
    for number in range(span.line - around, span.line + around + 1):
        line = source.line(number)
        if number != span.line and not line.strip():
            continue
        shown, before, size = underlined(line, span) if number == span.line else (plain(line), 0, 0)
        yield f"{pen('frame', f'{number:>{gutter}} |')} {shown}".rstrip()
        if size:
            mark = ("-" if note else "^") * size
            yield f"{' ' * gutter} {pen('frame', '|')} {' ' * before}{pen(style, f'{mark} {note}'.rstrip())}"
    yield f"{' ' * gutter} {pen('frame', '|')}"


def _advice(finding: Finding) -> str:
    """What to do, where the message does not say it already."""
    if finding.suggestion is not None and finding.suggestion in finding.message:
        return ""
    if finding.fix is not None:
        return "" if finding.fix.description in finding.message else printable(finding.fix.description)
    return f"did you mean '{printable(finding.suggestion)}'?" if finding.suggestion is not None else ""
