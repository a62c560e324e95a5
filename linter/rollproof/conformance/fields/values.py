"""Tests of single values that Services, volumes, policies and the like share: addresses, amounts, references, plain selectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any

from rollproof.conformance.fields.conditions import PORT_NUMBER, is_empty, not_among
from rollproof.conformance.fields.table import Refusal, Refusals, Test, items
from rollproof.conformance.value import shown
from rollproof.kube import names, quantity
from rollproof.kube.address import parse_address, parse_network
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.quantity import ZERO
from rollproof.kube.version import VersionRange
from rollproof.span import Path

PROTOCOLS = ("SCTP", "TCP", "UDP")
"""What a port may speak (core ``supportedPortProtocols``)."""

_PATH = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~%!$&'()*+,;=:")


def on_structure(check: Callable[[dict[str, Any], VersionRange], Refusals]) -> Test:
    """A test that looks into a structure only: what is no mapping has been reported already."""

    @wraps(check)
    def test(value: Any, versions: VersionRange) -> Refusals:
        return check(value, versions) if type(value) is dict else None

    return test


def exactly_one_of(*allowed: str) -> Test:
    """One of a few words, where an empty one is refused as well: Kubernetes looks behind a pointer, or into a list."""
    words = frozenset(allowed)

    def test(value: object, _: VersionRange) -> Refusal | None:
        return None if not isinstance(value, str) or value in words else not_among(value, allowed)

    return test


def misnamed(value: str, check: names.Check, below: Path = ()) -> Refusal | None:
    """The refusal of a text by a rule of names."""
    reason = check(value)
    return None if reason is None else Refusal(f"{shown(value)} {reason}", below)


def not_empty(value: object, _: VersionRange) -> Refusal | None:
    """A field that the schema requires, which then may not be empty either."""
    return Refusal("must not be empty", rule="missing-field") if is_empty(value) or value == {} else None


def missing(below: Path, because: str = "") -> Refusal:
    """The refusal of an absent field; ``because`` ends the sentence."""
    return Refusal(f"is required{because}, but missing", below, "missing-field")


def port_number_or_name(value: Any, versions: VersionRange) -> Refusals:
    """A port by number, or by the name a container gives it (core ValidatePortNumOrName)."""
    return misnamed(value, names.port_name) if isinstance(value, str) else PORT_NUMBER(value, versions)


def address(value: object, _: VersionRange) -> Refusal | None:
    """An IP address (apimachinery IsValidIPForLegacyField)."""
    if not isinstance(value, str) or parse_address(value) is not None:
        return None
    return Refusal(f"must be an IP address such as 10.9.8.7 or 2001:db8::1, but is {shown(value)}")


def network(value: object, _: VersionRange) -> Refusal | None:
    """A block of addresses (apimachinery IsValidCIDRForLegacyField)."""
    if not isinstance(value, str) or parse_network(value) is not None:
        return None
    return Refusal(f"must be a block of addresses such as 10.9.8.0/24 or 2001:db8::/64, but is {shown(value)}")


def positive_quantity(value: object, _: VersionRange) -> Refusal | None:
    """An amount above zero (core ValidatePositiveQuantityValue)."""
    amount = quantity.parse(value)
    return Refusal(f"must be more than zero, but is {shown(value)}") if amount is not None and amount <= ZERO else None


@on_structure
def typed_reference(reference: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """An object named by apiGroup, kind and name (networking validateIngressTypedLocalObjectReference)."""
    group = reference.get("apiGroup")
    if isinstance(group, str) and (refusal := misnamed(group, names.dns_subdomain, ("apiGroup",))):
        yield refusal
    for key in ("kind", "name"):
        text = reference.get(key)
        if text == "":
            yield Refusal("is required, but empty", (key,), "missing-field")
        elif isinstance(text, str) and (refusal := misnamed(text, names.path_segment, (key,))):
            yield refusal


def moved(refusal: Refusal, below: Path) -> Refusal:
    """The same refusal, of a value that stands below the tested one."""
    return replace(refusal, below=(*below, *refusal.below), related=tuple(((*below, *path), note) for path, note in refusal.related))


def texts(value: object) -> Iterator[tuple[int, str]]:
    """The texts of a list with their indexes; a null item is the empty text."""
    for index, item in enumerate(items(value)):
        if item is None or isinstance(item, str):
            yield index, item or ""


def is_known(value: object) -> bool:
    """Whether a value is given and is no placeholder."""
    return value is not None and not is_placeholder(value)


def domain_prefixed_path(text: str) -> str | None:
    """``example.com/name``, a subdomain and a path after the first slash (apimachinery IsDomainPrefixedPath)."""
    host, slash, path = text.partition("/")
    if not slash or not host or not path:
        return "must be a domain and a path, such as example.com/name"
    if (reason := names.dns_subdomain(host)) is not None:
        return f"before '/', {reason}"
    return None if _PATH.issuperset(path) else "holds a character that no path may hold"
