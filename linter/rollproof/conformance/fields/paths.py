"""File paths in manifests: absolute or relative, and without steps upward."""

from __future__ import annotations

from rollproof.conformance.fields.table import Refusal
from rollproof.conformance.value import shown
from rollproof.kube.version import VersionRange


def without_backsteps(value: object, _: VersionRange) -> Refusal | None:
    """core validatePathNoBacksteps."""
    if type(value) is str and ".." in value and ".." in value.split("/"):
        return Refusal(f"must not hold '..', but is {shown(value)}")
    return None


def descending(value: object, versions: VersionRange) -> Refusal | None:
    """A relative path that stays below where it starts (core validateLocalDescendingPath)."""
    if type(value) is str and value.startswith("/"):
        return Refusal(f"must be a relative path, but is {shown(value)}")
    return without_backsteps(value, versions)


def descending_unreserved(value: object, versions: VersionRange) -> Refusal | None:
    """A descending path that does not begin with two dots, which kubelet keeps for itself (core ValidateLocalNonReservedPath)."""
    refusal = descending(value, versions)
    if refusal is None and type(value) is str and value.startswith(".."):
        return Refusal(f"must not start with '..', but is {shown(value)}")
    return refusal


def absolute(value: object, _: VersionRange) -> Refusal | None:
    """Go's ``path.IsAbs``."""
    if type(value) is str and value and not value.startswith("/"):
        return Refusal(f"must be an absolute path, but is {shown(value)}")
    return None
