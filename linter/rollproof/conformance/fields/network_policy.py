"""The field rules of NetworkPolicies.

Source: Kubernetes ``pkg/apis/networking/validation/validation.go`` (ValidateNetworkPolicySpec and what it calls).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.selectors import LABEL_SELECTOR
from rollproof.conformance.fields.table import Refusal, Rule, Table, integer, items
from rollproof.conformance.fields.values import exactly_one_of, is_known, network, not_empty, on_structure, port_number_or_name
from rollproof.conformance.value import shown
from rollproof.kube.address import parse_network
from rollproof.kube.version import VersionRange

_PEERS = ("podSelector", "namespaceSelector", "ipBlock")


@on_structure
def _end_port(entry: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """ValidateNetworkPolicyPort."""
    port, last = entry.get("port"), integer(entry.get("endPort"))
    if last is None or (port is not None and not is_known(port)):
        return
    if port is None or isinstance(port, str):
        reason = "is not set" if port is None else f"is the name {shown(port)}"
        yield Refusal(f"needs a port that is a number, but port {reason}", ("endPort",), at="key")
        return
    if not 1 <= last <= 65535:
        yield Refusal(f"must be from 1 to 65535, but is {last}", ("endPort",))
    elif (first := integer(port)) is not None and last < first:
        yield Refusal(f"must be at least port, but {last} is less than {first}", ("endPort",), related=((("port",), f"port is {first}"),))


@on_structure
def _peer(peer: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """ValidateNetworkPolicyPeer."""
    given = [key for key in peer if key in _PEERS and peer[key] is not None]
    if not given:
        yield Refusal("must have a podSelector, a namespaceSelector or an ipBlock", rule="missing-field")
    elif len(given) > 1 and "ipBlock" in given:
        other = next(key for key in given if key != "ipBlock")
        related = (((other,), f"{other} is set here"),)
        yield Refusal(f"cannot stand beside {other}; write it as an item of its own", ("ipBlock",), at="key", related=related)


@on_structure
def _exceptions(block: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """ValidateIPBlock: what is left out must lie within the block, and be smaller."""
    cidr = block.get("cidr")
    whole = parse_network(cidr) if isinstance(cidr, str) else None
    if whole is None:
        return
    for index, text in enumerate(items(block.get("except"))):
        text = "" if text is None else text
        if not isinstance(text, str):
            continue
        part = parse_network(text)
        if part is None:
            yield Refusal(f"must be a block of addresses such as 10.9.8.0/24, but is {shown(text)}", ("except", index))
        elif part.version != whole.version or part.network_address not in whole or part.prefixlen <= whole.prefixlen:
            related = ((("cidr",), f"cidr is {whole}"),)
            yield Refusal(f"must be a part of {whole} and smaller, but is {shown(text)}", ("except", index), related=related)


def _types(value: object, _: VersionRange) -> Refusal | None:
    count = len(value) if isinstance(value, list) else 0
    return Refusal(f"may hold at most 2 entries, Ingress and Egress, but has {count}") if count > 2 else None


_PORT = Table(
    Rule("protocol", exactly_one_of("TCP", "UDP", "SCTP"), "ValidateNetworkPolicyPort"),
    Rule("port", port_number_or_name, "ValidateNetworkPolicyPort"),
    Rule("", _end_port, "ValidateNetworkPolicyPort"),
)
_PEER = Table(
    Rule("", _peer, "ValidateNetworkPolicyPeer"),
    Rule("podSelector", LABEL_SELECTOR),
    Rule("namespaceSelector", LABEL_SELECTOR),
    Rule("ipBlock.cidr", not_empty, "ValidateIPBlock"),
    Rule("ipBlock.cidr", lambda cidr, versions: network(cidr, versions) if cidr else None, "ValidateIPBlock"),
    Rule("ipBlock", _exceptions, "ValidateIPBlock"),
)
_POLICY = Table(
    Rule("spec.podSelector", LABEL_SELECTOR),
    Rule("spec.ingress[*].ports[*]", _PORT),
    Rule("spec.ingress[*].from[*]", _PEER),
    Rule("spec.egress[*].ports[*]", _PORT),
    Rule("spec.egress[*].to[*]", _PEER),
    Rule("spec.policyTypes", _types, "ValidateNetworkPolicySpec"),
    Rule("spec.policyTypes[*]", exactly_one_of("Egress", "Ingress"), "ValidateNetworkPolicySpec"),
)

CHECKS: Mapping[str, FieldRules] = {"networking.k8s.io/NetworkPolicy": _POLICY.check}
