"""Do the checks of custom resources agree with the API server's own code?

The judge is compiled from apiextensions-apiserver 0.35 (tests/judges/apiserver/custom). Objects are made from a schema, with slips.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rollproof.conformance.custom import Definition, _learn
from rollproof.document import parse
from rollproof.kube.version import Version, VersionRange
from rollproof.source import Source, read
from rollproof.span import format_path
from tests.conftest import SHARED, needs_shared

JUDGE = Path(os.environ.get("ROLLPROOF_CUSTOM_JUDGE", "/tmp/judge/custom"))
needs_judge = pytest.mark.skipif(not JUDGE.is_file(), reason="the judge of tests/judges/apiserver/custom is not built")
JUDGED = VersionRange(Version(1, 35), Version(1, 35))

SCHEMA = """
type: object
required: [spec]
properties:
  spec:
    type: object
    required: [size, filled, empty]
    properties:
      size: {type: integer, minimum: 1, maximum: 10, exclusiveMaximum: true}
      filled: {type: string, default: x}
      empty: {type: string, nullable: true}
      mode: {type: string, enum: [Fast, Slow]}
      ratio: {type: number, multipleOf: 2}
      port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}], pattern: '^[a-z0-9]+$'}
      name: {type: string, pattern: '^[a-z]+$', minLength: 2, maxLength: 5}
      free: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {known: {type: object, properties: {a: {type: string}}}}}
      labels: {type: object, additionalProperties: {type: string, maxLength: 3}, maxProperties: 2}
      keyed:
        type: array
        x-kubernetes-list-type: map
        x-kubernetes-list-map-keys: [key, protocol]
        items:
          type: object
          required: [key]
          properties: {key: {type: integer}, protocol: {type: string, default: TCP}}
      set: {type: array, x-kubernetes-list-type: set, items: {type: string}, minItems: 1}
      one: {type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, {required: [b]}]}
      both: {type: object, properties: {a: {type: string}, b: {type: string}}, not: {required: [a, b]}}
      when: {type: string, format: date-time}
      wait: {type: string, format: duration}
      day: {type: string, format: date}
      host: {type: string, format: hostname}
      v4: {type: string, format: ipv4}
      v6: {type: string, format: ipv6}
      block: {type: string, format: cidr}
      link: {type: string, format: uri}
      id: {type: string, format: uuid}
      bytes: {type: string, format: byte}
      odd: {type: string, format: never-heard-of}
      nothing: {type: object}
      inner: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
"""
TEXTS = (
    *("", "a", "abc", "Fast", "fast", "10m", "25%", "x y", "a\n", "TCP", "UDP", "1.2.3.4", "01.2.3.4", "1.2.3", "::1", "fe80::1%eth0"),
    *("10.0.0.0/8", "10.0.0.0", "http://a/b", "/b", "b", "YWJj", "a b", "1h30m", "2 days", "5", "2030-01-31", "2030-02-31", "a-b.example"),
    *("2030-01-31T15:04:05Z", "2030-01-31t15:04:05.5+01:00", "2030-01-31T24:04:05Z", "123e4567-e89b-12d3-a456-426614174000", "-a", "a_b"),
)
OTHERS: tuple[Any, ...] = (None, True, 0, 1, 3, 10, -1, 2.0, 2.5, [], ["a"], ["a", "a"], {}, {"a": "x"}, {"a": "x", "b": "y"}, [None])


LISTED_TEXT = re.compile(r"ours: \['wrong-type [^']*must be a string, but this is a list[^']*'\]")
"""Text with a format may be a list to the server (kube-openapi validate/type.go), which no author can mean."""


def made(schema: Any, chance: random.Random, depth: int = 0) -> Any:
    """A value that mostly fits a schema."""
    if not isinstance(schema, dict) or chance.random() < 0.05:
        return chance.choice([*OTHERS, chance.choice(TEXTS)])
    if "enum" in schema and chance.random() < 0.9:
        return chance.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            return made_object(schema, chance, depth)
        case "array":
            return [made(schema.get("items"), chance, depth + 1) for _ in range(chance.randint(0, 3))]
        case "string":
            return chance.choice(TEXTS)
        case "integer" | "number":
            return chance.choice((0, 1, 5, 10, 70000, -1, 2.0, 2.5 if schema["type"] == "number" else 3))
        case "boolean":
            return chance.random() < 0.5
    return chance.choice((1, "25%", "10m", 5, 2.5, True))


def made_object(schema: Mapping[str, Any], chance: random.Random, depth: int) -> dict[str, Any]:
    made_fields: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod"} if schema.get("x-kubernetes-embedded-resource") else {}
    for name, field in (schema.get("properties") or {}).items():
        likely = 0.97 if name in (schema.get("required") or ()) else 0.3 if depth < 5 else 0.08
        if chance.random() < likely:
            made_fields[name] = made(field, chance, depth + 1)
    if isinstance(schema.get("additionalProperties"), dict):
        made_fields |= {f"k{index}": made(schema["additionalProperties"], chance, depth + 1) for index in range(chance.randint(0, 3))}
    if chance.random() < 0.03:
        made_fields[chance.choice(("bogus", "a", *(f"{name}s" for name in schema.get("properties") or ())))] = "x"
    return made_fields


def objects_of(definition: Definition, count: int, seed: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(seed)
    top = {name: field for name, field in (definition.schema.get("properties") or {}).items() if name not in ("metadata", "status")}
    for _ in range(count):
        data = made_object({**definition.schema, "properties": top}, chance, 0)
        yield {**data, "apiVersion": definition.api_version, "kind": definition.kind, "metadata": {"name": "x"}}


def ask(cases: list[tuple[Definition, dict[str, Any]]]) -> list[dict[str, Any]]:
    requests = "".join(json.dumps({"schema": definition.schema, "object": data}) + "\n" for definition, data in cases)
    run = subprocess.run([JUDGE], input=requests.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def disagreements(cases: list[tuple[Definition, dict[str, Any]]]) -> list[str]:
    """The cases of which one side accepts what the other refuses."""
    found = []
    for (definition, data), verdict in zip(cases, ask(cases), strict=True):
        ours = [f"{one.rule} {format_path(one.path)}: {one.message}" for one in definition.check(data, JUDGED) if one.severity is None]
        theirs = [*(verdict["unknown"] or ()), *(verdict["errors"] or ())]
        if not verdict.get("fatal") and bool(ours) != bool(theirs):
            found.append(f"{definition.kind}: {json.dumps(data)}\n  ours: {ours}\n  theirs: {theirs}")
    return found


def definition_of(schema: str) -> Definition:
    [document] = parse(Source("schema.yaml", schema)).documents
    assert isinstance(document.data, dict)
    return Definition("example.com/v1", "Widget", schema=document.data, prunes=True)


@needs_judge
def test_the_server_and_the_checks_agree_on_every_keyword() -> None:
    definition = definition_of(SCHEMA)
    cases = [(definition, data) for data in objects_of(definition, 2000, seed=1)]

    found = disagreements(cases)

    assert [one for one in found if not LISTED_TEXT.search(one)] == []


@needs_judge
def test_a_schema_places_its_refusals_where_the_server_does() -> None:
    definition = definition_of(SCHEMA)
    data: dict[str, Any] = {"spec": {"size": 0, "filled": None, "empty": "", "mode": "fast", "keyed": [{"key": 1}, {"key": 1}], "bogus": 1}}
    data |= {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}}

    [verdict] = ask([(definition, data)])

    assert {format_path(one.path) for one in definition.check(data, JUDGED)} == {*verdict["unknown"], *verdict["fields"]}


@needs_judge
@needs_shared
def test_the_server_and_the_checks_agree_on_the_definitions_of_real_projects() -> None:
    cases: list[tuple[Definition, dict[str, Any]]] = []
    for path in sorted((SHARED / "manifests" / "real").rglob("*.yaml")):
        source = read(str(path), path)
        if isinstance(source, Source) and "CustomResourceDefinition" in source.text and "strign" not in source.text:
            learnt = [one for one in _learn(source) if one.schema and one.prunes]
            cases += [(one, data) for one in learnt[:2] for data in objects_of(one, 5, seed=len(cases))]

    found = disagreements(cases)

    assert len(cases) > 300
    assert [one for one in found if not LISTED_TEXT.search(one)] == []
