"""Paths, standard input and folders become sources: a name as the caller gave it, and text."""

from __future__ import annotations

import codecs
import os
import posixpath
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rollproof.errors import UserError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".yaml", ".yml", ".json")
"""What a walk through a folder takes; a file named by the caller may have any name."""

SKIPPED_FOLDERS = frozenset({"node_modules"})
"""Never walked into, and neither is any hidden folder."""

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes. etcd refuses objects of 1.5 MiB, so no single manifest comes near; a larger file is data that happens to end in .yaml."""


@dataclass(frozen=True)
class Source:
    """A file's text. ``name`` is echoed in every report exactly as the caller wrote it (or as found below a folder the caller named).

    ``text`` has no byte order mark; ``encoding`` and ``mark`` say how to write the same bytes again. ``notes`` are what decoding
    had to repair.
    """

    name: str
    text: str
    path: Path | None = None
    encoding: str = "utf-8"
    mark: bytes = b""
    notes: tuple[str, ...] = ()

    @cached_property
    def line_starts(self) -> list[int]:
        """Code point offsets at which lines start; LF, CR LF and a lone CR end a line, as in YAML 1.2 §5.4 and in every editor."""
        starts = [0]
        text = self.text
        if "\r" not in text:
            at = text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = text.find("\n", at + 1)
            return starts
        at = 0
        while at < len(text):
            character = text[at]
            at += 1
            if character == "\r":
                at += text.startswith("\n", at)
            elif character != "\n":
                continue
            starts.append(at)
        return starts

    def line(self, number: int) -> str:
        """The 1-based line without its line end; empty past the end of the text."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def encode(self, text: str) -> bytes:
        """``text`` as this file's bytes, its byte order mark included."""
        return self.mark + text.encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is there but could not be read as text, and why, in a few words."""

    name: str
    reason: str


_STREAMS = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")

_MARKS = (
    # The longer marks first: UTF-32's little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(name: str, raw: bytes, path: Path | None = None) -> Source | Unreadable:
    """The bytes of a file as a source. Invalid UTF-8 is replaced, as kubectl does, and noted."""
    mark, encoding = next(((mark, encoding) for mark, encoding in _MARKS if raw.startswith(mark)), (b"", "utf-8"))
    body = raw[len(mark) :]
    try:
        return Source(name, body.decode(encoding), path, encoding, mark)
    except UnicodeDecodeError as failure:
        if not mark and b"\0" in body[:8192]:
            return Unreadable(name, "is not text")
        line = body.count(b"\n", 0, failure.start) + 1
        note = f"byte 0x{body[failure.start]:02x} on line {line} is not valid {encoding.upper()}"
        return Source(name, body.decode(encoding, "replace"), path, encoding, mark, (note,))


def absolute(name: str) -> str:
    """A name as an absolute path with ``/``, without ``.`` and ``..``, so that two names of one file are equal; links are not followed."""
    return posixpath.normpath(Path(name).absolute().as_posix())


def read(name: str, path: Path) -> Source | Unreadable:
    """The file at ``path``; what stops it from being read is told, never raised."""
    try:
        status = path.stat()
        # A named pipe would block for ever; only a shell's process substitution is certain to have a writer.
        if not stat.S_ISREG(status.st_mode) and not str(path).startswith(_STREAMS):
            return Unreadable(name, "is not a regular file")
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            return Unreadable(name, f"is larger than the {LARGEST_FILE // (1024 * 1024)} MiB that are read")
    except OSError as failure:
        return Unreadable(name, f"cannot be read: {(failure.strerror or 'unknown error').lower()}")
    return decode(name, raw, path)


def find(targets: Iterable[str], keep: Callable[[str], bool] = lambda _name: True) -> Iterator[tuple[str, Path, bool]]:
    """Each file that the targets mean, once, in order: (name as reported, path, whether the caller named it).

    Folders are walked in sorted order. ``keep`` is asked by name for files found by walking. A target that does not exist raises UserError.
    """
    seen: set[Path] = set()
    for target in targets:
        path = Path(target)
        if path.is_dir():
            found: Iterator[tuple[str, Path, bool]] = ((name, file, False) for name, file in walk(target) if keep(name))
        elif path.exists() or path.is_symlink():
            found = iter([(target, path, True)])
        else:
            raise UserError(f"no such file or folder: {target}")
        for name, file, named in found:
            identity = file.absolute()
            if identity not in seen:
                seen.add(identity)
                yield name, file, named


def read_below(targets: Iterable[Path]) -> Iterator[Source | Unreadable]:
    """Every YAML and JSON file in some folders, what git ignores included, and the files named themselves; UserError for what is absent."""
    for target in targets:
        if not target.exists():
            raise UserError(f"no such file or folder: {target}")
        for file in sorted(target.rglob("*")) if target.is_dir() else (target,):
            if file.name.endswith(SUFFIXES) and file.is_file():
                yield read(str(file), file)


def walk(folder: str) -> list[tuple[str, Path]]:
    """The manifests below ``folder`` by name and path, sorted by name; what git ignores, hidden folders and node_modules are left out."""
    root = Path(folder)
    listed = _tracked_by_git(root)
    if listed is None:
        listed = _walk_plain(root)
    prefix = "" if folder in (".", "./", "") else folder.rstrip("/") + "/"
    return sorted((prefix + name, root / name) for name in listed)


def _wanted(relative: str) -> bool:
    parts = PurePosixPath(relative).parts
    return relative.endswith(SUFFIXES) and not any(part.startswith(".") or part in SKIPPED_FOLDERS for part in parts[:-1])


def _tracked_by_git(root: Path) -> list[str] | None:
    """What git tracks or would track below ``root``; None outside a work tree, without git, or where git ignores the whole folder."""
    if not any((parent / ".git").exists() for parent in (root.absolute(), *root.absolute().parents)):
        return None
    import subprocess  # costs a tenth of the start of a run that needs no git

    try:
        listing = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z", "--", "."],
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    names = [os.fsdecode(name) for name in listing.split(b"\0") if name]
    # An empty answer means a folder that git ignores: the caller asked for it by name, so it is read all the same.
    return sorted({name for name in names if _wanted(name) and (root / name).is_file()}) if names else None


def _walk_plain(root: Path) -> list[str]:
    """A walk that reads .gitignore files itself, for folders that are no git work tree."""
    found: list[str] = []
    specs: dict[str, GitIgnoreSpec] = {}
    for where, folders, files in os.walk(root):
        relative = os.path.relpath(where, root).replace(os.sep, "/")
        base = "" if relative == "." else relative + "/"
        if ".gitignore" in files:
            from pathspec import GitIgnoreSpec

            try:
                lines = (Path(where) / ".gitignore").read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError:
                lines = []
            specs[base] = GitIgnoreSpec.from_lines(lines)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS and not _ignored(specs, base + name + "/")
        )
        found += [
            base + name for name in files if name.endswith(SUFFIXES) and (Path(where) / name).is_file() and not _ignored(specs, base + name)
        ]
    return found


def _ignored(specs: dict[str, GitIgnoreSpec], name: str) -> bool:
    """Whether the .gitignore that is nearest to the file and has something to say of it ignores it."""
    for base in sorted(specs, key=len, reverse=True):
        if name.startswith(base):
            verdict = specs[base].check_file(name[len(base) :]).include
            if verdict is not None:
                return verdict
    return False
