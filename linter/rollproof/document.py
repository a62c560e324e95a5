"""A source becomes documents: split as kubectl splits, read as kubectl reads, each able to say where any of its values stands."""

from __future__ import annotations

import bisect
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from rollproof import syntax, tree
from rollproof.source import Source
from rollproof.span import At, Path, Span
from rollproof.tree import AliasBombError, Node, UnusableError, YAMLSyntaxError

# apimachinery pkg/util/yaml decoder.go, YAMLReader: a line that starts so ends a document, inside a block scalar too.
_SEPARATOR = re.compile(r"(?m)^---")
_CONTENT = re.compile(r"(?m)^[ \t]*[^\s#]")
_DOCUMENT_END = re.compile(r"(?m)^\.\.\.(?=\s|$)")
_TEMPLATE = re.compile(r"\{\{|\{%")


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with the text itself, before it is any object; its place is concrete because there is no object to have paths in."""

    rule: str
    span: Span
    message: str
    document: int
    field_path: Path = ()
    related: tuple[tuple[Span, str], ...] = ()
    suggestion: str | None = None
    fix: tuple[str, tuple[tuple[Span, str], ...]] | None = None
    safe: bool = True


@dataclass(frozen=True)
class Document:
    """One YAML or JSON document that parsed.

    ``index`` is 0-based in its file; ``data`` is plain data as the API server receives it; ``json`` says that kubectl reads it as JSON,
    where ``2.0`` is no integer; ``repeats_keys`` that some mapping holds a key twice; ``text`` starts at the code point ``offset``.
    """

    source: Source
    index: int
    text: str
    offset: int
    data: object
    json: bool = False
    repeats_keys: bool = False
    _composed: Node = field(default=None, repr=False, compare=False)

    @cached_property
    def root(self) -> Node:
        """The composed tree. JSON documents are composed only when somebody asks where something is."""
        if self._composed is not None:
            return self._composed
        try:
            return tree.compose(self.text)
        except YAMLSyntaxError:
            # Valid JSON that is not valid YAML 1.1 (a surrogate escape): its values have no place of their own then.
            return None

    def span(self, path: Path, at: At = "value") -> Span:
        """Where ``path`` stands. What is absent stands at the key of its deepest ancestor that exists."""
        if self.root is None:
            return _span(self.source, self.offset, self.offset + 1)
        key, node, taken = tree.find(self.root, path)
        start, end = tree.extent(key, node, at if taken == len(path) else "key")
        return self.text_span(start, end)

    def text_span(self, start: int, end: int) -> Span:
        """The span of two code point offsets of this document's text, cut at the end of its first line."""
        newline = re.compile(r"[\r\n]").search(self.text, start, end)
        stop = newline.start() if newline and newline.start() > start else end
        return _span(self.source, self.offset + start, self.offset + max(stop, start))

    def node(self, path: Path) -> tuple[Node | None, Node] | None:
        """The key node (None for list items) and value node at ``path``, or None where it is absent."""
        if self.root is None:
            return None
        key, node, taken = tree.find(self.root, path)
        return (key, node) if taken == len(path) else None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a source held: documents with content, what is wrong with the text, and why some documents were passed over.

    ``passed`` pairs a document's index with a reason in kebab-case; ``total`` counts the documents with content, broken ones included.
    """

    documents: tuple[Document, ...]
    defects: tuple[Defect, ...] = ()
    passed: tuple[tuple[int, str], ...] = ()
    total: int = 0


def _span(source: Source, start: int, end: int) -> Span:
    starts = source.line_starts
    line = bisect.bisect_right(starts, start) - 1
    last = bisect.bisect_right(starts, end) - 1
    return Span(line + 1, start - starts[line] + 1, last + 1, end - starts[last] + 1)


def parse(source: Source) -> Parsed:
    """Every document of ``source``. Never raises: what does not parse is a defect, and the other documents are read all the same."""
    if source.text.lstrip().startswith("{") and (parsed := _parse_json(source)) is not None:
        return parsed
    documents: list[Document] = []
    defects: list[Defect] = []
    passed: list[tuple[int, str]] = []
    index = total = 0
    for start, end, opener in _chunks(source.text):
        text = source.text[start:end]
        content = _CONTENT.search(text)
        if opener is not None:
            defects.append(_bad_separator(source, opener, index))
        if not content:
            # Blank lines before the first `---` are no document; comments there are one, empty, as in kubectl's own count.
            index += start > 0 or bool(text.strip())
            continue
        total += 1
        outcome = _read(source, index, text, start)
        if isinstance(outcome, Document):
            documents.append(outcome)
            defects += _duplicate_keys(outcome)
            defects += _lost_text(outcome)
        elif isinstance(outcome, Defect):
            defects.append(outcome)
        elif outcome:
            passed.append((index, outcome))
        else:
            total -= 1
        index += 1
    return Parsed(tuple(documents), tuple(defects), tuple(passed), total)


def _chunks(text: str) -> list[tuple[int, int, int | None]]:
    """Start and end of each document's text, and the offset of its separator where that separator is malformed."""
    chunks: list[tuple[int, int, int | None]] = []
    start, opener = 0, None
    for separator in _SEPARATOR.finditer(text):
        chunks.append((start, separator.start(), opener))
        line_end = _line_end(text, separator.end())
        rest = text[separator.end() : line_end].strip()
        opener = None if not rest or rest.startswith("#") else separator.start()
        start = line_end
    chunks.append((start, len(text), opener))
    return chunks


def _line_end(text: str, at: int) -> int:
    ends = [end for end in (text.find("\n", at), text.find("\r", at)) if end >= 0]
    return min(ends) if ends else len(text)


def _bad_separator(source: Source, offset: int, index: int) -> Defect:
    line = source.text[offset : _line_end(source.text, offset)].rstrip()
    span = _span(source, offset, offset + len(line))
    return Defect(
        "yaml-document-separator",
        span,
        f"a line that starts with '---' ends the document, and kubectl takes nothing but spaces or a comment after it: {line[:40]!r}",
        index,
        suggestion="---",
    )


def _read(source: Source, index: int, text: str, offset: int) -> Document | Defect | Literal["template", ""]:
    try:
        root = tree.compose(text)
        if root is None:
            return ""
        data, repeated = tree.plain(root, text)
    except YAMLSyntaxError as failure:
        if _TEMPLATE.search(text):
            return "template"
        cause = syntax.explain(text, failure)
        return Defect(
            cause.rule,
            _span(source, offset + cause.start, offset + cause.end),
            cause.message,
            index,
            related=tuple((_span(source, offset + start, offset + end), note) for start, end, note in cause.related),
            suggestion=cause.suggestion,
            fix=(cause.fix[0], tuple((_span(source, offset + a, offset + b), new) for a, b, new in cause.fix[1])) if cause.fix else None,
        )
    except (AliasBombError, UnusableError) as failure:
        if _TEMPLATE.search(text):
            return "template"
        start, end = tree.extent(None, failure.node, "value")
        end = max(start, min(end, _line_end(text, start)))
        return Defect("yaml-syntax", _span(source, offset + start, offset + end), failure.message, index)
    return Document(source, index, text, offset, data, False, repeated, root)


def _duplicate_keys(document: Document) -> list[Defect]:
    if not document.repeats_keys or document.root is None:
        return []
    return [
        Defect(
            "duplicate-key",
            document.text_span(second.second.start_mark.index, second.second.end_mark.index),
            f"key '{second.key}' is written twice here; only the last one counts"
            + (" (both say the same)" if second.same_value else ", and what the first one says is lost"),
            document.index,
            (*second.path, second.key),
            ((document.text_span(second.first.start_mark.index, second.first.end_mark.index), "first written here"),),
        )
        for second in tree.duplicates(document.root)
    ]


def _lost_text(document: Document) -> list[Defect]:
    """kubectl stops at ``...`` and says nothing of what follows up to the next ``---``."""
    end = _DOCUMENT_END.search(document.text)
    if not end or not _CONTENT.search(document.text, end.end()):
        return []
    if document.root.end_mark.index > end.end():
        return []
    return [
        Defect(
            "yaml-document-separator",
            document.text_span(end.start(), end.end()),
            "'...' ends the document, and kubectl drops everything from here to the next '---'",
            document.index,
            suggestion="---",
        )
    ]


def _parse_json(source: Source) -> Parsed | None:
    """JSON objects in a row, as kubectl reads a file that starts with a brace; None where YAML's flow style was meant."""
    text = source.text
    documents: list[Document] = []
    defects: list[Defect] = []
    at = len(text) - len(text.lstrip())
    while at < len(text):
        repeated = False

        def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
            nonlocal repeated
            built = dict(pairs)
            repeated |= len(built) != len(pairs)
            return built

        try:
            data, end = json.JSONDecoder(object_pairs_hook=build).raw_decode(text, at)
        except json.JSONDecodeError as failure:
            if documents or defects:
                span = _span(source, failure.pos, failure.pos + 1)
                defects.append(Defect("yaml-syntax", span, f"not JSON: {failure.msg[:1].lower()}{failure.msg[1:]}", len(documents)))
                break
            return None
        except RecursionError:
            message = f"nested deeper than {tree.DEEPEST} levels"
            defects.append(Defect("yaml-syntax", _span(source, at, at + 1), message, len(documents)))
            break
        document = Document(source, len(documents), text[at:end], at, data, json=True, repeats_keys=repeated)
        documents.append(document)
        defects += _duplicate_keys(document)
        while end < len(text) and text[end].isspace():
            end += 1
        at = end
    return Parsed(tuple(documents), tuple(defects), (), len(documents) + any(defect.rule == "yaml-syntax" for defect in defects))
