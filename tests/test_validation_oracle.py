"""Do we refuse what the validation table says the API server refuses, and at the line of its error?"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rollproof.conformance.manifest import check
from rollproof.document import Document, parse
from rollproof.kube.version import Version, VersionRange, parse_version
from rollproof.source import Source
from rollproof.span import Path as FieldPath

TABLE = Path(__file__).resolve().parents[2] / "shared" / "oracles" / "validation.json"

pytestmark = pytest.mark.skipif(not TABLE.is_file(), reason="the table of verdicts, ../shared/oracles, is not beside this checkout")

KNOWN = VersionRange(Version(1, 25), Version(1, 37))


def cases() -> list[dict[str, Any]]:
    """The objects that are created; what an update refuses needs two objects."""
    if not TABLE.is_file():
        return []
    return [case for case in json.loads(TABLE.read_text())["cases"] if not case.get("old_manifest")]


def versions(case: dict[str, Any]) -> VersionRange:
    """The version a case is about: 1.35, or the one its verdict begins or ends with."""
    version = Version(1, 35)
    for bound, beyond in (("since", min), ("until", max)):
        limit = parse_version(str(case[bound])) if case[bound] else None
        if limit is not None and ((bound == "since" and version < limit) or (bound == "until" and version > limit)):
            version = beyond(limit, KNOWN.hi) if bound == "since" else beyond(limit, KNOWN.lo)
    return VersionRange(version, version)


def is_refused(case: dict[str, Any]) -> bool:
    """The table's verdict as kubectl brings it about, which is strict about unknown fields."""
    modes = case.get("verdict_by_field_validation_mode") or {}
    return case["apiserver_verdict"] == "reject" or (case["apiserver_verdict"] == "warn" and modes.get("Strict") == "reject")


def lines(case: dict[str, Any]) -> list[int]:
    """The lines at which we refuse a case; an error of the text itself stands at its own line."""
    parsed = parse(Source("case.yaml", case["manifest"]))
    found = [defect.span.line for defect in parsed.defects]
    for document in parsed.documents:
        assert isinstance(document.data, dict)
        violations = check(document.data, versions(case), json_source=document.json)
        found += [document.span(each.path, each.at).line for each in violations if each.severity in (None, "error")]
    return found


def block(document: Document, field: str) -> range:
    """The lines of the field an error names, or of its nearest ancestor that exists."""
    steps = [step.strip("[]") for step in re.findall(r"\[[^\]]*\]|[^.\[]+", field)]
    path: FieldPath = tuple(int(step) if step.isdigit() else step for step in steps)
    while path and document.node(path) is None:
        path = path[:-1]
    first = document.span(path, "key").line
    found = document.node(path)
    last = found[1].end_mark.line + 1 if found and path else len(document.text.splitlines())
    return range(first, max(first, last) + 1)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_the_verdict_is_that_of_the_table(case: dict[str, Any]) -> None:
    if case["evidence"] == "knowledge":
        pytest.skip("nobody has read the source or run the server for this verdict")

    found = lines(case)

    assert bool(found) == is_refused(case), case["gist"]


def test_what_validation_refuses_is_said_in_the_lines_of_its_field() -> None:
    counts: Counter[bool] = Counter()
    elsewhere = []
    for case in cases():
        if case["apiserver_verdict"] != "reject" or not case["error_field"] or case["layer"] != "validation":
            continue
        (document, *_) = parse(Source("case.yaml", case["manifest"])).documents
        near = not set(lines(case)).isdisjoint(block(document, case["error_field"]))
        counts[near] += 1
        elsewhere += [] if near else [case["id"]]

    assert counts[True] >= 0.99 * counts.total(), elsewhere
