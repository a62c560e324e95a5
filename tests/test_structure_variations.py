"""A general JSON Schema validator agrees with the walk on manifests that Hypothesis bends in every way it can think of."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollproof.conformance.structure import walk
from rollproof.kube.api import load_api
from rollproof.span import Path, format_path
from tests.judges import json_schema
from tests.test_structure import DEPLOYMENT, INGRESS, NEWEST, SERVICE

pytestmark = pytest.mark.skipif(not json_schema.AVAILABLE, reason="the independent schemas are not installed")

HPA: dict[str, Any] = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "maxReplicas": 5,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}],
    },
}
CRON_JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "report"},
    "spec": {
        "schedule": "0 3 * * *",
        "jobTemplate": {
            "spec": {
                "template": {
                    "spec": {
                        "restartPolicy": "OnFailure",
                        "containers": [{"name": "report", "image": "example.com/report:1", "command": ["report"]}],
                        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}],
                    }
                }
            }
        },
    },
}
MANIFESTS = [DEPLOYMENT, SERVICE, INGRESS, HPA, CRON_JOB]

# No null: to the schemas it is a value, to the API server it is absent, and the walk sides with the server.
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False, width=32).filter(lambda number: not number.is_integer()),
    st.sampled_from(["", "web", "25%", "Always", "8080", "1Gi"]),
    st.just([]),
    st.just({}),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.sampled_from(["a", "name"]), st.sampled_from(["x", 1]), max_size=2),
)


def places(data: Any, path: Path = ()) -> list[Path]:
    """Every path below the root but for the type's own two keys, without which there is nothing to compare."""
    found: list[Path] = []
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in steps:
        here = (*path, step)
        if here not in (("apiVersion",), ("kind",)):
            found += [here, *places(value, here)]
    return found


@st.composite
def bent(draw: st.DrawFn) -> dict[str, Any]:
    """A manifest with one to three changes: a value replaced, an entry removed, a key renamed, an entry added or moved up."""
    data: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(MANIFESTS)))
    for _ in range(draw(st.integers(1, 3))):
        candidates = places(data)
        if not candidates:
            break
        path = draw(st.sampled_from(candidates))
        parent: Any = data
        for step in path[:-1]:
            parent = parent[step]
        change = draw(st.sampled_from(["replace", "remove", "rename", "add", "copy-up"]))
        if change == "replace":
            parent[path[-1]] = draw(VALUES)
        elif change == "remove":
            del parent[path[-1]]
        elif isinstance(parent, dict) and change == "rename":
            parent[draw(st.sampled_from(["bogusField", "zzz", "x-y"]))] = parent.pop(path[-1])
        elif isinstance(parent, dict) and change == "add":
            parent[draw(st.sampled_from(["replicas", "labels", "image", "ports", "qqqq"]))] = draw(VALUES)
        elif len(path) > 2 and isinstance(data.get("spec"), dict):
            data["spec"][str(path[-1])] = copy.deepcopy(parent[path[-1]])
    return data


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=bent())
def test_json_schema_agrees_on_bent_manifests(data: dict[str, Any]) -> None:
    kind = load_api().kind(data["apiVersion"], data["kind"])
    assert kind is not None

    found = json_schema.differences(data, kind, walk(data, kind, NEWEST))

    assert [f"{who} at {format_path(where)}" for who, where in found or ()] == []
