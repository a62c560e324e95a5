"""Is the machine built as it is meant to be: what loads when, how large, called what?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "linter" / "rollproof"
SLOW = ("ruamel", "jsonschema", "sarif_om", "rich", "pathspec")
LONGEST = 400
LONGER = {
    "cli.py": 480,  # every option of every command, which readers look for in one place
}
"""Modules that may be longer, with the lines they may have, each with its reason."""


def loaded_by(program: str, *arguments: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after the program."""
    told = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    code = f"import atexit; atexit.register(lambda: exec({told!r}))\n{program}"
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        timeout=60,
    )
    assert "Traceback" not in run.stderr, run.stderr
    return set(run.stderr.splitlines()[-1].split())


def run_of(*arguments: str) -> set[str]:
    return loaded_by("from rollproof.cli import main; main()", *arguments)


def test_importing_the_command_line_loads_no_slow_library() -> None:
    assert loaded_by("import rollproof.cli").isdisjoint(SLOW)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("lint", "--help"), ("rules",)])
def test_what_reads_no_manifest_loads_no_library_that_reads_them(arguments: tuple[str, ...]) -> None:
    assert run_of(*arguments).isdisjoint(SLOW)


@pytest.mark.parametrize("form", ["full", "concise", "json", "json-lines", "github", "gitlab", "junit"])
def test_linting_a_file_loads_only_the_parser(form: str) -> None:
    loaded = run_of("lint", "-f", form, str(REPOSITORY / "examples" / "shop" / "seeded-misspelt-fields.yaml"))

    assert "ruamel" in loaded
    assert loaded.isdisjoint({"jsonschema", "sarif_om", "rich", "pathspec", "attr"})


def test_sarif_loads_its_library_and_no_other() -> None:
    loaded = run_of("lint", "-f", "sarif", str(REPOSITORY / "examples" / "shop" / "seeded-misspelt-fields.yaml"))

    assert "sarif_om" in loaded
    assert loaded.isdisjoint({"jsonschema", "rich", "pathspec"})


@pytest.mark.skipif(not PACKAGE.is_dir(), reason="only a checkout has the machine's source")
@pytest.mark.parametrize("room", ["linter", "rules"])
def test_a_module_can_be_read_in_one_sitting(room: str) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sorted((REPOSITORY / room).rglob("*.py"))}

    assert lengths
    too_long = {str(path.relative_to(REPOSITORY)): size for path, size in lengths.items() if size > LONGER.get(path.name, LONGEST)}
    assert too_long == {}


def test_no_exception_for_length_outlives_its_need() -> None:
    lengths = {name: len((PACKAGE / name).read_text(encoding="utf-8").splitlines()) for name in LONGER}

    assert {name for name, size in lengths.items() if size <= LONGEST} == set()


def test_no_module_is_named_after_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "misc"}
    modules = [path for room in ("linter", "rules", "schemas", "tests") for path in (REPOSITORY / room).rglob("*.py")]

    assert {path.name for path in modules if vague & {path.stem, path.parent.name}} == set()


def test_every_module_says_what_it_is_in_one_sentence() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        assert first.startswith('"""'), path


def test_only_the_command_line_prints_or_exits() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name not in ("cli.py", "__main__.py"):
            text = path.read_text(encoding="utf-8")
            assert not any(word in text for word in ("sys.exit(", "os.environ", "input(", "breakpoint(")), path


def test_nothing_reaches_for_the_network() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        assert not re.search(r"\b(?:import|from) (?:socket|ssl|ftplib|asyncio|http\b|urllib\.request)", path.read_text(encoding="utf-8")), (
            path
        )


def test_the_folders_have_the_shape_that_readers_expect() -> None:
    rules = list((REPOSITORY / "rules").rglob("*.py"))

    assert rules
    assert {len(path.relative_to(REPOSITORY / "rules").parts) for path in rules} == {2}
    assert not any(path.name == "__init__.py" for room in ("rules", "schemas") for path in (REPOSITORY / room).rglob("*.py"))
    assert Path("linter/rollproof/py.typed") in {path.relative_to(REPOSITORY) for path in PACKAGE.iterdir()}
