"""The addresses of a Service inside the cluster, and their families."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollproof.conformance.fields.table import Refusal, items
from rollproof.conformance.fields.values import is_known, on_structure
from rollproof.conformance.value import shown
from rollproof.kube.address import is_ipv6, parse_address
from rollproof.kube.version import VersionRange
from rollproof.span import Path

_FIELDS = frozenset({"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"})


@on_structure
def cluster_ips(spec: dict[str, Any], _: VersionRange) -> Iterator[Refusal] | None:
    """ValidateServiceClusterIPsRelatedFields in Kubernetes pkg/apis/core/validation, and what the allocator refuses before it
    (initIPFamilyFields in pkg/registry/core/service/storage/alloc.go)."""
    return None if _FIELDS.isdisjoint(spec) else _check(spec)


def _check(spec: dict[str, Any]) -> Iterator[Refusal]:
    one, listed = spec.get("clusterIP") or "", ["" if each is None else each for each in items(spec.get("clusterIPs"))]
    if not isinstance(one, str) or not all(isinstance(each, str) and is_known(each) for each in listed) or not is_known(one):
        return
    addresses: list[tuple[str, Path]] = [(text, ("clusterIPs", index)) for index, text in enumerate(listed)]
    if one and not listed:
        addresses = [(one, ("clusterIP",))]
    if spec.get("type") == "ExternalName":
        yield from _not_for_external_names(spec)
        return
    if listed and not one:
        yield Refusal("must not be set without clusterIP, which repeats its first entry", ("clusterIPs",), at="key")
    elif listed and listed[0] != one:
        related = ((("clusterIP",), f"clusterIP is {shown(one)}"),)
        yield Refusal(f"must begin with clusterIP, but begins with {shown(listed[0])}", ("clusterIPs",), related=related)
    families = [family for family in items(spec.get("ipFamilies")) if isinstance(family, str)]
    yield from _repeated(families)
    if addresses and addresses[0][0] == "None":
        yield from _headless(spec, addresses)
    elif not (bad := list(_malformed(addresses))):
        yield from _of_families(addresses, families)
        yield from _single_stack(spec, addresses, families)
    else:
        yield from bad


def _not_for_external_names(spec: dict[str, Any]) -> Iterator[Refusal]:
    for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(key) not in (None, "", []):
            yield Refusal("is not for type ExternalName", (key,), at="key")


def _repeated(families: list[str]) -> Iterator[Refusal]:
    for index, family in enumerate(families):
        if (first := families.index(family)) != index:
            related = ((("ipFamilies", first), "first here"),)
            yield Refusal(f"{shown(family)} is listed twice", ("ipFamilies", index), related=related)


def _headless(spec: dict[str, Any], addresses: list[tuple[str, Path]]) -> Iterator[Refusal]:
    if len(addresses) > 1:
        yield Refusal("may hold nothing beside 'None'", ("clusterIPs",))
    elif spec.get("type") in ("LoadBalancer", "NodePort"):
        yield Refusal(f"must not be 'None' with type {spec['type']}", addresses[0][1])


def _malformed(addresses: list[tuple[str, Path]]) -> Iterator[Refusal]:
    for text, path in addresses:
        if parse_address(text) is None:
            none = "; write None, with a capital letter, for a headless Service" if text.lower() == "none" else ""
            fix = "None" if none else None
            reason = f"must be an IP address or None, but is {shown(text)}{none}"
            yield Refusal(reason, path, suggestion=fix, replacement=fix, safe=bool(fix))
    if len(addresses) > 2:
        yield Refusal(f"may hold at most 2 addresses, but has {len(addresses)}", ("clusterIPs",))


def _of_families(addresses: list[tuple[str, Path]], families: list[str]) -> Iterator[Refusal]:
    found = ["IPv6" if is_ipv6(text) else "IPv4" for text, _ in addresses]
    if len(found) == 2 and found[0] == found[1]:
        yield Refusal(f"may hold one address of each family, but both are {found[0]}", ("clusterIPs",))
    for (text, path), family, (index, wanted) in zip(addresses, found, enumerate(families), strict=False):
        if wanted in ("IPv4", "IPv6") and wanted != family:
            related = ((("ipFamilies", index), f"{wanted} is asked for here"),)
            yield Refusal(f"must be an {wanted} address, but is {shown(text)}", path, related=related)


def _single_stack(spec: dict[str, Any], addresses: list[tuple[str, Path]], families: list[str]) -> Iterator[Refusal]:
    policy = spec.get("ipFamilyPolicy")
    if not (policy is None or policy == "SingleStack"):
        return
    many = "cluster IPs" if len(addresses) == 2 else "IP families" if len(set(families)) == 2 else None
    if many is not None:
        reason = f"must be RequireDualStack or PreferDualStack with two {many}"
        yield Refusal(f"{reason}, but is {policy or 'absent, which means SingleStack'}", ("ipFamilyPolicy",))
