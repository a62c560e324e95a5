"""The metadata of an object of any kind, and of a pod template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from rollproof.conformance.fields.conditions import NOT_NEGATIVE, filled
from rollproof.conformance.fields.table import Refusal, Rule, Table, structures, texts
from rollproof.conformance.value import shown
from rollproof.conformance.violation import Violation
from rollproof.kube import names
from rollproof.kube.api import Kind
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import VersionRange

_MOST_ANNOTATION_BYTES = 256 * 1024  # TotalAnnotationSizeLimitB, apimachinery pkg/api/validation/objectmeta.go
_ORPHAN, _FOREGROUND = "orphan", "foregroundDeletion"  # FinalizerOrphanDependents and FinalizerDeleteDependents, pkg/apis/meta/v1/types.go


# These validate their objects by the rules of apimachinery alone; the others go through core ValidateObjectMeta.
_FOREIGN_GROUPS = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "coordination.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
    }
)

# Reviews are answered at once and never stored, so they need no name.
_NAMELESS_GROUPS = frozenset({"authentication.k8s.io", "authorization.k8s.io"})

label_key = lru_cache(maxsize=4096)(names.qualified_name)
label_value = lru_cache(maxsize=4096)(names.label_value)
_annotation_key = lru_cache(maxsize=4096)(names.annotation_key)


def labels(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """ValidateLabels, apimachinery pkg/apis/meta/v1/validation/validation.go: labels, matchLabels and node selectors."""
    if type(value) is not dict:
        return None
    for key, text in value.items():
        if label_key(key) is not None or (type(text) is str and label_value(text) is not None):
            return _wrong_labels(value)
    return None


def _wrong_labels(value: Mapping[str, Any]) -> Iterator[Refusal]:
    for key, text in value.items():
        if (reason := label_key(key)) is not None:
            yield Refusal(f"label key {shown(key)} {reason}", (key,), at="key", sentence=True)
        if isinstance(text, str) and (reason := label_value(text)) is not None:
            yield Refusal(f"the value {shown(text)} of label {shown(key)} {reason}", (key,), sentence=True)


def all_annotations(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """ValidateAnnotations, apimachinery pkg/api/validation/objectmeta.go."""
    if type(value) is not dict:
        return None
    size = 0
    for key, text in value.items():
        size += len(key) + (len(text) if type(text) is str else 0)
        if _annotation_key(key) is not None:
            return _wrong_annotations(value)
    # A character takes at most four bytes of UTF-8, so most annotations need no exact count.
    return _wrong_annotations(value) if size * 4 > _MOST_ANNOTATION_BYTES else None


def _wrong_annotations(value: Mapping[str, Any]) -> Iterator[Refusal]:
    size = 0
    for key, text in value.items():
        size += len(key.encode("utf-8", "replace")) + (len(text.encode("utf-8", "replace")) if isinstance(text, str) else 0)
        if (reason := _annotation_key(key)) is not None:
            yield Refusal(f"annotation key {shown(key)} {reason}", (key,), at="key", sentence=True)
    if size > _MOST_ANNOTATION_BYTES:
        yield Refusal(f"may hold 262144 bytes in all, but these are {size}", at="key")


def _finalizers(value: object, _: VersionRange) -> Iterator[Refusal]:
    """ValidateFinalizers, likewise."""
    for index, text in texts(value):
        if (reason := label_key(text)) is not None:
            yield Refusal(f"{shown(text)} {reason}", (index,))
    items = value if isinstance(value, list) else []
    if _ORPHAN in items and _FOREGROUND in items:
        late = max(items.index(_ORPHAN), items.index(_FOREGROUND))
        yield Refusal(f"'{_ORPHAN}' and '{_FOREGROUND}' exclude each other", (late,), sentence=True)


def _own_finalizers(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core validateKubeFinalizerName: only three names are known without the domain of a controller."""
    for index, text in texts(value):
        if text and "/" not in text and text not in ("kubernetes", _ORPHAN, _FOREGROUND) and label_key(text) is None:
            yield Refusal(f"must begin with a domain, such as example.com/{text}, but is {shown(text)}", (index,))


def _version(value: object, _: VersionRange) -> Refusal | None:
    """schema.ParseGroupVersion, apimachinery pkg/runtime/schema/group_version.go."""
    if isinstance(value, str) and value and (value.count("/") > 1 or value.endswith("/")):
        return Refusal(f"must be a group and a version, such as apps/v1, but is {shown(value)}")
    return None


def _owners(value: object, _: VersionRange) -> Iterator[Refusal]:
    """ValidateOwnerReferences and BannedOwners, likewise."""
    controller: int | None = None
    for index, owner in structures(value):
        if owner.get("apiVersion") == "v1" and owner.get("kind") == "Event":
            yield Refusal("an Event cannot own anything", (index, "kind"), sentence=True)
        if owner.get("controller") is True:
            if controller is not None:
                related = (((controller, "controller"), "first here"),)
                yield Refusal("only one owner can be the controller", (index, "controller"), related=related, sentence=True)
            else:
                controller = index


_METADATA = Table(
    Rule("labels", labels, "ValidateLabels"),
    Rule("annotations", all_annotations, "ValidateAnnotations"),
    Rule("generation", NOT_NEGATIVE, "validateObjectMetaAccessorWithOptsCommon"),
    Rule("finalizers", _finalizers, "ValidateFinalizers"),
    Rule("ownerReferences", _owners, "ValidateOwnerReferences"),
    Rule("ownerReferences[*]", filled("apiVersion", "kind", "name", "uid"), "validateOwnerReference"),
    Rule("ownerReferences[*].apiVersion", _version, "validateOwnerReference"),
)
_FINALIZERS = Table(Rule("finalizers", _own_finalizers, "core ValidateObjectMeta"))

TEMPLATE_METADATA = Table(
    Rule("labels", labels, "ValidatePodTemplateSpec"),
    Rule("annotations", all_annotations, "ValidatePodTemplateSpec"),
)
"""The metadata of a template, whose name and other fields nobody looks at."""


def check(kind: Kind, data: Mapping[str, Any], versions: VersionRange) -> list[Violation]:
    """What is wrong with name, namespace, labels, annotations, finalizers and owners (ValidateObjectMetaAccessor, likewise)."""
    metadata = data.get("metadata")
    if metadata is not None and type(metadata) is not dict:
        return []
    metadata = metadata or {}
    found = _METADATA.check(metadata, versions, ("metadata",)) if metadata else []
    if "finalizers" in metadata and kind.group not in _FOREIGN_GROUPS:
        found += _FINALIZERS.check(metadata, versions, ("metadata",))
    if kind.group not in _NAMELESS_GROUPS:
        found += _name(kind, metadata, versions)
    return found


def _name(kind: Kind, metadata: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    name, prefix = metadata.get("name"), metadata.get("generateName")
    if not name and not prefix:
        state = "empty" if name == "" else "missing"
        if name is None or name == "":
            yield Violation("missing-field", ("metadata", "name"), f"the name of this {kind.name} is {state}")
        return
    for field, text, refuses in (("name", name, _refuses_name), ("generateName", prefix, _refuses_prefix)):
        if type(text) is str and text and (reason := refuses(kind.group, kind.name, text, versions)) and not is_placeholder(text):
            yield Violation("invalid-value", ("metadata", field), f"{field} {shown(text)} {reason}")
    namespace = metadata.get("namespace")
    if type(namespace) is str and namespace and (reason := _namespace(namespace)) and not is_placeholder(namespace):
        yield Violation("invalid-value", ("metadata", "namespace"), f"namespace {shown(namespace)} {reason}")


_namespace = lru_cache(maxsize=1024)(names.dns_label)


@lru_cache(maxsize=4096)
def _refuses_name(group: str, kind: str, name: str, versions: VersionRange) -> str | None:
    reason = names.check_name(group, kind, name, versions.lo)
    if reason is not None and names.check_name(group, kind, name, versions.hi) is None:
        return f"{reason} (before Kubernetes {versions.hi})"
    return reason


@lru_cache(maxsize=1024)
def _refuses_prefix(group: str, kind: str, prefix: str, versions: VersionRange) -> str | None:
    return names.check_generate_name(group, kind, prefix, versions.lo)
