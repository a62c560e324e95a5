"""The small language of field rules that are data: a path, a test of the value there, and the source of the rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rollproof.conformance.violation import Edit, Fix, Violation
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import VersionRange
from rollproof.span import At, Path


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a test refuses a value.

    ``text`` completes a sentence that begins with the name of the field at fault, unless it is a ``sentence`` by itself.
    ``below`` leads from the tested value to that field; ``related`` paths start at the tested value too.
    ``replacement`` is the YAML text of the value to write instead; ``safe`` where that is certainly what was meant.
    """

    text: str
    below: Path = ()
    rule: str = "invalid-value"
    at: At = "value"
    suggestion: str | None = None
    replacement: str | None = None
    safe: bool = False
    sentence: bool = False
    related: tuple[tuple[Path, str], ...] = ()


Refusals = Iterable[Refusal] | Refusal | None
"""What a test answers; None or nothing where the value is accepted."""

Test = Callable[[Any, VersionRange], Refusals]
"""Judges one value that is present and not null. It meets any JSON, and passes over in silence what has the wrong type."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table.

    ``path`` leads from the value the table describes to the one that is tested: ``ports[*].containerPort``, where ``[*]`` stands for every
    item of a list or every value of a mapping; empty for the value itself. ``test`` may be a whole table for the value there.
    ``source`` names the function of Kubernetes that the row reproduces.
    """

    path: str
    test: Test | Table
    source: str = ""


@dataclass(slots=True, eq=False)
class _Node:
    """What applies to one place, and to the places below it."""

    tests: list[Test] = field(default_factory=list)
    fields: dict[str, _Node] = field(default_factory=dict)
    items: _Node | None = None
    tables: list[Table] = field(default_factory=list)


_STEP = re.compile(r"\[\*\]|[^.\[]+")


class Table:
    """Rules about one structure, wherever it occurs; put in order when first used."""

    __slots__ = ("_root", "rules")

    def __init__(self, *rules: Rule) -> None:
        self.rules = rules
        self._root: _Node | None = None

    @property
    def root(self) -> _Node:
        """The rules as a tree of places."""
        if self._root is None:
            root = self._root = _Node()
            for rule in self.rules:
                _insert(root, rule)
        return self._root

    def check(self, value: object, versions: VersionRange, path: Path = ()) -> list[Violation]:
        """What the rules refuse in a value that stands at ``path`` of its object; a null value is absent and accepted."""
        found: list[Violation] = []
        if value is not None:
            _walk(self.root, value, list(path), versions, found)
        return found


def _insert(root: _Node, rule: Rule) -> None:
    node = root
    for step in _STEP.findall(rule.path):
        if step == "[*]":
            if node.items is None:
                node.items = _Node()
            node = node.items
        else:
            node = node.fields.setdefault(step, _Node())
    if isinstance(rule.test, Table):
        node.tables.append(rule.test)
    else:
        node.tests.append(rule.test)


def _walk(node: _Node, value: Any, steps: list[str | int], versions: VersionRange, found: list[Violation]) -> None:
    for test in node.tests:
        refusals = test(value, versions)
        if refusals is not None:
            path = tuple(steps)
            each = (refusals,) if isinstance(refusals, Refusal) else refusals
            found += [violation for refusal in each if (violation := _violation(refusal, value, path))]
    for table in node.tables:
        _walk(table.root, value, steps, versions, found)
    fields = node.fields
    if fields and type(value) is dict:
        for key, inner in value.items():
            if inner is not None and (below := fields.get(key)) is not None:
                steps.append(key)
                _walk(below, inner, steps, versions, found)
                steps.pop()
    if node.items is not None:
        _walk_items(node.items, value, steps, versions, found)


def _walk_items(node: _Node, value: Any, steps: list[str | int], versions: VersionRange, found: list[Violation]) -> None:
    if type(value) is list:
        pairs: Iterable[tuple[Any, Any]] = enumerate(value)
    elif type(value) is dict:
        pairs = value.items()
    else:
        return
    for step, item in pairs:
        steps.append(step)
        if item is not None:
            _walk(node, item, steps, versions, found)
        elif type(value) is list:
            # A null item is the zero value, a container without a name or an empty text; of the two, tests judge the one they are about.
            before = len(found)
            _walk(node, {}, steps, versions, found)
            if len(found) == before:
                _walk(node, "", steps, versions, found)
        steps.pop()


def _violation(refusal: Refusal, value: object, path: Path) -> Violation | None:
    """The violation in terms of the whole object; None where a placeholder stands, whose real value nobody knows yet."""
    below = refusal.below
    target = dig(value, below)
    if (below and is_placeholder(below[-1])) or is_placeholder(target):
        return None
    where = path + below
    text = refusal.text if refusal.sentence else f"{_field_name(where)} {refusal.text}"
    fix = None
    if refusal.replacement is not None:
        fix = Fix(f"write {refusal.replacement}", (Edit("replace-value", where, refusal.replacement),), refusal.safe)
    # What is wrong with a mapping or a list as a whole is said where its key stands, not at its first entry.
    at: At = "key" if isinstance(target, dict | list) else refusal.at
    related = tuple((path + inner, note) for inner, note in refusal.related)
    return Violation(refusal.rule, where, text, at, refusal.suggestion, fix, related)


def _field_name(path: Path) -> str:
    """The last key of a path, with the index that follows it: ``containerPort``, ``args[2]``."""
    last = path[-1] if path else "this"
    return f"{path[-2]}[{last}]" if isinstance(last, int) and len(path) > 1 else str(last)


def dig(value: object, path: Path) -> Any:
    """The value at a path, or None where there is nothing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def texts(value: object) -> Iterator[tuple[int, str]]:
    """The texts of a list with their indexes; a null item is an empty text."""
    for index, item in enumerate(items(value)):
        if item is None or isinstance(item, str):
            yield index, item or ""


def text(value: object) -> str:
    """The value where it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def integer(value: object) -> int | None:
    """The value where the API server reads an integer (a whole float among them), else None."""
    if type(value) is int:
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def structures(value: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """The structures of a list with their indexes; a null item is an empty structure."""
    for index, item in enumerate(items(value)):
        if item is None:
            yield index, {}
        elif isinstance(item, dict):
            yield index, item
