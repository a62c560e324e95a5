"""The environment of a container: variables, their sources, and references to fields and resources."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rollproof.conformance.fields.conditions import alternatives, filled, named, not_among, required
from rollproof.conformance.fields.metadata import label_key
from rollproof.conformance.fields.paths import without_backsteps
from rollproof.conformance.fields.table import Refusal, Rule, Table, mapping, text
from rollproof.conformance.value import shown
from rollproof.kube import names, quantity
from rollproof.kube.version import Version, VersionRange

_FIELDS_OF_ENV = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_FIELDS_OF_FILES = ("metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid")
_RESOURCES = (
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
)
_HUGE_PAGES = ("requests.hugepages-", "limits.hugepages-")
_CPU_DIVISORS = ("1m", "1")
_BYTE_DIVISORS = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")

# RelaxedEnvironmentVariableValidation, on by default since 1.32: pkg/features/kube_features.go.
_RELAXED = Version(1, 32)

_relaxed_name = lru_cache(maxsize=4096)(names.env_var_name)
_strict_name = lru_cache(maxsize=4096)(names.strict_env_var_name)


def variable_name(value: object, versions: VersionRange) -> Refusal | None:
    """The name of a variable, or the prefix of many (core ValidateEnv and ValidateEnvFrom); an empty one is judged elsewhere."""
    if type(value) is not str or not value:
        return None
    if versions.lo >= _RELAXED:
        reason = _relaxed_name(value)
    else:
        reason = _strict_name(value)
        if reason is not None and _relaxed_name(value) is None:
            reason += " up to Kubernetes 1.31"
    return None if reason is None else Refusal(f"{shown(value)} {reason}")


def field_reference(allowed: tuple[str, ...]) -> Any:
    """A reference to a field of the pod (core validateObjectFieldSelector)."""

    def test(value: object, _: VersionRange) -> Refusal | None:
        reference = mapping(value)
        path, version = reference.get("fieldPath"), reference.get("apiVersion")
        if isinstance(version, str) and version not in ("", "v1"):
            return Refusal(f"must be v1, but is {shown(version)}", ("apiVersion",), suggestion="v1", replacement="v1", safe=True)
        if not isinstance(path, str) or path in allowed:
            return None
        if not path:
            return Refusal("is required, but empty", ("fieldPath",), "missing-field")
        if path == "spec.host" and "spec.nodeName" in allowed:
            return None
        if path.endswith("']") and "['" in path:
            return _subscript(path)
        refusal = not_among(path, allowed)
        return Refusal(refusal.text, ("fieldPath",), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)

    return test


def _subscript(path: str) -> Refusal | None:
    owner, _, key = path.removesuffix("']").partition("['")
    if owner not in ("metadata.annotations", "metadata.labels"):
        return Refusal("may have a subscript only after metadata.annotations and metadata.labels", ("fieldPath",))
    reason = label_key(key.lower() if owner == "metadata.annotations" else key)
    return None if reason is None else Refusal(f"{shown(path)}: key {shown(key)} {reason}", ("fieldPath",))


def resource_reference(volume: bool) -> Any:
    """A reference to a resource of a container (core validateContainerResourceFieldSelector); a volume must name the container."""

    def test(value: object, _: VersionRange) -> Iterator[Refusal]:
        reference = mapping(value)
        resource = reference.get("resource")
        if volume and reference.get("containerName") in (None, ""):
            yield Refusal("is required in a volume", ("containerName",), "missing-field")
        elif isinstance(resource, str) and resource not in _RESOURCES and not resource.startswith(_HUGE_PAGES):
            if resource:
                refusal = not_among(resource, _RESOURCES)
                yield Refusal(refusal.text, ("resource",), suggestion=refusal.suggestion)
            else:
                yield Refusal("is required, but empty", ("resource",), "missing-field")
        divisor = quantity.parse(reference.get("divisor"))
        if divisor is not None and divisor.nanos and isinstance(resource, str):
            yield from _divisor(resource, divisor)

    return test


def _divisor(resource: str, divisor: quantity.Quantity) -> Iterator[Refusal]:
    """core validateContainerResourceDivisor."""
    if resource in ("limits.cpu", "requests.cpu"):
        allowed: tuple[str, ...] = _CPU_DIVISORS
    elif resource in _RESOURCES or resource.startswith(_HUGE_PAGES):
        allowed = _BYTE_DIVISORS
    else:
        return
    if str(divisor) not in allowed:
        yield Refusal(f"of {resource} must be one of {', '.join(allowed)}, but is {divisor}", ("divisor",))


def _value_from(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core validateEnvVarValueFrom: a source excludes a value."""
    if type(value) is not dict or value.get("valueFrom") is None or not value.get("value"):
        return None
    related = ((("value",), "the value is set here"),)
    return iter((Refusal("cannot stand beside a value", ("valueFrom",), at="key", related=related),))


_KEY_REFERENCE = Table(
    # An absent key is reported by the walk over the structure, an absent name is not.
    Rule("", required("name", because=" to find the key"), "validateConfigMapKeySelector"),
    Rule("name", named(names.dns_subdomain, empty=True), "ValidateSecretName"),
    Rule("", filled("key"), "validateConfigMapKeySelector"),
    Rule("key", named(names.config_map_key, empty=True), "IsConfigMapKey"),
)


def _file_key(value: object, _: VersionRange) -> Refusal | None:
    key = text(mapping(value).get("key"))
    reason = names.env_var_name(key) if key else None
    return None if reason is None else Refusal(f"{shown(key)} {reason}", ("key",))


VARIABLE = Table(
    Rule("", filled("name"), "ValidateEnv"),
    Rule("name", variable_name, "ValidateEnv"),
    Rule("", _value_from, "validateEnvVarValueFrom"),
    Rule(
        "valueFrom",
        alternatives("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"),
        "validateEnvVarValueFrom",
    ),
    Rule("valueFrom.fieldRef", field_reference(_FIELDS_OF_ENV), "validateObjectFieldSelector"),
    Rule("valueFrom.resourceFieldRef", resource_reference(volume=False), "validateContainerResourceFieldSelector"),
    Rule("valueFrom.configMapKeyRef", _KEY_REFERENCE, "validateConfigMapKeySelector"),
    Rule("valueFrom.secretKeyRef", _KEY_REFERENCE, "validateSecretKeySelector"),
    Rule("valueFrom.fileKeyRef", filled("key", "volumeName", "path"), "validateFileKeySelector"),
    Rule("valueFrom.fileKeyRef", _file_key, "validateFileKeySelector"),
    Rule("valueFrom.fileKeyRef.volumeName", named(names.dns_label, empty=True), "validateFileKeySelector"),
    Rule("valueFrom.fileKeyRef.path", without_backsteps, "validatePathNoBacksteps"),
)
"""One entry of ``env``."""

VARIABLES = Table(
    Rule("prefix", variable_name, "ValidateEnvFrom"),
    Rule("", alternatives("configMapRef", "secretRef"), "ValidateEnvFrom"),
    Rule("configMapRef", required("name"), "validateConfigMapEnvSource"),
    Rule("configMapRef.name", named(names.dns_subdomain, empty=True), "validateConfigMapEnvSource"),
    Rule("secretRef", required("name"), "validateSecretEnvSource"),
    Rule("secretRef.name", named(names.dns_subdomain, empty=True), "validateSecretEnvSource"),
)
"""One entry of ``envFrom``."""

DOWNWARD_FILE = Table(
    Rule("fieldRef", field_reference(_FIELDS_OF_FILES), "validateObjectFieldSelector"),
    Rule("resourceFieldRef", resource_reference(volume=True), "validateContainerResourceFieldSelector"),
    Rule("", alternatives("fieldRef", "resourceFieldRef"), "validateDownwardAPIVolumeFile"),
)
"""What one file of a downwardAPI volume holds."""
