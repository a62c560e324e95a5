"""The field rules of Services.

Sources, unless a row says otherwise: Kubernetes ``pkg/apis/core/validation/validation.go`` (validateService and what it calls),
after the defaults of ``pkg/apis/core/v1/defaults.go`` (SetDefaults_Service).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.cluster_ips import cluster_ips
from rollproof.conformance.fields.conditions import PORT_NUMBER, between, named, not_among, one_of
from rollproof.conformance.fields.endpoints import ENDPOINT_SLICE, ENDPOINTS
from rollproof.conformance.fields.metadata import labels
from rollproof.conformance.fields.table import Refusal, Rule, Table, integer, items, mapping, structures, text
from rollproof.conformance.fields.values import (
    PROTOCOLS,
    address,
    exactly_one_of,
    is_known,
    misnamed,
    missing,
    moved,
    network,
    on_structure,
    port_number_or_name,
)
from rollproof.conformance.value import shown
from rollproof.conformance.violation import Violation
from rollproof.kube import names
from rollproof.kube.address import parse_address, parse_network, why_not_routable
from rollproof.kube.version import Version, VersionRange
from rollproof.span import Path

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_NODE_PORTS = range(30000, 32768)
_SAME_ZONE_SINCE = Version(1, 34)
_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
_TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"


@on_structure
def _object(data: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """What a Service must have, by its type."""
    spec, annotations = mapping(data.get("spec")), mapping(mapping(data.get("metadata")).get("annotations"))
    kind = spec.get("type") or "ClusterIP"
    if not spec.get("ports") and kind != "ExternalName" and is_known(kind) and not _is_headless(spec):
        yield missing(("spec", "ports"), " unless the Service is headless (clusterIP: None)")
    if kind == "ExternalName" and not text(spec.get("externalName")).removesuffix(".") and isinstance(spec.get("externalName"), str | None):
        yield missing(("spec", "externalName"), " with type ExternalName")
    mode, hints = annotations.get(_TOPOLOGY_MODE), annotations.get(_TOPOLOGY_HINTS)
    if isinstance(mode, str) and isinstance(hints, str) and mode != hints:
        related = ((("metadata", "annotations", _TOPOLOGY_HINTS), f"{shown(hints)} here"),)
        yield Refusal(f"must equal annotation {_TOPOLOGY_HINTS}", ("metadata", "annotations", _TOPOLOGY_MODE), related=related)
    if isinstance(ranges := annotations.get(_SOURCE_RANGES), str) and not spec.get("loadBalancerSourceRanges"):
        where = ("metadata", "annotations", _SOURCE_RANGES)
        if kind in _TYPES and kind != "LoadBalancer":
            yield Refusal(f"is only for type LoadBalancer, but type is {kind}", where, at="key")
        for block in ranges.strip().split(",") if ranges.strip() else ():
            if parse_network(block.strip()) is None:
                yield Refusal(f"must list blocks of addresses such as 10.9.8.0/24, but {shown(block.strip())} is none", where)


@on_structure
def _by_type(spec: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """Fields that belong to some types only (validateServiceExternalTrafficPolicy, validateLoadBalancerClassField)."""
    kind = spec.get("type") or "ClusterIP"
    if kind not in _TYPES:
        return
    if kind != "LoadBalancer":
        for key in ("loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if spec.get(key) not in (None, []):
                yield Refusal(f"is only for type LoadBalancer, but type is {kind}", (key,), at="key")
    elif isinstance(name := spec.get("loadBalancerClass"), str) and (bad := misnamed(name, names.qualified_name, ("loadBalancerClass",))):
        yield bad
    reachable = kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and bool(items(spec.get("externalIPs"))))
    policy = spec.get("externalTrafficPolicy")
    if isinstance(policy, str) and policy:
        if not reachable:
            reason = f"is only for Services that are reached from outside, but type is {kind} and there are no externalIPs"
            yield Refusal(reason, ("externalTrafficPolicy",), at="key")
        elif policy not in ("Cluster", "Local"):
            yield moved(not_among(policy, ("Cluster", "Local")), ("externalTrafficPolicy",))
    check_port = integer(spec.get("healthCheckNodePort"))
    if check_port:
        if kind != "LoadBalancer" or (is_known(policy) and policy != "Local") or policy is None:
            reason = "is only for type LoadBalancer with externalTrafficPolicy Local"
            yield Refusal(reason, ("healthCheckNodePort",), at="key")
        elif not 1 <= check_port <= 65535:
            yield Refusal(f"must be from 1 to 65535, but is {check_port}", ("healthCheckNodePort",))


def _is_headless(spec: Mapping[str, Any]) -> bool:
    listed = items(spec.get("clusterIPs"))
    return listed == ["None"] if listed else spec.get("clusterIP") == "None"


def _ports(value: Any, _: VersionRange) -> Iterator[Refusal] | None:
    ports = items(value)
    return _many_ports(ports) if len(ports) > 1 else None


def _many_ports(ports: list[Any]) -> Iterator[Refusal]:
    """What holds between ports: names are required and unique, and no two are the same."""
    by_name: dict[str, int] = {}
    by_number: dict[tuple[str, int], int] = {}
    for index, port in structures(ports):
        name = port.get("name")
        if name is None or name == "":
            yield missing((index, "name"), " where a Service has several ports")
        elif isinstance(name, str) and (first := by_name.setdefault(name, index)) != index:
            yield Refusal(f"{shown(name)} is used twice, but must be unique", (index, "name"), related=(((first, "name"), "first here"),))
        protocol = port.get("protocol") or "TCP"
        number = integer(port.get("port"))
        if isinstance(protocol, str) and number is not None and (first := by_number.setdefault((protocol, number), index)) != index:
            reason = f"port {number}/{protocol} is listed twice; each port may be listed once for a protocol"
            yield Refusal(reason, (index,), sentence=True, related=(((first,), "first here"),))
    yield from _repeated_node_ports(ports)


def _repeated_node_ports(ports: list[Any]) -> Iterator[Refusal]:
    seen: dict[tuple[str, int], int] = {}
    for index, port in structures(ports):
        protocol, number = port.get("protocol") or "TCP", integer(port.get("nodePort"))
        if number and isinstance(protocol, str) and (first := seen.setdefault((protocol, number), index)) != index:
            related = (((first, "nodePort"), "first here"),)
            yield Refusal(f"{number} is used twice for {protocol}, but must be unique", (index, "nodePort"), related=related)


@on_structure
def _port(port: dict[str, Any], versions: VersionRange) -> Iterator[Refusal]:
    target = port.get("targetPort")
    if target not in (0, "", None):
        bad = port_number_or_name(target, versions)
        if isinstance(bad, Refusal):
            advice = ""
            if isinstance(target, str) and target.isdigit():
                advice = "; write a port number without quotes"
            yield replace(bad, text=bad.text + advice, below=("targetPort",))


@on_structure
def _node_ports(spec: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    for index, port in structures(spec.get("ports")):
        number = integer(port.get("nodePort"))
        if number:
            if (spec.get("type") or "ClusterIP") == "ClusterIP":
                reason = "is not for type ClusterIP; use type NodePort or LoadBalancer"
                yield Refusal(reason, ("ports", index, "nodePort"), at="key")
            elif not 1 <= number <= 65535 and spec["type"] != "ExternalName":
                yield Refusal(f"must be from 1 to 65535, but is {number}", ("ports", index, "nodePort"))


def _external_ip(value: Any, _: VersionRange) -> Refusal | None:
    """ValidateEndpointIP."""
    reason = why_not_routable(value) if isinstance(value, str) and parse_address(value) is not None else None
    return Refusal(f"must be an address that can be reached, but {shown(value)} {reason}") if reason else None


@on_structure
def _affinity(spec: dict[str, Any], versions: VersionRange) -> Refusal | None:
    """validateClientIPAffinityConfig; with any other affinity the whole configuration is dropped before it is validated."""
    timeout = mapping(mapping(spec.get("sessionAffinityConfig")).get("clientIP")).get("timeoutSeconds")
    if spec.get("sessionAffinity") != "ClientIP" or timeout is None:
        return None
    bad = _TIMEOUT(timeout, versions)
    return moved(bad, ("sessionAffinityConfig", "clientIP", "timeoutSeconds")) if isinstance(bad, Refusal) else None


_TIMEOUT = between(1, 86400)


@on_structure
def _external_name(spec: dict[str, Any], _: VersionRange) -> Refusal | None:
    name = text(spec.get("externalName")).removesuffix(".")
    return misnamed(name, names.dns_subdomain, ("externalName",)) if name and spec.get("type") == "ExternalName" else None


def _traffic_distribution(value: Any, versions: VersionRange) -> Refusal | None:
    """validateServiceTrafficDistribution; PreferSameTrafficDistribution is on since 1.34 (pkg/features/kube_features.go)."""
    if not isinstance(value, str) or value == "PreferClose":
        return None
    if value in ("PreferSameZone", "PreferSameNode"):
        if versions.lo >= _SAME_ZONE_SINCE:
            return None
        return Refusal(f"{value} is accepted since Kubernetes {_SAME_ZONE_SINCE}; use PreferClose for {versions.lo}")
    return not_among(value, ("PreferClose", "PreferSameNode", "PreferSameZone"))


_PORT = Table(
    Rule("name", named(names.dns_label, empty=True), "validateServicePort"),
    Rule("port", PORT_NUMBER, "validateServicePort"),
    Rule("protocol", one_of(*PROTOCOLS), "validateServicePort"),
    Rule("", _port, "validateServicePort"),
    Rule("appProtocol", lambda value, _: misnamed(value, names.qualified_name) if isinstance(value, str) else None, "validateServicePort"),
)

_SPEC = Table(
    Rule("type", one_of(*_TYPES), "validateService"),
    Rule("", _by_type, "validateServiceExternalTrafficPolicy, validateLoadBalancerClassField"),
    Rule("ports", _ports, "validateService, validateServicePort"),
    Rule("ports[*]", _PORT),
    Rule("", _node_ports, "validateService"),
    Rule("selector", labels, "validateService"),
    Rule("sessionAffinity", one_of("ClientIP", "None"), "validateService"),
    Rule("", _affinity, "validateClientIPAffinityConfig"),
    Rule("", cluster_ips, "ValidateServiceClusterIPsRelatedFields"),
    Rule("ipFamilies[*]", exactly_one_of("IPv4", "IPv6"), "ValidateServiceClusterIPsRelatedFields"),
    Rule("ipFamilyPolicy", exactly_one_of("PreferDualStack", "RequireDualStack", "SingleStack"), "ValidateServiceClusterIPsRelatedFields"),
    Rule("externalIPs[*]", address, "validateService"),
    Rule("externalIPs[*]", _external_ip, "ValidateEndpointIP"),
    Rule("", _external_name, "validateService"),
    Rule(
        "loadBalancerSourceRanges[*]",
        lambda value, versions: network(value.strip(), versions) if isinstance(value, str) else None,
        "validateService",
    ),
    Rule("internalTrafficPolicy", exactly_one_of("Cluster", "Local"), "validateServiceInternalTrafficFieldsValue"),
    Rule("trafficDistribution", _traffic_distribution, "validateServiceTrafficDistribution"),
)

_SERVICE = Table(Rule("", _object, "validateService"), Rule("spec", _SPEC))


def _check(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    yield from _SERVICE.check(data, versions)
    yield from _unusual_node_ports(mapping(data.get("spec")))


def _unusual_node_ports(spec: Mapping[str, Any]) -> Iterator[Violation]:
    """Less sure, as ``kube-apiserver --service-node-port-range`` may say otherwise (pkg/registry/core/service/portallocator)."""
    numbers: list[tuple[Path, object]] = [
        (("spec", "ports", index, "nodePort"), port.get("nodePort")) for index, port in structures(spec.get("ports"))
    ]
    numbers.append((("spec", "healthCheckNodePort"), spec.get("healthCheckNodePort")))
    for path, value in numbers:
        number = integer(value)
        if number is not None and 0 < number <= 65535 and number not in _NODE_PORTS:
            limits = f"from {_NODE_PORTS[0]} to {_NODE_PORTS[-1]}"
            reason = f"{path[-1]} is {number}, but node ports are {limits} unless the cluster was set up otherwise"
            yield Violation("invalid-value", path, reason, severity="warning")


CHECKS: Mapping[str, FieldRules] = {
    "/Service": _check,
    "/Endpoints": ENDPOINTS.check,
    "discovery.k8s.io/EndpointSlice": ENDPOINT_SLICE.check,
}
