"""Every rule's page is true: its examples report exactly where they are marked, and its words keep to the form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rollproof import catalog
from rollproof.config import Settings
from rollproof.datafiles import data_folder
from rollproof.rule import Rule
from tests.conftest import lint

RULES = catalog.built_in().rules
WITHOUT_EXAMPLES = {"rule-crashed", "unreadable-file", "yaml-encoding"}
"""What no YAML text can show: a bug of ours, a file that is not readable, bytes that are no text."""

_BLOCK = re.compile(r"^```(yaml|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"#\s*problem(?::\s*(.*))?$")


def blocks(rule: Rule) -> list[str]:
    return [match[2] for match in _BLOCK.finditer(rule.page)]


def marks(block: str) -> dict[int, str | None]:
    return {number: found[1] for number, line in enumerate(block.splitlines(), 1) if (found := _MARK.search(line))}


EXAMPLES = [(rule.id, number) for rule in RULES.values() for number in range(len(blocks(rule)))]


@pytest.mark.parametrize(("rule_id", "number"), EXAMPLES)
def test_every_example_reports_exactly_where_it_is_marked(rule_id: str, number: int) -> None:
    rule = RULES[rule_id]
    block = blocks(rule)[number]
    expected = marks(block)

    settings = Settings(select=(*(name for name, other in RULES.items() if other.on_by_default), rule_id))
    found = [finding for finding in lint(block, settings).findings if finding.rule == rule_id]

    assert sorted(finding.span.line for finding in found) == sorted(expected)
    for finding in found:
        words = expected[finding.span.line]
        assert words is None or words in finding.message


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_every_rule_shows_the_problem_and_the_cure(rule_id: str) -> None:
    if rule_id in WITHOUT_EXAMPLES:
        assert not blocks(RULES[rule_id])
        return
    marked = [bool(marks(block)) for block in blocks(RULES[rule_id])]

    assert any(marked), "no block shows the problem"
    assert not all(marked), "no block shows the cure"


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_the_block_without_marks_is_clean_of_every_default_rule(rule_id: str) -> None:
    for block in blocks(RULES[rule_id]):
        if not marks(block):
            assert [finding.message for finding in lint(block).findings] == []


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_summary_is_one_sentence_and_links_are_links(rule_id: str) -> None:
    rule = RULES[rule_id]

    assert len(rule.summary) <= 120
    assert rule.summary[0].isupper() or not rule.summary[0].isalpha()
    assert rule.page.strip().split("\n\n")[0].endswith(".")
    assert all(link.startswith("https://") for link in rule.see)


def test_a_rule_imports_nothing_but_the_standard_library_and_rollproof_rule() -> None:
    for file in sorted(data_folder("rules").rglob("*.py")):
        imports = re.findall(r"^(?:from|import) ([\w.]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        allowed = {"rollproof.rule", "__future__", "collections.abc", "dataclasses", "fractions", "re", "typing", "itertools"}
        assert {name for name in imports if name not in allowed and not name.startswith("rollproof.kube")} == set(), file


def test_the_machine_reports_under_no_id_that_has_no_page() -> None:
    source = data_folder("rules").parent / "linter" / "rollproof"
    if not source.is_dir():
        pytest.skip("only a checkout has the machine's source")
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(Path(source).rglob("*.py")))
    ids = set(re.findall(r'(?:Violation|Defect|Finding)\(\s*"([a-z-]+)"', text))

    assert ids <= set(RULES)


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_what_is_read_of_a_rule_without_running_it_is_what_it_declares(rule_id: str) -> None:
    entry, rule = catalog.built_in().entries[rule_id], RULES[rule_id]

    assert (entry.category, entry.severity, entry.scope, entry.subject, entry.kinds, entry.on_by_default) == (
        rule.category,
        rule.severity,
        rule.scope,
        rule.subject,
        rule.kinds,
        rule.on_by_default,
    )
