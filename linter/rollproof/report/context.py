"""What surrounds a report when it is written: the rules that were on, the texts it speaks of, colour, and where paths start."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rollproof.rule import Rule
    from rollproof.source import Source

Sources = Callable[[str], "Source | None"]
"""A path as reported, to its text, or None where the text is not there (a file that could not be read)."""


def _no_source(_name: str) -> Source | None:
    return None


def _as_given(path: str) -> str:
    return path


@dataclass(frozen=True, slots=True)
class Context:
    """What a format may ask for beside the report.

    ``rules``: all that were on, whether or not they found something. ``source``: the text of a reported path. ``color``: whether the output
    may hold terminal escape sequences. ``relative``: a reported path as seen from the root of the repository, which is what services that
    show a report beside the code want; people and editors get the path as it was given.
    """

    rules: tuple[Rule, ...] = ()
    source: Sources = _no_source
    color: bool = False
    relative: Callable[[str], str] = _as_given


def relative_to(root: Path, folder: Path) -> Callable[[str], str]:
    """A function for ``Context.relative``: paths that ``folder`` (the working directory) starts, as seen from ``root``, with ``/``.

    Both are absolute. What lies outside of ``root`` stays absolute.
    """

    def relative(path: str) -> str:
        absolute = os.path.normpath(folder / path)
        inside = os.path.relpath(absolute, root).replace(os.sep, "/")
        return absolute.replace(os.sep, "/") if inside == ".." or inside.startswith("../") else inside

    return relative
