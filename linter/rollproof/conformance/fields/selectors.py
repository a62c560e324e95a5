"""Label selectors, and whether a workload's selector selects the pods of its own template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import not_among
from rollproof.conformance.fields.metadata import label_key, label_value, labels
from rollproof.conformance.fields.table import Refusal, Rule, Table, items, mapping, structures, texts
from rollproof.conformance.value import shown
from rollproof.conformance.violation import Violation
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.selector import OPERATORS, Labels, LabelSelector, Requirement
from rollproof.kube.version import VersionRange
from rollproof.span import At, Path


def _requirement(value: object, _: VersionRange) -> Iterator[Refusal]:
    """ValidateLabelSelectorRequirement, apimachinery pkg/apis/meta/v1/validation/validation.go."""
    requirement = mapping(value)
    yield from key_and_operator(requirement, OPERATORS)
    yield from wrong_values(requirement)


def key_and_operator(requirement: Mapping[str, Any], operators: tuple[str, ...]) -> Iterator[Refusal]:
    """What is wrong with the key, the operator and the number of values of a requirement on labels.

    The walk over the structure reports a key or operator that is absent.
    """
    key, operator = requirement.get("key"), requirement.get("operator")
    if isinstance(key, str) and (reason := label_key(key)) is not None:
        yield Refusal(f"key {shown(key)} {reason}", ("key",), sentence=True)
    values = requirement.get("values")
    count = len(values) if isinstance(values, list) else 0
    if not isinstance(operator, str):
        return
    if operator not in operators:
        refusal = not_among(operator, operators)
        yield Refusal(refusal.text, ("operator",), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    elif operator in ("In", "NotIn") and not count and (values is None or values == []):
        yield Refusal(f"are required with {operator}", ("values",), "missing-field")
    elif operator in ("Exists", "DoesNotExist") and count:
        yield Refusal(f"must not be set with {operator}", ("values",), at="key")
    elif operator in ("Gt", "Lt") and count != 1 and (values is None or isinstance(values, list)):
        yield Refusal(f"must be a single number with {operator}", ("values",), "invalid-value" if count else "missing-field")


def wrong_values(requirement: Mapping[str, Any]) -> Iterator[Refusal]:
    """The values of a requirement that no label can have."""
    for index, text in texts(requirement.get("values")):
        if (reason := label_value(text)) is not None:
            yield Refusal(f"{shown(text)} {reason}", ("values", index))


LABEL_SELECTOR = Table(
    Rule("matchLabels", labels, "ValidateLabelSelector"),
    Rule("matchExpressions[*]", _requirement, "ValidateLabelSelectorRequirement"),
)
"""ValidateLabelSelector, likewise."""


def check_workload(spec: Mapping[str, Any], own_labels: object, kind: str, path: Path) -> Iterator[Violation]:
    """A selector that selects nothing in particular, or not the pods of its own template.

    Sources: Kubernetes pkg/apis/apps/validation/validation.go, ValidateDeploymentSpec, ValidatePodTemplateSpecForReplicaSet and their
    siblings. ``path`` leads to the spec, ``own_labels`` are those of the workload
    itself. An absent selector is reported by the walk over the structure.
    """
    data = _read(spec.get("selector"))
    if isinstance(data, dict) and not data.get("matchLabels") and not data.get("matchExpressions"):
        text = f"an empty selector is not allowed in a {kind}; write matchLabels that the template's labels hold"
        yield Violation("invalid-value", (*path, "selector"), text)
        return
    selector = LabelSelector.parse(data)
    if selector is None:
        return
    labels_below = [("selector", "matchLabels", key) for key in mapping(mapping(data).get("matchLabels"))]
    expressions = [("selector", "matchExpressions", index) for index, _ in enumerate(items(mapping(data).get("matchExpressions")))]
    yield from _mismatches(spec, own_labels, zip([*labels_below, *expressions], selector.requirements, strict=True), path)


def _read(selector: object) -> object:
    """A selector in which null among the values is an empty text, as the API server reads it."""
    expressions = mapping(selector).get("matchExpressions")
    if not any(None in items(each.get("values")) for _, each in structures(expressions)):
        return selector
    filled = [
        {**each, "values": ["" if value is None else value for value in items(each.get("values"))]} for _, each in structures(expressions)
    ]
    return {**mapping(selector), "matchExpressions": filled}


def check_map(spec: Mapping[str, Any], own_labels: object, path: Path) -> Iterator[Violation]:
    """The selector of a ReplicationController, which is a plain mapping (core ValidatePodTemplateSpecForRC)."""
    selector = LabelSelector.of_labels(spec.get("selector"))
    if selector is not None:
        yield from _mismatches(spec, own_labels, ((("selector", one.key), one) for one in selector.requirements), path)


def _mismatches(
    spec: Mapping[str, Any], own_labels: object, requirements: Iterable[tuple[Path, Requirement]], path: Path
) -> Iterator[Violation]:
    pod_labels = _template_labels(spec)
    if pod_labels is None:
        return
    wanted = tuple(requirements)
    unwanted = [key for key in pod_labels if all(key != requirement.key for _, requirement in wanted)]
    told: set[str] = set()
    for below, requirement in wanted:
        # One finding a label is enough, and none where the label is wrong in itself.
        invalid = label_value(pod_labels.get(requirement.key, "")) is not None or requirement.key in told
        if not invalid and not requirement.matches(pod_labels) and not _unknown(requirement, pod_labels):
            told.add(requirement.key)
            near = _misspelt(requirement.key, unwanted) if requirement.key not in pod_labels else None
            spoken = (*_spoken(own_labels), *_names(spec))
            yield _mismatch((*path, *below), requirement, pod_labels, spoken, near, path)


def _spoken(labels: object) -> Iterator[str]:
    """The values of a mapping that are texts."""
    return (value for value in mapping(labels).values() if isinstance(value, str))


def _names(spec: Mapping[str, Any]) -> Iterator[str]:
    """What else a workload calls itself: the names and images of its containers."""
    for _, container in structures(mapping(mapping(spec.get("template")).get("spec")).get("containers")):
        yield from (container[key] for key in ("name", "image") if isinstance(container.get(key), str))


def _misspelt(key: str, labels: Iterable[str]) -> str | None:
    """The label that was probably to be this one; its prefix is seldom what is misspelt."""
    from rollproof.kube.suggest import nearest  # only a mismatch needs it

    prefix, _, name = key.rpartition("/")
    names = {label.rpartition("/")[2]: label for label in labels if label.rpartition("/")[0] == prefix}
    near = nearest(name, names)
    return names[near] if near is not None else None


def _template_labels(spec: Mapping[str, Any]) -> Labels | None:
    """The labels of the template; None where a template is missing or something has the wrong type, which is reported."""
    if spec.get("template") is None:
        return None
    found: Any = spec
    for key in ("template", "metadata", "labels"):
        found = found.get(key)
        if found is None:
            return {}
        if not isinstance(found, dict):
            return None
    # A null value of a mapping of texts is an empty text.
    pod_labels = {key: "" if value is None else value for key, value in found.items()}
    return pod_labels if all(type(value) is str for value in pod_labels.values()) else None


def _unknown(requirement: Requirement, pod_labels: Labels) -> bool:
    """Whether what is compared is filled in only later."""
    texts = (requirement.key, *requirement.values, pod_labels.get(requirement.key))
    return any(map(is_placeholder, texts)) or any(map(is_placeholder, pod_labels))


def _mismatch(
    where: Path, requirement: Requirement, pod_labels: Labels, spoken: tuple[str, ...], near: str | None, path: Path
) -> Violation:
    """The mismatch, at the template's label as the API server has it, unless only that is ``spoken`` of elsewhere in the workload."""
    key, template = requirement.key, (*path, "template", "metadata", "labels")
    label = pod_labels.get(key)
    have = f"the template has no label {key}" if label is None else f"the template's label is {key}={label}"
    have += f" but {near}" if near is not None else ""
    text = f"the selector wants {requirement}, but {have}, so it would not select its own pods"
    if label and any(label in words for words in spoken) and not any(value in words for value in requirement.values for words in spoken):
        return Violation("selector-mismatch", where, text, related=(((*template, key), "the template's label"),))
    place = (*template, key if near is None else near)
    at: At = "value" if label is not None else "key"
    suggestion = key if near is not None else None
    return Violation("selector-mismatch", place, text, at, suggestion, related=((where, "the selector"),))
