"""Which labels does a selector match, and why not?"""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollproof.kube.selector import CONSUMERS, OPERATORS, LabelSelector, Requirement


def selector(**data: object) -> LabelSelector:
    parsed = LabelSelector.parse(data)
    assert parsed is not None
    return parsed


# k8s.io/apimachinery pkg/labels/selector.go, Requirement.Matches
@pytest.mark.parametrize(
    ("requirement", "labels", "matches"),
    [
        (Requirement("a", "In", ("x", "y")), {"a": "x"}, True),
        (Requirement("a", "In", ("x", "y")), {"a": "z"}, False),
        (Requirement("a", "In", ("x",)), {}, False),
        (Requirement("a", "NotIn", ("x",)), {"a": "y"}, True),
        (Requirement("a", "NotIn", ("x",)), {"a": "x"}, False),
        (Requirement("a", "NotIn", ("x",)), {}, True),
        (Requirement("a", "Exists"), {"a": ""}, True),
        (Requirement("a", "Exists"), {"b": "x"}, False),
        (Requirement("a", "DoesNotExist"), {"b": "x"}, True),
        (Requirement("a", "DoesNotExist"), {"a": ""}, False),
    ],
)
def test_a_requirement_is_met_as_apimachinery_decides(requirement: Requirement, labels: dict[str, str], matches: bool) -> None:
    met = requirement.matches(labels)

    assert met is matches


def test_a_selector_matches_when_every_requirement_is_met() -> None:
    both = selector(matchLabels={"app": "web"}, matchExpressions=[{"key": "canary", "operator": "DoesNotExist"}])

    matched = [both.matches(labels) for labels in ({"app": "web", "x": "y"}, {"app": "web", "canary": "1"}, {"app": "api"})]

    assert matched == [True, False, False]


def test_the_failing_requirements_are_named_as_kubectl_writes_them() -> None:
    strict = selector(
        matchLabels={"app": "web", "tier": "front"}, matchExpressions=[{"key": "zone", "operator": "In", "values": ["a", "b"]}]
    )

    failing = [str(requirement) for requirement in strict.failing({"app": "web", "tier": "back"})]

    assert failing == ["tier=front", "zone in (a, b)"]


def test_an_empty_selector_matches_everything() -> None:
    everything = selector()

    assert everything.is_empty
    assert everything.matches({})


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "app=web",
        {"matchLabels": []},
        {"matchLabels": {"a": 1}},
        {"matchLabels": {"a": True}},
        {"matchExpressions": {}},
        {"matchExpressions": ["a"]},
        {"matchExpressions": [{"key": "a", "operator": "in", "values": ["x"]}]},
        {"matchExpressions": [{"key": "a", "operator": "In"}]},
        {"matchExpressions": [{"key": "a", "operator": "In", "values": [1]}]},
        {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]},
        {"matchExpressions": [{"operator": "Exists"}]},
    ],
)
def test_an_absent_or_malformed_selector_is_none(data: object) -> None:
    parsed = LabelSelector.parse(data)

    assert parsed is None


def test_a_null_label_value_is_the_empty_string() -> None:
    parsed = selector(matchLabels={"a": None})

    assert parsed.pairs == {"a": ""}


def test_a_plain_mapping_of_labels_is_a_selector_by_equality() -> None:
    parsed = LabelSelector.of_labels({"app": "web"})

    assert parsed == selector(matchLabels={"app": "web"})


def test_a_service_reads_an_empty_selector_otherwise_than_a_disruption_budget() -> None:
    meanings = (CONSUMERS["Service"].empty, CONSUMERS["PodDisruptionBudget"].empty, CONSUMERS["PodDisruptionBudget"].absent)

    assert meanings == ("none", "all", "none")


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ({"matchLabels": {"a": "x"}}, {"matchLabels": {"b": "y"}}, True),
        ({"matchLabels": {"a": "x"}}, {"matchLabels": {"a": "y"}}, False),
        ({"matchLabels": {"a": "x"}}, {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x"]}]}, False),
        ({"matchLabels": {"a": "x"}}, {"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
        ({}, {"matchLabels": {"a": "x"}}, True),
    ],
)
def test_two_selectors_overlap_when_some_labels_meet_both(one: object, other: object, overlap: bool) -> None:
    first, second = LabelSelector.parse(one), LabelSelector.parse(other)
    assert first is not None
    assert second is not None

    found = first.overlaps(second)

    assert found is overlap


REQUIREMENTS = st.builds(
    lambda key, operator, values: Requirement(key, operator, tuple(values) if operator in ("In", "NotIn") else ()),
    st.sampled_from("ab"),
    st.sampled_from(OPERATORS),
    st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=2),
)
SELECTORS = st.builds(LabelSelector, st.lists(REQUIREMENTS, max_size=3).map(tuple))


@given(SELECTORS, SELECTORS)
def test_overlap_is_what_trying_all_labels_finds(one: LabelSelector, other: LabelSelector) -> None:
    values = (None, "x", "y", "z")
    trials = [{key: value for key, value in (("a", a), ("b", b)) if value is not None} for a, b in product(values, values)]

    found = one.overlaps(other)

    assert found is any(one.matches(labels) and other.matches(labels) for labels in trials)
