"""Can any text crash, hang or bloat the reader?"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollproof import document, tree
from rollproof.document import Parsed
from rollproof.source import Source, Unreadable, decode
from rollproof.tree import YAMLSyntaxError

DEEP = 100_000


def parse(text: str) -> Parsed:
    return document.parse(Source("web.yaml", text))


def laughs(levels: int, kind: str) -> str:
    """Each level names the one below nine times."""
    lines = ["a0: &a0 {k0: x}" if kind != "lists" else "a0: &a0 [x]"]
    for level in range(1, levels):
        below = [f"*a{level - 1}"] * 9
        if kind == "lists":
            body = f"[{', '.join(below)}]"
        elif kind == "maps":
            body = "{" + ", ".join(f"k{number}: {alias}" for number, alias in enumerate(below)) + "}"
        else:
            body = f"{{<<: [{', '.join(below)}], k{level}: {below[0]}}}"
        lines.append(f"a{level}: &a{level} {body}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("kind", ["lists", "maps", "merges"])
def test_aliases_that_multiply_are_stopped_early(kind: str) -> None:
    start = time.process_time()

    (defect,) = parse(laughs(40, kind)).defects

    assert defect.message == "aliases multiply this document beyond what kubectl reads"
    assert time.process_time() - start < 1


@pytest.mark.parametrize(("levels", "kind", "reads"), [(4, "lists", True), (5, "lists", False), (4, "maps", True), (3, "merges", True)])
def test_the_limit_of_aliases_is_that_of_go_yaml(levels: int, kind: str, reads: bool) -> None:
    # Judged by sigs.k8s.io/yaml v1.6.0, which reads lists and maps of four levels and merges of three.
    assert bool(parse(laughs(levels, kind)).documents) is reads


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: &a\n  <<: *a\n", "&a [*a]\n", "&a [&b [*a], *b]\n"])
def test_an_anchor_that_contains_itself_is_reported(text: str) -> None:
    assert [defect.message for defect in parse(text).defects] == ["an anchor contains itself"]


NESTED = {
    "lists in brackets": "a: " + "[" * DEEP,
    "closed lists in brackets": "a: " + "[" * DEEP + "]" * DEEP,
    "maps in brackets": "a: " + "{a: " * DEEP,
    "JSON": '{"a":' * DEEP,
    "a list in JSON": '{"a": ' + "[" * DEEP + "]" * DEEP + "}",
    "JSON that is deep and short": '{"a": ' + "[" * 700 + "]" * 700 + "}",
    "dashes": "- " * DEEP + "x",
    "question marks": "? " * DEEP + "x",
    "colons": ": " * DEEP + "x",
    "mixed": "- ? : " * DEEP + "x",
    "indentation": "\n".join(" " * depth + "a:" for depth in range(2_000)),
    "indented lists": "\n".join(" " * depth + "-" for depth in range(2_000)),
    "lists below keys": "".join(" " * depth + "a:\n" + " " * depth + "-\n" for depth in range(1_500)),
    "quotes after brackets": "a: " + '["' * DEEP,
    "below every threshold": "".join(" " * depth + "a:\n" + " " * depth + "-\n" for depth in range(79)) + " " * 79 + "- " * 19 + "[" * 100,
    "tags": "a: " + "!!map " * DEEP,
    "anchors": "a: " + "&a " * DEEP,
    "quotes": "'" * DEEP,
    "keys": "a: " * DEEP,
    "spaces": " " * DEEP + "x: 1",
    "comments": "#" * DEEP,
}


@pytest.mark.parametrize("pure", [False, True])
def test_nesting_kills_no_process(pure: bool, tmp_path: Path) -> None:
    for name, text in NESTED.items():
        (tmp_path / name).write_text(text)
    # A crash of libyaml or of the interpreter's stack would take the test run with it.
    program = (
        "import pathlib, sys\n"
        "from rollproof import document, tree\n"
        "from rollproof.source import Source\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    text = path.read_text()\n"
        "    try:\n"
        "        tree.compose(text, pure=True) if sys.argv[2] else document.parse(Source(path.name, text))\n"
        "    except tree.YAMLSyntaxError:\n"
        "        pass\n"
        "    print(path.name)\n"
    )

    run = subprocess.run([sys.executable, "-c", program, str(tmp_path), "pure" if pure else ""], capture_output=True, text=True, timeout=60)

    assert run.stdout.splitlines() == sorted(NESTED), run.stderr[-500:]


@pytest.mark.parametrize("name", ["closed lists in brackets", "a list in JSON", "JSON that is deep and short", "dashes", "indentation"])
def test_too_deep_a_nesting_is_said(name: str) -> None:
    assert any("nested deeper than 200 levels" in defect.message for defect in parse(NESTED[name]).defects)


def test_what_may_be_deep_is_read_up_to_the_limit() -> None:
    depth = tree.DEEPEST - 1

    assert parse("a: " + "[" * depth + "]" * depth).documents
    assert not parse("a: " + "[" * (depth + 1) + "]" * (depth + 1)).documents


def test_brackets_in_a_text_are_not_nesting() -> None:
    assert parse("a: '" + "[" * 1000 + "'\nb: |\n  " + "- " * 1000 + "\n").documents


LARGE = {
    "one long value": "a: " + "x" * 10_000_000 + "\n",
    "one long quoted value": "a: '" + "x " * 5_000_000 + "'\n",
    "one long text": "a: |\n" + "  some words\n" * 500_000,
    "one long comment": "a: 1 #" + "x" * 10_000_000 + "\n",
    "one long broken value": "a: @" + "x" * 10_000_000 + "\n",
    "many broken lines": "a: 1\n b: 2\n" + "c: 'd\n" * 200_000,
    "many separators": "---\n" * 100_000,
    "many blank lines": "\n" * 1_000_000 + "a: 1\n",
    "many line ends": "\r\n" * 500_000 + "@\r\n",
    "many words without a colon": "word\n" * 50_000 + "a: 1\n",
    "many spaces": "a:\n" + (" " * 10_000 + "\n") * 300 + "  b: 1\n",
    "many spaces before a comment": "a: @" + " " * 100_000 + "#\n",
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_a_large_text_takes_seconds_not_minutes(text: str) -> None:
    start = time.process_time()

    parse(text)

    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "text", ["'" + "\\" * 20_000, '"' + "a\\" * 20_000, "# " * 20_000 + "\n%", "a: &" + "b " * 20_000, "\n \n" * 20_000 + "%"]
)
def test_no_pattern_backtracks(text: str) -> None:
    start = time.process_time()

    parse(text)

    assert time.process_time() - start < 2


def assert_sound(source: Source, parsed: Parsed) -> None:
    """Every span lies inside the text, and every message is fit to print."""
    lines = source.line_starts
    for defect in parsed.defects:
        spans = [defect.span, *(span for span, _ in defect.related), *(span for span, _ in (defect.fix[1] if defect.fix else ()))]
        for span in spans:
            start, end = lines[span.line - 1] + span.column - 1, lines[span.end_line - 1] + span.end_column - 1
            assert 0 <= start <= end <= len(source.text)
        assert defect.message.isprintable()
        assert len(defect.message) < 400
    for one in parsed.documents:
        span = one.span(())
        assert 0 < span.line <= span.end_line <= len(lines)


WORDS = [
    *(
        "\n",
        "\r",
        "\r\n",
        "  ",
        "\t",
        "a",
        "b: ",
        ": ",
        "- ",
        "? ",
        "---\n",
        "...\n",
        "# ",
        "'",
        '"',
        "\\",
        "|",
        ">",
        "[",
        "]",
        "{",
        "}",
        ",",
    ),
    *(
        "&a ",
        "*a",
        "!",
        "!!int ",
        "<<: ",
        "{{",
        "%YAML",
        "@",
        "`",
        "0x1",
        "~",
        ".inf",
        "😀",
        "\u2028",
        "\x85",
        "\0",
        "\ufeff",
        "\x7f",
        '{"a":',
        "1e999",
    ),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_no_text_of_yaml_pieces_stops_the_reader(text: str) -> None:
    source = Source("web.yaml", text)

    assert_sound(source, document.parse(source))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_no_bytes_stop_the_reader(raw: bytes) -> None:
    for mark in (b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0"):
        source = decode("web.yaml", mark + raw)

        if not isinstance(source, Unreadable):
            assert_sound(source, document.parse(source))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_the_fallback_parser_fails_only_as_it_should(text: str) -> None:
    stopped = 0

    try:
        tree.compose(text, pure=True)
    except YAMLSyntaxError as failure:
        stopped = failure.index

    assert 0 <= stopped <= len(text)
