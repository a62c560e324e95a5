"""What does each format write for a report, and can the text of a manifest break out of it?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rollproof.finding import Finding, Related, Repair, Report, Skipped, TextEdit
from rollproof.model.resource import Identity
from rollproof.report import FORMATS, Context, relative_to
from rollproof.source import Source
from rollproof.span import Span

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "report.schema.json").read_text(encoding="utf-8"))

WEB = Source(
    "k8s/web.yaml",
    """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  strategy:
    rollingUpdate:
      maxUnavaliable: 1
""",
)
SERVICE = Source("k8s/service.yaml", "kind: Service\nspec:\n  selector: {app: wbe}\n")

MISSPELLED = Finding(
    rule="unknown-field",
    severity="error",
    message="unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?)",
    path="k8s/web.yaml",
    span=Span(8, 7, 8, 21),
    resource=Identity("apps/v1", "Deployment", None, "web"),
    field_path=("spec", "strategy", "rollingUpdate", "maxUnavaliable"),
    suggestion="maxUnavailable",
    fix=Repair(True, "rename to 'maxUnavailable'", (TextEdit("k8s/web.yaml", Span(8, 7, 8, 21), "maxUnavailable"),)),
    fingerprint="1f3a",
)
SELECTS_NOTHING = Finding(
    rule="service-selects-nothing",
    severity="warning",
    message="no pod has the labels app=wbe",
    path="k8s/service.yaml",
    span=Span(3, 13, 3, 23),
    resource=Identity("v1", "Service", "shop", "web"),
    field_path=("spec", "selector"),
    suggestion="app: web",
    related=(Related("k8s/web.yaml", Span(4, 3, 4, 7), "this Deployment's pods come nearest"),),
    fingerprint="9b2c",
)
REPORT = Report(
    findings=(SELECTS_NOTHING, MISSPELLED),
    files=12,
    documents=31,
    resources=30,
    suppressed=2,
    skipped=(Skipped("chart/templates/web.yaml", "helm-template"), Skipped("k8s/web.yaml", "no-kind", 1)),
)
CONTEXT = Context(source={"k8s/web.yaml": WEB, "k8s/service.yaml": SERVICE}.get)


def show(name: str, *findings: Finding, text: str | None = None, color: bool = False) -> str:
    """The findings in a format; ``text`` is what every file holds."""
    context = Context(source=lambda path: None if text is None else Source(path, text), color=color)
    return FORMATS[name](Report(findings), context)


def test_concise_is_one_line_a_finding() -> None:
    text = FORMATS["concise"](REPORT, CONTEXT)

    assert text == (
        "k8s/service.yaml:3:13: warning: no pod has the labels app=wbe [service-selects-nothing]\n"
        "k8s/web.yaml:8:7: error: unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?) [unknown-field]\n"
    )


def test_full_shows_the_lines_a_finding_speaks_of() -> None:
    text = FORMATS["full"](REPORT, CONTEXT)

    assert text == (
        """\
warning[service-selects-nothing]: no pod has the labels app=wbe
 --> k8s/service.yaml:3:13 in Service/web
  |
2 | spec:
3 |   selector: {app: wbe}
  |             ^^^^^^^^^^
  |
 --> k8s/web.yaml:4:3
  |
4 |   name: web
  |   ---- this Deployment's pods come nearest
  |
  = help: did you mean 'app: web'?

error[unknown-field]: unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?)
 --> k8s/web.yaml:8:7 in Deployment/web
  |
7 |     rollingUpdate:
8 |       maxUnavaliable: 1
  |       ^^^^^^^^^^^^^^
  |

Found 1 error and 1 warning in 12 files (2 suppressed, 1 fixable with --fix).
"""
    )


def test_full_tells_what_a_fix_does_where_the_message_does_not() -> None:
    finding = replace(MISSPELLED, message="unknown field 'maxUnavaliable'")

    assert "  = help: rename to 'maxUnavailable'\n" in FORMATS["full"](Report((finding,)), CONTEXT)


def test_full_without_the_text_still_says_where() -> None:
    text = show("full", SELECTS_NOTHING)

    assert text.startswith(
        """\
warning[service-selects-nothing]: no pod has the labels app=wbe
 --> k8s/service.yaml:3:13 in Service/web
 --> k8s/web.yaml:4:3
  = this Deployment's pods come nearest
  = help: did you mean 'app: web'?
"""
    )


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (Report(files=1), "Found no problems in 1 file."),
        (Report(files=1234, suppressed=3), "Found no problems in 1,234 files (3 suppressed)."),
        (Report((MISSPELLED, MISSPELLED), files=2), "Found 2 errors in 2 files (2 fixable with --fix)."),
        (
            Report((MISSPELLED, SELECTS_NOTHING, replace(SELECTS_NOTHING, severity="info")), files=3),
            "Found 1 error, 1 warning and 1 info in 3 files (1 fixable with --fix).",
        ),
    ],
)
def test_full_ends_with_a_count(report: Report, sentence: str) -> None:
    assert FORMATS["full"](report, CONTEXT).splitlines()[-1] == sentence


def test_full_is_coloured_only_when_asked() -> None:
    plain, coloured = (FORMATS["full"](REPORT, replace(CONTEXT, color=color)) for color in (False, True))

    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;31merror[unknown-field]\x1b[0m" in coloured


@pytest.mark.parametrize(
    ("line", "span", "shown", "mark"),
    [
        ("a: bad", Span(1, 4, 1, 7), "a: bad", "   ^^^"),
        # East Asian Wide characters take two columns, combining marks none (Unicode Standard Annex 11).
        ("名前: bad", Span(1, 5, 1, 8), "名前: bad", "      ^^^"),
        ("é́: bad", Span(1, 5, 1, 8), "é́: bad", "   ^^^"),
        ("a: 名前", Span(1, 4, 1, 6), "a: 名前", "   ^^^^"),
        # A tab goes to the next stop.
        ("a:\tbad", Span(1, 4, 1, 7), "a:  bad", "    ^^^"),
        # What cannot be shown is longer as an escape than as itself.
        ("\x07: bad", Span(1, 4, 1, 7), "\\x07: bad", "      ^^^"),
        ("a: b\x1bd", Span(1, 4, 1, 7), "a: b\\x1bd", "   ^^^^^^"),
        # A place between two characters, past the end, and on several lines.
        ("a: bad", Span(1, 3, 1, 3), "a: bad", "  ^"),
        ("a: bad", Span(1, 7, 1, 7), "a: bad", "      ^"),
        ("a: bad", Span(1, 4, 3, 2), "a: bad", "   ^^^"),
        ("x" * 300 + ": bad" + "y" * 300, Span(1, 303, 1, 306), "…" + "x" * 33 + ": bad" + "y" * 102 + "…", " " * 36 + "^^^"),
    ],
)
def test_the_underline_stands_below_what_it_means(line: str, span: Span, shown: str, mark: str) -> None:
    text = show("full", replace(MISSPELLED, path="a.yaml", span=span, resource=None), text=line + "\n")

    assert text.splitlines()[2:5] == ["  |", f"1 | {shown}", f"  | {mark}"]


def test_json_keeps_the_contract() -> None:
    data = json.loads(FORMATS["json"](REPORT, CONTEXT))

    Draft202012Validator(SCHEMA).validate(data)
    assert data["version"] == 1
    assert data["findings"][1] == {
        "rule": "unknown-field",
        "severity": "error",
        "message": "unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?)",
        "path": "k8s/web.yaml",
        "line": 8,
        "column": 7,
        "endLine": 8,
        "endColumn": 21,
        "document": 0,
        "resource": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": None, "name": "web"},
        "fieldPath": ["spec", "strategy", "rollingUpdate", "maxUnavaliable"],
        "suggestion": "maxUnavailable",
        "fix": {
            "safe": True,
            "description": "rename to 'maxUnavailable'",
            "edits": [{"path": "k8s/web.yaml", "line": 8, "column": 7, "endLine": 8, "endColumn": 21, "text": "maxUnavailable"}],
        },
        "related": [],
        "fingerprint": "1f3a",
    }
    assert data["findings"][0]["related"] == [
        {"path": "k8s/web.yaml", "line": 4, "column": 3, "endLine": 4, "endColumn": 7, "message": "this Deployment's pods come nearest"}
    ]
    assert data["summary"] == {
        "files": 12,
        "documents": 31,
        "resources": 30,
        "error": 1,
        "warning": 1,
        "info": 0,
        "suppressed": 2,
        "skipped": [
            {"path": "chart/templates/web.yaml", "reason": "helm-template", "document": None},
            {"path": "k8s/web.yaml", "reason": "no-kind", "document": 1},
        ],
    }


def test_json_without_findings_keeps_the_contract() -> None:
    data = json.loads(FORMATS["json"](Report(), CONTEXT))

    Draft202012Validator(SCHEMA).validate(data)
    assert data["findings"] == []


def test_the_schema_describes_every_field() -> None:
    def undescribed(node: Any, name: str = "") -> list[str]:
        if not isinstance(node, dict):
            return [bad for item in node for bad in undescribed(item, name)] if isinstance(node, list) else []
        bad = [bad for key, value in node.items() for bad in undescribed(value, key)]
        for field, value in node.get("properties", {}).items():
            reference = str(value.get("$ref", "")).rpartition("/")[2]
            if "description" not in value and "description" not in SCHEMA["$defs"].get(reference, {}):
                bad.append(f"{name}.{field}")
        return bad

    assert undescribed(SCHEMA) == []


def test_json_lines_holds_the_findings_of_json() -> None:
    lines = FORMATS["json-lines"](REPORT, CONTEXT).splitlines()

    assert [json.loads(line) for line in lines] == json.loads(FORMATS["json"](REPORT, CONTEXT))["findings"]


def test_github_annotates_the_most_serious_first() -> None:
    text = FORMATS["github"](REPORT, replace(CONTEXT, relative=lambda path: f"deploy/{path}"))

    assert text == (
        "::error title=rollproof (unknown-field),file=deploy/k8s/web.yaml,line=8,endLine=8,col=7,endColumn=21"
        "::unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?)\n"
        "::warning title=rollproof (service-selects-nothing),file=deploy/k8s/service.yaml,line=3,endLine=3,col=13,endColumn=23"
        "::no pod has the labels app=wbe%0Adeploy/k8s/web.yaml:4:3: this Deployment's pods come nearest\n"
    )


def test_gitlab_holds_what_the_widget_shows() -> None:
    data = json.loads(FORMATS["gitlab"](REPORT, CONTEXT))

    assert data[1] == {
        "description": "unknown-field: unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?)",
        "check_name": "unknown-field",
        "fingerprint": "1f3a",
        "severity": "major",
        "location": {"path": "k8s/web.yaml", "lines": {"begin": 8, "end": 8}},
    }


def test_gitlab_fingerprints_are_unique() -> None:
    unnamed = replace(MISSPELLED, fingerprint="")
    data = json.loads(show("gitlab", MISSPELLED, MISSPELLED, MISSPELLED, unnamed, unnamed))

    assert len({entry["fingerprint"] for entry in data}) == 5


def test_gitlab_without_findings_is_an_empty_list() -> None:
    assert json.loads(show("gitlab")) == []


def test_junit_has_a_failed_test_for_each_finding() -> None:
    text = FORMATS["junit"](REPORT, CONTEXT)

    assert text == (
        """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="rollproof" tests="2" failures="2" errors="0">
  <testsuite name="k8s/service.yaml" tests="1" failures="1" errors="0">
    <testcase name="service-selects-nothing at k8s/service.yaml:3:13" classname="k8s/service.yaml" file="k8s/service.yaml" line="3">
      <failure type="warning" message="no pod has the labels app=wbe">\
k8s/service.yaml:3:13: warning: no pod has the labels app=wbe [service-selects-nothing]
k8s/web.yaml:4:3: this Deployment's pods come nearest</failure>
    </testcase>
  </testsuite>
  <testsuite name="k8s/web.yaml" tests="1" failures="1" errors="0">
    <testcase name="unknown-field at k8s/web.yaml:8:7" classname="k8s/web.yaml" file="k8s/web.yaml" line="8">
      <failure type="error" message="unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?)">\
k8s/web.yaml:8:7: error: unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?) [unknown-field]</failure>
    </testcase>
  </testsuite>
</testsuites>
"""
    )


def test_junit_without_findings_is_a_test_that_passed() -> None:
    suites = ET.fromstring(show("junit"))

    assert (suites.get("tests"), suites.get("failures")) == ("1", "0")
    assert [case.get("name") for case in suites.iter("testcase")] == ["no problems"]


ATTACK = (
    "a\n::error::b\r\n::stop-commands::c\x1b[2K\x9b31m\u202e%0A::add-mask::d ]]> <!-- </failure> & \" ' "
    "##[add-mask]e ##vso[task.setvariable variable=f]g [h](https://example.com) \u2028\x00\ud800\ufffe\t,col=9:"
)

HOSTILE = Finding(
    rule="yaml-syntax",
    severity="error",
    message=ATTACK,
    path=f"::stop-commands::{ATTACK}.yaml",
    span=Span(1, 1, 1, 4),
    resource=Identity("v1", ATTACK, ATTACK, ATTACK),
    field_path=(ATTACK, 0),
    suggestion=f"{ATTACK}.",
    fix=Repair(True, f"{ATTACK}!", (TextEdit(ATTACK, Span(1, 1, 1, 2), ATTACK),)),
    related=(Related(ATTACK, Span(1, 1, 1, 2), ATTACK), Related("b.yaml", Span(1, 1, 1, 2), "")),
)


def commands(output: str) -> list[str]:
    """The names of the commands a CI service would take from a job's output.

    As actions/runner reads lines (ActionCommand.cs): ``::name …::`` at the start, after blanks, or ``##[name …]`` anywhere; Azure Pipelines
    takes ``##vso[`` anywhere.
    """
    found: list[str] = []
    for line in re.split(r"[\r\n]+", output):
        start = re.match(r"\s*::(\S*)[^:]*(?::[^:]+)*::", line)
        found += [start[1]] if start else re.findall(r"##\w*\[", line)
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_the_text_of_a_manifest_cannot_break_out_of_a_format(name: str) -> None:
    text = show(name, HOSTILE, HOSTILE, text=ATTACK)

    assert commands(text) == (["error", "error"] if name == "github" else [])
    assert not set("\x1b\x9b\x00\u202e\u2028\r\t\ud800\ufffe") & set(text)
    text.encode("utf-8")


@pytest.mark.parametrize("name", ["concise", "json-lines", "github"])
def test_a_finding_stays_on_its_line(name: str) -> None:
    assert len(show(name, HOSTILE, HOSTILE, text=ATTACK).splitlines()) == 2


def test_json_keeps_hostile_data_exactly_and_makes_sentences_printable() -> None:
    (finding,) = json.loads(show("json", HOSTILE))["findings"]

    assert finding["path"] == HOSTILE.path
    assert finding["fieldPath"] == [ATTACK, 0]
    assert finding["suggestion"] == HOSTILE.suggestion
    assert finding["resource"]["name"] == ATTACK
    assert finding["fix"]["edits"][0]["text"] == ATTACK
    assert finding["message"].startswith(r"a\n::error::b\r\n::stop-commands::c\x1b[2K\x9b31m\u202e%0A")


def test_github_properties_cannot_be_added_to() -> None:
    text = show("github", HOSTILE)

    properties = text.split("::")[1].removeprefix("error ").split(",")
    assert [entry.partition("=")[0] for entry in properties] == ["title", "file", "line", "endLine", "col", "endColumn"]
    assert "%250A" in text


def test_junit_is_well_formed_whatever_a_manifest_says() -> None:
    (failure,) = ET.fromstring(show("junit", HOSTILE)).iter("failure")

    assert failure.get("message", "").endswith(r"\u2028\x00\ud800\ufffe\t,col=9:")


@given(st.text(), st.text(min_size=1), st.integers(1, 9), st.integers(1, 99))
def test_any_text_can_be_reported(message: str, text: str, line: int, column: int) -> None:
    finding = replace(HOSTILE, message=message, path=text, span=Span(line, column, line, column + 3))

    for name in FORMATS:
        shown = show(name, finding, text=text)
        shown.encode("utf-8")
        assert shown.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_is_the_same_text(name: str) -> None:
    assert FORMATS[name](REPORT, CONTEXT) == FORMATS[name](REPORT, CONTEXT)


@pytest.mark.parametrize("name", FORMATS)
def test_a_text_ends_with_a_line_feed_or_is_empty(name: str) -> None:
    for report in (Report(), REPORT):
        text = FORMATS[name](report, CONTEXT)

        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("web.yaml", "deploy/web.yaml"),
        ("./k8s//web.yaml", "deploy/k8s/web.yaml"),
        ("../web.yaml", "web.yaml"),
        ("/repository/k8s/web.yaml", "k8s/web.yaml"),
        ("../../elsewhere/web.yaml", "/elsewhere/web.yaml"),
        ("..web/a.yaml", "deploy/..web/a.yaml"),
    ],
)
def test_services_get_paths_from_the_root_of_the_repository(path: str, expected: str) -> None:
    relative: Callable[[str], str] = relative_to(Path("/repository"), Path("/repository/deploy"))

    assert relative(path) == expected
