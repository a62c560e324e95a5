"""A place in one object where it departs from what the API server accepts or keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rollproof.span import At, Path


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to the text of an object, named by path; the document turns it into a byte range.

    ``rename-key`` writes ``text`` in place of the key that ends ``path``; ``replace-value`` writes ``text``
    (YAML source, quotes included) in place of the scalar there; ``quote-value`` puts quotes around the scalar as it is
    written; ``remove-entry`` takes the key and its value out.
    """

    action: Literal["rename-key", "replace-value", "quote-value", "remove-entry"]
    path: Path
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a violation. ``safe``: the meaning after the edit is certainly what was written or meant."""

    description: str
    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong, and where, in one object.

    ``path`` starts at the object's root. Where it ends at something absent (a required field), ``path`` names the absent field and the
    finding is placed at the deepest ancestor that exists. ``at`` chooses the key or the value at the end of the path.
    ``related`` are other places of the same object, each with a note. ``severity`` overrides the rule's own where this case is less sure.
    ``once`` marks what is said once a file however often it is found: of those with the same mark the first counts.
    """

    rule: str
    path: Path
    message: str
    at: At = "value"
    suggestion: str | None = None
    fix: Fix | None = None
    related: tuple[tuple[Path, str], ...] = ()
    severity: Literal["error", "warning", "info"] | None = None
    once: str | None = None
