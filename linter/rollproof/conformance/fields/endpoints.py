"""The field rules of Endpoints and EndpointSlices.

Sources: Kubernetes ``pkg/apis/core/validation/validation.go`` (validateEndpointSubsets and what it calls) and
``pkg/apis/discovery/validation/validation.go`` (ValidateEndpointSlice and what it calls).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollproof.conformance.fields.conditions import PORT_NUMBER, named, one_of, unique
from rollproof.conformance.fields.table import Refusal, Rule, Table, items, structures
from rollproof.conformance.fields.values import (
    PROTOCOLS,
    exactly_one_of,
    misnamed,
    missing,
    not_empty,
    on_structure,
    texts,
)
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.address import is_ipv6, parse_address, why_not_routable
from rollproof.kube.version import VersionRange


def _most(limit: int) -> Any:
    def test(value: object, _: VersionRange) -> Refusal | None:
        count = len(value) if isinstance(value, list | dict) else 0
        return Refusal(f"may hold at most {limit} entries, but has {count}") if count > limit else None

    return test


def _name(check: names.Check) -> Any:
    """A name behind a pointer, where the empty text is refused as well."""

    def test(value: object, _: VersionRange) -> Refusal | None:
        return misnamed(value, check) if isinstance(value, str) else None

    return test


@on_structure
def _subset(subset: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        yield Refusal("must have addresses or notReadyAddresses", rule="missing-field")
    ports = items(subset.get("ports"))
    if len(ports) > 1:
        for index, port in structures(ports):
            if port.get("name") in (None, ""):
                yield missing(("ports", index, "name"), " where there are several ports")


def _routable(value: object, _: VersionRange) -> Refusal | None:
    reason = why_not_routable(value) if isinstance(value, str) else None
    return Refusal(f"must be an address that can be reached, but {shown(value)} {reason}") if reason else None


_ADDRESS = Table(
    Rule("ip", _routable, "ValidateEndpointIP"),
    Rule("hostname", named(names.dns_label, empty=True), "validateEndpointAddress"),
    Rule("nodeName", _name(names.dns_subdomain), "validateEndpointAddress"),
)

ENDPOINTS = Table(
    Rule("subsets[*]", _subset, "validateEndpointSubsets"),
    Rule("subsets[*].addresses[*]", _ADDRESS),
    Rule("subsets[*].notReadyAddresses[*]", _ADDRESS),
    Rule("subsets[*].ports[*].name", named(names.dns_label, empty=True), "validateEndpointPort"),
    Rule("subsets[*].ports[*].port", PORT_NUMBER, "validateEndpointPort"),
    Rule("subsets[*].ports[*].protocol", one_of(*PROTOCOLS), "validateEndpointPort"),
    Rule("subsets[*].ports[*].appProtocol", _name(names.qualified_name), "validateEndpointPort"),
)


@on_structure
def _addresses(data: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validateEndpoints: what an address must be depends on the addressType."""
    family = data.get("addressType")
    for index, endpoint in structures(data.get("endpoints")):
        for position, text in texts(endpoint.get("addresses")):
            if (reason := _why_not(text, family)) is not None:
                yield Refusal(f"{shown(text)} {reason}", ("endpoints", index, "addresses", position))


def _why_not(text: str, family: object) -> str | None:
    if family == "FQDN":
        return _why_not_full_name(text)
    if family not in ("IPv4", "IPv6"):
        return None
    parsed = parse_address(text)
    if parsed is None or is_ipv6(text) != (family == "IPv6"):
        return f"is no {family} address"
    if family == "IPv6" and str(parsed) != text:
        return f"must be in canonical form, {parsed}"
    return why_not_routable(text)


def _why_not_full_name(text: str) -> str | None:
    """apimachinery IsFullyQualifiedDomainName."""
    name = text.removesuffix(".")
    if (reason := names.dns_subdomain(name)) is not None:
        return reason
    parts = name.split(".")
    if len(parts) < 2:
        return "must have at least two parts, separated by dots"
    return next((reason for part in parts if (reason := names.dns_label(part)) is not None), None)


def _port_names(value: object, _: VersionRange) -> Iterator[Refusal]:
    """validatePorts: an absent name is the empty one, and is unique as well."""
    first: dict[str, int] = {}
    for index, port in structures(value):
        name = port.get("name") or ""
        if isinstance(name, str) and (seen := first.setdefault(name, index)) != index:
            where = (index, "name") if port.get("name") is not None else (index,)
            reason = f"port name {shown(name)} is used twice, but must be unique"
            yield Refusal(reason, where, related=(((seen,), "first here"),), sentence=True)


ENDPOINT_SLICE = Table(
    Rule("addressType", not_empty, "validateAddressType"),
    Rule("addressType", one_of("FQDN", "IPv4", "IPv6"), "validateAddressType"),
    Rule("endpoints", _most(1000), "validateEndpoints"),
    Rule("endpoints[*].addresses", not_empty, "validateEndpoints"),
    Rule("endpoints[*].addresses", _most(100), "validateEndpoints"),
    Rule("", _addresses, "validateEndpoints"),
    Rule("endpoints[*].nodeName", _name(names.dns_subdomain), "validateEndpoints"),
    Rule("endpoints[*].hostname", _name(names.dns_label), "validateEndpoints"),
    Rule("endpoints[*].hints.forZones", _most(8), "validateHints"),
    Rule("endpoints[*].hints.forZones", unique("name"), "validateHints"),
    Rule("endpoints[*].hints.forZones[*].name", _name(names.label_value), "validateHints"),
    Rule("endpoints[*].hints.forNodes", _most(8), "validateHints"),
    Rule("endpoints[*].hints.forNodes", unique("name"), "validateHints"),
    Rule("endpoints[*].hints.forNodes[*].name", _name(names.dns_subdomain), "validateHints"),
    Rule("ports", _most(20000), "validatePorts"),
    Rule("ports", _port_names, "validatePorts"),
    Rule("ports[*].name", named(names.dns_label, empty=True), "validatePorts"),
    Rule("ports[*].protocol", exactly_one_of(*PROTOCOLS), "validatePorts"),
    Rule("ports[*].appProtocol", _name(names.qualified_name), "validatePorts"),
)
