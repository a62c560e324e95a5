"""What both halves of a plan, workloads and Services, are written with: lines of places, labelled rows, ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import wrap

from rollproof.document import Document
from rollproof.model.resource import Identity, Place, Resource
from rollproof.report.printable import printable
from rollproof.rollout.piecewise import Range

OpenDocument = Callable[[str, int], Document]

WIDTH = 80
BOLD, DIM, RED, YELLOW, GREEN, RESET = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[0m"


class Lines:
    """Line numbers of places."""

    def __init__(self, open_document: OpenDocument) -> None:
        self._open = open_document

    def of(self, place: Place) -> int:
        """The line of a place, 1-based."""
        resource = place.resource
        return self._open(resource.source, resource.document).span((*resource.prefix, *place.path), place.at).line

    def start(self, resource: Resource) -> int:
        """The line on which an object begins."""
        return self.of(resource.at())


def identity(one: Identity) -> dict[str, str | None]:
    """An object's identity as JSON."""
    return {"apiVersion": one.api_version, "kind": one.kind, "namespace": one.namespace, "name": one.name}


def span_of(found: Range) -> dict[str, int | None]:
    """A range as JSON."""
    return {"min": found[0], "max": found[1]}


def title(resource: Resource, lines: Lines, color: bool) -> str:
    """The first line of a block: which object, and where it is written."""
    where = f"{printable(resource.source)}:{lines.start(resource)}"
    name = f"{resource.kind} {printable(resource.name or '(unnamed)')}"
    return f"{BOLD}{name}{RESET}  {DIM}{where}{RESET}" if color else f"{name}  ({where})"


def row(label: str, text: str, tint: str = "") -> Iterator[str]:
    """One labelled line, wrapped under itself."""
    lead = f"  {label:<12}"
    lines = [
        line.replace("\N{NO-BREAK SPACE}", " ") for line in wrap(text, WIDTH - len(lead), break_long_words=False, break_on_hyphens=False)
    ]
    yield (f"  {tint}{label:<12}{RESET}" if tint else lead) + (lines[0] if lines else "")
    yield from (" " * len(lead) + line for line in lines[1:])


def interval(found: Range) -> str:
    """A range for people: ``3``, ``3..10``, ``3+`` where there is no end."""
    low, high = found
    if low == high and low is not None:
        return str(low)
    return f"{0 if low is None else low}{'+' if high is None else f'..{high}'}"


def counted(found: Range, noun: str) -> str:
    """A range and what is counted: ``1 pod``, ``2 pods``, ``1..3 pods``."""
    return f"{interval(found)} {noun}" if found == (1, 1) else f"{interval(found)} {noun}s"
