"""Which texts Kubernetes takes as names, keys and paths, and which of these rules each kind's own name follows.

Every check returns the reason why a text is refused, as words that follow the quoted text ("… holds '_', but only …"),
or None where it is accepted.
Sources: k8s.io/apimachinery ``pkg/util/validation/validation.go``, ``pkg/api/validate/content`` and ``pkg/api/validation/path/name.go``;
the table of kinds: k8s.io/kubernetes ``pkg/apis/*/validation``, release 1.35.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rollproof.kube.version import Version

Check = Callable[[str], str | None]
"""A rule for one text: the reason why it is refused, or None."""

_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_SUBDOMAIN_WITH_UNDERSCORE = re.compile(r"_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:\._?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_KEY_NAME = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_STRICT_ENV_VAR = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_ALPHANUMERIC = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

_LONGEST_LABEL: Final = 63
_LONGEST_SUBDOMAIN: Final = 253
_LONGEST_PORT_NAME: Final = 15


def dns_subdomain(text: str) -> str | None:
    """RFC 1123 subdomain of at most 253 characters (IsDNS1123Subdomain): the rule for most names."""
    return (
        _wrong_size(text, _LONGEST_SUBDOMAIN)
        or _wrong_character(text, _LOWER | {"-", "."}, "lower-case letters, digits, '-' and '.'")
        or _wrong_ends(text, _LOWER, "lower-case letter or digit")
        or _mismatch(_SUBDOMAIN, text, "must have a letter or digit at both ends of every part between dots")
    )


def dns_subdomain_with_underscore(text: str) -> str | None:
    """A subdomain whose parts may hold underscores (IsDNS1123SubdomainWithUnderscore): DNS search paths."""
    return (
        _wrong_size(text, _LONGEST_SUBDOMAIN)
        or _wrong_character(text, _LOWER | {"-", ".", "_"}, "lower-case letters, digits, '-', '_' and '.'")
        or _mismatch(_SUBDOMAIN_WITH_UNDERSCORE, text, "must have a letter or digit at both ends of every part between dots")
    )


def dns_label(text: str) -> str | None:
    """RFC 1123 label of at most 63 characters (IsDNS1123Label): containers, volumes, namespaces, StatefulSets."""
    return (
        _wrong_size(text, _LONGEST_LABEL)
        or _wrong_character(text, _LOWER | {"-"}, "lower-case letters, digits and '-'")
        or _mismatch(_LABEL, text, "must start and end with a lower-case letter or digit")
    )


def dns_1035_label(text: str) -> str | None:
    """RFC 1035 label of at most 63 characters (IsDNS1035Label): it starts with a letter, as the name of a Service must."""
    return (
        _wrong_size(text, _LONGEST_LABEL)
        or _wrong_character(text, _LOWER | {"-"}, "lower-case letters, digits and '-'")
        or _mismatch(_LABEL_1035, text, "must start with a lower-case letter and end with a lower-case letter or digit")
    )


def wildcard_dns_host(text: str) -> str | None:
    """``*.`` and a subdomain, together at most 253 characters (IsWildcardDNS1123Subdomain, RFC 1034 section 4.3.3)."""
    if not text.startswith("*."):
        return "must start with '*.'"
    return _wrong_size(text, _LONGEST_SUBDOMAIN) or _prefixed("after '*.', ", dns_subdomain(text[2:]))


def ingress_host(text: str) -> str | None:
    """A subdomain, or a wildcard one where the text holds an asterisk (networking ``validateIngressRules``)."""
    return wildcard_dns_host(text) if "*" in text else dns_subdomain(text)


def qualified_name(text: str) -> str | None:
    """``[prefix/]name``, the key of a label (IsLabelKey): a subdomain and a name of at most 63 characters."""
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        return "must hold at most one '/'"
    if slash and not prefix:
        return "must have a prefix before '/'"
    if slash:
        reason = _prefixed("before '/', ", dns_subdomain(prefix))
        if reason is not None:
            return reason
    where = "after '/', " if slash else ""
    if not name:
        return "must have a name after '/'" if slash else "must not be empty"
    return _prefixed(where, _key_name(name))


def annotation_key(text: str) -> str | None:
    """A qualified name whose prefix may be written in upper case (ValidateAnnotations lower-cases it first)."""
    return qualified_name(text.lower())


def label_value(text: str) -> str | None:
    """Empty, or at most 63 letters, digits, ``-``, ``_`` and ``.`` with a letter or digit at both ends (IsLabelValue)."""
    return _key_name(text) if text else None


def port_name(text: str) -> str | None:
    """An IANA service name in lower case (IsValidPortName, RFC 6335 section 5.1): container ports and named target ports."""
    reason = _wrong_size(text, _LONGEST_PORT_NAME) or _wrong_character(text, _LOWER | {"-"}, "lower-case letters, digits and '-'")
    if reason is not None:
        return reason
    if not any("a" <= character <= "z" for character in text):
        return "must hold at least one letter"
    if "--" in text:
        return "must not hold two hyphens in a row"
    return _wrong_ends(text, _LOWER, "letter or digit")


def env_var_name(text: str) -> str | None:
    """Printable ASCII without ``=`` (IsRelaxedEnvVarName): the rule since Kubernetes 1.32, where the gate is on by default."""
    if not text:
        return "must not be empty"
    for character in text:
        if character == "=" or not " " <= character <= "~":
            return f"holds {_shown(character)}, but only printable ASCII characters other than '=' are allowed"
    return None


def strict_env_var_name(text: str) -> str | None:
    """Letters, digits, ``_``, ``-`` and ``.``, no leading digit (IsEnvVarName): the rule up to Kubernetes 1.31."""
    if not text:
        return "must not be empty"
    reason = _wrong_character(text, _ALPHANUMERIC | {"-", "_", "."}, "letters, digits, '-', '_' and '.'")
    return reason or _mismatch(_STRICT_ENV_VAR, text, "must not start with a digit") or _dots(text)


def config_map_key(text: str) -> str | None:
    """A key of a ConfigMap or Secret, at most 253 characters (IsConfigMapKey)."""
    return (
        _wrong_size(text, _LONGEST_SUBDOMAIN)
        or _wrong_character(text, _ALPHANUMERIC | {"-", "_", "."}, "letters, digits, '-', '_' and '.'")
        or _dots(text)
    )


def http_header_name(text: str) -> str | None:
    """Letters, digits and ``-`` (IsHTTPHeaderName)."""
    return "must not be empty" if not text else _wrong_character(text, _ALPHANUMERIC | {"-"}, "letters, digits and '-'")


def path_segment(text: str) -> str | None:
    """What fits between two slashes of a URL (IsValidPathSegmentName): the rule for RBAC names."""
    if text in (".", ".."):
        return "must not be '.' or '..'"
    return next((f"must not hold '{character}'" for character in text if character in "/%"), None)


def absolute_path(text: str) -> str | None:
    """A path of an Ingress rule (networking ``validateHTTPIngressPath``, path types Exact and Prefix)."""
    if not text.startswith("/"):
        return "must start with '/'"
    for sequence in ("//", "/./", "/../", "%2f", "%2F"):
        if sequence in text:
            return f"must not hold '{sequence}'"
    return next((f"must not end with '{ending}'" for ending in ("/..", "/.") if text.endswith(ending)), None)


def cron_job_name(text: str) -> str | None:
    """A subdomain of at most 52 characters, as the controller appends eleven to it (batch ``ValidateCronJobCreate``)."""
    reason = dns_subdomain(text)
    if reason is None and len(text) > 52:
        return f"has {len(text)} characters, but a CronJob's name may have at most 52, because each Job's name adds 11"
    return reason


_NAME_CHECKS: Final[dict[tuple[str, str], Check | None]] = {
    ("", "Namespace"): dns_label,  # core ValidateNamespaceName
    ("apps", "StatefulSet"): dns_label,  # apps ValidateStatefulSetName
    ("batch", "CronJob"): cron_job_name,
    ("coordination.k8s.io", "LeaseCandidate"): config_map_key,  # coordination ValidLeaseCandidateName
    ("rbac.authorization.k8s.io", "Role"): path_segment,  # rbac ValidateRBACName
    ("rbac.authorization.k8s.io", "ClusterRole"): path_segment,
    ("rbac.authorization.k8s.io", "RoleBinding"): path_segment,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): path_segment,
    # Any name that fits a URL: certificates ValidateCertificateRequestName.
    ("certificates.k8s.io", "CertificateSigningRequest"): path_segment,
    # These depend on other fields of the object (an address, a signer, a group and version).
    ("networking.k8s.io", "IPAddress"): None,
    ("certificates.k8s.io", "ClusterTrustBundle"): None,
    ("apiregistration.k8s.io", "APIService"): None,
}
"""The kinds whose own name does not simply follow ``dns_subdomain``, by group and kind; None where no rule is known here.

The name of a Service depends on the version: ``service_name``.
"""

_RELAXED_SERVICE_NAMES: Final = Version(1, 36)


def check_name(group: str, kind: str, name: str, version: Version) -> str | None:
    """Why one version of Kubernetes refuses ``metadata.name`` for a kind, built in or custom (customresource ``validator.go``), or None."""
    check = _name_check(group, kind, version)
    return check(name) if check is not None else None


def check_generate_name(group: str, kind: str, prefix: str, version: Version) -> str | None:
    """Why ``metadata.generateName`` is refused for a kind, or None: the name's rule, but a trailing hyphen is fine."""
    check = _name_check(group, kind, version)
    if check is cron_job_name:
        # Only the finished name is held against the 52 characters.
        check = dns_subdomain
    masked = f"{prefix[:-1]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix
    return check(masked) if check is not None else None


def service_name(version: Version) -> Check:
    """The rule for the name of a Service, and for the references to it: since 1.36 it may start with a digit.

    Source: the gate RelaxedServiceNameValidation (KEP-5311), on by default since 1.36 in ``pkg/features/kube_features.go``.
    """
    return dns_label if version >= _RELAXED_SERVICE_NAMES else dns_1035_label


def _name_check(group: str, kind: str, version: Version) -> Check | None:
    if (group, kind) == ("", "Service"):
        return service_name(version)
    return _NAME_CHECKS.get((group, kind), dns_subdomain)


def _key_name(text: str) -> str | None:
    return (
        _wrong_size(text, _LONGEST_LABEL)
        or _wrong_character(text, _ALPHANUMERIC | {"-", "_", "."}, "letters, digits, '-', '_' and '.'")
        or _mismatch(_KEY_NAME, text, "must start and end with a letter or digit")
    )


def _wrong_size(text: str, longest: int) -> str | None:
    if not text:
        return "must not be empty"
    return f"has {len(text)} characters, but at most {longest} are allowed" if len(text) > longest else None


def _wrong_character(text: str, allowed: frozenset[str], words: str) -> str | None:
    for character in text:
        if character not in allowed:
            return f"holds {_shown(character)}, but only {words} are allowed"
    return None


def _wrong_ends(text: str, allowed: frozenset[str], words: str) -> str | None:
    return None if text[0] in allowed and text[-1] in allowed else f"must start and end with a {words}"


def _mismatch(pattern: re.Pattern[str], text: str, reason: str) -> str | None:
    return None if pattern.fullmatch(text) else reason


def _dots(text: str) -> str | None:
    if text == ".":
        return "must not be '.'"
    return "must not start with '..'" if text.startswith("..") else None


def _prefixed(where: str, reason: str | None) -> str | None:
    return None if reason is None else f"{where}{reason}"


def _shown(character: str) -> str:
    if character == " ":
        return "a space"
    return f"'{character}'" if " " < character <= "~" else f"the character U+{ord(character):04X}"
