"""Minor versions of Kubernetes, and ranges of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from rollproof.errors import UserError

_VERSION = re.compile(r"v?([0-9]+)\.([0-9]+)(?:\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?)?")


class Version(NamedTuple):
    """A minor version, ordered: ``Version(1, 33)``. Patch releases do not change the API."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions from ``lo`` to ``hi``, both included."""

    lo: Version
    hi: Version

    def __contains__(self, version: Version) -> bool:
        return self.lo <= version <= self.hi

    def __str__(self) -> str:
        return str(self.lo) if self.lo == self.hi else f"{self.lo}-{self.hi}"

    def common(self, other: VersionRange) -> VersionRange | None:
        """The versions that are in both; None where there are none."""
        lo, hi = max(self.lo, other.lo), min(self.hi, other.hi)
        return VersionRange(lo, hi) if lo <= hi else None


def parse_version(text: str) -> Version | None:
    """``1.33``, ``v1.33``, ``v1.33.2`` or ``v1.33.2-eks-1a2b3c`` as the minor version it belongs to; None for anything else."""
    match = _VERSION.fullmatch(text.strip())
    return Version(int(match[1]), int(match[2])) if match else None


def parse_version_range(text: str, shipped: VersionRange) -> VersionRange:
    """``1.33`` or ``1.29-1.34`` as a range within ``shipped`` (``load_api().versions``).

    Raises ``UserError`` for text that is no version, for a range that runs backwards and for versions that are not shipped.
    """
    hint = f"use a minor version from {shipped.lo} to {shipped.hi}, or a range such as {shipped.lo}-{shipped.hi}"
    first, _, last = text.partition("-")
    # The range is tried first: in 1.33.2-eks the part after the hyphen is no version.
    lo = parse_version(first)
    hi = parse_version(last)
    if hi is None:
        lo = hi = parse_version(text)
    if lo is None or hi is None:
        raise UserError(f"{text!r} is not a Kubernetes version", hint)
    if lo > hi:
        raise UserError(f"the range of Kubernetes versions {text!r} runs backwards", f"write {hi}-{lo}")
    for version in (lo, hi):
        if version not in shipped:
            raise UserError(f"Kubernetes {version} is not among the versions that rollproof knows ({shipped.lo} to {shipped.hi})", hint)
    return VersionRange(lo, hi)
