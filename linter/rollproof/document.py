"""A source becomes documents: split as kubectl splits, read as kubectl reads, each able to say where any of its values stands."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from rollproof import jsontext, nodes, tree
from rollproof.jsontext import NotJSONError
from rollproof.nodes import AliasBombError, UnusableError
from rollproof.source import Source
from rollproof.span import At, Path, Span
from rollproof.tree import Node, YAMLSyntaxError

# apimachinery pkg/util/yaml decoder.go, YAMLReader: a line that starts so ends a document, inside a block scalar too.
_SEPARATOR = re.compile(r"(?m)^---")
# What a line of YAML needs to be more than blank or a comment; a lone CR starts a line too.
_CONTENT = re.compile(r"(?:^|[\r\n])[ \t]*[^ \t\r\n#]")
_DOCUMENT_END = re.compile(r"(?:^|(?<=[\r\n]))\.\.\.(?=\s|$)")
_JSON_START = re.compile(r"\s*\{")
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
            return tree.compose(jsontext.as_yaml(self.text))
        except YAMLSyntaxError:
            # Valid JSON that no YAML parser takes (a control character in a key): its values have no place of their own then.
            return None

    def span(self, path: Path, at: At = "value") -> Span:
        """Where ``path`` stands. What is absent stands at the key of its deepest ancestor that exists."""
        if self.root is None:
            return _span(self.source, self.offset, self.offset + 1)
        key, node, taken = nodes.find(self.root, path)
        start, end = nodes.extent(key, node, at if taken == len(path) else "key")
        return self.text_span(start, end)

    def text_span(self, start: int, end: int) -> Span:
        """The span of two code point offsets of this document's text, cut at the end of its first line."""
        end = min(end, len(self.text))
        newline = re.compile(r"[\r\n]").search(self.text, start, end)
        stop = newline.start() if newline and newline.start() > start else end
        return _span(self.source, self.offset + start, self.offset + max(stop, start))

    def node(self, path: Path) -> tuple[Node | None, Node] | None:
        """The key node (None for list items) and value node at ``path``, or None where it is absent."""
        if self.root is None:
            return None
        key, node, taken = nodes.find(self.root, path)
        return (key, node) if taken == len(path) else None

    def edit_span(self, path: Path, action: str) -> Span | None:
        """The text that an edit replaces; None where it cannot be edited in place: absent, shared through an alias, not written alone."""
        found = self.node(path)
        if found is None or ("&" in self.text and "*" in self.text):
            return None
        key, node = found
        if action == "remove-entry":
            return self._entry_span(key, node)
        target = key if action == "rename-key" else node
        if target is None or target.id != "scalar":
            return None
        start, end = target.start_mark.index, target.end_mark.index
        if start == end or "\n" in self.text[start:end] or (action == "quote-value" and target.style):
            return None
        return self.text_span(start, end)

    def _entry_span(self, key: Node | None, node: Node) -> Span | None:
        """The whole lines of a block mapping's entry that has its lines to itself."""
        if key is None:
            return None
        line_start = max(self.text.rfind("\n", 0, key.start_mark.index), self.text.rfind("\r", 0, key.start_mark.index)) + 1
        if self.text[line_start : key.start_mark.index].strip():
            return None
        last = nodes.last_index(node)
        end = _line_end(self.text, max(last, key.end_mark.index))
        end += 2 if self.text.startswith("\r\n", end) else end < len(self.text)
        return _span(self.source, self.offset + line_start, self.offset + end)

    def source_text(self, span: Span) -> str:
        """The text of a span of this document's source."""
        starts = self.source.line_starts
        start = starts[span.line - 1] + span.column - 1
        return self.source.text[start : starts[span.end_line - 1] + span.end_column - 1]


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
    if _JSON_START.match(source.text) and not _TEMPLATE.search(source.text):
        return _parse_json(source)
    return _parse_yaml(source)


def _parse_yaml(source: Source) -> Parsed:
    documents: list[Document] = []
    defects: list[Defect] = []
    passed: list[tuple[int, str]] = []
    index = total = 0
    for start, end, opener in _chunks(source.text):
        text = source.text[start:end]
        if opener is not None:
            defects.append(_bad_separator(source, opener, index))
        if not text.strip(" \r\n"):
            # Blank lines before the first `---` are no document; comments there are one, empty, as in kubectl's own count.
            index += start > 0
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
        # Only LF ends a line here, and what follows a lone CR counts as text behind the separator.
        line_end = text.find("\n", separator.end())
        line_end = len(text) if line_end < 0 else line_end
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
        # kubectl's line reader ends the last line where the file does not (decoder.go, LineReader).
        root = tree.compose(text if text.endswith("\n") else text + "\n")
        if root is None:
            return ""
        data, repeated = nodes.plain(root, text)
    except YAMLSyntaxError as failure:
        if _TEMPLATE.search(text):
            return "template"
        from rollproof import syntax  # only broken text needs the search for its cause

        cause = syntax.explain(text, failure)
        return Defect(
            "yaml-syntax",
            _span(source, offset + cause.start, offset + cause.end),
            cause.message,
            index,
            related=tuple((_span(source, offset + start, offset + end), note) for start, end, note in cause.related),
            suggestion=cause.suggestion,
            fix=(cause.fix[0], tuple((_span(source, offset + a, offset + b), new) for a, b, new in cause.fix[1])) if cause.fix else None,
            safe=cause.safe,
        )
    except (AliasBombError, UnusableError) as failure:
        if _TEMPLATE.search(text):
            return "template"
        start, end = nodes.extent(None, failure.node, "value")
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
        for second in nodes.duplicates(document.root)
    ]


def _lost_text(document: Document) -> list[Defect]:
    """kubectl stops at ``...`` and says nothing of what follows up to the next ``---``."""
    end = _DOCUMENT_END.search(document.text) if "..." in document.text else None
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


def _parse_json(source: Source) -> Parsed:
    """A source that starts with a brace: JSON values in a row, or else what YAML makes of it and why it is not JSON.

    apimachinery pkg/util/yaml decoder.go, YAMLOrJSONDecoder: up to 1.32 such a file must be JSON; 1.35 goes on in YAML
    where it is not, unless two values were read before.
    """
    text = source.text
    documents: list[Document] = []
    defects: list[Defect] = []
    at = len(text) - len(text.lstrip())
    while at < len(text):
        try:
            data, end, repeated = jsontext.value(text, at)
        except NotJSONError as failure:
            place = min(failure.offset, max(len(text) - 1, 0))
            message = f"not JSON: {failure.message}; kubectl 1.32 reads a file that starts with '{{' as JSON only"
            broken = Defect("yaml-syntax", _span(source, place, place + 1), message, len(documents))
            if len(documents) < 2 and not source.name.endswith(".json"):
                return _with_json_defect(_parse_yaml(source), broken)
            defects.append(broken)
            break
        document = Document(source, len(documents), text[at:end], at, data, json=True, repeats_keys=repeated)
        documents.append(document)
        defects += _duplicate_keys(document)
        while end < len(text) and text[end] in " \t\r\n":
            end += 1
        at = end
    return Parsed(tuple(documents), tuple(defects), (), len(documents) + any(defect.rule == "yaml-syntax" for defect in defects))


def _with_json_defect(parsed: Parsed, broken: Defect) -> Parsed:
    """Where YAML fails as well, its explanation is the better one, and one is enough."""
    if any(defect.rule == "yaml-syntax" for defect in parsed.defects):
        return parsed
    return replace(parsed, defects=(broken, *parsed.defects))
