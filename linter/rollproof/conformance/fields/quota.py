"""The field rules of ResourceQuotas, LimitRanges and PriorityClasses.

Sources: Kubernetes ``pkg/apis/core/validation/validation.go`` (ValidateResourceQuotaSpec, ValidateLimitRange) and
``pkg/apis/scheduling/validation/validation.go`` (ValidatePriorityClass).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.conditions import filled, not_among
from rollproof.conformance.fields.table import Refusal, Rule, Table, integer, mapping, structures
from rollproof.conformance.fields.values import exactly_one_of, is_known, misnamed, moved, on_structure, texts
from rollproof.conformance.value import shown
from rollproof.kube import names, quantity, resource_name
from rollproof.kube.quantity import ZERO, Quantity
from rollproof.kube.version import VersionRange
from rollproof.span import Path

_POD_SCOPES = ("CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating")
_SCOPES = (*_POD_SCOPES, "BestEffort", "VolumeAttributesClass")
_COMPUTE = frozenset({"pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"})
_COUNTED = {
    **dict.fromkeys(_POD_SCOPES, _COMPUTE),
    "BestEffort": frozenset({"pods"}),
    "VolumeAttributesClass": frozenset({"persistentvolumeclaims", "requests.storage"}),
}
"""What a quota of each scope can count (core helper IsResourceQuotaScopeValidForResource)."""

_EXCLUSIVE = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_EXISTS_ONLY = frozenset({"BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"})
_OPERATORS = ("DoesNotExist", "Exists", "In", "NotIn")


def _hard(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    return _limits(value) if isinstance(value, dict) else None


def _limits(hard: Mapping[str, Any]) -> Iterator[Refusal]:
    """ValidateResourceQuotaResourceName, ValidateResourceQuantityValue."""
    for name, value in hard.items():
        if (reason := resource_name.quota_resource(name)) is not None:
            yield Refusal(f"resource {shown(name)} {reason}", (name,), at="key", sentence=True)
        amount = quantity.parse(value)
        if amount is not None and amount < ZERO:
            yield Refusal(f"must not be negative, but is {shown(value)}", (name,))
        elif amount is not None and resource_name.is_integer(name) and amount.milliunits % 1000:
            yield Refusal(f"must be a whole number, but is {shown(value)}", (name,))


@on_structure
def _scopes(spec: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validateResourceQuotaScopes, validateScopedResourceSelectorRequirement."""
    yield from _scopes_at([(scope, ("scopes", index)) for index, scope in texts(spec.get("scopes"))], spec)
    path = ("scopeSelector", "matchExpressions")
    selected: list[tuple[str, Path]] = []
    for index, requirement in structures(mapping(spec.get("scopeSelector")).get("matchExpressions")):
        scope = requirement.get("scopeName")
        if isinstance(scope, str):
            selected.append((scope, (*path, index, "scopeName")))
        for refusal in _requirement(requirement):
            yield moved(refusal, (*path, index))
    yield from _scopes_at(selected, spec)


def _scopes_at(places: list[tuple[str, Path]], spec: Mapping[str, Any]) -> Iterator[Refusal]:
    hard = [name for name in mapping(spec.get("hard")) if name in resource_name.QUOTA]
    seen: dict[str, Path] = {}
    for scope, path in places:
        counted = _COUNTED.get(scope)
        if counted is None:
            yield moved(not_among(scope, _SCOPES), path)
        elif (beyond := next((name for name in hard if name not in counted), None)) is not None:
            related = ((("hard", beyond), f"{beyond} is limited here"),)
            yield Refusal(f"{scope} cannot limit {beyond}", path, related=related)
        seen.setdefault(scope, path)
    for one, other in _EXCLUSIVE:
        if one in seen and other in seen:
            first, second = (one, other) if places.index((one, seen[one])) < places.index((other, seen[other])) else (other, one)
            yield Refusal(f"{second} contradicts {first}", seen[second], related=((seen[first], f"{first} is set here"),))


def _requirement(requirement: Mapping[str, Any]) -> Iterator[Refusal]:
    operator, scope = requirement.get("operator"), requirement.get("scopeName")
    values = requirement.get("values")
    if not isinstance(operator, str) or not is_known(operator):
        return
    if operator not in _OPERATORS:
        yield moved(not_among(operator, _OPERATORS), ("operator",))
    elif operator in ("In", "NotIn") and values in (None, []):
        yield Refusal(f"are required with {operator}", ("values",), "missing-field")
    elif operator in ("Exists", "DoesNotExist") and values:
        yield Refusal(f"must not be set with {operator}", ("values",), at="key")
    if isinstance(scope, str) and scope in _EXISTS_ONLY and operator in _OPERATORS and operator != "Exists":
        yield Refusal(f"must be Exists with scope {scope}, but is {operator}", ("operator",))


_QUOTA = Table(
    Rule("spec.hard", _hard, "ValidateResourceQuotaSpec"),
    Rule("spec", _scopes, "validateResourceQuotaScopes"),
)

_MAPS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def _range_type(value: object, _: VersionRange) -> Refusal | None:
    """validateLimitRangeTypeName."""
    known = ("Container", "PersistentVolumeClaim", "Pod")
    if not isinstance(value, str) or not value or value in known:
        return None
    if "/" in value:
        return misnamed(value, names.qualified_name)
    return not_among(value, known)


def _repeated_types(value: object, _: VersionRange) -> Iterator[Refusal]:
    first: dict[str, int] = {}
    for index, item in structures(value):
        kind = item.get("type")
        if isinstance(kind, str) and (seen := first.setdefault(kind, index)) != index:
            yield Refusal(f"{shown(kind)} is limited twice", (index, "type"), related=(((seen, "type"), "first here"),))


@on_structure
def _range(item: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """ValidateLimitRange."""
    kind = item.get("type")
    check = resource_name.container_resource if kind in ("Pod", "Container") else resource_name.any_resource
    amounts: dict[str, dict[str, Quantity]] = {}
    for key in _MAPS:
        given = mapping(item.get(key))
        if kind == "Pod" and given and key in ("default", "defaultRequest"):
            yield Refusal("is not for type Pod; a Pod's containers have defaults of their own", (key,), at="key")
            continue
        for name in given:
            if (reason := check(name)) is not None:
                yield Refusal(f"resource {shown(name)} {reason}", (key, name), at="key", sentence=True)
        parsed = {name: quantity.parse(value) for name, value in given.items() if is_known(value) or value is None}
        amounts[key] = {name: amount for name, amount in parsed.items() if amount is not None}
    storage = "storage" in mapping(item.get("min")) or "storage" in mapping(item.get("max"))
    if kind == "PersistentVolumeClaim" and not storage:
        yield Refusal("must have storage under min or max with type PersistentVolumeClaim", rule="missing-field")
    yield from _orders(amounts)


_ORDERS = (
    ("min", "max", "min"),
    ("min", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "max", "defaultRequest"),
    ("defaultRequest", "default", "defaultRequest"),
    ("min", "default", "default"),
    ("default", "max", "default"),
)
"""Which amount may not exceed which, and which of the two is reported."""


def _orders(amounts: Mapping[str, Mapping[str, Quantity]]) -> Iterator[Refusal]:
    for low, high, blamed in _ORDERS:
        for name in amounts.get(low, {}).keys() & amounts.get(high, {}).keys():
            small, large = amounts[low][name], amounts[high][name]
            if small > large:
                other = high if blamed == low else low
                related = (((other, name), f"{other} is here"),)
                yield Refusal(
                    f"{low} of {shown(name)} is {small}, more than {high}, which is {large}", (blamed, name), sentence=True, related=related
                )
    for name, ratio in amounts.get("maxLimitRequestRatio", {}).items():
        yield from _ratio(name, ratio, amounts)
    defaults, requests = amounts.get("default", {}), amounts.get("defaultRequest", {})
    for name in defaults.keys() & requests.keys():
        if not resource_name.may_overcommit(name) and requests[name] < defaults[name]:
            related = ((("default", name), f"default is {defaults[name]}"),)
            yield Refusal(f"must equal default, as {shown(name)} cannot be overcommitted", ("defaultRequest", name), related=related)


def _ratio(name: str, ratio: Quantity, amounts: Mapping[str, Mapping[str, Quantity]]) -> Iterator[Refusal]:
    where = ("maxLimitRequestRatio", name)
    low, high = amounts.get("min", {}).get(name), amounts.get("max", {}).get(name)
    if ratio < Quantity(10**9):
        yield Refusal(f"must be 1 or more, but is {ratio}", where)
    if low is None or high is None or low == ZERO:
        return
    # Divided by a negative amount the order turns round.
    excess = ratio.nanos * low.nanos - high.nanos * 10**9
    if (excess > 0) == (low > ZERO) and excess:
        yield Refusal(f"must be at most max divided by min, {high} by {low}, but is {ratio}", where)


_RANGE = Table(
    Rule("spec.limits", _repeated_types, "ValidateLimitRange"),
    Rule("spec.limits[*]", filled("type"), "validateLimitRangeTypeName"),
    Rule("spec.limits[*].type", _range_type, "validateLimitRangeTypeName"),
    Rule("spec.limits[*]", _range, "ValidateLimitRange"),
)

_HIGHEST_PRIORITY = 1_000_000_000  # HighestUserDefinablePriority, pkg/apis/scheduling/types.go
_SYSTEM_CLASSES = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}


@on_structure
def _priority(data: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """ValidatePriorityClass."""
    name, value = mapping(data.get("metadata")).get("name"), integer(data.get("value", 0))
    if isinstance(name, str) and name.startswith("system-"):
        if ((data.get("value") is None or value is not None) and (value or 0) != _SYSTEM_CLASSES.get(name)) or data.get(
            "globalDefault"
        ) is True:
            yield Refusal(f"{shown(name)} begins with system-, which is kept for Kubernetes itself", ("metadata", "name"))
    elif value is not None and value > _HIGHEST_PRIORITY:
        yield Refusal(f"must be at most {_HIGHEST_PRIORITY}, but is {value}", ("value",))


_PRIORITY_CLASS = Table(
    Rule("", _priority, "ValidatePriorityClass"),
    Rule("preemptionPolicy", exactly_one_of("Never", "PreemptLowerPriority"), "ValidatePreemptionPolicy"),
)

CHECKS: Mapping[str, FieldRules] = {
    "/ResourceQuota": _QUOTA.check,
    "/LimitRange": _RANGE.check,
    "scheduling.k8s.io/PriorityClass": _PRIORITY_CLASS.check,
}
