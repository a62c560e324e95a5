"""The field rules of ConfigMaps, Secrets, ServiceAccounts and Namespaces.

Source: Kubernetes ``pkg/apis/core/validation/validation.go`` (ValidateConfigMap, ValidateSecret, ValidateNamespace).
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.table import Refusal, Rule, Table, mapping
from rollproof.conformance.fields.values import is_known, on_structure
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import VersionRange

_LARGEST = 1024 * 1024  # MaxSecretSize, pkg/apis/core/types.go: the values of a ConfigMap or Secret together
_ACCOUNT = "kubernetes.io/service-account.name"

_NEEDED = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
"""The keys that a Secret of some type must have."""


def _keys(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """IsConfigMapKey."""
    return _bad_keys(value) if isinstance(value, dict) and value else None


def _bad_keys(value: Mapping[str, Any]) -> Iterator[Refusal]:
    for key in value:
        if (reason := names.config_map_key(key)) is not None:
            yield Refusal(f"key {shown(key)} {reason}", (key,), at="key", sentence=True)


@on_structure
def _config_map(data: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    texts, binary = mapping(data.get("data")), mapping(data.get("binaryData"))
    for key in texts.keys() & binary.keys():
        related = ((("binaryData", key), "in binaryData"),)
        yield Refusal(f"key {shown(key)} is in binaryData too, but must be unique", ("data", key), at="key", sentence=True, related=related)
    size = sum(map(_bytes_of_text, texts.values())) + sum(map(_decoded_size, binary.values()))
    if size > _LARGEST:
        where = "data" if texts else "binaryData"
        yield Refusal(f"may hold {_LARGEST} bytes in all, but these are {size}", (where,), at="key")


@on_structure
def _secret(secret: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """What is written in stringData counts as data (pkg/apis/core/v1/conversion.go)."""
    data, texts = mapping(secret.get("data")), mapping(secret.get("stringData"))
    size = sum(map(_bytes_of_text, texts.values())) + sum(_decoded_size(value) for key, value in data.items() if key not in texts)
    if size > _LARGEST:
        yield Refusal(f"may hold {_LARGEST} bytes in all, but these are {size}", ("data",) if data else ("stringData",), at="key")
    kind = secret.get("type")
    where = "stringData" if texts and not data else "data"
    known = {**data, **texts}
    if kind == "kubernetes.io/service-account-token":
        account = mapping(mapping(secret.get("metadata")).get("annotations")).get(_ACCOUNT)
        if account in (None, ""):
            where_account = ("metadata", "annotations", _ACCOUNT)
            yield Refusal(f"annotation {_ACCOUNT} is required with type {kind}", where_account, "missing-field", sentence=True)
    elif kind == "kubernetes.io/basic-auth" and not known.keys() & {"username", "password"}:
        yield Refusal(f"key username or password is required with type {kind}", (where, "username"), "missing-field", sentence=True)
    for key in _NEEDED.get(kind, ()) if isinstance(kind, str) else ():
        if key not in known or (key == "ssh-privatekey" and known[key] in (None, "")):
            yield Refusal(f"key {key} is required with type {kind}", (where, key), "missing-field", sentence=True)
        elif key.startswith(".docker"):
            yield from _docker(key, "stringData" if key in texts else "data", known[key])


def _docker(key: str, where: str, value: object) -> Iterator[Refusal]:
    """The contents are a JSON object; they are secret, so that they are never shown."""
    if is_placeholder(value) or not isinstance(value, str | None):
        return
    raw = _decoded(value or "") if where == "data" else (value or "").encode("utf-8", "replace")
    if raw is None:
        return
    try:
        content = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        content = False
    if not (content is None or isinstance(content, dict)):
        what = "base64 text of a JSON object" if where == "data" else "a JSON object"
        yield Refusal(f"must be {what}", (where, key))


def _bytes_of_text(value: object) -> int:
    return 0 if not isinstance(value, str) else len(value) if value.isascii() else len(value.encode("utf-8", "replace"))


def _decoded_size(value: object) -> int:
    """Exact only for base64 that decodes; what does not is reported elsewhere."""
    if not isinstance(value, str):
        return 0
    digits = len(value) - value.count("\n") - value.count("\r")
    return digits // 4 * 3 - value[-4:].count("=")


def _decoded(value: str) -> bytes | None:
    try:
        return binascii.a2b_base64(value.replace("\n", "").replace("\r", ""), strict_mode=True)
    except ValueError:
        return None


def _finalizer(value: object, _: VersionRange) -> Refusal | None:
    """validateFinalizerName: a name without a domain must be one of those that Kubernetes knows."""
    if not isinstance(value, str) or not is_known(value):
        return None
    reason = names.qualified_name(value)
    if reason is None and "/" not in value and value not in ("kubernetes", "orphan", "foregroundDeletion"):
        reason = "is neither one that Kubernetes knows nor has a domain, such as example.com/name"
    return Refusal(f"{shown(value)} {reason}") if reason else None


_CONFIG_MAP = Table(
    Rule("data", _keys, "ValidateConfigMap"),
    Rule("binaryData", _keys, "ValidateConfigMap"),
    Rule("", _config_map, "ValidateConfigMap"),
)
_SECRET = Table(
    Rule("data", _keys, "ValidateSecret"),
    Rule("stringData", _keys, "ValidateSecret"),
    Rule("", _secret, "ValidateSecret"),
)
_NAMESPACE = Table(Rule("spec.finalizers[*]", _finalizer, "ValidateNamespace"))

CHECKS: Mapping[str, FieldRules] = {
    "/ConfigMap": _CONFIG_MAP.check,
    "/Secret": _SECRET.check,
    "/Namespace": _NAMESPACE.check,
}
