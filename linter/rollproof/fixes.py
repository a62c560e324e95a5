"""Fixes as changes of text: chosen, applied to the end, shown as a diff, written atomically."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from rollproof.errors import UserError
from rollproof.finding import Finding, TextEdit
from rollproof.source import Source


def apply(findings: Iterable[Finding], sources: Mapping[str, Source], *, unsafe: bool = False) -> dict[str, str]:
    """The new text of each file that a fix changes. A fix whose edits overlap one already taken is left for the next run."""
    taken: dict[str, list[tuple[int, int, str]]] = {}
    for finding in findings:
        if finding.fix is None or not (finding.fix.safe or unsafe):
            continue
        edits = [(edit.path, *_offsets(edit, sources[edit.path])) for edit in finding.fix.edits if edit.path in sources]
        if len(edits) < len(finding.fix.edits) or any(_overlaps(taken.get(path, ()), start, end) for path, start, end, _text in edits):
            continue
        for path, start, end, text in edits:
            taken.setdefault(path, []).append((start, end, text))
    return {path: _replaced(sources[path].text, edits) for path, edits in taken.items()}


def _offsets(edit: TextEdit, source: Source) -> tuple[int, int, str]:
    starts = source.line_starts

    def offset(line: int, column: int) -> int:
        return len(source.text) if line > len(starts) else starts[line - 1] + column - 1

    return offset(edit.span.line, edit.span.column), offset(edit.span.end_line, edit.span.end_column), edit.text


def _overlaps(taken: Iterable[tuple[int, int, str]], start: int, end: int) -> bool:
    return any((start < other_end and other_start < end) or start == other_start for other_start, other_end, _text in taken)


def _replaced(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def diff(source: Source, text: str) -> str:
    """The change of one file as a unified diff."""
    lines = difflib.unified_diff(
        source.text.splitlines(keepends=True), text.splitlines(keepends=True), f"a/{source.name}", f"b/{source.name}"
    )
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def write(source: Source, text: str) -> None:
    """Put ``text`` in the file's place, wholly or not at all, with its encoding, byte order mark and mode."""
    assert source.path is not None
    path = source.path.resolve()
    try:
        mode = path.stat().st_mode
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(source.encode(text))
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode & 0o7777)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as failure:
        raise UserError(f"cannot write {source.name}: {(failure.strerror or 'unknown error').lower()}") from failure
