"""Do the field rules of everything but workloads agree with the API server's own code?

The judge is compiled from Kubernetes 1.35 (tests/judges/apiserver/README.md). Valid objects are spoilt one field at a time, and
both are asked what they think of the result.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollproof.conformance import fields, structure
from rollproof.conformance.fields import cluster
from rollproof.conformance.violation import Violation
from rollproof.document import parse
from rollproof.kube.api import load_api
from rollproof.kube.version import Version, VersionRange
from rollproof.source import Source
from rollproof.span import Path as FieldPath
from rollproof.span import format_path

JUDGE = Path(os.environ.get("ROLLPROOF_APISERVER_JUDGE", "/tmp/judge/apiserver"))
needs_judge = pytest.mark.skipif(not JUDGE.is_file(), reason="the judge of tests/judges/apiserver is not built")
JUDGED = VersionRange(Version(1, 35), Version(1, 35))
ACCEPTED = Path(__file__).parent / "data" / "fields" / "accepted.yaml"

TEXTS = ("", "x", "UPPER", "a_b", "a b", "a/b", "a.b.c", "1a", "80", "*.a.com", "a" * 64, "None", "127.0.0.1", "10.0.0.0/8", "101%", "-1Gi")
NUMBERS = (-1, 0, 1, 256, 601, 1801, 3601, 65536, 86401, 100001, 1000000001)

KNOWN = (
    # Marked as required in OpenAPI, which the walk over the structure believes; the server takes the empty value.
    r"Job: spec\.podFailurePolicy",
    r"EndpointSlice: endpoints\.\d+\.hints",
    r"CSIDriver: spec$",
    r"CSIDriver: spec\.tokenRequests",
    r"PersistentVolumeClaim: spec\.dataSource",
    # Expressions of CEL and regular expressions of Go are not read.
    r"Configuration: .*\.expression",
    r"CustomResourceDefinition: .*\.pattern",
    # The judge keeps a port that it has once given.
    r"Service: .*healthCheckNodePort",
)
"""Where the two are known to differ, and why."""


def accepted() -> list[dict[str, Any]]:
    """The valid objects from which all others are made."""
    source = Source("accepted.yaml", ACCEPTED.read_text(encoding="utf-8"))
    found = [document.data for document in parse(source).documents]
    return [data for data in found if isinstance(data, dict)]


def spoilt(data: dict[str, Any]) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """The object with one thing wrong (or at least different), and where. Metadata is the business of other tests."""
    for path, value in _places(data, ()):
        if path and path[0] not in ("apiVersion", "kind", "metadata"):
            yield path, _without(data, path)
            for other in _instead(value):
                yield path, _with(data, path, other)


def _places(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _places(inner, (*path, key))


def _instead(value: Any) -> Iterator[Any]:
    yield None
    match value:
        case bool():
            yield not value
        case int():
            yield from NUMBERS
        case str():
            yield from TEXTS
            yield f"{value}x"
            yield value.lower()
        case list():
            yield []
            yield [*value, None]
            if value:
                yield [*value, value[0]]
                yield value[::-1]
                yield value[:1]
                yield [value[0]] * 70
                yield [*value, {} if isinstance(value[0], dict) else "*"]
        case dict():
            yield {}
            for key in value:
                yield {key: value[key]}
            if value and all(isinstance(inner, str | int) for inner in value.values()):
                yield {**value, "a b": next(iter(value.values()))}


def _with(data: dict[str, Any], path: FieldPath, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def _without(data: dict[str, Any], path: FieldPath) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _at(value: Any, path: FieldPath) -> Any:
    for step in path:
        value = value[step]
    return value


def ours(data: dict[str, Any]) -> list[Violation]:
    """Everything that we hold against an object."""
    kind = load_api().kind(data["apiVersion"], data["kind"])
    assert kind is not None
    # The rules of kinds that are not in the dispatch yet are asked directly.
    extra = cluster.CHECKS.get(f"{kind.group}/{kind.name}")
    found = [*structure.walk(data, kind, JUDGED), *fields.check(kind, data, JUDGED)]
    return found or [*extra(data, JUDGED)] if extra else found


def judged(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the API server says of each."""
    requests = "".join(json.dumps({"id": index, "manifest": json.dumps(data)}) + "\n" for index, data in enumerate(objects))
    run = subprocess.run([JUDGE], input=requests.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.parametrize("data", accepted(), ids=lambda data: data["kind"])
def test_what_the_server_accepts_is_not_held_against_anyone(data: dict[str, Any]) -> None:
    found = ours(data)

    assert not found


def unlucky(verdict: dict[str, Any]) -> bool:
    """Whether a node port that the judge drew by chance was one that the object asks for."""
    return any("already allocated" in str(error) for error in verdict["errors"])


@needs_judge
def test_valid_objects_are_valid_for_the_judge_too() -> None:
    verdicts = judged(accepted())

    assert [verdict["errors"] for verdict in verdicts if not verdict["ok"] and not unlucky(verdict)] == []


@needs_judge
@pytest.mark.parametrize("data", accepted(), ids=lambda data: data["kind"])
def test_spoilt_objects_are_refused_exactly_where_the_server_refuses_them(data: dict[str, Any]) -> None:
    cases = list(spoilt(data))

    verdicts = judged([changed for _, changed in cases])

    differences = []
    for (path, changed), verdict in zip(cases, verdicts, strict=True):
        where = f"{data['kind']}: {'.'.join(map(str, path))}"
        if verdict["stage"] == "panic" or unlucky(verdict) or any(re.search(known, where) for known in KNOWN):
            continue
        found = ours(changed)
        sure = [violation for violation in found if violation.severity != "warning"]
        # A warning says that it depends on the cluster.
        if bool(sure) == verdict["ok"] and (verdict["ok"] or not found):
            said = [f"{format_path(violation.path)}: {violation.message}" for violation in sure]
            differences.append((where, _at(changed, path[:1]), verdict["errors"], said))
    assert not differences, f"{len(differences)} of {len(cases)}, such as {differences[0]}"
