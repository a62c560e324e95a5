"""Security contexts of pods and containers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import between, filled, named, not_among, repeated
from rollproof.conformance.fields.paths import descending
from rollproof.conformance.fields.table import Refusal, Rule, Table, mapping, structures, text
from rollproof.conformance.fields.values import exactly_one_of
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.version import Version, VersionRange

_ID = between(0, 2**31 - 1)  # IsValidUserID and IsValidGroupID, apimachinery pkg/util/validation/validation.go
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
# pkg/features/kube_features.go: SELinuxChangePolicy and SELinuxMount.
_SELINUX_POLICY, _SELINUX_MOUNT = Version(1, 33), Version(1, 37)

# Compiled when first used, which is seldom.
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"

# k8s.io/component-helpers node/util/sysctl/namespace.go
_NETWORK_SYSCTLS = ("net.",)
_IPC_SYSCTLS = ("kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue.")

_NETBIOS = r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}'
_DOMAIN_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN = rf"{_DOMAIN_LABEL}(?:\.{_DOMAIN_LABEL})*"


def _profile(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core validateSeccompProfileField and ValidateAppArmorProfileField: a file of their own belongs to Localhost only."""
    if type(value) is not dict:
        return None
    return _wrong_profile(value) if value.get("type") not in ("RuntimeDefault", "Unconfined") or len(value) > 1 else None


def _wrong_profile(profile: Mapping[str, Any]) -> Iterator[Refusal]:
    kind, file = profile.get("type"), profile.get("localhostProfile")
    if isinstance(kind, str) and kind not in _PROFILES:
        refusal = not_among(kind, _PROFILES)
        yield Refusal(refusal.text, ("type",), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    elif kind == "Localhost" and file is None:
        yield Refusal("is required with type Localhost", ("localhostProfile",), "missing-field")
    elif kind != "Localhost" and file is not None:
        yield Refusal("may be set only with type Localhost", ("localhostProfile",), at="key")


def _seccomp_file(value: object, versions: VersionRange) -> Refusal | None:
    return descending(value, versions)


def _apparmor_file(value: object, _: VersionRange) -> Refusal | None:
    if not isinstance(value, str):
        return None
    if not value.strip():
        return Refusal("is required with type Localhost, but empty", rule="missing-field")
    if value != value.strip():
        return Refusal("must not begin or end with a space")
    return Refusal("must have at most 4095 characters") if len(value.encode()) > 4095 else None


_SECCOMP = Table(
    Rule("", _profile, "validateSeccompProfileField"),
    Rule("localhostProfile", _seccomp_file, "validateSeccompProfileField"),
)
_APPARMOR = Table(
    Rule("", _profile, "ValidateAppArmorProfileField"),
    Rule("localhostProfile", _apparmor_file, "ValidateAppArmorProfileField"),
)


def _windows_user(value: object, _: VersionRange) -> Refusal | None:
    """core validateWindowsSecurityContextOptions: ``[domain\\]user``."""
    if not isinstance(value, str):
        return None
    reason = _windows_user_reason(value)
    return None if reason is None else Refusal(f"{shown(value)} {reason}")


def _windows_user_reason(value: str) -> str | None:
    if not value:
        return "must not be empty"
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return "must not hold control characters"
    *domains, user = value.split("\\")
    if len(domains) > 1:
        return "must not hold more than one backslash"
    for domain in domains:
        if len(domain) >= 256 or not (re.fullmatch(_NETBIOS, domain) or re.fullmatch(_DOMAIN, domain)):
            return "must begin with the NetBIOS or DNS name of a domain"
    if not 1 <= len(user) <= 104:
        return "must name a user of 1 to 104 characters"
    if not user.strip(". "):
        return "must name a user that is more than dots and spaces"
    return 'must not hold any of "/\\:;|=,+*?<>@[]' if any(character in '"/\\:;|=,+*?<>@[]' for character in user) else None


def _credential_spec(value: object, _: VersionRange) -> Refusal | None:
    if not isinstance(value, str):
        return None
    return None if 1 <= len(value.encode()) <= 64 * 1024 else Refusal(f"must have 1 to 65536 bytes, but has {len(value.encode())}")


_WINDOWS = Table(
    Rule("gmsaCredentialSpecName", named(names.dns_subdomain), "validateWindowsSecurityContextOptions"),
    Rule("gmsaCredentialSpec", _credential_spec, "validateWindowsSecurityContextOptions"),
    Rule("runAsUserName", _windows_user, "validateWindowsSecurityContextOptions"),
)


def _escalation(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core ValidateSecurityContext."""
    context = mapping(value)
    return _escalating(context) if context.get("allowPrivilegeEscalation") is False else None


def _escalating(context: Mapping[str, Any]) -> Iterator[Refusal]:
    if context.get("privileged") is True:
        note = "privileged is true here"
        yield Refusal("cannot be false in a privileged container", ("allowPrivilegeEscalation",), related=((("privileged",), note),))
    added = mapping(context.get("capabilities")).get("add")
    if isinstance(added, list) and "CAP_SYS_ADMIN" in added:
        related = ((("capabilities", "add", added.index("CAP_SYS_ADMIN")), "added here"),)
        yield Refusal("cannot be false with the capability CAP_SYS_ADMIN", ("allowPrivilegeEscalation",), related=related)


CONTAINER_CONTEXT = Table(
    Rule("runAsUser", _ID, "ValidateSecurityContext"),
    Rule("runAsGroup", _ID, "ValidateSecurityContext"),
    Rule("procMount", exactly_one_of("Default", "Unmasked"), "ValidateProcMountType"),
    Rule("", _escalation, "ValidateSecurityContext"),
    Rule("seccompProfile", _SECCOMP, "validateSeccompProfileField"),
    Rule("appArmorProfile", _APPARMOR, "ValidateAppArmorProfileField"),
    Rule("windowsOptions", _WINDOWS, "validateWindowsSecurityContextOptions"),
)
"""The ``securityContext`` of a container."""


def _sysctl_name(text: str) -> str | None:
    """core IsValidSysctlName."""
    return None if len(text) <= 253 and re.fullmatch(_SYSCTL, text) else "is not the name of a sysctl such as net.core.somaxconn"


def _repeated_sysctls(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    return repeated(value, ("name",)) if type(value) is list and len(value) > 1 else None


def _selinux_change(value: object, versions: VersionRange) -> Refusal | None:
    """The policy MountOption comes with SELinuxMount, on by default since 1.37; before 1.33 the field is dropped unread."""
    if not isinstance(value, str) or value == "Recursive" or versions.hi < _SELINUX_POLICY:
        return None
    if value != "MountOption":
        return not_among(value, ("Recursive", "MountOption"))
    return Refusal("may be MountOption only since Kubernetes 1.37") if versions.lo < _SELINUX_MOUNT else None


POD_CONTEXT = Table(
    Rule("fsGroup", _ID, "validatePodSpecSecurityContext"),
    Rule("runAsUser", _ID, "validatePodSpecSecurityContext"),
    Rule("runAsGroup", _ID, "validatePodSpecSecurityContext"),
    Rule("supplementalGroups[*]", _ID, "validatePodSpecSecurityContext"),
    Rule("sysctls[*]", filled("name"), "validateSysctls"),
    Rule("sysctls[*].name", named(_sysctl_name, empty=True), "validateSysctls"),
    Rule("sysctls", _repeated_sysctls, "validateSysctls"),
    Rule("fsGroupChangePolicy", exactly_one_of("OnRootMismatch", "Always"), "validateFSGroupChangePolicy"),
    Rule("supplementalGroupsPolicy", exactly_one_of("Merge", "Strict"), "validateSupplementalGroupsPolicy"),
    Rule("seLinuxChangePolicy", _selinux_change, "validateSELinuxChangePolicy"),
    Rule("seccompProfile", _SECCOMP, "validateSeccompProfileField"),
    Rule("appArmorProfile", _APPARMOR, "ValidateAppArmorProfileField"),
    Rule("windowsOptions", _WINDOWS, "validateWindowsSecurityContextOptions"),
)
"""The ``securityContext`` of a pod."""


def host_namespaces(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    """What a pod in the namespaces of its host, or of users of its own, must not ask for (core ValidateHostSysctl, validateHostUsers)."""
    for index, sysctl in structures(mapping(spec.get("securityContext")).get("sysctls")):
        name, below = text(sysctl.get("name")).replace("/", "."), ("securityContext", "sysctls", index, "name")
        for field, prefixes in (("hostNetwork", _NETWORK_SYSCTLS), ("hostIPC", _IPC_SYSCTLS)):
            if spec.get(field) is True and name.startswith(prefixes):
                yield Refusal(f"must not be {name} when {field} is true", below, related=(((field,), f"{field} is true here"),))
    if spec.get("hostPID") is True and spec.get("shareProcessNamespace") is True:
        related = ((("hostPID",), "hostPID is true here"),)
        yield Refusal("cannot be true when hostPID is", ("shareProcessNamespace",), related=related)
    if spec.get("hostUsers") is False:
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(field) is True:
                yield Refusal("cannot be true when hostUsers is false", (field,), related=((("hostUsers",), "hostUsers is false here"),))
