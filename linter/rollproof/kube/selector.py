"""Label selectors: which labels they match, and which of their requirements a set of labels fails.

Sources: k8s.io/apimachinery ``pkg/apis/meta/v1/helpers.go`` (LabelSelectorAsSelector) and ``pkg/labels/selector.go``
(Requirement.Matches), release 0.35.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist"]
OPERATORS: tuple[Operator, ...] = ("In", "NotIn", "Exists", "DoesNotExist")

Labels = Mapping[str, str]

Meaning = Literal["all", "none"]
"""Whether a selector without requirements, or an absent one, matches every object or no object."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """What a reader of selectors makes of an empty one (``{}``) and of an absent one (null)."""

    empty: Meaning
    absent: Meaning


CONSUMERS: dict[str, Consumer] = {
    # A Service without a selector has its endpoints managed by hand: pkg/controller/endpointslice, syncService.
    "Service": Consumer(empty="none", absent="none"),
    # policy/v1: {} selects every pod of the namespace, null none (policy/v1 types.go, PodDisruptionBudgetSpec.Selector).
    "PodDisruptionBudget": Consumer(empty="all", absent="none"),
    # networking/v1 types.go: podSelector is required and an empty one selects all pods of the namespace; absent decodes to empty.
    "NetworkPolicy": Consumer(empty="all", absent="all"),
    # core/v1 types.go, PodAffinityTerm.LabelSelector and TopologySpreadConstraint.LabelSelector: null matches no pods.
    "PodAffinityTerm": Consumer(empty="all", absent="none"),
    "TopologySpreadConstraint": Consumer(empty="all", absent="none"),
    # Refused by validation before any controller reads them (apps and core validation); read, they would match as follows.
    "Deployment": Consumer(empty="all", absent="none"),
    "StatefulSet": Consumer(empty="all", absent="none"),
    "DaemonSet": Consumer(empty="all", absent="none"),
    "ReplicaSet": Consumer(empty="all", absent="none"),
    # admissionregistration/v1 types.go: objectSelector and namespaceSelector default to the empty selector.
    "Webhook": Consumer(empty="all", absent="all"),
}
"""Empty and absent selectors by the kind or structure that reads them."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label. ``values`` is empty for Exists and DoesNotExist."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Labels) -> bool:
        """Whether labels meet it. A label that is absent meets NotIn and DoesNotExist."""
        value = labels.get(self.key)
        if self.operator == "In":
            return value in self.values
        if self.operator == "NotIn":
            return value not in self.values
        return (value is not None) == (self.operator == "Exists")

    def __str__(self) -> str:
        """As ``kubectl get -l`` takes it: ``app=web``, ``tier in (a, b)``, ``!canary``."""
        if self.operator == "Exists":
            return self.key
        if self.operator == "DoesNotExist":
            return f"!{self.key}"
        if self.operator == "In" and len(self.values) == 1:
            return f"{self.key}={self.values[0]}"
        return f"{self.key} {'in' if self.operator == 'In' else 'notin'} ({', '.join(self.values)})"


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Requirements that must all be met; without any, every set of labels matches. See ``CONSUMERS`` for who reads it otherwise."""

    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def parse(cls, data: object) -> LabelSelector | None:
        """A selector with matchLabels and matchExpressions as plain data; None where it is absent or malformed."""
        if not isinstance(data, dict):
            return None
        labels = data.get("matchLabels")
        expressions = data.get("matchExpressions")
        if not (labels is None or isinstance(labels, dict)) or not (expressions is None or isinstance(expressions, list)):
            return None
        found = [_equals(key, value) for key, value in (labels or {}).items()]
        found += [_expression(entry) for entry in expressions or ()]
        requirements = tuple(requirement for requirement in found if requirement is not None)
        return cls(requirements) if len(requirements) == len(found) else None

    @classmethod
    def of_labels(cls, data: object) -> LabelSelector | None:
        """A plain mapping of labels, as a Service or a ReplicationController has it; None where it is absent or malformed."""
        return cls.parse({"matchLabels": data}) if isinstance(data, dict) else None

    @property
    def is_empty(self) -> bool:
        """Whether it has no requirement at all."""
        return not self.requirements

    @property
    def pairs(self) -> dict[str, str]:
        """The labels that a matching object must carry with exactly this value: what a template needs at least."""
        return {one.key: one.values[0] for one in self.requirements if one.operator == "In" and len(set(one.values)) == 1}

    def matches(self, labels: Labels) -> bool:
        """Whether labels meet every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def failing(self, labels: Labels) -> tuple[Requirement, ...]:
        """The requirements that labels do not meet, in the order in which they were written."""
        return tuple(requirement for requirement in self.requirements if not requirement.matches(labels))

    def overlaps(self, other: LabelSelector) -> bool:
        """Whether some set of labels can match both. Exact: requirements on different labels never exclude each other."""
        by_key: dict[str, list[Requirement]] = {}
        for requirement in (*self.requirements, *other.requirements):
            by_key.setdefault(requirement.key, []).append(requirement)
        return all(_satisfiable(requirements) for requirements in by_key.values())

    def __str__(self) -> str:
        """As ``kubectl get -l`` takes it."""
        return ",".join(map(str, self.requirements))


def _satisfiable(requirements: list[Requirement]) -> bool:
    """Whether one label can meet them all: by being absent, by one of the listed values, or by a value that none lists."""
    key = requirements[0].key
    listed = {value for requirement in requirements for value in requirement.values}
    unlisted = "x" * (max(map(len, listed), default=0) + 1)
    trials: Iterator[Labels] = iter([{}, {key: unlisted}, *({key: value} for value in listed)])
    return any(all(requirement.matches(labels) for requirement in requirements) for labels in trials)


def _equals(key: object, value: object) -> Requirement | None:
    # A null value of a map of strings decodes to the empty string.
    value = "" if value is None else value
    return Requirement(key, "In", (value,)) if isinstance(key, str) and isinstance(value, str) else None


def _expression(entry: object) -> Requirement | None:
    """One of matchExpressions; None where it is malformed, an unknown operator or the wrong number of values included."""
    if not isinstance(entry, dict):
        return None
    key, operator, values = entry.get("key"), entry.get("operator"), entry.get("values")
    if not isinstance(key, str) or not (values is None or isinstance(values, list)):
        return None
    texts = tuple(value for value in values or () if isinstance(value, str))
    if operator not in OPERATORS or len(texts) != len(values or ()) or bool(texts) != (operator in ("In", "NotIn")):
        return None
    return Requirement(key, operator, texts)
