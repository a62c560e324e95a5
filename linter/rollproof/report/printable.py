"""Text that came from a manifest, made safe to show: nothing in it can move a cursor, reorder a line or command a CI service."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# Azure Pipelines (##vso[…]), TeamCity (##teamcity[…]) and GitHub's runner (##[…], actions/runner ActionCommand.cs) look for commands
# anywhere in a line of output, not only at its start.
_COMMAND = re.compile(r"##(?=\w*\[)")


def printable(text: str) -> str:
    """``text`` on one line, with every character that is not shown as itself written as an escape: controls, bidirectional overrides,
    zero-width characters, lone surrogates, blanks other than the space (Unicode categories C* and Z*).
    """
    return text if text.isprintable() and "##" not in text else "".join(pieces(text))


def pieces(text: str) -> Iterator[str]:
    """What ``printable`` shows for each character of ``text``, one by one."""
    broken = {match.start() + 1 for match in _COMMAND.finditer(text)}
    for index, character in enumerate(text):
        yield character if character.isprintable() and index not in broken else escaped(character)


def escaped(character: str) -> str:
    """One character as an escape, as Python and YAML's double quotes write it."""
    number = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def width(text: str) -> int:
    """How many columns of a terminal printable ``text`` takes (Unicode Standard Annex 11; combining marks take none)."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(character) in ("Mn", "Me") else 2 if east_asian_width(character) in "WF" else 1 for character in text)
