"""What is said of custom resources: by the definitions of the run, by --schema, and where nobody describes them?"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from rollproof import catalog, engine
from rollproof.config import Settings
from rollproof.conformance import formats
from rollproof.finding import Finding
from tests.conftest import given, lint

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: integer, minimum: 1, maximum: 10}
                step: {type: integer, default: 3}
                mode: {type: string, enum: [Fast, Slow], default: Fast}
                port: {x-kubernetes-int-or-string: true}
                name: {type: string, pattern: '^[a-z]+$'}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                note: {type: string, nullable: true}
                rules:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [key]
                  items: {type: object, required: [key], properties: {key: {type: string}, weight: {type: integer}}}
                object: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
                labels: {type: object, additionalProperties: {type: string}}
                one: {type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, {required: [b]}]}
                when: {type: string, format: date-time}
            status:
              type: object
              required: [ready]
              properties: {ready: {type: boolean}}
    - name: v1alpha1
      served: false
      storage: false
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def widget(spec: str, api_version: str = "example.com/v1") -> str:
    return f"apiVersion: {api_version}\nkind: Widget\nmetadata:\n  name: w\nspec:\n{textwrap.indent(textwrap.dedent(spec).strip(), '  ')}\n"


def said(spec: str, definition: str = DEFINITION) -> list[tuple[str, int, str]]:
    """Rule, line and message of what is said of a Widget whose spec begins on line 6."""
    report = lint({"crd.yaml": definition, "w.yaml": widget(spec)})
    return [(one.rule, one.span.line, one.message) for one in report.findings if one.path == "w.yaml"]


def findings(files: dict[str, str], **options: Any) -> list[Finding]:
    return list(lint(files, **options).findings)


@pytest.mark.parametrize(
    "spec",
    [
        "size: 3",
        "size: 3.0",
        "{size: 3, port: 80}",
        "{size: 3, port: http}",
        "{size: 3, free: {anything: [1, {a: b}]}}",
        "{size: 3, note: null}",
        "{size: 3, mode: null}",
        "{size: 3, rules: [{key: a}, {key: b, weight: 2}]}",
        "{size: 3, object: {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}}",
        "{size: 3, labels: {any: thing}}",
        "{size: 3, one: {a: x}}",
        "{size: 3, when: '2030-01-31T15:04:05Z'}",
    ],
)
def test_what_the_schema_allows_is_clean(spec: str) -> None:
    assert said(spec) == []


@pytest.mark.parametrize(
    ("spec", "rule", "line", "message"),
    [
        ("sise: 3", "unknown-field", 6, "unknown field 'sise' (did you mean 'size'?)"),
        (
            "size: 3\nkey: a\nrules: [{weight: 1}]",
            "misplaced-field",
            7,
            "field 'key' does not belong here: it belongs at spec.rules[0].key",
        ),
        ("size: 3\nbogus: 1", "unknown-field", 7, "unknown field 'bogus': a WidgetSpec has no such field"),
        ("size: '3'", "wrong-type", 6, 'size must be a whole number, but "3" is a string; write it without quotes'),
        ("size: 30", "invalid-value", 6, "size must be 10 or less, but is 30"),
        ("size: 2.5", "wrong-type", 6, "size must be a whole number, but 2.5 has a fraction"),
        ("mode: Fast", "missing-field", 5, "required field 'size' is missing in spec"),
        ("size: null", "missing-field", 6, "required field 'size' is missing in spec"),
        ("size: 3\nmode: fast", "invalid-value", 7, 'mode must be Fast or Slow, but is "fast"'),
        ("size: 3\nport: true", "wrong-type", 7, "port must be a whole number or a string, but true is a boolean"),
        ("size: 3\nname: A1", "invalid-value", 7, 'name is "A1", which does not match ^[a-z]+$'),
        ("size: 3\nrules:\n- key: a\n- key: a", "invalid-value", 9, 'rules[1] repeats "a", but each item must be unique'),
        ("size: 3\nobject:\n  kind: Pod", "missing-field", 7, "required field 'apiVersion' is missing in spec.object"),
        ("size: 3\none:\n  a: x\n  b: z", "invalid-value", 9, "b cannot stand beside a: only one of a or b is allowed"),
        ("size: 3\none: {}", "missing-field", 7, "one must have one of a or b"),
        ("size: 3\nwhen: today", "invalid-value", 7, 'when must be a time such as 2030-01-31T15:04:05Z, but is "today"'),
        (
            "size: 3\nlabels:\n  a: 1",
            "wrong-type",
            8,
            "labels.a must be a string, but without quotes it reads as the number 1; put it in quotes",
        ),
    ],
)
def test_what_the_schema_refuses_is_said_where_it_is_written(spec: str, rule: str, line: int, message: str) -> None:
    assert said(spec) == [(rule, line, message)]


def test_a_word_that_only_differs_in_case_is_mended_safely() -> None:
    [finding] = findings({"crd.yaml": DEFINITION, "w.yaml": widget("size: 3\nmode: fast")})

    assert finding.suggestion == "Fast"
    assert finding.fix is not None
    assert finding.fix.safe
    assert finding.fix.edits[0].text == "Fast"


def test_a_status_that_the_server_drops_lacks_nothing() -> None:
    files = {"crd.yaml": DEFINITION, "w.yaml": widget("size: 3") + "status: {ready: 5}\n"}

    assert [one.rule for one in findings(files)] == ["wrong-type"]
    assert findings({**files, "w.yaml": widget("size: 3") + "status: {}\n"}) == []


def test_placeholders_are_noted_once_and_never_refused() -> None:
    assert [(rule, line) for rule, line, _ in said("size: ${SIZE}\nstep: ${STEP}\nmode: ${MODE}\none:\n  a: ${A}\n  b: ${B}")] == [
        ("placeholder", 6)
    ]


def test_a_definition_after_its_resource_and_in_another_file_counts() -> None:
    files = {"a.yaml": widget("sise: 3"), "b.yaml": DEFINITION}

    assert [one.rule for one in findings(files)] == ["unknown-field"]


def test_definitions_in_a_list_count() -> None:
    listed = "apiVersion: v1\nkind: List\nitems:\n- " + textwrap.indent(DEFINITION.strip(), "  ").strip() + "\n"

    assert [one.rule for one in findings({"a.yaml": widget("sise: 3"), "b.yaml": listed})] == ["unknown-field"]


def test_a_version_that_is_not_served_is_refused() -> None:
    [finding] = findings({"crd.yaml": DEFINITION, "w.yaml": widget("size: 3", "example.com/v1alpha1")})

    assert (finding.rule, finding.severity, finding.suggestion) == ("unknown-api", "error", "example.com/v1")
    assert finding.message == "the CustomResourceDefinition of Widget says served: false for example.com/v1alpha1; use example.com/v1"


def test_a_version_that_the_definition_lacks_is_refused() -> None:
    [finding] = findings({"crd.yaml": DEFINITION, "w.yaml": widget("size: 3", "example.com/v2")})

    assert finding.message == "the CustomResourceDefinition of Widget has no version v2; use example.com/v1"
    assert (finding.severity, finding.span.line) == ("error", 1)


def test_the_metadata_of_a_custom_resource_is_checked() -> None:
    text = widget("size: 3").replace("name: w", "name: W_1\n  labels: {a: 1}\n  lables: {b: c}")

    rules = [(one.rule, one.span.line) for one in findings({"crd.yaml": DEFINITION, "w.yaml": text})]

    assert rules == [("invalid-value", 4), ("wrong-type", 5), ("unknown-field", 6)]


def test_a_kind_that_nobody_describes_is_noted_once_a_file_and_its_metadata_is_checked() -> None:
    text = "---\n".join(f"apiVersion: other.dev/v1\nkind: Thing\nmetadata:\n  name: {name}\nspec: {{any: thing}}\n" for name in ("a", "B"))

    found = findings({"one.yaml": text, "two.yaml": text})

    assert [(one.path, one.rule, one.severity, one.span.line) for one in found] == [
        ("one.yaml", "unknown-api", "warning", 2),
        ("one.yaml", "invalid-value", "error", 10),
        ("two.yaml", "unknown-api", "warning", 2),
        ("two.yaml", "invalid-value", "error", 10),
    ]


def test_an_exchange_of_letters_in_a_defined_kind_is_suggested() -> None:
    [finding] = findings({"crd.yaml": DEFINITION, "w.yaml": widget("size: 3").replace("Widget", "Widgte")})

    assert (finding.severity, finding.suggestion) == ("warning", "Widget")


def test_a_nearly_right_group_of_a_defined_kind_is_suggested() -> None:
    [finding] = findings({"crd.yaml": DEFINITION, "w.yaml": widget("size: 3", "exmaple.com/v1")})

    assert (finding.severity, finding.span.line, finding.suggestion) == ("warning", 1, "example.com/v1")


def test_kinds_of_one_group_that_are_alike_are_not_confused() -> None:
    definition = DEFINITION.replace("Widget", "HTTPRoute")

    [finding] = findings({"crd.yaml": definition, "w.yaml": widget("size: 3").replace("Widget", "GRPCRoute")})

    assert finding.suggestion is None


def test_of_definitions_that_differ_the_one_that_fits_counts() -> None:
    newer = DEFINITION.replace("step: {type", "stride: {type: integer}\n                step: {type")
    files = {"old/crd.yaml": DEFINITION, "new/crd.yaml": newer, "w.yaml": widget("size: 3\nstride: 4")}

    assert findings(files) == []


def test_what_a_webhook_may_fill_in_is_no_error() -> None:
    webhook = "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata:\n  name: defaults.example.com\n"

    [finding] = findings({"crd.yaml": DEFINITION, "hook.yaml": webhook, "w.yaml": widget("mode: Fast")})

    assert (finding.rule, finding.severity) == ("missing-field", "warning")
    assert finding.message.endswith(", unless a webhook fills it in")


OLD_DEFINITION = """
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  version: v1
  validation:
    openAPIV3Schema:
      type: object
      properties:
        spec:
          properties:
            size: {type: integer, maximum: 10}
"""


def test_the_older_form_of_a_definition_is_understood_and_keeps_unknown_fields() -> None:
    assert [rule for rule, _, _ in said("size: 30\nother: 1", OLD_DEFINITION)] == ["invalid-value"]
    pruned = OLD_DEFINITION.replace("spec:\n  group", "spec:\n  preserveUnknownFields: false\n  group")
    assert [rule for rule, _, _ in said("size: 3\nother: 1", pruned)] == ["unknown-field"]


def test_definitions_given_as_schemas_are_learned_and_not_linted() -> None:
    sources = given({"w.yaml": widget("sise: 3")})
    schemas = given({"crds/w.yaml": DEFINITION.replace("scope: Namespaced", "scope: namespaced")}).sources

    report = engine.lint(engine.Input(sources.sources, True, schemas=schemas), Settings(), catalog.built_in())

    assert [(one.path, one.rule) for one in report.findings] == [("w.yaml", "unknown-field")]


def test_the_command_line_takes_schemas_from_folders(tmp_path: Path) -> None:
    (tmp_path / "crds").mkdir()
    (tmp_path / "crds" / "w.yaml").write_text(DEFINITION, encoding="utf-8")
    (tmp_path / "w.yaml").write_text(widget("sise: 3"), encoding="utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "rollproof", "lint", "--no-config", "--schema", "crds", "w.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )

    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout == "w.yaml:6:3: error: unknown field 'sise' (did you mean 'size'?) [unknown-field]\n"


def test_a_schema_folder_that_does_not_exist_is_the_callers_mistake(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rollproof", "lint", "--schema", "nowhere", "."]

    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")

    assert (run.returncode, run.stderr) == (2, "rollproof: no such file or folder: nowhere\n")


def test_definitions_without_resources_load_no_schema_library() -> None:
    program = (
        "import sys; from rollproof import catalog, engine; from rollproof.config import Settings; from rollproof.source import decode\n"
        f"text = {DEFINITION!r} + '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {{name: a}}\\n'\n"
        "engine.lint(engine.Input((decode('a.yaml', text.encode()),), True), Settings(), catalog.built_in())\n"
        "print('jsonschema' in sys.modules)"
    )

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", check=True)

    assert run.stdout == "False\n"


def test_a_very_large_definition_costs_little() -> None:
    fields = "".join(f"                field{index}: {{type: string, description: '{'x' * 200}'}}\n" for index in range(2500))
    definition = DEFINITION.replace("                size: {type", fields + "                size: {type", 1)
    files = {"crd.yaml": definition, "w.yaml": widget("size: 3\nfield77x: a")}
    assert len(definition) > 500_000
    start = time.perf_counter()

    report = lint(files)

    assert [one.rule for one in report.findings if one.path == "w.yaml"] == ["unknown-field"]
    assert time.perf_counter() - start < 3


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),  # Go's $ is the very end
        (r"^\d+$", "٣", False),  # Go's \d is ASCII
        ("^[[:alpha:]]+$", "abc", True),
        ("^[[:alpha:]]+$", "ab1", False),
        (r"a\z", "ba", True),
        ("^[$]$", "$", True),
        ("b", "abc", True),
        (r"^\p{L}+$", "a", None),  # Python has no such class
        ("^(a+)+$", "a" * 40 + "b", None),  # exponential in Python
    ],
)
def test_patterns_mean_what_they_mean_in_go(pattern: str, text: str, expected: bool | None) -> None:
    assert formats.matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("required: [size]", "required: 5"),
        ("required: [size]", "required: [[size]]"),
        ("size: {type: integer, minimum: 1, maximum: 10}", "size: {type: [integer], minimum: x, maximum: {}}"),
        ("mode: {type: string, enum: [Fast, Slow], default: Fast}", "mode: {type: string, enum: 3, default: {}}"),
        ("name: {type: string, pattern: '^[a-z]+$'}", "name: {type: string, pattern: '^('}"),
        ("oneOf: [{required: [a]}, {required: [b]}]", "oneOf: {required: [a]}"),
        ("oneOf: [{required: [a]}, {required: [b]}]", "oneOf: [5, null]"),
        ("labels: {type: object, additionalProperties: {type: string}}", "labels: {type: object, additionalProperties: [string]}"),
        ("x-kubernetes-list-map-keys: [key]", "x-kubernetes-list-map-keys: [[key]]"),
        ("group: example.com", "group: {a: b}"),
        ("    - name: v1\n", "    - name: [v1]\n"),
    ],
)
def test_a_broken_definition_breaks_nothing(sound: str, broken: str) -> None:
    assert sound in DEFINITION
    files = {
        "crd.yaml": DEFINITION.replace(sound, broken),
        "w.yaml": widget("size: 3\nmode: Fast\nname: a\none: {a: x}\nlabels: {a: b}\nrules: [{key: a}]"),
    }

    report = lint(files)

    assert not report.crashed
    assert all(one.rule == "unknown-api" for one in report.findings if one.path == "w.yaml")


def test_a_required_field_may_have_any_name() -> None:
    definition = DEFINITION.replace("oneOf: [{required: [a]}, {required: [b]}]", "anyOf: [{required: ['it''s \"so\"', a]}]")

    [(rule, _, message)] = said("size: 3\none: {a: x}", definition)

    assert rule == "missing-field"
    assert "it's" in message
