"""The field rules of CustomResourceDefinitions, the schemas they hold aside.

Source: k8s.io/apiextensions-apiserver ``pkg/apis/apiextensions/validation/validation.go``, release 0.35
(ValidateCustomResourceDefinition and what it calls), after the defaults of ``pkg/apis/apiextensions/v1/defaults.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from rollproof.conformance.fields.conditions import filled, named, one_of
from rollproof.conformance.fields.definition_schema import schema
from rollproof.conformance.fields.table import Refusal, Rule, Table, mapping, structures
from rollproof.conformance.fields.values import exactly_one_of, is_known, misnamed, missing, not_empty, on_structure
from rollproof.conformance.fields.webhook import CLIENT, review_versions
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.version import VersionRange

_APPROVAL = "api-approved.kubernetes.io"
_PROTECTED = ("k8s.io", "kubernetes.io")
_LONGEST_WARNING = 256
_BESIDE_STATUS = frozenset(
    [
        "description",
        "type",
        "format",
        "title",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
        "multipleOf",
        "required",
        "items",
        "properties",
        "externalDocs",
        "example",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
        "additionalProperties",
        "nullable",
    ]
)
"""What the root of a schema may hold where the status is a subresource (allowedFieldsAtRootSchema), and what is refused there anyway."""

_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")


@on_structure
def _definition(data: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    spec, name = mapping(data.get("spec")), mapping(data.get("metadata")).get("name")
    plural, group = mapping(spec.get("names")).get("plural"), spec.get("group")
    if isinstance(name, str) and isinstance(plural, str) and isinstance(group, str) and plural and group:
        wanted = f"{plural}.{group}"
        if name and name != wanted and is_known(name) and is_known(wanted):
            related = ((("spec", "names", "plural"), f"plural is {shown(plural)}"), (("spec", "group"), f"group is {shown(group)}"))
            reason = f"must be the plural and the group, {shown(wanted)}, but is {shown(name)}"
            yield Refusal(reason, ("metadata", "name"), suggestion=wanted, replacement=wanted, related=related)
    if isinstance(group, str) and any(group == each or group.endswith(f".{each}") for each in _PROTECTED):
        yield from _approval(mapping(mapping(data.get("metadata")).get("annotations")).get(_APPROVAL), group)


def _approval(annotation: object, group: str) -> Iterator[Refusal]:
    """validateAPIApproval: groups of Kubernetes itself need the approval of its community."""
    where = ("metadata", "annotations", _APPROVAL)
    if annotation in (None, ""):
        reason = f"annotation {_APPROVAL} is required for {shown(group)}: the URL of the approval, or a text that begins with 'unapproved'"
        yield Refusal(reason, where, "missing-field", sentence=True)
    elif isinstance(annotation, str) and not annotation.startswith("unapproved") and not _is_url(annotation):
        yield Refusal("must be the URL of an approval, or begin with 'unapproved'", where)


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


def _group(value: object, _: VersionRange) -> Refusal | None:
    if not isinstance(value, str) or not value:
        return None
    return misnamed(value, lambda group: names.dns_subdomain(group) or (None if "." in group else "must hold at least one dot"))


def _kind(value: object, _: VersionRange) -> Refusal | None:
    """Mixed case is fine, and else the rule for names of DNS."""
    reason = names.dns_1035_label(value.lower()) if isinstance(value, str) and value else None
    return Refusal(f"{shown(value)} {reason}") if reason else None


@on_structure
def _names(value: dict[str, Any], _: VersionRange) -> Refusal | None:
    if value.get("kind") and value.get("kind") == value.get("listKind"):
        return Refusal("must differ from kind", ("listKind",), related=((("kind",), "kind"),))
    return None


def _versions(value: object, _: VersionRange) -> Iterator[Refusal]:
    """One version is stored, and their names differ."""
    stored: list[int] = []
    first: dict[str, int] = {}
    for index, version in structures(value):
        name = version.get("name")
        if version.get("storage") is True:
            stored.append(index)
        if isinstance(name, str) and (seen := first.setdefault(name, index)) != index:
            yield Refusal(f"{shown(name)} is used twice, but must be unique", (index, "name"), related=(((seen, "name"), "first here"),))
    if len(stored) > 1:
        related = (((stored[0], "storage"), "first here"),)
        yield Refusal("must be true for one version only", (stored[1], "storage"), related=related)
    # A value that is no boolean is reported already.
    elif not stored and all(version.get("storage") in (None, False) for _, version in structures(value)):
        yield Refusal("must have one version with storage: true")


@on_structure
def _version(version: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    holder = version.get("schema")
    if isinstance(holder, dict | None) and mapping(holder).get("openAPIV3Schema") is None:
        yield missing(("schema", "openAPIV3Schema"), " in every version")
    if mapping(version.get("subresources")).get("status") is not None:
        for key, value in mapping(mapping(holder).get("openAPIV3Schema")).items():
            if key not in _BESIDE_STATUS and value not in (None, "", False):
                reason = "must not be set at the root of a schema with the subresource status"
                yield Refusal(reason, ("schema", "openAPIV3Schema", key), at="key")
    warning = version.get("deprecationWarning")
    if not isinstance(warning, str):
        return
    where = ("deprecationWarning",)
    if version.get("deprecated") in (None, False):
        yield Refusal("is only for a version that is deprecated", where, at="key")
    elif not warning or len(warning) > _LONGEST_WARNING or not warning.isprintable():
        yield Refusal(f"must be 1 to {_LONGEST_WARNING} printable characters", where)


def _path_under(*roots: str) -> Any:
    """A simple JSON path; which part of the object it may lead into."""

    def test(value: object, _: VersionRange) -> Refusal | None:
        if not isinstance(value, str) or not value or value.startswith(roots):
            return None
        return Refusal(f"must begin with {' or '.join(map(repr, roots))}, but is {shown(value)}")

    return test


@on_structure
def _conversion(value: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validateCustomResourceConversion."""
    webhook = value.get("webhook")
    if value.get("strategy") == "Webhook":
        if webhook is None:
            yield missing(("webhook",), " with strategy Webhook")
        elif isinstance(webhook, dict) and webhook.get("clientConfig") is None:
            yield missing(("webhook", "clientConfig"), " with strategy Webhook")
    elif value.get("strategy") == "None" and webhook is not None:
        yield Refusal("is only for strategy Webhook", ("webhook",), at="key")


_LABEL = named(names.dns_1035_label, empty=True)

_VERSION = Table(
    Rule("name", named(names.dns_1035_label), "validateCustomResourceDefinitionSpec"),
    Rule("", _version, "validateCustomResourceDefinitionVersion"),
    Rule("schema.openAPIV3Schema", schema, "ValidateCustomResourceDefinitionOpenAPISchema"),
    Rule("subresources.scale", filled("specReplicasPath", "statusReplicasPath"), "ValidateCustomResourceDefinitionSubresources"),
    Rule("subresources.scale.specReplicasPath", _path_under(".spec."), "ValidateCustomResourceDefinitionSubresources"),
    Rule("subresources.scale.statusReplicasPath", _path_under(".status."), "ValidateCustomResourceDefinitionSubresources"),
    Rule("subresources.scale.labelSelectorPath", _path_under(".spec.", ".status."), "ValidateCustomResourceDefinitionSubresources"),
    Rule("additionalPrinterColumns[*]", filled("name", "jsonPath"), "ValidateCustomResourceColumnDefinition"),
    Rule("additionalPrinterColumns[*].type", exactly_one_of("boolean", "date", "integer", "number", "string"), "likewise"),
    Rule("additionalPrinterColumns[*].format", one_of(*_FORMATS), "ValidateCustomResourceColumnDefinition"),
    Rule("additionalPrinterColumns[*].jsonPath", _path_under("."), "validateSimpleJSONPath"),
)

DEFINITION = Table(
    Rule("", _definition, "ValidateCustomResourceDefinition"),
    Rule("spec.group", not_empty, "validateCustomResourceDefinitionSpec"),
    Rule("spec.group", _group, "validateCustomResourceDefinitionSpec"),
    Rule("spec.scope", exactly_one_of("Cluster", "Namespaced"), "validateEnumStrings"),
    Rule("spec.names", filled("plural", "kind"), "validateCustomResourceDefinitionSpec"),
    Rule("spec.names.plural", _LABEL, "ValidateCustomResourceDefinitionNames"),
    Rule("spec.names.singular", _LABEL, "ValidateCustomResourceDefinitionNames"),
    Rule("spec.names.kind", _kind, "ValidateCustomResourceDefinitionNames"),
    Rule("spec.names.listKind", _kind, "ValidateCustomResourceDefinitionNames"),
    Rule("spec.names.shortNames[*]", named(names.dns_1035_label), "ValidateCustomResourceDefinitionNames"),
    Rule("spec.names.categories[*]", named(names.dns_1035_label), "ValidateCustomResourceDefinitionNames"),
    Rule("spec.names", _names, "ValidateCustomResourceDefinitionNames"),
    Rule("spec.versions", _versions, "validateCustomResourceDefinitionSpec"),
    Rule("spec.versions[*]", _VERSION),
    Rule(
        "spec.preserveUnknownFields",
        lambda value, _: Refusal("must be false; write x-kubernetes-preserve-unknown-fields in the schema") if value is True else None,
        "validatePreserveUnknownFields",
    ),
    Rule("spec.conversion.strategy", exactly_one_of("None", "Webhook"), "validateCustomResourceConversion"),
    Rule("spec.conversion", _conversion, "validateCustomResourceConversion"),
    Rule("spec.conversion.webhook.clientConfig", CLIENT, "ValidateWebhookService, ValidateWebhookURL"),
    Rule("spec.conversion.webhook.conversionReviewVersions", review_versions, "validateConversionReviewVersions"),
)
