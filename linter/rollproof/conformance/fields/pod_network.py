"""What a pod shows to the network: host ports, DNS, host names; and the few rules that only a Pod itself must follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import named, required
from rollproof.conformance.fields.table import Refusal, Rule, Table, Test, integer, items, mapping, structures, text, texts
from rollproof.conformance.fields.values import address
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import Version, VersionRange
from rollproof.span import Path

# RelaxedDNSSearchValidation and PodLifecycleSleepActionAllowZero, both on by default since 1.33: pkg/features/kube_features.go.
_RELAXED = Version(1, 33)


def host_ports(defaulted: bool) -> Test:
    """Ports of the host that two containers claim, or that differ from the container's own port (core checkHostPortConflicts,
    validatePodHostNetworkDeps).

    ``defaulted``: in a Pod on the network of its host, though not in a template, every port is one of the host (core v1 SetDefaults_Pod).
    """

    def test(value: object, _: VersionRange) -> Iterator[Refusal] | None:
        spec = mapping(value)
        every = [(field, index, each) for field in ("containers", "initContainers") for index, each in structures(spec.get(field))]
        if not any(each.get("ports") for _, _, each in every):
            return None
        return _host_ports(spec, defaulted and spec.get("hostNetwork") is True)

    return test


def _host_ports(spec: Mapping[str, Any], every_port: bool) -> Iterator[Refusal]:
    yield from _conflicts([(("containers", index), container) for index, container in structures(spec.get("containers"))], every_port)
    for index, container in structures(spec.get("initContainers")):
        yield from _conflicts([(("initContainers", index), container)], every_port)
    if spec.get("hostNetwork") is not True:
        return
    for index, container in structures(spec.get("containers")):
        for number, port in structures(container.get("ports")):
            own, host = integer(port.get("containerPort")), integer(port.get("hostPort"))
            if host and own is not None and host != own and 1 <= host <= 65535:
                below = ("containers", index, "ports", number, "hostPort")
                related = ((("hostNetwork",), "hostNetwork is true here"),)
                text = f"must equal containerPort {own} when hostNetwork is true, but is {host}"
                yield Refusal(text, below, replacement=str(own), related=related)


def _conflicts(containers: list[tuple[Path, dict[str, Any]]], every_port: bool) -> Iterator[Refusal]:
    first: dict[tuple[str, str, int], Path] = {}
    for path, container in containers:
        for index, port in structures(container.get("ports")):
            field = "containerPort" if every_port and not port.get("hostPort") else "hostPort"
            number, protocol = integer(port.get(field)), port.get("protocol")
            if not number or is_placeholder(protocol) or is_placeholder(port.get("hostIP")):
                continue
            where = (*path, "ports", index, field)
            key = (text(protocol) or "TCP", text(port.get("hostIP")), number)
            if first.setdefault(key, where) != where:
                reason = "" if field == "hostPort" else ", as hostNetwork makes it a port of the host"
                yield Refusal(f"{number} of {key[0]} is taken already{reason}", where, related=((first[key], "taken here"),))


def long_sleeps(spec: Mapping[str, Any], path: Path, container: Mapping[str, Any], versions: VersionRange) -> Iterator[Refusal]:
    """Handlers that sleep longer than the pod is given to end, 30 seconds by default (core validateSleepAction)."""
    grace = spec.get("terminationGracePeriodSeconds")
    limit = 30 if grace is None else integer(grace)
    # A negative one is stored as 1: core v1 Convert_v1_PodSpec_To_core_PodSpec and its callers.
    limit = 1 if limit is not None and limit < 0 else limit
    for hook in ("postStart", "preStop"):
        handler = mapping(mapping(container.get("lifecycle")).get(hook))
        seconds = integer(mapping(handler.get("sleep")).get("seconds") or 0)
        if limit is None or seconds is None or handler.get("sleep") is None:
            continue
        below = (*path, "lifecycle", hook, "sleep", "seconds")
        if seconds < 0 or seconds > limit:
            yield Refusal(f"must be from 0 to the terminationGracePeriodSeconds of the pod, {limit}, but is {seconds}", below)
        elif seconds == 0 and versions.lo < _RELAXED:
            yield Refusal("must be 1 or more up to Kubernetes 1.32", below)


def dns(value: object, _: VersionRange) -> Refusal | None:
    """core validatePodDNSConfig."""
    spec = mapping(value)
    if spec.get("dnsPolicy") != "None":
        return None
    config = spec.get("dnsConfig")
    if config is None:
        return Refusal("is required with dnsPolicy None", ("dnsConfig",), "missing-field")
    if isinstance(config, dict) and not config.get("nameservers"):
        return Refusal("are required with dnsPolicy None", ("dnsConfig", "nameservers"), "missing-field")
    return None


def _at_most(count: int) -> Any:
    def test(value: object, _: VersionRange) -> Refusal | None:
        length = len(items(value))
        return None if length <= count else Refusal(f"may hold {count} items, but has {length}")

    return test


def _searches(value: object, versions: VersionRange) -> Iterator[Refusal]:
    paths = items(value)
    if sum(len(path) + 1 for path in paths if isinstance(path, str)) - 1 > 2048:
        yield Refusal("may have 2048 characters in all")
    for index, path in texts(paths):
        if path == "." and versions.lo >= _RELAXED:
            continue
        name = path.removesuffix(".")
        reason = names.dns_subdomain_with_underscore(name)
        if reason is None and versions.lo < _RELAXED and (reason := names.dns_subdomain(name)) is not None:
            reason += " up to Kubernetes 1.32"
        if reason is not None:
            yield Refusal(f"{shown(path)} {reason}", (index,))


DNS_CONFIG = Table(
    Rule("nameservers", _at_most(3), "validatePodDNSConfig"),
    Rule("nameservers[*]", address, "IsValidIPForLegacyField"),
    Rule("searches", _at_most(32), "validatePodDNSConfig"),
    Rule("searches", _searches, "validatePodDNSConfig"),
    Rule("options[*]", required("name"), "validatePodDNSConfig"),
)
"""The ``dnsConfig`` of a pod."""

HOST_ALIAS = Table(
    Rule("ip", address, "ValidateHostAliases"),
    Rule("hostnames[*]", named(names.dns_subdomain), "ValidateHostAliases"),
)
"""One entry of ``hostAliases``."""


def host_name(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core validatePodHostName."""
    spec = mapping(value)
    return _host_name(spec) if isinstance(spec.get("hostnameOverride"), str) else None


def _host_name(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    name, below = spec["hostnameOverride"], ("hostnameOverride",)
    for field in ("setHostnameAsFQDN", "hostNetwork"):
        if spec.get(field) is True:
            yield Refusal(f"may not be set when {field} is true", below, at="key", related=(((field,), f"{field} is true here"),))
    if len(name) > 64:
        yield Refusal(f"may have 64 characters, but has {len(name)}", below)
    elif (reason := names.dns_subdomain(name)) is not None:
        yield Refusal(f"{shown(name)} {reason}", below)


def only_pods(value: object, _: VersionRange) -> Iterator[Refusal]:
    """What is checked when a Pod is created but not in a template (core validatePodMetadataAndSpec, ValidatePodCreate)."""
    spec = mapping(value)
    for field in ("containers", "initContainers"):
        for index, container in structures(spec.get(field)):
            image = container.get("image")
            if isinstance(image, str) and image and image != image.strip():
                yield Refusal("must not begin or end with a space", (field, index, "image"))
    if items(spec.get("ephemeralContainers")):
        yield Refusal("are added to running pods, not when a pod is created", ("ephemeralContainers",), at="key")
    if spec.get("nodeName") and items(spec.get("schedulingGates")):
        related = ((("schedulingGates",), "the gates"),)
        yield Refusal("cannot be set while there are schedulingGates", ("nodeName",), at="key", related=related)
    for index, volume in structures(spec.get("volumes")):
        image = volume.get("image")
        if isinstance(image, dict) and image.get("reference") in (None, ""):
            yield Refusal("is required in a Pod", ("volumes", index, "image", "reference"), "missing-field")
        for number, source in structures(mapping(volume.get("projected")).get("sources")):
            if source.get("serviceAccountToken") is not None and not spec.get("serviceAccountName") and not spec.get("serviceAccount"):
                below = ("volumes", index, "projected", "sources", number, "serviceAccountToken")
                yield Refusal("needs a serviceAccountName in the pod", below, at="key")
