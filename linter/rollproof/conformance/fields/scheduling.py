"""Where pods may run: affinity, tolerations, topology spread constraints and gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import at_least, between, filled, named, not_among
from rollproof.conformance.fields.metadata import label_key, label_value
from rollproof.conformance.fields.selectors import LABEL_SELECTOR, key_and_operator, wrong_values
from rollproof.conformance.fields.table import Refusal, Rule, Table, items, mapping, structures, text, texts
from rollproof.conformance.fields.values import exactly_one_of
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.version import VersionRange

_NODE_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")

_WEIGHT = between(1, 100, bits=32)


def _node_requirement(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core ValidateNodeSelectorRequirement for what is only preferred, where the values are free."""
    yield from key_and_operator(mapping(value), _NODE_OPERATORS)


def _required_node_requirement(value: object, versions: VersionRange) -> Iterator[Refusal]:
    """core ValidateNodeSelectorRequirement."""
    yield from _node_requirement(value, versions)
    yield from wrong_values(mapping(value))


def _node_field(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core ValidateNodeFieldSelectorRequirement."""
    requirement = mapping(value)
    operator, key, values = requirement.get("operator"), requirement.get("key"), requirement.get("values")
    if isinstance(operator, str) and operator not in ("In", "NotIn"):
        refusal = not_among(operator, ("In", "NotIn"))
        yield Refusal(refusal.text, ("operator",), suggestion=refusal.suggestion, replacement=refusal.replacement)
    elif len(items(values)) != 1 and (values is None or isinstance(values, list)):
        yield Refusal("must hold exactly one name", ("values",), "invalid-value" if values else "missing-field")
    if isinstance(key, str) and key != "metadata.name":
        yield Refusal(f"must be metadata.name, but is {shown(key)}", ("key",), suggestion="metadata.name", replacement="metadata.name")
    elif key == "metadata.name":
        for index, name in texts(values):
            if (reason := names.dns_subdomain(name)) is not None:
                yield Refusal(f"{shown(name)} {reason}", ("values", index))


_PREFERRED_TERM = Table(
    Rule("matchExpressions[*]", _node_requirement, "ValidateNodeSelectorRequirement"),
    Rule("matchFields[*]", _node_field, "ValidateNodeFieldSelectorRequirement"),
)
NODE_SELECTOR = Table(
    Rule("", filled("nodeSelectorTerms"), "ValidateNodeSelector"),
    Rule("nodeSelectorTerms[*].matchExpressions[*]", _required_node_requirement, "ValidateNodeSelectorRequirement"),
    Rule("nodeSelectorTerms[*].matchFields[*]", _node_field, "ValidateNodeFieldSelectorRequirement"),
)
"""A selector of nodes that must be met: of node affinity and of local volumes."""


def _label_keys(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core ValidateMatchLabelKeysAndMismatchLabelKeys."""
    term = mapping(value)
    return _wrong_label_keys(term) if term.get("matchLabelKeys") or term.get("mismatchLabelKeys") else None


def _wrong_label_keys(term: Mapping[str, Any]) -> Iterator[Refusal]:
    selector = term.get("labelSelector")
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = items(term.get(field))
        if keys and selector is None:
            yield Refusal("may be set only beside a labelSelector", (field,), at="key")
            continue
        for index, key in texts(keys):
            if (reason := label_key(key)) is not None:
                yield Refusal(f"{shown(key)} {reason}", (field, index))
    matched, mismatched = items(term.get("matchLabelKeys")), items(term.get("mismatchLabelKeys"))
    for index, key in enumerate(matched):
        if key in mismatched:
            related = ((("mismatchLabelKeys", mismatched.index(key)), "listed here"),)
            yield Refusal(f"{shown(key)} is in mismatchLabelKeys too", ("matchLabelKeys", index), related=related)
    yield from _selected_twice(mapping(selector), matched)


def _selected_twice(selector: Mapping[str, Any], matched: list[Any]) -> Iterator[Refusal]:
    """Keys that the selector names twice, once by an expression: there the server adds a third condition of its own."""
    seen = set(mapping(selector.get("matchLabels")))
    for index, expression in structures(selector.get("matchExpressions")):
        key = expression.get("key")
        if not isinstance(key, str):
            continue
        if key in seen and key in matched:
            below = ("labelSelector", "matchExpressions", index, "key")
            yield Refusal(
                f"{shown(key)} is in matchLabelKeys too", below, related=((("matchLabelKeys", matched.index(key)), "listed here"),)
            )
        seen.add(key)


_POD_TERM = Table(
    Rule("labelSelector", LABEL_SELECTOR, "ValidatePodAffinityTermSelector"),
    Rule("namespaceSelector", LABEL_SELECTOR, "ValidatePodAffinityTermSelector"),
    Rule("namespaces[*]", named(names.dns_label), "validatePodAffinityTerm"),
    Rule("", _label_keys, "ValidateMatchLabelKeysAndMismatchLabelKeys"),
    Rule("topologyKey", named(names.qualified_name), "validatePodAffinityTerm"),
)
_POD_AFFINITY = Table(
    Rule("requiredDuringSchedulingIgnoredDuringExecution[*]", _POD_TERM, "validatePodAffinityTerms"),
    Rule("preferredDuringSchedulingIgnoredDuringExecution[*].weight", _WEIGHT, "validateWeightedPodAffinityTerms"),
    Rule("preferredDuringSchedulingIgnoredDuringExecution[*].podAffinityTerm", _POD_TERM, "validateWeightedPodAffinityTerms"),
)

AFFINITY = Table(
    Rule("nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", NODE_SELECTOR, "validateNodeAffinity"),
    Rule("nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[*].weight", _WEIGHT, "ValidatePreferredSchedulingTerms"),
    Rule("nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[*].preference", _PREFERRED_TERM, "ValidatePreferredSchedulingTerms"),
    Rule("podAffinity", _POD_AFFINITY, "validatePodAffinity"),
    Rule("podAntiAffinity", _POD_AFFINITY, "validatePodAntiAffinity"),
)
"""The ``affinity`` of a pod."""


def toleration(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core ValidateTolerations; the operators Lt and Gt are behind a feature gate that is off."""
    one = mapping(value)
    key, operator, effect = one.get("key"), one.get("operator"), one.get("effect")
    if isinstance(key, str) and key and (reason := label_key(key)) is not None:
        yield Refusal(f"{shown(key)} {reason}", ("key",))
    if isinstance(operator, str) and operator not in ("", "Equal", "Exists"):
        refusal = not_among(operator, ("Equal", "Exists"))
        yield Refusal(refusal.text, ("operator",), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    elif key in (None, "") and operator in (None, "", "Equal"):
        yield Refusal(
            "must be Exists where no key is given, which means every taint", ("operator",), replacement=_if_set(operator, "Exists")
        )
    elif operator == "Exists" and one.get("value"):
        related = ((("value",), "the value"),)
        yield Refusal("Exists takes no value, but one is set", ("operator",), related=related)
    elif operator in (None, "", "Equal") and isinstance(one.get("value"), str) and (reason := label_value(one["value"])) is not None:
        yield Refusal(f"{shown(one['value'])} {reason}", ("value",))
    if isinstance(effect, str) and effect not in ("", *_EFFECTS):
        refusal = not_among(effect, _EFFECTS)
        yield Refusal(refusal.text, ("effect",), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    elif one.get("tolerationSeconds") is not None and effect in (None, "", "NoSchedule", "PreferNoSchedule"):
        yield Refusal("must be NoExecute where tolerationSeconds is set", ("effect",), replacement=_if_set(effect, "NoExecute"))


def _if_set(value: object, replacement: str) -> str | None:
    """A replacement needs something to replace."""
    return replacement if isinstance(value, str) else None


def _spread(value: object, _: VersionRange) -> Refusal | None:
    """core validateMinDomains."""
    constraint = mapping(value)
    if constraint.get("minDomains") is not None and constraint.get("whenUnsatisfiable") == "ScheduleAnyway":
        return Refusal("may be set only with whenUnsatisfiable DoNotSchedule", ("minDomains",), at="key")
    return None


def _spread_twice(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core ValidateSpreadConstraintNotRepeat."""
    return _same_spread(value) if type(value) is list and len(value) > 1 else None


def _same_spread(value: object) -> Iterator[Refusal]:
    first: dict[tuple[str, str], int] = {}
    for index, constraint in structures(value):
        pair = (text(constraint.get("topologyKey")), text(constraint.get("whenUnsatisfiable")))
        seen = first.setdefault(pair, index)
        if seen != index and all(pair):
            words = f"a second constraint with topologyKey {pair[0]} and whenUnsatisfiable {pair[1]} is not allowed"
            yield Refusal(words, (index, "topologyKey"), sentence=True, related=(((seen, "topologyKey"), "first here"),))


SPREAD_CONSTRAINTS = Table(
    Rule("", _spread_twice, "ValidateSpreadConstraintNotRepeat"),
    Rule("[*]", filled("topologyKey"), "ValidateTopologyKey"),
    Rule("[*].maxSkew", at_least(1), "validateTopologySpreadConstraints"),
    Rule("[*].minDomains", at_least(1), "validateMinDomains"),
    Rule("[*].whenUnsatisfiable", exactly_one_of("DoNotSchedule", "ScheduleAnyway"), "ValidateWhenUnsatisfiable"),
    Rule("[*].nodeAffinityPolicy", exactly_one_of("Honor", "Ignore"), "validateNodeInclusionPolicy"),
    Rule("[*].nodeTaintsPolicy", exactly_one_of("Honor", "Ignore"), "validateNodeInclusionPolicy"),
    Rule("[*]", _spread, "validateMinDomains"),
    Rule("[*]", _label_keys, "ValidateMatchLabelKeysAndMismatchLabelKeys"),
    Rule("[*].labelSelector", LABEL_SELECTOR, "validateTopologySpreadConstraints"),
)
"""The ``topologySpreadConstraints`` of a pod."""
