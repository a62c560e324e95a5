"""A node tree becomes plain data as kubectl hands it to the API server, and says where any of it stands."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rollproof.kube import scalars
from rollproof.span import At, Path
from rollproof.tree import Node


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that a mapping holds twice: where the mapping is, the key, and the nodes of the earlier and the later key and value."""

    path: Path
    key: str
    first: Node
    second: Node
    same_value: bool


class AliasBombError(Exception):
    """Aliases that multiply the document beyond reason, or an anchor that contains itself; ``node`` is where that shows."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node
        self.message = message


class UnusableError(Exception):
    """A scalar or key that JSON cannot carry: a null key, a mapping as a key, ``.inf`` (sigs.k8s.io/yaml, convertToJSONableObject)."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node
        self.message = message


def _scalar(node: Node) -> object:
    if node.ctag.suffix is None:
        if node.style:
            return node.value
        value = scalars.plain(node.value)
    else:
        try:
            value = scalars.tagged(node.tag, node.value)
        except scalars.UnusableScalarError as failure:
            raise UnusableError(node, str(failure)) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise UnusableError(
            node, f"{node.value} is a number that JSON cannot carry, so kubectl refuses the document; quote it to mean the word"
        )
    return value


def _key(node: Node) -> str:
    if node.id != "scalar":
        raise UnusableError(node, f"a {node.id} cannot be a key")
    try:
        if node.ctag.suffix is None:
            text: str = node.value
            return text if node.style else scalars.key(text)
        return scalars.tagged_key(node.tag, node.value)
    except (scalars.UnusableKeyError, scalars.UnusableScalarError) as failure:
        raise UnusableError(node, str(failure)) from None


def plain(node: Node, text: str) -> tuple[object, bool]:
    """``node`` as plain data (dict, list, str, int, float, bool, None), as kubectl hands it to the API server.

    The flag says whether some mapping holds a key twice (the later wins). ``text`` is what was composed.
    Raises AliasBombError, UnusableError.
    """
    if ("*" in text and "&" in text) or ("<<" in text and _MERGE.search(text)):
        return _Aliased().construct(node)
    repeated = False

    def build(node: Node) -> object:
        nonlocal repeated
        kind = node.id
        if kind == "scalar":
            return _scalar(node)
        if kind == "sequence":
            return [build(item) for item in node.value]
        mapping = {_key(key): build(value) for key, value in node.value}
        if len(mapping) != len(node.value):
            repeated = True
        return mapping

    return build(node), repeated


class _Aliased:
    """Builds plain data where there are aliases: merges keys, and stops at documents that grow out of bounds.

    The limits are go-yaml's (goyaml.v2 decode.go, allowedAliasRatio), so that the same documents are refused.
    """

    def __init__(self) -> None:
        self.repeated = False
        self.seen: set[int] = set()
        self.open: set[int] = set()
        self.aliases: dict[tuple[int, int], bool] = {}
        self.alias_depth = 0
        self.decoded = 0
        self.aliased = 0

    def construct(self, root: Node) -> tuple[object, bool]:
        self.count(root)
        return self.build(root, alias=False), self.repeated

    def count(self, node: Node) -> None:
        self.decoded += 1
        self.aliased += self.alias_depth > 0
        if self.aliased > 100 and self.decoded > 1000 and self.aliased / self.decoded > _allowed_alias_ratio(self.decoded):
            raise AliasBombError(node, "aliases multiply this document beyond what kubectl reads")

    def is_alias(self, parent: Node, position: int, child: Node) -> bool:
        """Whether an alias stands there in the text: the composer has put the very node of the anchor in its place."""
        return self.aliases.setdefault((id(parent), position), id(child) in self.seen)

    def build(self, node: Node, *, alias: bool) -> object:
        identity = id(node)
        if identity in self.open:
            raise AliasBombError(node, "an anchor contains itself")
        if alias:
            self.count(node)
        self.seen.add(identity)
        self.open.add(identity)
        self.alias_depth += alias
        self.count(node)
        contents = self.contents(node)
        self.alias_depth -= alias
        self.open.discard(identity)
        return contents

    def contents(self, node: Node) -> object:
        if node.id == "scalar":
            return _scalar(node)
        if node.id == "sequence":
            return [self.build(item, alias=self.is_alias(node, at, item)) for at, item in enumerate(node.value)]
        mapping: dict[str, object] = {}
        own: set[str] = set()
        for at, (key, value) in enumerate(node.value):
            alias = self.is_alias(node, at, value)
            if _is_merge(key):
                self.merge(mapping, value, alias=alias)
                continue
            self.count(key)
            self.seen.add(id(key))
            name = _key(key)
            if name in own:
                self.repeated = True
            own.add(name)
            mapping[name] = self.build(value, alias=alias)
        return mapping

    def merge(self, mapping: dict[str, object], value: Node, *, alias: bool) -> None:
        """Puts the keys of what ``<<`` names into ``mapping``, over those that are there (decode.go, decoder.merge)."""
        if value.id == "sequence" and not alias:
            merged = [self.build(item, alias=self.is_alias(value, at, item)) for at, item in enumerate(value.value)]
        else:
            merged = [self.build(value, alias=alias)]
        for source in reversed(merged):
            if not isinstance(source, dict):
                raise UnusableError(value, "'<<' takes a mapping or a list of mappings to merge")
            mapping.update(source)


def _allowed_alias_ratio(decoded: int) -> float:
    if decoded <= 400_000:
        return 0.99
    if decoded >= 4_000_000:
        return 0.10
    return 0.99 - 0.89 * ((decoded - 400_000) / (4_000_000 - 400_000))


_MERGE = re.compile(r"<<[ \t]*:")


def _is_merge(key: Node) -> bool:
    return key.id == "scalar" and key.value == "<<" and not key.style


def _merge_sources(value: Node) -> list[Node]:
    """The mappings that a ``<<`` brings in, the one that wins first."""
    return list(value.value) if value.id == "sequence" else [value]


def duplicates(node: Node, path: Path = ()) -> Iterator[Duplicate]:
    """Every key that occurs again in its mapping, in document order."""
    if node.id == "sequence":
        for index, item in enumerate(node.value):
            yield from duplicates(item, (*path, index))
    elif node.id == "mapping":
        seen: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            if _is_merge(key):
                continue
            name = _key(key)
            if name in seen:
                first, earlier = seen[name]
                yield Duplicate(path, name, first, key, same_value=_same(earlier, value))
            seen.setdefault(name, (key, value))
            yield from duplicates(value, (*path, name))


def _same(one: Node, other: Node) -> bool:
    if one.id != other.id:
        return False
    if one.id == "scalar":
        return bool(_scalar(one) == _scalar(other)) and type(_scalar(one)) is type(_scalar(other))
    if len(one.value) != len(other.value):
        return False
    if one.id == "sequence":
        return all(_same(a, b) for a, b in zip(one.value, other.value, strict=True))
    return all(_same(ak, bk) and _same(av, bv) for (ak, av), (bk, bv) in zip(one.value, other.value, strict=True))


def find(root: Node, path: Path) -> tuple[Node | None, Node, int]:
    """The deepest node along ``path`` that exists: its key node (None for list items and the root), itself, and the steps taken."""
    key: Node | None = None
    node = root
    for taken, step in enumerate(path):
        found = _child(node, step)
        if found is None:
            return key, node, taken
        key, node = found
    return key, node, len(path)


def _child(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    if node.id == "sequence":
        return (None, node.value[step]) if isinstance(step, int) and step < len(node.value) else None
    if node.id != "mapping" or not isinstance(step, str):
        return None
    # The later of two equal keys wins, and a merge written after a key wins over it: read backwards, the first hit is the value.
    for key, value in reversed(node.value):
        if _is_merge(key):
            for source in _merge_sources(value):
                if (found := _child(source, step)) is not None:
                    return found
        elif _key_text(key) == step:
            return key, value
    return None


def _key_text(key: Node) -> str | None:
    try:
        return _key(key)
    except UnusableError:
        return None


def extent(key: Node | None, node: Node, at: At) -> tuple[int, int]:
    """Start and end, as code point offsets, of what a reader should look at: the key, or the value where it is a short one.

    Collections and empty values are shown by their key (list items by their first entry), never as a whole block.
    """
    if at == "key" and key is not None:
        return key.start_mark.index, key.end_mark.index
    if node.id == "scalar":
        start, end = node.start_mark.index, node.end_mark.index
        if end > start:
            return start, end
    if key is not None:
        return key.start_mark.index, key.end_mark.index
    if node.id != "scalar" and node.value and not node.flow_style:
        first = node.value[0]
        inner_key, inner = first if node.id == "mapping" else (None, first)
        return extent(inner_key, inner, "key")
    return node.start_mark.index, max(node.end_mark.index, node.start_mark.index)


def last_index(node: Node) -> int:
    """The code point offset behind the last character of a node's own content; a block collection's end mark lies further on."""
    if node.id != "scalar" and node.value and not node.flow_style:
        last = node.value[-1]
        return max(last_index(last[1]), last[0].end_mark.index) if node.id == "mapping" else last_index(last)
    end: int = node.end_mark.index
    return end
