"""Why a text is not YAML: the cause and its place, not where the parser gave up."""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass, replace

from rollproof import slips, tree
from rollproof.slips import Edit, Row, Slip
from rollproof.tree import YAMLSyntaxError

_PARSED_IN_TRIALS = 400_000
"""Characters. Guesses are tried by parsing the text they would make, and a large text is not worth many."""

_MOST_TRIALS = 60

_ALIAS = re.compile(r"\*([^\s,\[\]{}]*)")
_ANCHOR = re.compile(r"(?:^|[\s\[{,])&([\w-]+)", re.MULTILINE)
_UNREAD = re.compile(r"(?:\s+|#[^\r\n]*)*+[^\s#]")
_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?[\r\n]+)*+(%[^\r\n]*)")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|={7}|\|{7})(?: |$)", re.MULTILINE)

_WHAT_FAILED: tuple[tuple[str, str], ...] = (
    (r"quoted scalar", "the quote that opens here is never closed"),
    (r"flow sequence", "the '[' that opens here is never closed, or something between it and its ']' is no item"),
    (r"flow mapping", "the '{' that opens here is never closed, or something between it and its '}' is no entry"),
    (r"block scalar", "behind '|' and '>' there may only be '+', '-' or a digit, and the text starts on the next line"),
    (r"mapping values", "a colon stands where no key can be; the line may be indented too far, or its value may need quotes"),
    (r"sequence entries|block collection", "a list item stands here where none can be"),
    (r"expected ':'", "this line is neither a key with a colon nor part of a text"),
    (r"tag", "what starts with '!' here is no tag; put it in quotes to mean text"),
    (r"alphabetic or numeric", "'&' and '*' need a name behind them; put the value in quotes to mean text"),
    (r"token", "no value can start with this character; put it in quotes to mean text"),
)
"""Words in either parser's context or problem, and ours; the first three are about where the parser came from."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What to change. ``start`` and ``end`` are code point offsets in the document's text; ``fix`` is a description and replacements.

    ``safe`` says that the text parses once the fix is made, and that no other repair as small would do.
    """

    start: int
    end: int
    message: str
    suggestion: str | None = None
    fix: tuple[str, tuple[Edit, ...]] | None = None
    safe: bool = False
    related: tuple[tuple[int, int, str], ...] = ()


def explain(text: str, failure: YAMLSyntaxError) -> Cause:
    """The likeliest cause of ``failure`` in ``text``: the smallest repair that makes the text parse, or at least get further."""
    if plain := _plain_cause(text, failure):
        return plain
    lines = slips.rows(text)
    at = _line_of(lines, failure.index)
    if lines[at].text[: len(lines[at].text) - len(lines[at].text.lstrip())].count("\t"):
        return _tab(text, lines, at)
    return _tried(text, lines, at) or _unexplained(lines, at, failure)


def _line_of(lines: list[Row], index: int) -> int:
    """The line that the parser stopped on; the last one with content where it stopped behind all content."""
    at = max((number for number, row in enumerate(lines) if row.start <= index), default=0)
    return next((number for number in range(at, -1, -1) if not lines[number].empty), at)


def _plain_cause(text: str, failure: YAMLSyntaxError) -> Cause | None:
    """Causes that stand exactly where the parser stopped, or that a look at the text shows."""
    at = min(failure.index, len(text))
    if failure.problem == tree.TOO_DEEP:
        return Cause(at, at + 1, f"{failure.problem}, which no manifest does")
    if failure.problem.startswith("control characters"):
        return Cause(
            at, at + 1, f"the control character U+{ord(text[at]) if at < len(text) else 0:04X} is not allowed in YAML; take it out"
        )
    if "byte order mark" in failure.problem:
        return Cause(
            at, at + 1, "an invisible byte order mark stands at the start of this line; take it out", fix=_removal(at, at + 1), safe=True
        )
    if conflict := _CONFLICT.search(text):
        return Cause(*_line_around(text, conflict.start()), "a conflict of a merge was left unresolved here")
    if directive := _DIRECTIVE.match(text):
        message = f"{directive[1][:40].strip()!r} is a YAML directive, which kubectl refuses; leave the line out"
        return Cause(*_line_around(text, directive.start(1)), message)
    if "undefined alias" in failure.problem and (alias := _ALIAS.match(text, at)):
        return _undefined_alias(text, at, alias)
    if "escape" in failure.problem and "URI" not in failure.problem and "%" not in failure.problem:
        return _escape(text, at)
    return None


def _line_around(text: str, at: int) -> tuple[int, int]:
    """The content of the line at an offset."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    ending = re.compile(r"[\r\n]|\Z").search(text, start)
    return start, start + len(text[start : ending.start() if ending else len(text)].rstrip())


def _removal(start: int, end: int) -> tuple[str, tuple[Edit, ...]]:
    return "take it out", ((start, end, ""),)


def _undefined_alias(text: str, at: int, alias: re.Match[str]) -> Cause:
    name = alias[1].rstrip(":")
    end = at + 1 + len(name)
    anchors = [anchor[1] for anchor in _ANCHOR.finditer(text)]
    if name in anchors:
        return Cause(at, end, f"the alias '*{name[:40]}' stands before its anchor '&{name[:40]}'; aliases point backwards only")
    near = difflib.get_close_matches(name, anchors, 1)
    message = f"the alias '*{name[:40]}' has no anchor '&{name[:40]}' in this document"
    if not near:
        return Cause(at, end, f"{message}; put it in quotes if it is no alias")
    fix = (f"point to '&{near[0]}'", ((at, end, f"*{near[0]}"),))
    return Cause(at, end, f"{message} (did you mean '*{near[0]}'?)", f"*{near[0]}", fix)


def _escape(text: str, at: int) -> Cause:
    backslash = text.rfind("\\", 0, at + 1)
    start = backslash if backslash >= 0 and at - backslash <= 10 else at
    shown = text[start : start + 2].strip()
    message = f"{shown!r} is no escape in a text in double quotes; double the backslash, or use single quotes".replace("\\\\", "\\")
    return Cause(start, start + 2, message, fix=("double the backslash", ((start, start, "\\"),)) if shown.startswith("\\") else None)


def _tab(text: str, lines: list[Row], at: int) -> Cause:
    row = lines[at]
    blanks = len(row.text) - len(row.text.lstrip())
    message = f"{row.text.strip()[:40]!r} is indented with a tab; YAML takes only spaces there"
    start, end = row.start, row.start + blanks
    for column in _columns_for_tab(lines, at):
        edits: tuple[Edit, ...] = ((start, end, " " * column),)
        if _failure_after(text, edits) is None:
            return Cause(start, end, message, fix=(f"indent it by {column} spaces", edits), safe=True)
    step = slips.usual_step(lines)
    tabbed = [line for line in lines if "\t" in line.text[: len(line.text) - len(line.text.lstrip())]]
    edits = tuple((line.start, line.start + len(lead), lead.expandtabs(step)) for line in tabbed if (lead := _lead(line)))
    if _failure_after(text, edits) is None:
        return Cause(start, end, message, fix=(f"replace each tab by {step} spaces", edits))
    return Cause(start, end, message)


def _lead(row: Row) -> str:
    return row.text[: len(row.text) - len(row.text.lstrip())]


def _columns_for_tab(lines: list[Row], at: int) -> list[int]:
    """Where the line may stand without its tabs: first as deep as the line above asks for or stands, then further out."""
    step = slips.usual_step(lines)
    bare = [*lines[:at], Row(lines[at].start, lines[at].text.lstrip())]
    return list(dict.fromkeys(column for column, _, _ in slips.columns_above(bare, at, step)))


def _tried(text: str, lines: list[Row], at: int) -> Cause | None:
    """The first guess that makes the text parse; else the one that gets the parser furthest past this line."""
    trials = max(3, min(_MOST_TRIALS, _PARSED_IN_TRIALS // max(len(text), 1)))
    furthest: tuple[int, Slip] | None = None
    guesses = itertools.islice(slips.guesses(lines, at), trials)
    for slip in guesses:
        stopped = _failure_after(text, slip.edits)
        if stopped is None:
            other = next(guesses, None)
            if other and (other.start, other.end) == (slip.start, slip.end) and _failure_after(text, other.edits) is None:
                return _cause(replace(slip, advice=f"{slip.advice}, or {other.advice}"), safe=False)
            return _cause(slip, safe=slip.certain)
        reached = _line_of(lines, stopped - sum(len(new) - (end - start) for start, end, new in slip.edits))
        if reached > at and (furthest is None or reached > furthest[0]):
            furthest = reached, slip
    return _cause(furthest[1], safe=False) if furthest else None


def _failure_after(text: str, edits: tuple[Edit, ...]) -> int | None:
    """Where the parser stops once the edits are made; None where it does not."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    try:
        root = tree.compose(text)
    except YAMLSyntaxError as failure:
        return failure.index
    if root is None:
        return len(text)
    # A parser does not look behind the first document, and what it leaves unread is not mended.
    left = _UNREAD.match(text, root.end_mark.index)
    return left.end() - 1 if left else None


def _cause(slip: Slip, *, safe: bool) -> Cause:
    description = slip.advice.partition(", or ")[0]
    return Cause(slip.start, slip.end, f"{slip.message}; {slip.advice}", None, (description, slip.edits), safe, slip.related)


def _unexplained(lines: list[Row], at: int, failure: YAMLSyntaxError) -> Cause:
    said = f"{failure.context}; {failure.problem}"
    for words, message in _WHAT_FAILED[:3]:
        if re.search(words, failure.context) and failure.context_index is not None:
            origin = lines[_line_of(lines, failure.context_index)]
            return Cause(failure.context_index, max(origin.content[1], failure.context_index + 1), message)
    start, end = lines[at].content
    shown = lines[at].text.strip()[:40]
    for words, message in _WHAT_FAILED[3:]:
        if re.search(words, said):
            return Cause(start, end, f"{shown!r} is not YAML: {message}")
    return Cause(
        start, end, f"{shown!r} does not fit what stands above it: it is neither the next key, nor the next item, nor part of a text"
    )
