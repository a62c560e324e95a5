"""Which fields belong to which operating system of a pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import not_among
from rollproof.conformance.fields.table import Refusal, mapping, structures
from rollproof.kube.version import VersionRange
from rollproof.span import Path

# core validateWindows.
_POD_FIELDS = ("hostPID", "hostIPC", "hostUsers", "shareProcessNamespace")
_CONTEXT_FIELDS = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
_CONTAINER_FIELDS = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)


def check_os(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core validateOS, validateLinux, validateWindows and validateWindowsHostProcessPod, of a pod spec."""
    spec = mapping(value)
    contexts = list(_contexts(spec))
    has_windows_options = any(context.get("windowsOptions") is not None for _, context in contexts)
    if spec.get("os") is None and not has_windows_options:
        return None
    return _check(spec, contexts)


def _contexts(spec: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The security contexts of a pod, its own first."""
    yield ("securityContext",), mapping(spec.get("securityContext"))
    for field in ("containers", "initContainers", "ephemeralContainers"):
        for index, container in structures(spec.get(field)):
            yield (field, index, "securityContext"), mapping(container.get("securityContext"))


def _check(spec: Mapping[str, Any], contexts: list[tuple[Path, Mapping[str, Any]]]) -> Iterator[Refusal]:
    os = spec.get("os")
    name = mapping(os).get("name")
    if os is not None and name == "":
        yield Refusal("is required, but empty", ("os", "name"), "missing-field")
    elif isinstance(name, str) and name not in ("linux", "windows"):
        refusal = not_among(name, ("linux", "windows"))
        yield Refusal(refusal.text, ("os", "name"), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    elif name == "linux":
        for path, context in contexts:
            if context.get("windowsOptions") is not None:
                yield Refusal("are not allowed in a Linux pod", (*path, "windowsOptions"), at="key")
    elif name == "windows":
        yield from _windows(spec, contexts)
    yield from _host_process(spec, contexts)


def _windows(spec: Mapping[str, Any], contexts: list[tuple[Path, Mapping[str, Any]]]) -> Iterator[Refusal]:
    for field in _POD_FIELDS:
        # A false flag of the host counts as absent, except where absent means something of its own.
        if spec.get(field) is True or (spec.get(field) is False and field in ("hostUsers", "shareProcessNamespace")):
            yield Refusal("is not allowed in a Windows pod", (field,), at="key")
    for path, context in contexts:
        for field in _CONTEXT_FIELDS if len(path) == 1 else _CONTAINER_FIELDS:
            if context.get(field) is not None and not (field == "sysctls" and context[field] == []):
                yield Refusal("is not allowed in a Windows pod", (*path, field), at="key")


def _host_process(spec: Mapping[str, Any], contexts: list[tuple[Path, Mapping[str, Any]]]) -> Iterator[Refusal]:
    (_, pod), *containers = contexts
    of_pod = mapping(pod.get("windowsOptions")).get("hostProcess")
    flags = [(path, mapping(context.get("windowsOptions")).get("hostProcess")) for path, context in containers]
    for path, flag in flags:
        if isinstance(of_pod, bool) and isinstance(flag, bool) and flag != of_pod:
            related = ((("securityContext", "windowsOptions", "hostProcess"), "the pod's value"),)
            yield Refusal("must be the same as in the pod", (*path, "windowsOptions", "hostProcess"), related=related)
    hosted = [flag is True or (flag is None and of_pod is True) for _, flag in flags]
    if not any(hosted):
        return
    if not all(hosted):
        path = flags[hosted.index(False)][0]
        yield Refusal("must be true in every container once it is in one", (*path, "windowsOptions", "hostProcess"))
    if spec.get("hostNetwork") is not True:
        yield Refusal("must be true where a container is a hostProcess", ("hostNetwork",))
