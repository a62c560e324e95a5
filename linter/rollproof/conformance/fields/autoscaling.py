"""The field rules of HorizontalPodAutoscalers, in every version of the API.

Sources: Kubernetes ``pkg/apis/autoscaling/validation/validation.go`` (validateHorizontalPodAutoscalerSpec and what it calls), after the
defaults of ``pkg/apis/autoscaling/v2/defaults.go``; options from ``pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.conditions import at_least, between, filled, named, one_of
from rollproof.conformance.fields.table import Refusal, Rule, Table, integer
from rollproof.conformance.fields.values import exactly_one_of, is_known, missing, not_empty, on_structure, positive_quantity
from rollproof.kube import names, quantity
from rollproof.kube.quantity import ZERO
from rollproof.kube.resource_name import container_resource
from rollproof.kube.version import VersionRange

_SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}


@on_structure
def _limits(spec: dict[str, Any], _: VersionRange) -> Refusal | None:
    low, high = integer(spec.get("minReplicas")), integer(spec.get("maxReplicas"))
    if low is None or high is None or high >= low or high < 1:
        return None
    related = ((("minReplicas",), f"minReplicas is {low}"),)
    return Refusal(f"must be at least minReplicas, but {high} is less than {low}", ("maxReplicas",), related=related)


def _reference(group_needed: bool) -> Any:
    """ValidateCrossVersionObjectReference; only a ReplicationController can be scaled in the core group."""

    @on_structure
    def test(reference: dict[str, Any], _: VersionRange) -> Refusal | None:
        version = reference.get("apiVersion")
        version = "" if version is None else version
        if not isinstance(version, str) or not is_known(version) or not is_known(reference.get("kind")):
            return None
        if version.count("/") > 1:
            return Refusal("must be a group and a version, such as apps/v1", ("apiVersion",))
        needed = group_needed and reference.get("kind") != "ReplicationController"
        # "/" alone reads as no group and no version.
        if needed and (not version.partition("/")[1] or version.startswith("/")):
            near = _GROUP_OF.get(str(reference.get("kind")))
            advice = f", such as {near}" if near else ", such as apps/v1"
            if not version:
                return Refusal(f"is required{advice}, but missing", ("apiVersion",), "missing-field", suggestion=near)
            return Refusal(f"must be a group and a version{advice}", ("apiVersion",), suggestion=near, replacement=near)
        return None

    return test


_GROUP_OF = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "ReplicaSet": "apps/v1"}

_REFERENCE = Table(
    Rule("", filled("kind", "name"), "ValidateCrossVersionObjectReference"),
    Rule("kind", named(names.path_segment, empty=True), "ValidateCrossVersionObjectReference"),
    Rule("name", named(names.path_segment, empty=True), "ValidateCrossVersionObjectReference"),
)


@on_structure
def _source(metric: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validateMetricSpec: the one source that the type names, and no other."""
    wanted = metric.get("type")
    expected = _SOURCES.get(wanted) if isinstance(wanted, str) else None
    if expected is None:
        return
    if metric.get(expected) is None:
        yield missing((expected,), f" with type {wanted}")
    given = [key for key in _SOURCES.values() if metric.get(key) is not None]
    for key in given if len(given) > 1 else ():
        if key != expected:
            yield Refusal(f"does not belong to type {wanted}, which has its settings in {expected}", (key,), at="key")


def _target(*either: str, at_most_one: bool, falls_to: str) -> Any:
    """One of two amounts, which of them by the kind of metric (validateObjectSource, validateResourceSource and so on)."""

    @on_structure
    def test(target: dict[str, Any], _: VersionRange) -> Refusal | None:
        given = [key for key in either if target.get(key) is not None]
        if not given:
            alternative = f", or {either[0]}" if len(either) > 1 and falls_to != either[0] else ""
            return Refusal(f"is required{alternative}, but missing", (falls_to,), "missing-field")
        if at_most_one and len(given) > 1:
            related = (((either[0],), f"{either[0]} is set here"),)
            return Refusal(f"must not be set beside {either[0]}", (either[1],), at="key", related=related)
        return None

    return test


_TARGET = Table(
    Rule("type", not_empty, "validateMetricTarget"),
    Rule("type", one_of("AverageValue", "Utilization", "Value"), "validateMetricTarget"),
    Rule("value", positive_quantity, "validateMetricTarget"),
    Rule("averageValue", positive_quantity, "validateMetricTarget"),
    Rule("averageUtilization", at_least(1), "validateMetricTarget"),
)

_METRIC_NAME = Table(
    Rule("", filled("name"), "validateMetricIdentifier"),
    Rule("name", named(names.path_segment, empty=True), "validateMetricIdentifier"),
)

_UTILIZATION = _target("averageUtilization", "averageValue", at_most_one=True, falls_to="averageUtilization")

_METRIC = Table(
    Rule("type", not_empty, "validateMetricSpec"),
    Rule("type", one_of(*_SOURCES), "validateMetricSpec"),
    Rule("", _source, "validateMetricSpec"),
    Rule("object.describedObject", _REFERENCE),
    Rule("object.describedObject", _reference(group_needed=False), "ValidateAPIVersion"),
    Rule("object.metric", _METRIC_NAME),
    Rule("object.target", _TARGET),
    Rule("object.target", _target("value", "averageValue", at_most_one=False, falls_to="averageValue"), "validateObjectSource"),
    Rule("external.metric", _METRIC_NAME),
    Rule("external.target", _TARGET),
    Rule("external.target", _target("averageValue", "value", at_most_one=True, falls_to="averageValue"), "validateExternalSource"),
    Rule("pods.metric", _METRIC_NAME),
    Rule("pods.target", _TARGET),
    Rule("pods.target", _target("averageValue", at_most_one=False, falls_to="averageValue"), "validatePodsSource"),
    Rule("resource", filled("name"), "validateResourceSource"),
    Rule("resource.target", _TARGET),
    Rule("resource.target", _UTILIZATION, "validateResourceSource"),
    Rule("containerResource", filled("name", "container"), "validateContainerResourceSource"),
    Rule("containerResource.name", named(container_resource, empty=True), "ValidateContainerResourceName"),
    Rule("containerResource.container", named(names.dns_label, empty=True), "validateContainerResourceSource"),
    Rule("containerResource.target", _TARGET),
    Rule("containerResource.target", _UTILIZATION, "validateContainerResourceSource"),
)


def _not_below_zero(value: object, _: VersionRange) -> Refusal | None:
    amount = quantity.parse(value)
    return Refusal("must not be negative") if amount is not None and amount < ZERO else None


@on_structure
def _policies(rules: dict[str, Any], _: VersionRange) -> Refusal | None:
    """validateScalingRules; an absent list is filled in, an empty one is not."""
    return Refusal("must hold at least one policy, but is empty", ("policies",), "missing-field") if rules.get("policies") == [] else None


_RULES = Table(
    Rule("stabilizationWindowSeconds", between(0, 3600), "validateScalingRules"),
    Rule("selectPolicy", exactly_one_of("Disabled", "Max", "Min"), "validateScalingRules"),
    Rule("", _policies, "validateScalingRules"),
    Rule("tolerance", _not_below_zero, "validateScalingRules"),
    Rule("policies[*].type", exactly_one_of("Percent", "Pods"), "validateScalingPolicy"),
    Rule("policies[*].value", at_least(1), "validateScalingPolicy"),
    Rule("policies[*].periodSeconds", between(1, 1800), "validateScalingPolicy"),
)

_SPEC = Table(
    Rule("minReplicas", at_least(1), "validateHorizontalPodAutoscalerSpec"),
    Rule("maxReplicas", at_least(1), "validateHorizontalPodAutoscalerSpec"),
    Rule("", _limits, "validateHorizontalPodAutoscalerSpec"),
    Rule("scaleTargetRef", _REFERENCE),
    Rule("scaleTargetRef", _reference(group_needed=True), "ValidateAPIVersion"),
    Rule("metrics[*]", _METRIC),
    Rule("behavior.scaleUp", _RULES),
    Rule("behavior.scaleDown", _RULES),
    Rule("targetCPUUtilizationPercentage", at_least(1), "validateMetricTarget, as autoscaling/v1 converts to it"),
)

_AUTOSCALER = Table(Rule("spec", _SPEC))

CHECKS: Mapping[str, FieldRules] = {"autoscaling/HorizontalPodAutoscaler": _AUTOSCALER.check}
