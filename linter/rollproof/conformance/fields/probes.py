"""Probes and lifecycle handlers of a container."""

from __future__ import annotations

from rollproof.conformance.fields.conditions import (
    NOT_NEGATIVE,
    PORT_NUMBER,
    alternatives,
    at_least,
    between,
    forbidden,
    named,
    one_of,
    required,
)
from rollproof.conformance.fields.table import Refusal, Rule, Table, integer, structures
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.version import VersionRange


def port(value: object, versions: VersionRange) -> Refusal | None:
    """A port by number or by name (core ValidatePortNumOrName); a number in quotes is a name."""
    if not isinstance(value, str):
        return PORT_NUMBER(value, versions)  # type: ignore[return-value]  # it answers with one refusal at most
    reason = names.port_name(value)
    if reason is None:
        return None
    if value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= 65535:
        text = f"{shown(value)} is a name, and a port's name must hold a letter; write the number without quotes"
        return Refusal(text, replacement=value.lstrip("0"), safe=True)
    return Refusal(f"{shown(value)} {reason}")


def _only_one(value: object, _: VersionRange) -> Refusal | None:
    number = integer(value)
    # Zero counts as absent, for which the default 1 stands (core v1 SetDefaults_Probe); negative numbers are refused anyway.
    if number is None or number in (0, 1):
        return None
    return Refusal(f"must be 1 except in a readinessProbe, but is {number}", replacement="1")


def _header(value: object, _: VersionRange) -> Refusal | None:
    for index, header in structures(value):
        name = header.get("name")
        if isinstance(name, str) and (reason := names.http_header_name(name)) is not None:
            return Refusal(f"{shown(name)} {reason}", (index, "name"))
    return None


_HTTP_GET = Table(
    Rule("port", port, "validateHTTPGetAction"),
    Rule("scheme", one_of("HTTP", "HTTPS"), "validateHTTPGetAction"),
    Rule("httpHeaders", _header, "validateHTTPGetAction"),
)

_HANDLER = (
    Rule("exec", required("command"), "validateExecAction"),
    Rule("httpGet", _HTTP_GET, "validateHTTPGetAction"),
    Rule("tcpSocket.port", port, "validateTCPSocketAction"),
)

_PROBE = (
    *_HANDLER,
    Rule("", alternatives("exec", "httpGet", "tcpSocket", "grpc"), "validateHandler"),
    Rule("grpc.port", PORT_NUMBER, "validateGRPCAction"),
    Rule("initialDelaySeconds", NOT_NEGATIVE, "validateProbe"),
    Rule("timeoutSeconds", NOT_NEGATIVE, "validateProbe"),
    Rule("periodSeconds", NOT_NEGATIVE, "validateProbe"),
    Rule("failureThreshold", NOT_NEGATIVE, "validateProbe"),
)

READINESS_PROBE = Table(
    *_PROBE,
    Rule("successThreshold", NOT_NEGATIVE, "validateProbe"),
    Rule(
        "",
        forbidden("terminationGracePeriodSeconds", reason="must not be set in a readinessProbe, which never ends a container"),
        "validateReadinessProbe",
    ),
)
"""A readiness probe."""

LIVENESS_PROBE = Table(
    *_PROBE,
    Rule("successThreshold", _only_one, "validateLivenessProbe, validateStartupProbe"),
    Rule("terminationGracePeriodSeconds", at_least(1), "validateProbe"),
)
"""A liveness or startup probe."""

_LIFECYCLE_HANDLER = Table(
    *_HANDLER,
    Rule("", alternatives("exec", "httpGet", "tcpSocket", "sleep"), "validateHandler"),
)

LIFECYCLE = Table(
    Rule("postStart", _LIFECYCLE_HANDLER, "validateLifecycle"),
    Rule("preStop", _LIFECYCLE_HANDLER, "validateLifecycle"),
)
"""The handlers of a container; how long they may sleep depends on the pod."""

PORT = Table(
    Rule("containerPort", PORT_NUMBER, "validateContainerPorts"),
    Rule("hostPort", between(0, 65535, bits=32), "validateContainerPorts"),
    Rule("name", named(names.port_name, empty=True), "validateContainerPorts"),
    Rule("protocol", one_of("TCP", "UDP", "SCTP"), "validateContainerPorts"),
)
"""A port of a container."""
