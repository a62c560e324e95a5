"""How the API server reaches a webhook, and the field rules of the configurations that name one.

Sources: k8s.io/apiserver ``pkg/util/webhook/validation.go``, release 0.35; Kubernetes
``pkg/apis/admissionregistration/validation/validation.go`` (validateValidatingWebhook, validateMutatingWebhook and what they call).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from rollproof.conformance.fields.conditions import PORT_NUMBER, between, filled, named, unique
from rollproof.conformance.fields.selectors import LABEL_SELECTOR
from rollproof.conformance.fields.table import Refusal, Rule, Table, items, structures
from rollproof.conformance.fields.values import exactly_one_of, is_known, misnamed, missing, not_empty, on_structure, texts
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.version import VersionRange

_MOST_CONDITIONS = 64


@on_structure
def _client(config: dict[str, Any], _: VersionRange) -> Refusal | None:
    url, service = config.get("url"), config.get("service")
    if url is None and service is None:
        return Refusal("must have a url or a service", rule="missing-field")
    if url is not None and service is not None:
        return Refusal("cannot stand beside service", ("url",), at="key", related=((("service",), "service is set here"),))
    return None


def _url(value: object, _: VersionRange) -> Refusal | None:
    """ValidateWebhookURL."""
    if not isinstance(value, str):
        return None
    try:
        parts = urlsplit(value)
        # Reading the port raises ValueError where it is no number.
        fine = (
            parts.scheme == "https"
            and (parts.port or 443)
            and parts.netloc
            and not set(parts.netloc) & set("@ %")
            and not parts.query
            and not parts.fragment
        )
    except ValueError:
        fine = False
    return None if fine else Refusal(f"must be https:// with a host and perhaps a path, but is {shown(value)}")


def _path(value: object, _: VersionRange) -> Refusal | None:
    """ValidateWebhookService."""
    if not isinstance(value, str) or value in ("", "/"):
        return None
    if not value.startswith("/"):
        return Refusal(f"{shown(value)} must start with '/'")
    for step in value[1:].removesuffix("/").split("/"):
        if (reason := names.dns_subdomain(step)) is not None:
            return Refusal(f"{shown(value)} has a part {shown(step)}, which {reason}")
    return None


CLIENT = Table(
    Rule("", _client, "ValidateWebhookURL, ValidateWebhookService"),
    Rule("url", _url, "ValidateWebhookURL"),
    Rule("service", filled("name", "namespace"), "ValidateWebhookService"),
    Rule("service.port", PORT_NUMBER, "ValidateWebhookService"),
    Rule("service.path", _path, "ValidateWebhookService"),
)
"""The clientConfig of an admission or conversion webhook."""


def review_versions(value: object, _: VersionRange) -> Iterator[Refusal]:
    """Versions of the review that the server sends, one of which it must know (validateAdmissionReviewVersions)."""
    versions = items(value)
    for index, version in texts(value):
        if version in versions[:index]:
            yield Refusal(f"{shown(version)} is listed twice", (index,))
        elif (bad := misnamed(version, names.dns_1035_label, (index,))) is not None:
            yield bad
    if (
        isinstance(value, list)
        and all(map(is_known, versions))
        and not {"v1", "v1beta1"} & {each for each in versions if isinstance(each, str)}
    ):
        yield Refusal("must hold v1 or v1beta1", rule="invalid-value" if versions else "missing-field")


def _hook_name(value: object, _: VersionRange) -> Refusal | None:
    """IsFullyQualifiedName."""
    if not isinstance(value, str) or not value:
        return None
    few = "must have at least three parts, separated by dots"
    return misnamed(value, lambda name: names.dns_subdomain(name) or (few if name.count(".") < 2 else None))


@on_structure
def _rule(rule: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validateRuleWithOperations."""
    for key in ("operations", "apiGroups", "apiVersions", "resources"):
        listed = rule.get(key)
        if listed in (None, []):
            yield missing((key,), " in a rule")
        elif key != "resources" and isinstance(listed, list) and len(listed) > 1 and "*" in listed:
            yield Refusal("must not hold anything beside '*'", (key,))
    for key in ("apiVersions", "resources"):
        for index, text in enumerate(items(rule.get(key))):
            if text in (None, ""):
                yield Refusal("must not be empty", (key, index), "missing-field")
    yield from _resources([text for text in items(rule.get("resources")) if isinstance(text, str)])


def _resources(resources: list[str]) -> Iterator[Refusal]:
    """validateResources: what a wildcard covers must not be listed beside it."""
    if "*/*" in resources and len(resources) > 1:
        yield Refusal("must not hold anything beside '*/*'", ("resources",))
    # The server remembers only the last of the resources without a subresource.
    plain = [text for text in resources if "/" not in text and text]
    if "*" in plain and plain[-1] != "*":
        yield Refusal("must not hold other resources beside '*'", ("resources",))
    everything_of: set[str] = set()
    everywhere: set[str] = set()
    for index, text in enumerate(resources):
        resource, slash, part = text.partition("/")
        if not slash:
            continue
        cover = f"{resource}/*" if resource in everything_of else f"*/{part}" if part in everywhere else None
        if cover is not None:
            yield Refusal(f"{shown(text)} is covered by {shown(cover)} already", ("resources", index))
        if part == "*":
            everything_of.add(resource)
        if resource == "*":
            everywhere.add(part)


def _conditions(value: object, _: VersionRange) -> Iterator[Refusal]:
    """validateMatchConditions, the expressions aside."""
    if len(items(value)) > _MOST_CONDITIONS:
        yield Refusal(f"may hold at most {_MOST_CONDITIONS} conditions, but has {len(items(value))}")
    for index, condition in structures(value):
        expression = condition.get("expression")
        if isinstance(expression, str) and not expression.strip():
            yield Refusal("is required, but empty", (index, "expression"), "missing-field")


_HOOK = Table(
    Rule("name", not_empty, "IsFullyQualifiedName"),
    Rule("name", _hook_name, "IsFullyQualifiedName"),
    Rule("rules[*]", _rule, "validateRuleWithOperations"),
    Rule("rules[*].operations[*]", exactly_one_of("*", "CONNECT", "CREATE", "DELETE", "UPDATE"), "validateRuleWithOperations"),
    Rule("rules[*].scope", exactly_one_of("*", "Cluster", "Namespaced"), "validateRule"),
    Rule("failurePolicy", exactly_one_of("Fail", "Ignore"), "validateValidatingWebhook"),
    Rule("matchPolicy", exactly_one_of("Equivalent", "Exact"), "validateValidatingWebhook"),
    Rule("sideEffects", exactly_one_of("None", "NoneOnDryRun"), "validateValidatingWebhook"),
    Rule("reinvocationPolicy", exactly_one_of("IfNeeded", "Never"), "validateMutatingWebhook"),
    Rule("timeoutSeconds", between(1, 30), "validateValidatingWebhook"),
    Rule("namespaceSelector", LABEL_SELECTOR),
    Rule("objectSelector", LABEL_SELECTOR),
    Rule("clientConfig", CLIENT),
    Rule("admissionReviewVersions", review_versions, "validateAdmissionReviewVersions"),
    Rule("matchConditions", _conditions, "validateMatchConditions"),
    Rule("matchConditions", unique("name"), "validateMatchConditions"),
    Rule("matchConditions[*]", filled("name"), "validateMatchCondition"),
    Rule("matchConditions[*].name", named(names.qualified_name, empty=True), "validateMatchCondition"),
)

WEBHOOKS = Table(
    Rule("webhooks", unique("name"), "validateValidatingWebhookConfiguration"),
    Rule("webhooks[*]", _HOOK),
)
"""A ValidatingWebhookConfiguration or a MutatingWebhookConfiguration."""
