"""What tests share: two ways to ask the product, and where the collection of real manifests is when it is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rollproof import catalog, engine
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
