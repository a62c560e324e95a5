"""Is the SARIF log valid, complete for GitHub code scanning, and the same for the same report?"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rollproof.finding import Finding, Related, Repair, Report, TextEdit
from rollproof.model.resource import Identity
from rollproof.report import FORMATS, Context
from rollproof.rule import Rule
from rollproof.source import Source
from rollproof.span import Span
from tests.judges import sarif_multitool

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))

PAGE = """\
A Service selects no pod.

Traffic to it is refused. It is easy to miss, because nothing fails when it is applied.

```yaml
kind: Service
```

How to mend it:

```yaml
kind: Service
```
"""

RULES = (
    Rule("missing-limits", "info", "opinions", "A container has no limits.\n", "document", on_by_default=False),
    Rule(
        "service-selects-nothing", "warning", "traffic", PAGE, "cluster", see=("https://kubernetes.io/docs/concepts/services-networking/",)
    ),
    Rule("unknown-field", "error", "conformance", "A field is not known. " + "It is dropped in silence. " * 60, "fact"),
    Rule("unreadable-file", "error", "input", "A file cannot be read.\n", "fact"),
    Rule("yaml-syntax", "error", "input", "The text is no YAML.\n", "fact"),
)

WEB = Source("k8s/web.yaml", "kind: Deployment\nmetadata:\n  name: web\n  nmae: x\n")
SERVICE = Source("k8s/my service.yaml", "kind: Service\nspec:\n  selector: {app: wbe}\n")

MISSPELLED = Finding(
    "unknown-field",
    "error",
    "unknown field 'nmae' (did you mean 'name'?)",
    "k8s/web.yaml",
    Span(4, 3, 4, 7),
    resource=Identity("apps/v1", "Deployment", None, "web"),
    suggestion="name",
    fix=Repair(
        True, "rename to 'name'", (TextEdit("k8s/web.yaml", Span(4, 3, 4, 7), "name"), TextEdit("k8s/web.yaml", Span(3, 3, 3, 3), ""))
    ),
    related=(Related("k8s/web.yaml", Span(3, 3, 3, 7), "'name' stands here"),),
    fingerprint="1f3a",
)
SELECTS_NOTHING = Finding(
    "service-selects-nothing",
    "warning",
    "no pod has the labels app=wbe",
    "k8s/my service.yaml",
    Span(3, 13, 3, 23),
    related=(
        Related("k8s/web.yaml", Span(3, 3, 3, 7), r"spec.containers[0] of C:\x is nearest"),
        Related("k8s/web.yaml", Span(1, 1, 1, 5), ""),
    ),
    fingerprint="9b2c",
)
UNREADABLE = Finding("unreadable-file", "error", "the file is not text", "k8s/ü:0.yaml", Span(1, 1, 1, 1))
OPINION = Finding("missing-limits", "info", "container 'web' has no limits", "/elsewhere/x.yaml", Span(2, 1, 2, 5))
UNLISTED = Finding("rule-crashed", "error", "rule 'x' failed on [a](https://example.com)", "k8s/web.yaml", Span(1, 1, 1, 1))

REPORT = Report((SELECTS_NOTHING, UNREADABLE, MISSPELLED, OPINION, UNLISTED), files=4)
CONTEXT = Context(RULES, {WEB.name: WEB, SERVICE.name: SERVICE}.get)


def run(report: Report, context: Context = CONTEXT) -> dict[str, Any]:
    """The one run of the log for a report, after the log was validated."""
    log = json.loads(FORMATS["sarif"](report, context))
    Draft202012Validator(SCHEMA).validate(log)
    (one,) = log["runs"]
    assert isinstance(one, dict)
    return one


def test_a_log_says_what_it_is() -> None:
    log = json.loads(FORMATS["sarif"](Report(), CONTEXT))

    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    assert log["runs"][0]["results"] == []
    assert log["runs"][0]["columnKind"] == "unicodeCodePoints"


def test_every_enabled_rule_is_described_whether_or_not_it_found_something() -> None:
    rules = run(Report())["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == [rule.id for rule in RULES]
    assert rules[1] == {
        "id": "service-selects-nothing",
        "name": "ServiceSelectsNothing",
        "shortDescription": {"text": "A Service selects no pod."},
        "fullDescription": {
            "text": "A Service selects no pod. Traffic to it is refused. It is easy to miss, because nothing fails when it is applied."
        },
        "help": {
            "text": PAGE + "\nSee <https://kubernetes.io/docs/concepts/services-networking/>.",
            "markdown": PAGE + "\nSee <https://kubernetes.io/docs/concepts/services-networking/>.",
        },
        "helpUri": "https://kubernetes.io/docs/concepts/services-networking/",
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["kubernetes", "traffic"], "precision": "high", "problem.severity": "warning"},
    }


def test_what_github_requires_of_a_rule_is_there_within_its_limits() -> None:
    # GitHub Docs, "SARIF support for code scanning": reportingDescriptor object.
    for rule in run(REPORT)["tool"]["driver"]["rules"]:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert 0 < len(rule["name"]) <= 255
        assert len(rule.get("properties", {}).get("tags", [])) <= 10


def test_a_result_points_at_its_rule_and_always_has_its_level() -> None:
    one = run(REPORT)

    assert [(result["ruleId"], result["level"]) for result in one["results"]] == [
        ("service-selects-nothing", "warning"),
        ("unreadable-file", "error"),
        ("unknown-field", "error"),
        ("missing-limits", "note"),
        ("rule-crashed", "error"),
    ]
    assert all(one["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] for result in one["results"])


def test_a_result_has_its_place_its_fix_and_its_fingerprints() -> None:
    result = run(REPORT)["results"][2]

    region = {"startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 7}
    file = {"uri": "k8s/web.yaml", "uriBaseId": "%SRCROOT%"}
    assert result["locations"] == [
        {
            "physicalLocation": {"artifactLocation": file, "region": region},
            "logicalLocations": [{"name": "Deployment/web", "fullyQualifiedName": "apps/v1/Deployment/web", "kind": "object"}],
        }
    ]
    assert result["fixes"] == [
        {
            "description": {"text": "rename to 'name'."},
            "artifactChanges": [
                {
                    "artifactLocation": file,
                    "replacements": [
                        {"deletedRegion": region, "insertedContent": {"text": "name"}},
                        {"deletedRegion": {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 3}},
                    ],
                }
            ],
        }
    ]
    assert result["partialFingerprints"] == {"rollproof/v1": "1f3a", "primaryLocationLineHash": "60e5ab6004e2e530:1"}
    assert "codeFlows" not in result


def test_the_message_links_to_every_related_place() -> None:
    result = run(REPORT)["results"][0]

    assert result["message"]["text"] == (
        r"no pod has the labels app=wbe. Related: [spec.containers\[0\] of C:\\x is nearest](1); [here](2)."
    )
    assert [location["id"] for location in result["relatedLocations"]] == [1, 2]


def test_the_text_of_a_manifest_makes_no_links() -> None:
    result = run(REPORT)["results"][4]

    assert result["message"]["text"] == "rule 'x' failed on [a] (https://example.com)."


def test_a_finding_that_spans_files_has_a_flow_that_ends_at_its_place() -> None:
    (flow,) = run(REPORT)["results"][0]["codeFlows"]

    steps = [step["location"]["physicalLocation"] for step in flow["threadFlows"][0]["locations"]]
    assert [(step["artifactLocation"]["uri"], step["region"]["startLine"]) for step in steps] == [
        ("k8s/web.yaml", 3),
        ("k8s/web.yaml", 1),
        ("k8s/my%20service.yaml", 3),
    ]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("k8s/web.yaml", {"uri": "k8s/web.yaml", "uriBaseId": "%SRCROOT%"}),
        ("./k8s//web.yaml", {"uri": "k8s/web.yaml", "uriBaseId": "%SRCROOT%"}),
        ("a b/ü#?%.yaml", {"uri": "a%20b/%C3%BC%23%3F%25.yaml", "uriBaseId": "%SRCROOT%"}),
        ("x:y.yaml", {"uri": "x%3Ay.yaml", "uriBaseId": "%SRCROOT%"}),
        ("k8s/\udcff.yaml", {"uri": "k8s/%FF.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/tmp/a b.yaml", {"uri": "file:///tmp/a%20b.yaml"}),
        ("C:/k8s/web.yaml", {"uri": "file:///C%3A/k8s/web.yaml"}),
    ],
)
def test_a_path_becomes_a_uri(path: str, location: dict[str, str]) -> None:
    (result,) = run(Report((replace(UNREADABLE, path=path),)))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == location


def test_what_could_not_be_judged_is_also_a_notification() -> None:
    one = run(REPORT)

    (invocation,) = one["invocations"]
    notifications = invocation["toolExecutionNotifications"]
    descriptors = one["tool"]["driver"]["notifications"]
    assert [(note["descriptor"]["id"], note["level"]) for note in notifications] == [
        ("unreadable-file", "error"),
        ("rule-crashed", "error"),
    ]
    assert all(descriptors[note["descriptor"]["index"]]["id"] == note["descriptor"]["id"] for note in notifications)


@pytest.mark.parametrize("crashed", [False, True])
def test_only_a_crash_makes_a_run_unsuccessful(crashed: bool) -> None:
    one = run(replace(REPORT, crashed=crashed))

    assert one["invocations"][0]["executionSuccessful"] is not crashed


def test_nothing_in_a_log_depends_on_when_or_where_it_was_written() -> None:
    first, second = (FORMATS["sarif"](REPORT, CONTEXT) for _ in range(2))

    assert first == second
    assert not re.search(r"TimeUtc|workingDirectory|machine", first)


@pytest.mark.parametrize("report", [Report(), REPORT, replace(REPORT, crashed=True)], ids=["empty", "findings", "crashed"])
def test_microsofts_validator_has_no_complaint(report: Report, tmp_path: Path) -> None:
    try:
        sarif_multitool.executable()
    except sarif_multitool.UnavailableError as reason:
        pytest.skip(str(reason))

    complaints = sarif_multitool.complaints(FORMATS["sarif"](report, CONTEXT), tmp_path)

    # The validator wants a page about the tool, and rollproof has none yet.
    assert [complaint for complaint in complaints if not complaint.startswith("SARIF2005 ")] == []


def test_the_validator_does_complain_of_a_broken_log(tmp_path: Path) -> None:
    try:
        sarif_multitool.executable()
    except sarif_multitool.UnavailableError as reason:
        pytest.skip(str(reason))
    broken = FORMATS["sarif"](REPORT, CONTEXT).replace('"ruleIndex": 1', '"ruleIndex": 77')

    complaints = sarif_multitool.complaints(broken, tmp_path)

    assert any(complaint.startswith("SARIF1009 error") for complaint in complaints)


LINES = " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End"
ENDED = ["e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1"]
REPEATED = [f"a7f2ff13bc495cf2:{count}" for count in range(1, 7)]


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        # github/codeql-action, src/fingerprints.test.ts
        ("", ["c129715d7a2bc9a3:1"]),
        (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
        (
            LINES,
            [
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ],
        ),
        (LINES + "\n", [*ENDED, "c129715d7a2bc9a3:1"]),
        (LINES.replace("\n", "\r\n") + "\r\n", [*ENDED, "c129715d7a2bc9a3:1"]),
        (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", [*ENDED, "c129715d7a2bc9a3:1"]),
        (
            "Lorem ipsum dolor sit amet.\n" * 10,
            [*REPEATED, "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1"],
        ),
    ],
)
def test_a_line_has_the_hash_that_github_gives_it(text: str, hashes: list[str]) -> None:
    findings = tuple(replace(UNREADABLE, path="a.yaml", span=Span(line, 1, line, 1)) for line in range(1, len(hashes) + 1))
    results = run(Report(findings), Context(RULES, lambda path: Source(path, text)))["results"]

    assert [result["partialFingerprints"]["primaryLocationLineHash"] for result in results] == hashes


def test_a_byte_order_mark_is_part_of_the_first_line_only() -> None:
    finding = replace(UNREADABLE, path="a.yaml")
    second = replace(finding, span=Span(2, 1, 2, 1))

    def hashes(mark: bytes) -> list[str]:
        results = run(Report((finding, second)), Context(RULES, lambda path: Source(path, "a\nb\n", mark=mark)))["results"]
        return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]

    plain, marked = hashes(b""), hashes(b"\xef\xbb\xbf")

    assert plain[0] != marked[0]
    assert plain[1] == marked[1]
