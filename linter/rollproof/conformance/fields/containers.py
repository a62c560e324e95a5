"""The containers of a pod: those that run, those that prepare, those that debug."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import filled, named, not_among, one_of, required, unique
from rollproof.conformance.fields.env import VARIABLE, VARIABLES
from rollproof.conformance.fields.mounts import DEVICE, MOUNT, check_container
from rollproof.conformance.fields.probes import LIFECYCLE, LIVENESS_PROBE, PORT, READINESS_PROBE
from rollproof.conformance.fields.resources import RESOURCES
from rollproof.conformance.fields.security import CONTAINER_CONTEXT
from rollproof.conformance.fields.table import Refusal, Rule, Table, items, mapping, structures
from rollproof.kube import names
from rollproof.kube.version import Version, VersionRange

# ContainerRestartRules, on by default since 1.35: pkg/features/kube_features.go. Before, only Always was a restartPolicy, and only of
# init containers.
_RESTART_RULES = Version(1, 35)
# RestartAllContainersOnContainerExits, on by default since 1.36, which also allows rules for sidecars.
_RESTART_ALL = Version(1, 36)
_POLICIES = ("Always", "OnFailure", "Never")

_CONTAINER = (
    # An absent name is reported by the walk over the structure, an absent image is not.
    Rule("", filled("name"), "validateContainerCommon"),
    Rule("name", named(names.dns_label, empty=True), "validateContainerCommon"),
    Rule("", required("image"), "validateContainerCommon"),
    Rule("imagePullPolicy", one_of("Always", "IfNotPresent", "Never"), "validatePullPolicy"),
    Rule("terminationMessagePolicy", one_of("File", "FallbackToLogsOnError"), "validateContainerCommon"),
    Rule("env[*]", VARIABLE, "ValidateEnv"),
    Rule("envFrom[*]", VARIABLES, "ValidateEnvFrom"),
    Rule("volumeMounts[*]", MOUNT, "ValidateVolumeMounts"),
    Rule("volumeDevices[*]", DEVICE, "ValidateVolumeDevices"),
    Rule("", check_container, "ValidateVolumeMounts"),
    Rule("resources", RESOURCES, "ValidateContainerResourceRequirements"),
    Rule("securityContext", CONTAINER_CONTEXT, "ValidateSecurityContext"),
    Rule("ports[*]", PORT, "validateContainerPorts"),
    Rule("ports", unique("name"), "validateContainerPorts"),
)

_PROBES = (
    Rule("livenessProbe", LIVENESS_PROBE, "validateLivenessProbe"),
    Rule("readinessProbe", READINESS_PROBE, "validateReadinessProbe"),
    Rule("startupProbe", LIVENESS_PROBE, "validateStartupProbe"),
    Rule("lifecycle", LIFECYCLE, "validateLifecycle"),
)


def _restarts(value: object, versions: VersionRange) -> Iterator[Refusal] | None:
    """The restart policy and rules of a container that runs (core validateContainerRestartPolicy)."""
    container = mapping(value)
    if container.get("restartPolicy") is None and not container.get("restartPolicyRules"):
        return None
    if versions.lo < _RESTART_RULES and container.get("restartPolicy") is not None:
        text = "may be set only in init containers up to Kubernetes 1.34"
        return iter((Refusal(text, ("restartPolicy",), at="key"),))
    return _restart_rules(container, versions)


def _restart_rules(container: Mapping[str, Any], versions: VersionRange) -> Iterator[Refusal]:
    policy, rules = container.get("restartPolicy"), items(container.get("restartPolicyRules"))
    if policy is None:
        yield Refusal("is required with restartPolicyRules", ("restartPolicy",), "missing-field")
    elif isinstance(policy, str) and policy not in _POLICIES:
        refusal = not_among(policy, _POLICIES)
        yield Refusal(refusal.text, ("restartPolicy",), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    if len(rules) > 20:
        yield Refusal(f"may hold 20 rules, but has {len(rules)}", ("restartPolicyRules",))
    for index, rule in structures(rules):
        here = ("restartPolicyRules", index)
        action, codes = rule.get("action"), rule.get("exitCodes")
        actions = ("Restart", "RestartAllContainers") if versions.lo >= _RESTART_ALL else ("Restart",)
        if isinstance(action, str) and action not in actions:
            yield Refusal(not_among(action, actions).text, (*here, "action"), suggestion="Restart")
        if codes is None:
            yield Refusal("are required", (*here, "exitCodes"), "missing-field")
        operator = mapping(codes).get("operator")
        if isinstance(operator, str) and operator not in ("In", "NotIn"):
            yield Refusal(not_among(operator, ("In", "NotIn")).text, (*here, "exitCodes", "operator"))
        if len(items(mapping(codes).get("values"))) > 255:
            yield Refusal("may hold 255 codes", (*here, "exitCodes", "values"))


def _init(value: object, versions: VersionRange) -> Iterator[Refusal] | None:
    """Init containers run to their end, unless they restart always (core validateInitContainers)."""
    container = mapping(value)
    policy = container.get("restartPolicy")
    if policy is None and container.keys().isdisjoint(
        ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe", "restartPolicyRules")
    ):
        return None
    return _init_restarts(container, versions)


def _init_restarts(container: Mapping[str, Any], versions: VersionRange) -> Iterator[Refusal]:
    policy = container.get("restartPolicy")
    if versions.lo < _RESTART_RULES:
        if isinstance(policy, str) and policy != "Always":
            text = "may only be Always in an init container up to Kubernetes 1.34"
            yield Refusal(text, ("restartPolicy",), suggestion="Always")
    elif policy == "Always" and versions.lo < _RESTART_ALL:
        if container.get("restartPolicyRules"):
            text = "must not be set with restartPolicy Always up to Kubernetes 1.35"
            yield Refusal(text, ("restartPolicyRules",), at="key")
    elif policy is not None or container.get("restartPolicyRules"):
        yield from _restart_rules(container, versions)
    if policy == "Always":
        return
    for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(field) is not None:
            yield Refusal("is allowed in an init container only with restartPolicy: Always", (field,), at="key")


_FORBIDDEN_TO_DEBUG = (
    "ports",
    "resources",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
    "resizePolicy",
    "restartPolicy",
)


def _debug(value: object, _: VersionRange) -> Iterator[Refusal]:
    """What an ephemeral container must not have (core validateEphemeralContainers, allowedEphemeralContainerFields)."""
    container = mapping(value)
    for field in _FORBIDDEN_TO_DEBUG:
        # An empty structure is the zero value, but an empty probe is not absent.
        if container.get(field) not in (None, [], "") and (field != "resources" or container[field]):
            yield Refusal("is not allowed in an ephemeral container", (field,), at="key")
    for index, mount in structures(container.get("volumeMounts")):
        for field in ("subPath", "subPathExpr"):
            if mount.get(field):
                yield Refusal("is not allowed in an ephemeral container", ("volumeMounts", index, field), at="key")


CONTAINER = Table(*_CONTAINER, *_PROBES, Rule("", _restarts, "validateContainers"))
"""One entry of ``containers``."""

INIT_CONTAINER = Table(*_CONTAINER, Rule("", _init, "validateInitContainers"))
"""One entry of ``initContainers``; where it restarts always, ``SIDECAR`` applies too."""

SIDECAR = Table(*_PROBES)
"""The probes and handlers of an init container that restarts always."""

EPHEMERAL_CONTAINER = Table(*_CONTAINER, Rule("", _debug, "validateEphemeralContainers"))
"""One entry of ``ephemeralContainers``."""
