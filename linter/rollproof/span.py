"""Where something is: a path inside an object, and a span of text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Path = tuple[str | int, ...]
"""Mapping keys and zero-based list indexes, from an object's root to a value."""

At = Literal["key", "value"]
"""Whether a place means the key that ends a path, or the value behind it."""

_BARE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text: 1-based lines and columns in code points, the end exclusive (SARIF 2.1.0 §3.30, unicodeCodePoints)."""

    line: int
    column: int
    end_line: int
    end_column: int


def format_path(path: Path) -> str:
    """A path as Kubernetes writes it: ``spec.template.spec.containers[0].image``, ``metadata.labels[example.com/a]``."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _BARE_KEY.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f"[{step}]")
    return "".join(parts)
