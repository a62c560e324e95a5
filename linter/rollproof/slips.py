"""Slips of the pen that make a text unreadable: each a guess at what is wrong on one line, with the edit that would mend it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Edit = tuple[int, int, str]
"""Put the text in place of what lies between two code point offsets."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_NO_SPACE_AFTER_COLON = re.compile(r"[ ]*(?:- +)*([\w./-]+):(?=[^\s:/])")
_NO_SPACE_AFTER_DASH = re.compile(r"[ ]*-(?=[\w\"'][^:]*:(?:\s|$))")
_LONE_WORD = re.compile(r"[ ]*(?:- +)*([A-Za-z][\w./-]*)\s*(?:#.*)?$")
_TWO_WORDS = re.compile(r"[ ]*(?:- +)*([A-Za-z][\w./-]*)[ ]+(?![#:])[^\s]")
_VALUE = re.compile(r"[ ]*(?:- +)*(?:\"[^\"]*\"|'[^']*'|[^\s\"'#\[\]{},][^#]*?):[ \t]+(?P<value>\S.*?)[ \t]*(?:[ \t]#.*)?$")
_ITEM_VALUE = re.compile(r"[ ]*(?:- +)+(?P<value>\S.*?)[ \t]*(?:[ \t]#.*)?$")
_LEADING = re.compile(r"[ ]*((?:- +)*)")
_QUOTE = re.compile(r"(?:^[ ]*(?:[-?] +)*|[:,\[{][ \t]+|[,\[{])(?=([\"']))")
_CLOSING = {'"': re.compile(r'"(?:[^"\\]|\\.)*"'), "'": re.compile(r"'(?:[^']|'')*'")}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
_COMMENT = re.compile(r"[ \t]+#.*$")
_NEAR = 3
_MANY_QUOTES = 12


@dataclass(frozen=True, slots=True)
class Slip:
    """A guess: what lies between ``start`` and ``end`` is wrong, ``message`` says why, and ``edits`` mend it.

    ``certain`` says that the edit is what was meant if it mends the text; else there may be other ways to mend it.
    """

    start: int
    end: int
    message: str
    advice: str
    edits: tuple[Edit, ...]
    certain: bool = True
    related: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True)
class Row:
    """One line without its end; ``start`` is its code point offset in the text."""

    start: int
    text: str

    @cached_property
    def indent(self) -> int:
        """Columns of leading spaces."""
        return len(self.text) - len(self.text.lstrip(" "))

    @cached_property
    def empty(self) -> bool:
        """Whether there is nothing but blanks or a comment."""
        stripped = self.text.strip()
        return not stripped or stripped.startswith("#")

    @cached_property
    def content(self) -> tuple[int, int]:
        """The offsets of the text without its indentation and a trailing comment."""
        first = len(self.text) - len(self.text.lstrip())
        body = _COMMENT.sub("", self.text).rstrip() if not self.empty else self.text.rstrip()
        return self.start + first, self.start + max(len(body), first)

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """Where its list items and its key stand: ``  - name: x`` has a dash in column 2 and a key in column 4."""
        leading = _LEADING.match(self.text)
        dashes = leading[1] if leading else ""
        at, found = self.indent, []
        for part in re.findall(r"- +", dashes):
            found.append(at)
            at += len(part)
        return (*found, at)

    @cached_property
    def opens(self) -> bool:
        """Whether a deeper block may follow: the line ends with its key's colon or a bare dash."""
        body = _COMMENT.sub("", self.text).rstrip()
        return body.endswith((":", "-"))

    @cached_property
    def name(self) -> str:
        """The key, or else the beginning of the line, quoted and cut to 40 characters."""
        key = re.match(r"[ ]*(?:- +)*[\"']?([^\"'\s:#][^\"':#]*)", self.text)
        return repr((key[1] if key else self.text).strip()[:40])


def rows(text: str) -> list[Row]:
    """The lines of ``text``, as LF, CR LF and lone CR end them."""
    return [Row(line.start(), line[0].rstrip("\r\n")) for line in _LINE.finditer(text) if line[0] or line.start() == 0]


def guesses(lines: list[Row], at: int) -> Iterator[Slip]:
    """The slips that may be why a parser gave up on line ``at`` (zero-based), the likeliest first."""
    near = [number for number in range(at, -1, -1) if not lines[number].empty][: _NEAR + 1]
    for number in near:
        yield from _spacing(lines, number)
    yield from _open_quotes(lines, at)
    yield from _brackets(lines, near)
    moves = _by_indent(lines, near)
    yield from (slip for slip, irregular in moves if irregular)
    for number in near[:2]:
        yield from _unquoted(lines[number])
    for number in near:
        if two := _TWO_WORDS.match(lines[number].text):
            yield _missing_colon(lines[number], two, certain=False)
    yield from (slip for slip, irregular in moves if not irregular)


def _spacing(lines: list[Row], number: int) -> Iterator[Slip]:
    row = lines[number]
    if tight := _NO_SPACE_AFTER_COLON.match(row.text):
        at = row.start + tight.end()
        start, end = row.content
        advice = f"put a space behind {tight[1][:40] + ':'!r}"
        yield Slip(start, end, f"no space between the colon of {tight[1][:40]!r} and its value", advice, ((at, at, " "),))
    if tight := _NO_SPACE_AFTER_DASH.match(row.text):
        at = row.start + tight.end()
        yield Slip(
            *row.content, f"no space between '-' and {row.text[tight.end() :].strip()[:40]!r}", "put a space behind '-'", ((at, at, " "),)
        )
    if (word := _LONE_WORD.match(row.text)) and (following := _following(lines, number)):
        same_list = following.text.lstrip().startswith("- ") and following.indent == row.columns[-1]
        if following.indent > row.indent or same_list:
            yield _missing_colon(row, word)


def _missing_colon(row: Row, word: re.Match[str], *, certain: bool = True) -> Slip:
    at = row.start + word.end(1)
    name = word[1][:40]
    return Slip(row.start + word.start(1), at, f"no colon behind the key {name!r}", f"write {name + ':'!r}", ((at, at, ":"),), certain)


def _following(lines: list[Row], number: int) -> Row | None:
    return next((row for row in lines[number + 1 :] if not row.empty), None)


def _open_quotes(lines: list[Row], at: int) -> Iterator[Slip]:
    """Lines up to ``at`` on which a quote opens that the line does not close, the nearest last."""
    found = [(row, quote) for row in lines[: at + 1] if not row.empty and (quote := _open_quote(row.text)) is not None]
    for row, quote in found[-_MANY_QUOTES:]:
        mark = row.text[quote]
        comment = _COMMENT.search(row.text, quote)
        ends = [len(row.text.rstrip())]
        if comment:
            ends.insert(0, comment.start())
        if key := re.match(r"[\"'][^\"']*?(?=:(?: |$))", row.text[quote:]):
            ends.append(quote + key.end())
        for end in ends:
            place = row.start + end
            shown = row.text[quote:end][:40]
            message = f"the quote before {shown[1:]!r} is never closed"
            edits = ((place, place, mark),)
            yield Slip(row.start + quote, place, message, f"close it with {mark}", edits, certain=len(ends) == 1)


def _open_quote(line: str) -> int | None:
    """Where the quote opens that ``line`` does not close."""
    at = 0
    while opening := _QUOTE.search(line, at):
        closed = _CLOSING[opening[1]].match(line, opening.end())
        if not closed:
            return opening.end()
        at = closed.end()
    return None


def _brackets(lines: list[Row], near: list[int]) -> Iterator[Slip]:
    """Nearby lines that open more brackets than they close, or close one too many, or lack a comma."""
    for number in near[1:]:
        above = "".join(_bare(row) for row in lines[: number + 1])
        if above.count("[") + above.count("{") > above.count("]") + above.count("}") and above[-1:] not in ",[{":
            start, end = lines[number].content
            shown = lines[number].text.strip()[-40:]
            yield Slip(start, end, f"no comma between {shown!r} and the next entry", "put a comma there", ((end, end, ","),))
    for number in near:
        row = lines[number]
        bare = _bare(row)
        opened: list[int] = []
        for at, character in enumerate(bare):
            if character in "[{" and (opened or re.search(r"(?:^|[\s\[{,:-])$", bare[:at])):
                opened.append(at)
            elif character in "]}" and opened:
                opened.pop()
            elif character in "]}" and re.search(r"[\]}]\s*$", bare[:at]):
                place = row.start + at
                yield Slip(place, place + 1, f"{character!r} closes nothing", "take it out", ((place, place + 1, ""),))
        if opened:
            place = row.start + len(bare)
            closers = "".join("]" if bare[at] == "[" else "}" for at in reversed(opened))
            first = row.start + opened[-1]
            following = row.text[opened[-1] + 1 : len(bare)].strip()[:40]
            message = f"{bare[opened[-1]]!r} {f'before {following!r} ' if following else ''}is never closed"
            yield Slip(first, place, message, f"close it with {closers[0]!r}", ((place, place, closers),), certain=False)


def _bare(row: Row) -> str:
    """The line without its comment, and with quoted text masked."""
    return "" if row.empty else _COMMENT.sub("", _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), row.text)).rstrip()


def _by_indent(lines: list[Row], near: list[int]) -> list[tuple[Slip, bool]]:
    """Ways to move one of the lines to where its siblings or a parent's children stand, the least surprising first.

    The flag says that the line stands where none above it does, and would stand as deep as lines of this text usually do.
    """
    step = usual_step(lines)
    ranked: list[tuple[tuple[bool, bool, int, int], Slip]] = []
    for distance, number in enumerate(near):
        row = lines[number]
        above = columns_above(lines, number, step)
        irregular = row.indent not in [column for column, _, _ in above]
        for column, regular, parent in above:
            if column != row.indent and abs(column - row.indent) <= max(4, step * 2):
                slip = _misplaced(row, column, parent, certain=regular and irregular and abs(column - row.indent) == 1)
                ranked.append(((not regular, not irregular, abs(column - row.indent), distance), slip))
    return [(slip, not rank[0] and not rank[1]) for rank, slip in sorted(ranked, key=lambda entry: entry[0])]


def usual_step(lines: list[Row]) -> int:
    """By how many spaces this text indents one level."""
    steps: Counter[int] = Counter()
    above: Row | None = None
    for row in lines:
        if row.empty:
            continue
        if above is not None and above.opens and row.indent > above.columns[-1]:
            steps[row.indent - above.columns[-1]] += 1
        above = row
    return steps.most_common(1)[0][0] if steps else 2


def columns_above(lines: list[Row], number: int, step: int) -> list[tuple[int, bool, Row | None]]:
    """The columns at which line ``number`` could stand: column, whether it is as deep as usual, and the line it would belong to."""
    open_columns: list[tuple[int, Row, Row | None]] = []
    last: Row | None = None
    for row in lines[:number]:
        if row.empty:
            continue
        while open_columns and open_columns[-1][0] >= row.columns[0]:
            open_columns.pop()
        for column in row.columns:
            open_columns.append((column, row, open_columns[-1][1] if open_columns else None))
        last = row
    item = len(lines[number].columns) > 1
    found = [
        (column, _is_usual(column, parent, step), parent)
        for column, row, parent in open_columns
        # A list item goes below another's dash, or below the key that opens the list; a key goes below a key.
        if (column != row.columns[-1] or row.opens if item else column == row.columns[-1])
    ]
    if last is not None and last.opens:
        found.append((last.columns[-1] + step, True, last))
    return found[::-1]


def _is_usual(column: int, parent: Row | None, step: int) -> bool:
    return column == 0 if parent is None else any(column - start in (0, 2, step) for start in parent.columns)


def _misplaced(row: Row, column: int, parent: Row | None, *, certain: bool) -> Slip:
    spaces = f"{row.indent} space" + ("" if row.indent == 1 else "s")
    if parent is None:
        place = "the outermost keys"
    elif column in parent.columns:
        place = f"the other keys of the item that starts with {parent.name}"
    else:
        place = f"the entries of {parent.name}"
    start, end = row.content
    related = ((*parent.content, "its parent"),) if parent is not None else ()
    message = f"{row.name} is indented by {spaces}, where {place} have {column}"
    return Slip(start, end, message, f"indent it by {column}", ((row.start, row.start + row.indent, " " * column),), certain, related)


def _unquoted(row: Row) -> Iterator[Slip]:
    """The value of the line as text in quotes."""
    for form in (_VALUE, _ITEM_VALUE):
        if (found := form.match(row.text)) and (reason := _why_quotes(value := found["value"])):
            start, end = row.start + found.start("value"), row.start + found.end("value")
            yield Slip(
                start, end, reason, "put it in quotes", ((start, end, quoted(value)),), certain=value[0] not in "\"'[{" and form is _VALUE
            )


def _why_quotes(value: str) -> str | None:
    shown = repr(value[:40])
    if value[0] in "@`%":
        return f"the value {shown} starts with {value[0]!r}, which YAML reserves"
    if value[0] == "*":
        return f"the value {shown} starts with '*', which means an alias"
    if value[0] == "&":
        return f"the value {shown} starts with '&', which means an anchor"
    if value[0] == "!":
        return f"the value {shown} starts with '!', which means a tag"
    if value[0] in "[{" and value[-1] not in "]}":
        return f"the value {shown} starts with {value[0]!r}, which opens a collection"
    if value[0] in "|>":
        return f"the value {shown} starts with {value[0]!r}, behind which a text starts on the next line only"
    if value[0] in "\"'" and _CLOSING[value[0]].match(value):
        return f"the value {shown} goes on behind its closing quote"
    if value[0] not in "[{\"'" and re.search(r":(?:\s|$)", value):
        return f"the value {shown} holds a colon with a space behind it, which means another key"
    return None


def quoted(value: str) -> str:
    """``value`` as a YAML scalar in single quotes; quotes around it are replaced."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return "'" + value.replace("'", "''") + "'"
