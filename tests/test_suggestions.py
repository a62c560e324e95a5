"""Which word was meant?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollproof.kube.api import FieldType, ListOf, MapOf, Struct, load_api
from rollproof.kube.suggest import nearest, slips

MUTANTS = Path(__file__).parents[2] / "shared" / "manifests" / "mutants.jsonl"

STRATEGY = ["maxSurge", "maxUnavailable"]
META = ["annotations", "labels", "name", "namespace", "finalizers"]


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("maxUnavaliable", STRATEGY, "maxUnavailable"),
        ("processDeadlineSeconds", ["minReadySeconds", "progressDeadlineSeconds"], "progressDeadlineSeconds"),
        ("memroy", ["cpu", "memory"], "memory"),
        ("lable", META, "labels"),
        ("label", META, "labels"),
        ("max_surge", STRATEGY, "maxSurge"),
        ("max-surge", STRATEGY, "maxSurge"),
        ("MaxSurge", STRATEGY, "maxSurge"),
        ("port", ["ports", "hosts"], "ports"),
        ("envv", ["env", "envFrom"], "env"),
        ("prot", ["port", "ports"], "port"),
        ("policie", ["policies"], "policies"),
        ("Deploymnet", ["DaemonSet", "Deployment"], "Deployment"),
    ],
)
def test_a_slip_is_traced_to_the_one_word_it_is_near(word: str, candidates: list[str], meant: str) -> None:
    suggested = nearest(word, candidates)

    assert suggested == meant


@pytest.mark.parametrize(
    ("word", "candidates"),
    [
        ("cat", ["bat", "car"]),
        ("foo", ["bar"]),
        ("ports", ["hosts"]),
        ("ip", ["id"]),
        ("", ["a"]),
        ("replicas", []),
        ("maxsurge", ["maxSurge", "max-surge"]),
        ("a" * 1000, ["b" * 1000]),
    ],
)
def test_nothing_is_suggested_when_two_are_equally_near_or_none_is(word: str, candidates: list[str]) -> None:
    suggested = nearest(word, candidates)

    assert suggested is None


# https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance: optimal string alignment differs on the last
@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("kitten", "sitting", 3), ("ca", "abc", 3)],
)
def test_slips_are_counted_by_optimal_string_alignment(one: str, other: str, distance: int) -> None:
    counted = slips(one, other, 9)

    assert counted == distance


def test_counting_stops_beyond_the_limit() -> None:
    counted = slips("kitten", "sitting", 1)

    assert counted == 2


def fields_at(api_version: str, kind: str, path: list[str]) -> list[str]:
    api = load_api()
    found = api.kind(api_version, kind)
    assert found is not None
    here: FieldType = found.type
    for step in path:
        if isinstance(here, ListOf):
            here = here.item
        elif isinstance(here, MapOf):
            here = here.value
        else:
            assert isinstance(here, Struct)
            here = api.fields(here)[step].type
    assert isinstance(here, Struct)
    return list(api.fields(here))


@pytest.mark.skipif(not MUTANTS.exists(), reason="the seeded mistakes are not on this machine")
def test_nearly_every_seeded_slip_is_recovered() -> None:
    mutants = [json.loads(line) for line in MUTANTS.read_text().splitlines()]
    slipped = [mutant for mutant in mutants if mutant["cls"] == "key-typo" and mutant["recoverable_unique"]]

    recovered = [
        nearest(mutant["new_key"], fields_at(mutant["apiVersion"], mutant["kind"], mutant["json_path"].split("/")[1:-1]))
        == mutant["orig_key"]
        for mutant in slipped
    ]

    assert sum(recovered) >= 0.97 * len(slipped)
