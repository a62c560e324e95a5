"""Text becomes a located node tree; with its fallback parser (goyaml), the only module that knows ruamel.yaml."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

Node = Any
"""A composed ruamel.yaml node; only ``nodes`` looks inside."""

DEEPEST = 200
"""Levels of nesting that are read. The deepest real manifests (CustomResourceDefinitions) stay below 60; kubectl itself stops at 10,000."""

TOO_DEEP = f"nested deeper than {DEEPEST} levels"


class YAMLSyntaxError(Exception):
    """Text that is not YAML. ``index`` and ``context_index`` (where the parser was coming from) are code point offsets in the text."""

    def __init__(self, problem: str, index: int, context: str = "", context_index: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.index = index
        self.context = context
        self.context_index = context_index


@cache
def _parser(pure: bool) -> tuple[type, type[Exception], type[Exception]]:
    """The parser class and its two error types: libyaml's where the wheel is there, else ruamel.yaml's own, to the same results."""
    if not pure:
        try:
            from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
        except ImportError:
            return _parser(pure=True)
        from ruamel.yaml.error import MarkedYAMLError
        from ruamel.yaml.reader import ReaderError

        class Fast(CParser):  # type: ignore[misc]
            """libyaml's parser. Plain scalars stay untagged: kube.scalars resolves them, as Kubernetes does and not as YAML does."""

            def __init__(self, text: str) -> None:
                CParser.__init__(self, text)

            def resolve(self, _kind: type, _value: object, _implicit: object) -> None:
                return None

            def descend_resolver(self, _parent: object, _index: object) -> None:
                return None

            def ascend_resolver(self) -> None:
                return None

            def compose(self) -> Node:
                return self.get_node() if self.check_node() else None

        return Fast, MarkedYAMLError, ReaderError

    from rollproof import goyaml

    return goyaml.GoParser, goyaml.MarkedYAMLError, goyaml.ReaderError


_GO_YAML_MAY_ACCEPT = frozenset({"found unexpected ':'", "second occurrence", "found unknown escape character"})
"""What libyaml refuses and go-yaml may read: a colon inside a word in brackets, an anchor that is set twice, ``\\'`` in double quotes."""


def compose(text: str, *, pure: bool = False) -> Node | None:
    """The root node of the first YAML document in ``text``; None where there is none (only comments). Raises YAMLSyntaxError."""
    if (deep := too_deep(text)) is not None:
        raise YAMLSyntaxError(TOO_DEEP, deep)
    if "\ufeff" in text:
        text = _without_mark(text)
    parser, marked_error, reader_error = _parser(pure)
    try:
        root = parser(text).compose()
    except marked_error as failure:
        problem: str = failure.problem or "not YAML"  # type: ignore[attr-defined]
        if not pure and problem in _GO_YAML_MAY_ACCEPT:
            return compose(text, pure=True)
        mark = failure.problem_mark or failure.context_mark  # type: ignore[attr-defined]
        context = failure.context_mark  # type: ignore[attr-defined]
        raise YAMLSyntaxError(
            problem,
            mark.index if mark else 0,
            failure.context or "",  # type: ignore[attr-defined]
            context.index if context else None,
        ) from None
    except reader_error as failure:
        position: int = failure.position  # type: ignore[attr-defined]
        raise YAMLSyntaxError("control characters are not allowed", _control_character(text, position)) from None
    except ValueError as failure:
        raise YAMLSyntaxError(str(failure), 0) from None
    except RecursionError:
        raise YAMLSyntaxError(TOO_DEEP, 0) from None
    if root is not None and "!" in text and _LONE_TAG.search(text):
        _mark_text(root, text, set())
    return root


_MARK_AT_START = re.compile("[\r\n]*\ufeff")
_MARK_AT_LINE = re.compile("(?m)^\ufeff")


def _without_mark(text: str) -> str:
    """Blanks the byte order mark that starts a document, where parsers differ in what it counts for; they all stumble on later ones."""
    if found := _MARK_AT_START.match(text):
        text = f"{text[: found.end() - 1]}\n{text[found.end() :]}"
    if found := _MARK_AT_LINE.search(text):
        raise YAMLSyntaxError("found a byte order mark inside the text", found.start())
    return text


_LONE_TAG = re.compile(r"(?<![^\s\[{,])!(?=[\s,\]}]|$)")
_LONE_TAG_HERE = re.compile(r"(?:&\S+\s+)?!(?=[\s,\]}]|$)")


def _mark_text(node: Node, text: str, seen: set[int]) -> None:
    """Gives scalars tagged ``!``, which are text to go-yaml whatever they look like, the style of a quoted one: parsers drop that tag."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if node.id == "scalar":
        if not node.style and _LONE_TAG_HERE.match(text, node.start_mark.index):
            node.style = "'"
    else:
        for entry in node.value:
            for child in entry if node.id == "mapping" else (entry,):
                _mark_text(child, text, seen)


_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _control_character(text: str, position: int) -> int:
    found = _CONTROL.search(text)
    return found.start() if found else min(position, len(text))


_DEEP_INDENT = " " * 80
_COMPACT_PAIRS = tuple(f"{one} {other} " for one in "-?:" for other in "-?:")
_COMPACT_RUN = re.compile(r"(?:[-?:] ){20}")
_BRACKET = re.compile(r"[\[\]{}]")
_MANY_BRACKETS = 100


def too_deep(text: str) -> int | None:
    """Where ``text`` nests deeper than DEEPEST levels, found before a parser, which recurses, crashes on it; None where it does not.

    A column of indentation can hide two levels, a bracket or a ``- `` in a row one. What stays below these thresholds cannot nest
    deep enough to do harm; the rest, which is rare, is parsed event by event. Quotes and comments are not minded, so it only over-suspects.
    """
    suspected = _DEEP_INDENT in text or (any(pair in text for pair in _COMPACT_PAIRS) and bool(_COMPACT_RUN.search(text)))
    if not suspected and text.count("[") + text.count("{") > _MANY_BRACKETS:
        depth = 0
        for bracket in _BRACKET.finditer(text):
            depth += 1 if bracket[0] in "[{" else -1
            if depth > _MANY_BRACKETS:
                suspected = True
                break
    return _first_too_deep(text) if suspected else None


def _first_too_deep(text: str) -> int | None:
    parser, marked_error, reader_error = _parser(pure=False)
    depth = 0
    try:
        events = parser(text)
        while True:
            event = events.get_event()
            name = type(event).__name__
            if name in ("MappingStartEvent", "SequenceStartEvent"):
                depth += 1
                if depth > DEEPEST:
                    index: int = event.start_mark.index
                    return index
            elif name in ("MappingEndEvent", "SequenceEndEvent"):
                depth -= 1
            elif name in ("DocumentEndEvent", "StreamEndEvent"):
                return None
    except (marked_error, reader_error):
        return None
