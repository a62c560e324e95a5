"""Annotations of pods that the API server reads: profiles, the cost of deletion, old tolerations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import scheduling
from rollproof.conformance.fields.paths import descending
from rollproof.conformance.fields.table import Refusal, mapping, structures, text
from rollproof.conformance.value import shown
from rollproof.kube.version import VersionRange

_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_MIRROR = "kubernetes.io/config.mirror"
_TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_PREFIXES = (_SECCOMP_CONTAINER, _APPARMOR, "seccomp.", "controller.kubernetes.io/", "kubernetes.io/", "scheduler.alpha.")


def check_annotations(value: object, versions: VersionRange) -> Iterator[Refusal] | None:
    """core ValidatePodSpecificAnnotations; ``value`` holds metadata and spec."""
    template = mapping(value)
    found = mapping(template.get("metadata")).get("annotations")
    if type(found) is not dict or not any(key.startswith(_PREFIXES) for key in found):
        return None
    return _check(found, mapping(template.get("spec")), versions)


def _check(found: Mapping[str, Any], spec: Mapping[str, Any], versions: VersionRange) -> Iterator[Refusal]:
    for key, value in found.items():
        if not isinstance(value, str | None):
            continue
        reason = _reason(key, value or "", spec, versions)
        if reason is not None:
            yield Refusal(f"annotation {key} {reason}", ("metadata", "annotations", key), sentence=True)
    yield from _contradictions(found, spec)


def _reason(key: str, value: str, spec: Mapping[str, Any], versions: VersionRange) -> str | None:
    if key == _MIRROR:
        return None if spec.get("nodeName") else "marks a mirror pod, which must have a nodeName"
    if key == _DELETION_COST:
        return None if _is_cost(value) else f"must be a whole number that fits 32 bits, but is {shown(value)}"
    if key == _TOLERATIONS:
        return _tolerations(value, versions) if value else None
    if key == _SECCOMP_POD or key.startswith(_SECCOMP_CONTAINER):
        return _seccomp(value, versions)
    if key.startswith(_APPARMOR):
        name = key.removeprefix(_APPARMOR)
        if name not in _container_names(spec):
            return f"names a container {shown(name)} that the pod does not have"
        if value not in ("", "runtime/default", "unconfined") and not value.startswith("localhost/"):
            return f"must be runtime/default, unconfined or localhost/ and a profile, but is {shown(value)}"
    return None


def _is_cost(value: str) -> bool:
    """GetDeletionCostFromPodAnnotations, pkg/apis/core/helper/helpers.go: neither a plus sign nor leading zeros."""
    digits = value.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or (value[0] == "0" and value != "0") or len(digits) > 40:
        return False
    return -(2**31) <= int(value) < 2**31


def _tolerations(value: str, versions: VersionRange) -> str | None:
    try:
        tolerations = json.loads(value)
    except ValueError:
        return "must be a list of tolerations in JSON"
    if not isinstance(tolerations, list | None):
        return "must be a list of tolerations in JSON"
    for _, each in structures(tolerations):
        for refusal in scheduling.toleration(each, versions):
            return f"holds a toleration whose {refusal.below[0]} {refusal.text}"
    return None


def _seccomp(value: str, versions: VersionRange) -> str | None:
    """core ValidateSeccompProfile."""
    if value in ("runtime/default", "docker/default", "unconfined"):
        return None
    if value.startswith("localhost/"):
        refusal = descending(value.removeprefix("localhost/"), versions)
        return refusal.text if refusal else None
    return f"must be runtime/default, unconfined or localhost/ and a profile, but is {shown(value)}"


def _container_names(spec: Mapping[str, Any]) -> set[str]:
    lists = ("containers", "initContainers", "ephemeralContainers")
    return {text(container.get("name")) for field in lists for _, container in structures(spec.get(field))}


def _contradictions(found: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Refusal]:
    """core validateSeccompAnnotationsAndFields and validateAppArmorAnnotationsAndFieldsMatchOnCreate."""
    pod = mapping(spec.get("securityContext"))
    windows = mapping(spec.get("os")).get("name") == "windows"
    yield from _contradiction(found, _SECCOMP_POD, pod.get("seccompProfile"), ("spec", "securityContext", "seccompProfile"))
    for field in ("containers", "initContainers", "ephemeralContainers"):
        for index, container in structures(spec.get(field)):
            context, name = mapping(container.get("securityContext")), text(container.get("name"))
            here: tuple[str | int, ...] = ("spec", field, index, "securityContext")
            yield from _contradiction(found, f"{_SECCOMP_CONTAINER}{name}", context.get("seccompProfile"), (*here, "seccompProfile"))
            if not windows:
                profile = context.get("appArmorProfile") or pod.get("appArmorProfile")
                yield from _contradiction(found, f"{_APPARMOR}{name}", profile, (*here, "appArmorProfile"))


def _contradiction(found: Mapping[str, Any], key: str, profile: object, below: tuple[str | int, ...]) -> Iterator[Refusal]:
    field = mapping(profile)
    if key not in found or not isinstance(found[key], str | None) or not field:
        return
    value = found[key] or ""
    fits = {
        "Unconfined": value == "unconfined",
        "RuntimeDefault": value == "runtime/default" or (value == "docker/default" and key.startswith(("seccomp", "container.seccomp"))),
        "Localhost": value == f"localhost/{field.get('localhostProfile')}",
    }
    if not fits.get(text(field.get("type")), True):
        related = ((("metadata", "annotations", key), "the annotation"),)
        yield Refusal(f"contradicts the annotation {key}, which is {shown(value)}", below, related=related)
