"""Does a source become the documents that kubectl reads, and can each say where its values stand?"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollproof import document, tree
from rollproof.document import Document, Parsed
from rollproof.kube.scalars import json_number
from rollproof.source import Source, decode
from rollproof.span import At, Span
from rollproof.span import Path as DataPath

SHARED = Path(__file__).parents[2] / "shared"
KUBECTL = shutil.which("kubectl")


def parse(text: str | bytes, name: str = "web.yaml") -> Parsed:
    source = decode(name, text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    assert isinstance(source, Source)
    return document.parse(source)


def data(text: str | bytes) -> list[object]:
    return [one.data for one in parse(text).documents]


def only(text: str | bytes) -> Document:
    (one,) = parse(text).documents
    return one


def at(text: str, span: Span) -> str:
    """The text of a span, found by counting lines as an editor does."""
    lines: list[str] = re.split(r"\r\n|\r|\n", text)
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return lines[span.line - 1][span.column - 1 :]


SPLIT: list[tuple[str, str, list[object]]] = [
    # apimachinery pkg/util/yaml decoder.go: YAMLReader and LineReader
    ("nothing", "", []),
    ("blank lines", "\n\n  \n", []),
    ("a comment", "# nothing\n", []),
    ("null", "~\n---\na: 1\n", [None, {"a": 1}]),
    ("two documents", "a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
    ("a separator first", "---\na: 1\n", [{"a": 1}]),
    ("a separator last", "a: 1\n---\n", [{"a": 1}]),
    ("a separator with a comment", "a: 1\n--- # next\nb: 2\n", [{"a": 1}, {"b": 2}]),
    ("a separator with spaces", "a: 1\n---   \nb: 2\n", [{"a": 1}, {"b": 2}]),
    ("dashes in a block scalar", "a: |\n  x\n  ---\n  y\n", [{"a": "x\n---\ny\n"}]),
    ("dashes at the margin of a block scalar", "a: |\n  x\n---\n  y\n", [{"a": "x\n"}, True]),
    ("CR LF", "a: 1\r\n---\r\nb: 2\r\n", [{"a": 1}, {"b": 2}]),
    ("CR alone", "a: 1\rb: 2\r", [{"a": 1, "b": 2}]),
    ("no line end", "a: |\n  x", [{"a": "x\n"}]),
    ("next line U+0085", "a: 1\x85b: 2\n", [{"a": 1, "b": 2}]),
    ("line separator U+2028", "a: 1\u2028b: 2\n", [{"a": 1, "b": 2}]),
    ("a byte order mark before the second document", "a: 1\n---\n\ufeffb: 2\nc: 3\n", [{"a": 1}, {"b": 2, "c": 3}]),
    ("a scalar", "hello\n", ["hello"]),
    ("a list", "- a\n", [["a"]]),
    ("an empty object", "{}\n", [{}]),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in SPLIT], ids=[row[0] for row in SPLIT])
def test_a_source_is_split_as_kubectl_splits_it(text: str, expected: list[object]) -> None:
    parsed = parse(text)

    assert [one.data for one in parsed.documents] == expected
    assert not parsed.defects


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_with_a_byte_order_mark_are_read(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")

    assert data(mark + "a: ä😀\n".encode(encoding)) == [{"a": "ä😀"}]


@pytest.mark.parametrize("line", ["--- a: 1", "--- {a: 1}", "----", "---x"])
def test_a_line_that_only_looks_like_a_separator_is_reported(line: str) -> None:
    parsed = parse(f"a: 1\n{line}\nb: 2\n")

    (defect,) = parsed.defects
    assert (defect.rule, defect.span.line, defect.span.column) == ("yaml-document-separator", 2, 1)
    assert [one.data for one in parsed.documents] == [{"a": 1}, {"b": 2}]


def test_a_separator_ends_with_the_line_feed_only() -> None:
    parsed = parse("---\ra: 1\r")

    assert [defect.rule for defect in parsed.defects] == ["yaml-document-separator"]


def test_text_behind_the_document_end_is_reported_as_lost() -> None:
    parsed = parse("a: 1\n...\nb: 2\n---\nc: 3\n")

    (defect,) = parsed.defects
    assert (defect.rule, defect.span.line, defect.span.end_column) == ("yaml-document-separator", 2, 4)
    assert [one.data for one in parsed.documents] == [{"a": 1}, {"c": 3}]


def test_a_document_end_with_nothing_behind_it_is_fine() -> None:
    assert not parse("a: 1\n...\n# done\n---\nb: 2\n...\n").defects


def test_documents_count_from_zero_and_empty_ones_count() -> None:
    parsed = parse("# licence\n---\na: 1\n---\n---\nb: 2\n")

    assert [one.index for one in parsed.documents] == [1, 3]
    assert parsed.total == 2


def test_a_broken_document_leaves_the_others_readable() -> None:
    parsed = parse("a: 1\n---\nb: [\n---\nc: 3\n")

    assert [one.index for one in parsed.documents] == [0, 2]
    assert [(defect.rule, defect.document) for defect in parsed.defects] == [("yaml-syntax", 1)]
    assert parsed.total == 3


def test_a_template_that_is_not_yaml_is_passed_over() -> None:
    parsed = parse("a: 1\n---\nb: {{ .Values.b }}\n{{- end }}\n")

    assert parsed.passed == ((1, "template"),)
    assert not parsed.defects


def test_a_template_that_starts_with_a_brace_is_no_broken_json() -> None:
    assert parse("{{- if .Values.a }}\na: 1\n{{- end }}\n").passed == ((0, "template"),)


MERGES: list[tuple[str, object]] = [
    # go.yaml.in/yaml/v2 decode.go, decoder.merge: what is written later wins, whether merged or not
    ("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n", {"x": 2}),
    ("a: &a {x: 1}\nb:\n  x: 2\n  <<: *a\n", {"x": 1}),
    ("a: &a {x: 1}\nc: &c {x: 2, w: 2}\nb:\n  <<: [*a, *c]\n", {"x": 1, "w": 2}),
    ("a: &a {x: 1}\nc: &c {x: 2, w: 2}\nb:\n  <<: *a\n  <<: *c\n", {"x": 2, "w": 2}),
    ("b:\n  <<: {x: 1}\n  w: 2\n", {"x": 1, "w": 2}),
    ("a: &a {x: 1}\nb:\n  '<<': *a\n", {"<<": {"x": 1}}),
    ("a: &a 1\nc: &a 2\nb: *a\n", 2),
    ("a: &a {x: 1}\nb: *a\n", {"x": 1}),
]


@pytest.mark.parametrize(("text", "expected"), MERGES)
def test_anchors_and_merges_read_as_go_yaml_reads_them(text: str, expected: object) -> None:
    document = only(text)

    assert isinstance(document.data, dict)
    assert document.data["b"] == expected


@pytest.mark.parametrize("value", ["2", "~", "[1]", "[{a: 1}, 2]"])
def test_only_mappings_can_be_merged(value: str) -> None:
    (defect,) = parse(f"a:\n  <<: {value}\n").defects

    assert defect.rule == "yaml-syntax"
    assert "'<<'" in defect.message


def test_anchors_do_not_cross_documents() -> None:
    parsed = parse("a: &x 1\n---\nb: *x\n")

    assert [(defect.rule, defect.span.line) for defect in parsed.defects] == [("yaml-syntax", 3)]


UNUSABLE = [
    "~: 1\n",
    "? [a]\n: 1\n",
    "? {a: 1}\n: 1\n",
    "a: .inf\n",
    "18446744073709551615: 1\n",
    "a: !!int x\n",
    "a: &a [*a]\n",
    "a: &a {<<: *a}\n",
]


@pytest.mark.parametrize("text", UNUSABLE)
def test_what_has_no_json_form_is_reported_where_it_stands(text: str) -> None:
    (defect,) = parse(f"x: 1\n{text}").defects

    assert defect.rule == "yaml-syntax"
    assert defect.span.line == 2


def test_a_lone_exclamation_mark_makes_text() -> None:
    assert data("a: ! 3\nb: [! yes, 1]\n! on: x\nc: '! 3'\nd: |\n  if ! x\n") == [
        {"a": "3", "b": ["yes", 1], "on": "x", "c": "! 3", "d": "if ! x\n"}
    ]


def test_a_colon_inside_a_word_in_brackets_belongs_to_the_word() -> None:
    assert data("a: [001:db8::1, b:c]\nd: {e:f: 1}\n") == [{"a": ["001:db8::1", "b:c"], "d": {"e:f": 1}}]


def test_a_key_written_twice_is_reported_at_the_second() -> None:
    parsed = parse("spec:\n  replicas: 2\n  paused: true\n  replicas: 5\n")

    (defect,) = parsed.defects
    assert (defect.rule, defect.span.line, defect.field_path) == ("duplicate-key", 4, ("spec", "replicas"))
    assert defect.related[0][0].line == 2
    assert [one.data for one in parsed.documents] == [{"spec": {"replicas": 5, "paused": True}}]


def test_keys_that_become_equal_are_the_same_key() -> None:
    assert [defect.rule for defect in parse("on: 1\n'true': 2\n").defects] == ["duplicate-key"]


JSON_REFUSED = [
    # kubectl v1.32.4 on a file that starts with a brace; kubectl 1.35 reads most of these as YAML
    ("single quotes", "{'a': 1}", 1),
    ("a trailing comma", '{"a": 1,\n}', 2),
    ("YAML in braces", "{a: 1}\n", 1),
    ("separated", '{"a": 1}\n---\n{"b": 2}', 2),
    ("a comment behind", '{"a": 1}\n# done\n', 2),
    ("not a number", '{"a": NaN}', 1),
    ("too large a number", '{\n"a": 1e400}', 2),
    ("an unknown escape", '{\n"a": "\\x41"}', 2),
    ("a control character", '{"a": "x\ty"}', 1),
    ("words behind two objects", '{"a": 1}{"b": 2}\nfoo\n', 2),
    ("no end", '{"a": [1,', 1),
]


@pytest.mark.parametrize(("text", "line"), [row[1:] for row in JSON_REFUSED], ids=[row[0] for row in JSON_REFUSED])
def test_a_file_that_starts_with_a_brace_must_be_json(text: str, line: int) -> None:
    (defect,) = parse(text).defects

    assert (defect.rule, defect.span.line) == ("yaml-syntax", line)


def test_what_is_not_json_is_read_as_yaml_all_the_same() -> None:
    assert data('{"a": 1}\n---\nb: 2\n') == [{"a": 1}, {"b": 2}]


def test_json_objects_may_follow_one_another() -> None:
    parsed = parse('{"a": 1} {"b": 2.0}\n\n{"c": 18446744073709551616}\n')

    assert [one.data for one in parsed.documents] == [{"a": 1}, {"b": 2.0}, {"c": 18446744073709551616.0}]
    assert all(one.json for one in parsed.documents)
    assert not parsed.defects


def test_a_comment_before_a_brace_makes_yaml_of_it() -> None:
    parsed = parse("# c\n{a: 1}\n")

    assert not parsed.documents[0].json
    assert not parsed.defects


def test_values_of_json_with_escapes_that_yaml_lacks_still_have_places() -> None:
    text = '{"a": "x\\/y",\n "b": "\\ud83d\\ude00",\n "c": "\\ud800",\n "d\\\\/": 4}'

    document = only(text)

    assert document.data == {"a": "x/y", "b": "😀", "c": "\ufffd", "d\\/": 4}
    assert [document.span((key,)).line for key in ("a", "b", "c", "d\\/")] == [1, 2, 3, 4]


def test_columns_count_code_points() -> None:
    text = "😀ä: {x: é, w: 1}\n"

    span = only(text).span(("😀ä", "w"))

    assert (span.line, span.column, span.end_column) == (1, 15, 16)


def test_lines_are_those_of_an_editor() -> None:
    text = "a: 'x\u2028y\x85z'\r\nb: 1\rc: 2\n"

    document = only(text)

    assert [document.span((key,)).line for key in "abc"] == [1, 2, 3]


def test_what_is_absent_stands_at_its_deepest_ancestor() -> None:
    document = only("spec:\n  template:\n    x: 1\n")

    span = document.span(("spec", "template", "spec", "containers", 0))

    assert (span.line, span.column, span.end_column) == (2, 3, 11)


def test_an_empty_value_stands_at_its_key() -> None:
    span = only("spec:\n  template:\n").span(("spec", "template"))

    assert (span.line, span.column, span.end_column) == (2, 3, 11)


def paths(value: object, path: DataPath = ()) -> Iterator[DataPath]:
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield from paths(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from paths(child, (*path, index))


def assert_places_are_true(document: Document) -> None:
    """Every path's key span holds the key as written, and its value span the scalar's text or something inside the document."""
    text = document.source.text
    lines = document.source.line_starts
    for path in paths(document.data):
        ends: tuple[At, ...] = ("key", "value")
        for end_of_path in ends:
            span = document.span(path, end_of_path)
            start, end = lines[span.line - 1] + span.column - 1, lines[span.end_line - 1] + span.end_column - 1
            assert document.offset <= start <= end <= document.offset + len(document.text) <= len(text)
        found = document.node(path)
        assert found is not None
        key, node = found
        if key is not None:
            written = at(text, document.span(path, "key"))
            assert tree.compose(written + "\n" if not key.style else written) is not None or written == ""
        if node.id == "scalar" and not node.style and node.value and "\n" not in text[node.start_mark.index : node.end_mark.index]:
            assert node.value in at(text, document.span(path))


KEYS = st.sampled_from(["a", "spec", "app.kubernetes.io/name", "on", "1", "x y", "é", "😀", '"q"', "'s'", "true", ""])
SCALARS = st.one_of(
    st.sampled_from(["", "~", "1", "y", "x", "a: b", "- x", "# c", "é😀", "1.10", "two\nlines", " lead", "'", '"', "*x", "{a}"]),
    st.integers(-5, 5),
    st.booleans(),
    st.none(),
)
TREES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=8)


def block(value: object, indent: int, flow: bool) -> str:
    """The value as YAML in block style, scalars as JSON, and its innermost collections in flow style if ``flow``."""
    pad = " " * indent
    if (
        not isinstance(value, (dict, list))
        or not value
        or (flow and not any(isinstance(x, (dict, list)) for x in (value.values() if isinstance(value, dict) else value)))
    ):
        return " " + json.dumps(value, ensure_ascii=False) + "\n"
    if isinstance(value, list):
        return "\n" + "".join(f"{pad}-{block(item, indent + 2, flow)}" for item in value)
    return "\n" + "".join(f"{pad}{json.dumps(key, ensure_ascii=False)}:{block(item, indent + 2, flow)}" for key, item in value.items())


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4), st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_value_is_found_and_stands_where_its_span_says(value: dict[str, object], flow: bool, line_end: str) -> None:
    text = "# head" + block(value, 0, False if all(not isinstance(x, (dict, list)) for x in value.values()) else flow).replace(
        "\n", line_end
    )

    document = only(text)

    assert document.data == value
    assert_places_are_true(document)


def test_places_in_ordinary_yaml_are_true() -> None:
    document = only(
        "a: &x {k: v, 'q r': \"s\"}\nb:\n- name: web # c\n  on: yes\n  <<: *x\n-\n  - 1\n  - [p, {z: }]\nlong: two\n  lines\n"
        "text: |\n  x\n   y\nfold: >-\n  a\n  b\n? complex\n: value\n!!str 1: !!int 2\nempty:\n"
    )

    assert_places_are_true(document)


# Decoding recorded from kubectl.

DECODED = SHARED / "oracles" / "decode_executed.json"
SCALARS_READ = SHARED / "oracles" / "yaml_scalars.json"


@pytest.mark.skipif(not DECODED.exists(), reason="the recorded decodings are not here")
def test_recorded_decodings_parse_where_kubectl_parses() -> None:
    wrong = []

    for case in json.loads(DECODED.read_text())["cases"]:
        raw = bytes.fromhex(case["document_hex"]) if "document_hex" in case else case["document"].encode()
        parsed = parse(raw, "case")
        refused = any(defect.rule != "duplicate-key" and "drops everything" not in defect.message for defect in parsed.defects)
        if refused != (case["outcome"] == "parse-error"):
            wrong.append(case["id"])

    assert wrong == []


@pytest.mark.skipif(not SCALARS_READ.exists(), reason="the recorded scalars are not here")
def test_recorded_scalars_are_read_the_same_in_a_document() -> None:
    wrong = []

    for case in json.loads(SCALARS_READ.read_text())["cases"]:
        value = data(f"value: {case['scalar']}\n")
        key = data(f"{case['scalar']}: x\n")
        wrong += [f"{case['scalar']} = {value}"] if not is_recorded(case, value) else []
        wrong += [f"{case['scalar']}: {key}"] if "key_error" in case and key else []
        # Behind a tag the recorded document is no mapping.
        if isinstance(case.get("as_key"), list):
            wrong += [f"{case['scalar']}: {key}"] if [list(one) for one in key if isinstance(one, dict)] != [case["as_key"]] else []

    assert wrong == []


def is_recorded(case: dict[str, object], read: list[object]) -> bool:
    if "error" in case:
        return not read
    (value,) = (one["value"] for one in read if isinstance(one, dict))
    if case["json_type"] in ("int", "float"):
        return isinstance(value, int | float) and json_number(value) == case["json"]
    return value == case["json"] and type(value) is type(case["json"])


JUDGED = [
    *(row[1] for row in SPLIT if row[2] and all(isinstance(one, dict) and one for one in row[2])),
    *(text for text, _ in MERGES),
    "a: ! 3\nb: [! yes, 1]\n! on: x\n",
    "a: [001:db8::1, b:c]\n",
    "a: 'it''s'\nb: \"x\\\n  y\\u00e9\\'\"\nc: p\n  q\n\n  r\nd: >\n  f\n  g\n\n   h\n  i\n",
    "a:\t1\nb: x\t\n",
    "a: 1 #c\nb: x#c\n? d\n: 2\n",
]


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kubectl_reads_the_same_data(tmp_path: Path) -> None:
    expected, objects = [], []
    for number, text in enumerate(JUDGED):
        for one in parse(text).documents:
            # Each document becomes the annotation-free "data" of an object that kubectl knows nothing about.
            body = one.text.strip("\r\n").lstrip("\ufeff")
            indented = re.sub(r"(\r\n|[\r\n\x85\u2028])(?=[^\r\n])", r"\1  ", body)
            objects.append(f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: n{number}}}\ndata:\n  {indented}\n")
            expected.append(one.data)
    manifest = tmp_path / "things.yaml"
    manifest.write_bytes("---\n".join(objects).encode())
    command = [str(KUBECTL), "label", "--local", "-f", str(manifest), "x=y", "-o", "json", "--allow-missing-template-keys"]

    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    decoder, start = json.JSONDecoder(), 0
    read: list[dict[str, object]] = []
    while start < len(shown.rstrip()):
        value, start = decoder.raw_decode(shown, start + len(shown[start:]) - len(shown[start:].lstrip()))
        read += value["items"] if value["kind"] == "List" else [value]

    assert [thing["data"] for thing in read] == expected
