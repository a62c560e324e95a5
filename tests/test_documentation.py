"""Is what the documentation shows what the product does?"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rollproof import __version__, config
from tests.conftest import REPOSITORY, run

PAGES = sorted(
    [
        *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md")),
        *(REPOSITORY / "docs").glob("*.md"),
    ]
)
_CONSOLE = re.compile(r"(?<=<!-- generated -->\n)```console\n\$ (?P<command>.*)\n(?P<output>(?:.*\n)*?)```$", re.MULTILINE)
_RULES = re.compile(r"(?<=<!-- rules -->\n)(?:.*\n)*?(?=<!-- /rules -->)")
_LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(#[^)\s]*)?\)")
_BLOCK = re.compile(r"^```(\w+)\n((?:.*\n)*?)```$", re.MULTILINE)


def blocks(page: Path, language: str) -> Iterator[str]:
    yield from (text for found, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if found == language)


def output_of(command: str) -> str:
    """What a shown command prints, both streams, as a reader sees it."""
    program, *arguments = shlex.split(command)
    assert program == "rollproof", command
    done = run(*arguments)
    return done.out + done.err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_shown_output_is_real(page: Path, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)

    text = page.read_text(encoding="utf-8")
    fresh = _CONSOLE.sub(lambda block: f"```console\n$ {block['command']}\n{output_of(block['command'])}```", text)
    fresh = _RULES.sub(lambda _table: run("rules", "-f", "markdown").out, fresh)

    golden(page, fresh)


def test_the_readme_shows_both_commands_and_every_rule() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    commands = [block["command"] for block in _CONSOLE.finditer(text)]

    assert any(command.startswith("rollproof lint") for command in commands)
    assert any(command.startswith("rollproof plan") for command in commands)
    assert _RULES.search(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    for target, anchor in _LINK.findall(text):
        file = (page.parent / target) if target else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor[1:] in slugs, anchor


def test_what_continuous_integration_runs_is_the_command_of_the_readme(tmp_path: Path) -> None:
    if shutil.which("bash") is None or shutil.which("awk") is None:
        pytest.skip("needs bash and awk")
    (tmp_path / ".ci").mkdir()
    shutil.copy(REPOSITORY / ".ci" / "run", tmp_path / ".ci" / "run")
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"<!-- test command -->\n+```sh\n(.*)\n```", readme)
    (tmp_path / "README.md").write_text(readme.replace(command, "echo ran && exit 7"), encoding="utf-8")

    ran = subprocess.run(["bash", str(tmp_path / ".ci" / "run")], capture_output=True, text=True, timeout=30)
    (tmp_path / "README.md").write_text("# Nothing\n")
    nothing = subprocess.run(["bash", str(tmp_path / ".ci" / "run")], capture_output=True, text=True, timeout=30)

    assert command.endswith("-m tests")
    assert (ran.returncode, ran.stdout) == (7, "$ echo ran && exit 7\nran\n")
    assert nothing.returncode == 2


def test_settings_that_are_shown_are_valid(tmp_path: Path) -> None:
    shown = [text for page in PAGES for text in blocks(page, "yaml") if text.startswith("# .rollproof.yaml")]

    assert shown
    for text in shown:
        (tmp_path / ".rollproof.yaml").write_text(text)
        assert config.load(tmp_path / ".rollproof.yaml").folder == tmp_path


def test_every_setting_is_documented() -> None:
    schema = json.loads((REPOSITORY / "schemas" / "config.schema.json").read_text(encoding="utf-8"))
    text = (REPOSITORY / "docs" / "usage.md").read_text(encoding="utf-8")

    Draft202012Validator.check_schema(schema)
    assert {name for name in schema["properties"] if f"{name}:" not in text} == set()


def test_every_option_is_documented() -> None:
    text = (REPOSITORY / "docs" / "interface.md").read_text(encoding="utf-8")

    for command in ("lint", "plan", "explain", "rules"):
        assert set(re.findall(r"--[a-z-]+", run(command, "--help").out)) <= set(re.findall(r"--[a-z-]+", text))


def test_hooks_that_are_shown_exist_and_name_this_version() -> None:
    shown = [text for page in PAGES for text in blocks(page, "yaml") if "repos:" in text]
    ids = set(re.findall(r"^- id: (\S+)", (REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"), re.MULTILINE))

    assert shown
    for text in shown:
        assert set(re.findall(r"- id: (\S+)", text)) <= ids
        assert f"rev: v{__version__}" in text


LINE = (
    "examples/shop/seeded-misspelt-fields.yaml:13:7: error: unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?) [unknown-field]"
)


def test_the_problem_matcher_reads_a_finding() -> None:
    (shown,) = (json.loads(text) for text in blocks(REPOSITORY / "docs" / "usage.md", "json"))
    pattern = shown["pattern"]
    found = re.fullmatch(pattern["regexp"], run("lint", "-", stdin="kind: Pod\nmetadata: {name: a}\n").out.splitlines()[0])
    other = re.fullmatch(pattern["regexp"], LINE)

    assert found is not None
    assert other is not None
    assert [other[pattern[name]] for name in ("file", "line", "column", "severity", "code")] == [
        "examples/shop/seeded-misspelt-fields.yaml",
        "13",
        "7",
        "error",
        "unknown-field",
    ]


@pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
def test_vim_reads_a_finding(tmp_path: Path) -> None:
    (shown,) = blocks(REPOSITORY / "docs" / "usage.md", "vim")
    (tmp_path / "settings.vim").write_text(shown)
    (tmp_path / "findings").write_text(LINE + "\nnoise\n")
    script = "let found = getqflist()[0] | call writefile([join([found.lnum, found.col, found.type, len(getqflist())])], 'read') | qa!"

    subprocess.run(
        ["vim", "-u", "NONE", "-es", "-c", "source settings.vim", "-c", "cgetfile findings", "-c", script],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )

    assert (tmp_path / "read").read_text() == "13 7 e 1\n"
