"""Why is a text not YAML, and do both parsers agree about it?"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollproof import document, source, syntax, tree
from rollproof.document import Defect
from rollproof.source import Source
from rollproof.tree import YAMLSyntaxError

MANIFESTS = Path(__file__).parents[2] / "shared" / "manifests"
HEAD = "apiVersion: v1\nkind: Pod\n"


def defect(text: str) -> Defect:
    (one,) = document.parse(Source("web.yaml", text)).defects
    return one


def mended(text: str, one: Defect) -> str:
    assert one.fix is not None
    starts = Source("web.yaml", text).line_starts
    for span, new in sorted(one.fix[1], reverse=True):
        start, end = starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1
        text = text[:start] + new + text[end:]
    return text


# Each: what the text is, the text, the line that must change, words of the message, and what the safe fix makes of the line.
CAUSES: list[tuple[str, str, int, str, str | None]] = [
    ("a key without a colon", HEAD + "metadata\n  name: x\n", 3, "no colon behind the key 'metadata'", "metadata:"),
    ("a list's key without a colon", HEAD + "args\n- x\n", 3, "no colon behind the key 'args'", "args:"),
    ("a key and its value without a colon", HEAD + "spec:\n  name web\n  c: d\n", 4, "no colon behind the key 'name'", None),
    ("no space behind a colon", HEAD + "metadata:\n  name:x\n  uid: y\n", 4, "no space between the colon of 'name'", "  name: x"),
    ("no space before a quote", HEAD + 'metadata:\n  name:"x"\n  uid: y\n', 4, "no space between the colon", '  name: "x"'),
    ("no space before an address", HEAD + "a:\n  auth:http://x\n  b: y\n", 4, "no space between the colon of 'auth'", "  auth: http://x"),
    ("no space behind a dash", HEAD + "a:\n  -name: b\n    c: d\n", 4, "no space between '-' and 'name: b'", "  - name: b"),
    ("a colon in a value", HEAD + "a:\n  b: see c: d\n", 4, "holds a colon with a space behind it", "  b: 'see c: d'"),
    ("a key behind a key", HEAD + "metadata: name: x\n", 3, "holds a colon with a space behind it", "metadata: 'name: x'"),
    ("an at sign", HEAD + "a: @b\n", 3, "starts with '@', which YAML reserves", "a: '@b'"),
    ("a backtick", HEAD + "a: `b`\n", 3, "starts with '`', which YAML reserves", "a: '`b`'"),
    ("a percent sign", HEAD + "a: %b # c\n", 3, "starts with '%', which YAML reserves", "a: '%b' # c"),
    (
        "a wildcard host",
        HEAD + "a:\n- host: *.example.com\n  b: c\n",
        4,
        "starts with '*', which means an alias",
        "- host: '*.example.com'",
    ),
    ("a schedule", HEAD + "a: */5 * * * *\n", 3, "starts with '*', which means an alias", "a: '*/5 * * * *'"),
    ("text behind a bracket", HEAD + "a: [1] x\n", 3, "starts with '[', which opens a collection", None),
    ("text behind a bar", HEAD + "a: |x\n", 3, "starts with '|'", "a: '|x'"),
    ("text behind a quote", HEAD + 'a: "say "hi" now"\n', 3, "goes on behind its closing quote", None),
    ("an undefined alias", HEAD + "a: &base 1\nb: *bse\n", 4, "(did you mean '*base'?)", None),
    ("an alias before its anchor", HEAD + "b: *base\na: &base 1\n", 3, "stands before its anchor", None),
    ("an open double quote", HEAD + 'a:\n  b: "c\n  d: e\n  f: "g"\n', 4, "the quote before 'c' is never closed", '  b: "c"'),
    ("an open single quote", HEAD + "a: 'b\nc: d\n", 3, "the quote before 'b' is never closed", "a: 'b'"),
    ("an open quote before a comment", HEAD + 'a: "b # c\nd: e\n', 3, "the quote before 'b' is never closed", None),
    ("an open quote in a list", HEAD + 'a:\n- "b\n- "c"\n', 4, "the quote before 'b' is never closed", '- "b"'),
    ("an open list", HEAD + "a: [1, 2\nb: c\n", 3, "'[' before '1, 2' is never closed", None),
    ("an open map", HEAD + "a: {b: c # d\ne: f\n", 3, "'{' before 'b: c' is never closed", None),
    ("a bracket too many", HEAD + "a: [1, 2]]\nb: c\n", 3, "']' closes nothing", "a: [1, 2]"),
    ("no comma", HEAD + "a: [\n  1\n  {}]\n", 4, "no comma between '1' and the next entry", "  1,"),
    (
        "a child too far left",
        HEAD + "a:\n  b:\n   c: 1\n    d: 2\n",
        5,
        "indented by 3 spaces, where the entries of 'b' have 4",
        "    c: 1",
    ),
    (
        "a sibling too far right",
        HEAD + "a:\n  b: 1\n   c: 2\n  d: 3\n",
        5,
        "'c' is indented by 3 spaces, where the entries of 'a' have 2",
        "  c: 2",
    ),
    ("a list item too far left", HEAD + "a:\n    - b\n   - c\n", 5, "have 4; indent it by 4", "    - c"),
    ("a key beside its item", HEAD + "a:\n  - b: 1\n  c: 2\n  - d: 3\n", 5, "the other keys of the item that starts with 'b' have 4", None),
    ("a tab", HEAD + "a:\n  b: 1\n\tc: 2\n", 5, "'c: 2' is indented with a tab", "  c: 2"),
    ("tabs", HEAD + "a:\n\tb: 1\n\tc: 2\n", 4, "'b: 1' is indented with a tab", None),
    ("an escape", HEAD + 'a: "\\d"\n', 3, "'\\d' is no escape", None),
    ("a control character", HEAD + "a: b\x07c\n", 3, "control character U+0007", None),
    ("a byte order mark", HEAD + "\ufeffa: b\n", 3, "byte order mark", "a: b"),
    ("a directive", "# c\n%YAML 1.2\n", 2, "'%YAML 1.2' is a YAML directive", None),
    ("a conflict", HEAD + "a:\n<<<<<<< HEAD\n  b: c\n=======\n  b: d\n>>>>>>> x\n", 4, "conflict of a merge", None),
    ("a list on its key's line", HEAD + "a: - b\n", 3, "a list item stands here where none can be", None),
    ("an open map over many lines", HEAD + 'a: {\n  "b": 1,\n  "c": 2\n', 3, "the '{' that opens here is never closed", None),
    ("deep nesting", "a: " + "[" * 300 + "]" * 300 + "\n", 1, "nested deeper than 200 levels", None),
]


@pytest.mark.parametrize(("text", "line", "words", "after"), [row[1:] for row in CAUSES], ids=[row[0] for row in CAUSES])
def test_the_cause_is_named_on_the_line_that_must_change(text: str, line: int, words: str, after: str | None) -> None:
    one = defect(text)

    assert (one.rule, one.span.line) == ("yaml-syntax", line)
    assert words in one.message
    assert one.span.end_line == one.span.line
    if after is None:
        assert one.fix is None or not one.safe
    else:
        assert one.safe
        assert mended(text, one).splitlines()[line - 1] == after


@pytest.mark.parametrize("text", [row[1] for row in CAUSES], ids=[row[0] for row in CAUSES])
def test_a_safe_fix_makes_the_text_readable(text: str) -> None:
    one = defect(text)

    if one.fix and one.safe:
        assert not document.parse(Source("web.yaml", mended(text, one))).defects


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_do_not_change_the_cause(line_end: str) -> None:
    text = HEAD + 'a:\n  b: "c\n  d: e\n'

    one = defect(text.replace("\n", line_end))

    assert (one.span.line, one.message) == (4, defect(text).message)


def test_a_move_that_could_go_two_ways_names_both() -> None:
    one = defect(HEAD + "spec:\n  selector:\n    app: x\n   type: y\n")

    assert one.message.endswith("indent it by 4, or indent it by 2")
    assert not one.safe


def test_a_second_mistake_does_not_hide_the_first() -> None:
    text = HEAD + "metadata\n  name: x\nspec:\n  a: @b\n"

    assert (defect(text).span.line, "no colon" in defect(text).message) == (3, True)


def test_the_parent_of_a_misplaced_key_is_shown() -> None:
    one = defect(HEAD + "a:\n  b:\n    c: 1\n   d: 2\n    e: 3\n")

    ((span, note),) = one.related
    assert (span.line, note) == (4, "its parent")


def test_a_long_line_is_cut_in_the_message() -> None:
    assert len(defect("a:\n  b: 1\n   " + "x" * 500 + ": @\n").message) < 200


def seeded() -> list[dict[str, Any]]:
    path = MANIFESTS / "mutants.jsonl"
    if not path.exists():
        return []
    return [row for row in map(json.loads, path.read_text().splitlines()) if row["cls"] == "yaml-syntax"]


@pytest.mark.skipif(not MANIFESTS.exists(), reason="the seeded mistakes are not here")
def test_every_seeded_mistake_is_found_on_its_line() -> None:
    missed = []

    for row in seeded():
        read = source.read(row["file"], MANIFESTS / row["file"])
        assert isinstance(read, Source)
        parsed = document.parse(read)
        if row.get("still_parses"):
            # The mapping's only entry became a text: a wrong type, which is for those who know the kind.
            assert not parsed.defects
        elif [one.span.line for one in parsed.defects if one.rule == "yaml-syntax"] != [row["line"]]:
            missed.append(row["id"])

    assert missed == []


# Both parsers.


def shape(root: tree.Node | None) -> object:
    """All that a tree holds and where, in a form that can be compared."""
    numbers: dict[int, int] = {}

    def walk(node: tree.Node) -> object:
        if id(node) in numbers:
            return numbers[id(node)]
        numbers[id(node)] = len(numbers)
        tag = node.tag if node.ctag.suffix is not None else None
        own = (node.id, node.start_mark.index, node.end_mark.index, tag)
        if node.id == "scalar":
            return (*own, node.value, node.style or None)
        if node.id == "sequence":
            return (*own, bool(node.flow_style), [walk(item) for item in node.value])
        return (*own, bool(node.flow_style), [(walk(key), walk(value)) for key, value in node.value])

    return None if root is None else walk(root)


def outcome(text: str, *, pure: bool) -> tuple[object, YAMLSyntaxError | None]:
    try:
        return shape(tree.compose(text, pure=pure)), None
    except YAMLSyntaxError as failure:
        return None, failure


TEXTS = [
    "",
    "# only a comment\n",
    "\ufeffa: 1\n",
    "a: 1\nb: {c: [1, 'd', \"e\"], f: }\ng:\n- h\n-\n  - i\n- j: k\n  l: m\n",
    "a: b c\n  d\n\n  e # f\n",
    "a:\tb\nc: d\t\ne: [\t1,\n\t2]\n",
    "a: 'it''s\n  two\n\n  three'\nb: \"x \\\n  y\\t\\u00e9\\x41\\U0001F600\\' z\n  w\"\n",
    "a: |\n  b\n   c\n\n  d\n\ne: >-\n  f\n  g\n\n   h\n  i\nj: |2+\n   k\n\nl: >1 # m\n n\n",
    "a: &x {b: 1}\nc: *x\nd: &x 2\ne: *x\n<<: *x\n",
    "a: !!str 1\nb: !foo c\nd: ! e\nf: !!map {g: 1}\nh: &i !!int 2\nj: !<tag:x> k\n",
    "? a\n: b\n? [c, d]\n: e\n? f\n",
    "a: x:y\nb: [c:d, ::1, e]\n{f: g}: h\n",
    "a: 1\r\nb: |\r\n  c\r\n  d\r\ne: 'f\r\n  g'\r\n",
    "a: 1\rb: 2\r",
    "a: x\x85b: y\u2028c: 'p\u2029q'\n",
    "a: 😀é\n'ü': |\n  😀\nb: c\n",
    "a: -1\nb: - c\n",
    "--- a\n",
    "a: 1\n...\nb: 2\n",
    "on: yes\n1: 2\n~: 3\n'': 4\n",
    "a: #b\n  c\nd: e#f\n",
    "- - - a\n    - b\n  - c\n-\n",
    "a: 1\na: 2\n",
    *(row[1] for row in CAUSES),
]


@pytest.mark.parametrize("text", TEXTS)
def test_both_parsers_make_the_same_of_a_text(text: str) -> None:
    fast, fast_failure = outcome(text, pure=False)
    slow, slow_failure = outcome(text, pure=True)

    assert fast == slow
    if fast_failure and slow_failure:
        assert fast_failure.index == slow_failure.index
        assert syntax.explain(text, fast_failure) == syntax.explain(text, slow_failure)


WORDS = [*" \t\n:-#?&*!|>'\"%@`{}[],a1.~<=\\\r", "\n  ", "\n- ", ": ", "\u2028", "\x85", "é", "😀", "<<", "!!int "]
SOUND = [text for text in TEXTS if 60 < len(text) < 400] + [
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {app: web, 'x': \"y\"}\nspec:\n  template:\n    spec:\n"
    "      containers:\n      - name: a # c\n        args: [a, 'b', {k: v}]\n        command:\n        - |\n          echo\n           x\n"
]


def scrambled(number: int) -> Iterator[str]:
    chance = random.Random(20)
    for _ in range(number):
        letters = list(chance.choice(SOUND))
        for _ in range(chance.choice((1, 1, 2, 4))):
            at = chance.randrange(len(letters))
            letters[at : at + chance.choice((0, 1, 1, 5))] = chance.choice(WORDS) if chance.random() < 0.7 else ""
            letters = letters or [" "]
        yield "".join(letters)


def test_both_parsers_make_the_same_of_scrambled_texts() -> None:
    differences: Counter[str] = Counter()
    total = 2500

    for text in scrambled(total):
        fast, fast_failure = outcome(text, pure=False)
        slow, slow_failure = outcome(text, pure=True)
        differences["tree"] += fast != slow
        if fast_failure and slow_failure:
            differences["place"] += fast_failure.index != slow_failure.index
            differences["cause"] += syntax.explain(text, fast_failure) != syntax.explain(text, slow_failure)

    # What is left are quirks of libyaml on texts that nobody means, such as a "?" before a closing bracket.
    assert differences["tree"] <= 2
    assert differences["place"] + differences["cause"] <= total // 200


@pytest.mark.skipif(not MANIFESTS.exists(), reason="the real manifests are not here")
def test_both_parsers_make_the_same_of_real_manifests() -> None:
    files = sorted(path for path in (MANIFESTS / "real").rglob("*") if path.is_file() and path.stat().st_size < 60_000)
    different = []

    for path in files[::20]:
        read = source.read(path.name, path)
        assert isinstance(read, Source)
        for chunk in read.text.split("\n---"):
            fast, fast_failure = outcome(chunk, pure=False)
            slow, slow_failure = outcome(chunk, pure=True)
            if fast != slow or (fast_failure and slow_failure and fast_failure.index != slow_failure.index):
                different.append(str(path))

    assert different == []
