"""What tests share: ways to ask the product, golden files, and where the collection of real manifests is when it is there."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from rollproof import catalog, cli, engine
from rollproof.config import Settings
from rollproof.engine import Documents, Input
from rollproof.finding import Report
from rollproof.rollout.plan import Plan
from rollproof.source import Source, decode

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the collection of real manifests, ../shared, is not here")


def given(files: Mapping[str, str] | str, *, whole: bool = True) -> Input:
    """Texts by file name (or one text) as an input that is the whole picture."""
    named = {"manifest.yaml": files} if isinstance(files, str) else files
    sources = [decode(name, text.encode("utf-8", "surrogatepass")) for name, text in named.items()]
    assert all(isinstance(source, Source) for source in sources)
    return Input(tuple(sources), whole)


def lint(files: Mapping[str, str] | str, settings: Settings | None = None, *, whole: bool = True) -> Report:
    """The report on some texts, with the built-in rules."""
    return engine.lint(given(files, whole=whole), settings or Settings(), catalog.built_in())


def plan(files: Mapping[str, str] | str, settings: Settings | None = None) -> tuple[Plan, Documents]:
    """The plan of some texts, and the documents that its places are in."""
    made, _report, documents = engine.plan(given(files), settings or Settings(), catalog.built_in())
    return made, documents


@dataclass(frozen=True, slots=True)
class Run:
    """What one call of the command line gave."""

    status: int
    out: str
    err: str


def run(*arguments: str, stdin: str | bytes = b"", env: Mapping[str, str] | None = None) -> Run:
    """Call the command line inside this process, in the current folder."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    names = ("NO_COLOR", "FORCE_COLOR", "ROLLPROOF_TRACEBACK")
    surroundings: dict[str, str | None] = {**dict.fromkeys(names), **(env or {})}
    status = 0
    with CliRunner().isolation(input=io.BytesIO(given), env=surroundings) as (out, err, *_):
        try:
            cli.main(list(arguments))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        sys.stdout.flush()
        sys.stderr.flush()
        return Run(status, out.getvalue().decode().replace(os.linesep, "\n"), err.getvalue().decode().replace(os.linesep, "\n"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest --regen`` rewrites what plain ``pytest`` compares."""
    parser.addoption("--regen", action="store_true", help="rewrite golden files and generated parts of the documentation")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a file, or rewrites the file."""

    def compare(file: Path, actual: str) -> None:
        if request.config.getoption("--regen"):
            file.write_text(actual, encoding="utf-8", newline="")
        assert actual == (file.read_text(encoding="utf-8") if file.exists() else None), "pytest --regen rewrites it, after a look at why"

    return compare
