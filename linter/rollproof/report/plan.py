"""A plan as text for people, and as JSON for programs (schemas/plan.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from rollproof.model.workload import Workload
from rollproof.report import workload_json, workload_text
from rollproof.report.plan_parts import Lines, OpenDocument, counted, identity, interval, row, span_of, title
from rollproof.report.printable import printable
from rollproof.rollout.plan import Plan
from rollproof.rollout.traffic import BlueGreen, ServicePlan, Target


def as_json(plan: Plan, open_document: OpenDocument, *, color: bool = False, trace: str | None = None) -> str:
    """The plan as one JSON object, with one line for each workload and each Service. ``trace`` names workloads to follow step by step."""
    del color
    lines = Lines(open_document)
    workloads = [workload_json.workload(one, lines, traced=workload_text.is_named(one, trace)) for one in plan.workloads]
    services = [_service(one, lines) for one in plan.services]
    return f'{{\n"version": 1,\n"workloads": {_listed(workloads)},\n"services": {_listed(services)}\n}}\n'


def _listed(entries: list[dict[str, Any]]) -> str:
    texts = [json.dumps(entry, ensure_ascii=False) for entry in entries]
    return "[\n" + ",\n".join(texts) + "\n]" if texts else "[]"


def as_summary(plan: Plan, *, color: bool) -> str:
    """One line for each workload that rolls out."""
    return workload_text.summary(plan.workloads, color=color)


def names(plan: Plan, trace: str) -> list[str]:
    """The workloads of the plan as ``Kind/name``; empty where one is called ``trace``."""
    if any(workload_text.is_named(one, trace) for one in plan.workloads):
        return []
    return [str(one.workload.resource.identity) for one in plan.workloads]


def _service(one: ServicePlan, lines: Lines) -> dict[str, Any]:
    return {
        "resource": identity(one.resource.identity),
        "path": one.resource.source,
        "line": lines.start(one.resource),
        "selector": dict(one.selector),
        "targets": [_target(target) for target in one.targets],
        "endpoints": {"steady": span_of(one.steady), "worstDuringRollouts": span_of(one.worst)},
        "blueGreen": _blue_green(one.blue_green) if one.blue_green else None,
        "canary": {
            "targets": [
                {"resource": identity(share.target.workload.resource.identity), "share": _share(share.share)} for share in one.canary
            ]
        }
        if one.canary
        else None,
    }


def _blue_green(found: BlueGreen) -> dict[str, Any]:
    return {
        "key": found.key,
        "active": found.active,
        "candidates": [
            {
                "value": candidate.value,
                "targets": [_target(target) for target in candidate.targets],
                "ready": candidate.ready,
                "problems": list(candidate.problems),
            }
            for candidate in found.candidates
        ],
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "resource": identity(target.workload.resource.identity),
        "replicas": span_of(target.replicas),
        "minAvailable": span_of(target.available),
    }


def _share(share: Fraction) -> float:
    return round(float(share), 6)


def as_text(plan: Plan, open_document: OpenDocument, *, color: bool, trace: str | None = None) -> str:
    """The plan as one block for each workload and each Service, at most 80 columns wide where words allow.

    With ``trace``, only the workloads of that name, step by step.
    """
    lines = Lines(open_document)
    if trace is not None:
        named = [one for one in plan.workloads if workload_text.is_named(one, trace)]
        return "\n\n".join("\n".join(workload_text.traced(one, lines, color)) for one in named) + "\n"
    blocks = ["\n".join(workload_text.block(one, lines, color)) for one in plan.workloads]
    blocks += ["\n".join(_service_block(one, lines, color)) for one in plan.services]
    return "\n\n".join(blocks) + "\n" if blocks else "nothing here rolls out: no workload and no Service was found\n"


def _service_block(one: ServicePlan, lines: Lines, color: bool) -> Iterator[str]:
    yield title(one.resource, lines, color)
    yield from row("selects", printable(", ".join(f"{key}={value}" for key, value in one.selector.items())))
    if not one.targets:
        yield from row("targets", "none of the pods here")
    for target in one.targets:
        yield from row("targets", f"{_named(target.workload)}, {counted(target.replicas, 'pod')}")
    if one.targets:
        yield from row("endpoints", f"{interval(one.steady)}, at least {interval(one.worst)} while all of them roll out")
    for share in one.canary:
        yield from row("share", f"{_named(share.target.workload)} gets {float(share.share * 100):.3g} % of new connections")
    if one.blue_green:
        yield from _colours(one.blue_green)


def _colours(found: BlueGreen) -> Iterator[str]:
    yield from row("active", printable(f"{found.key}={found.active}"))
    for candidate in found.candidates:
        who = ", ".join(f"{_named(target.workload)}, {counted(target.replicas, 'pod')}" for target in candidate.targets)
        verdict = "ready" if candidate.ready else "; ".join(candidate.problems)
        yield from row("flip to", printable(f"{found.key}={candidate.value}: {who}: {verdict}"))


def _named(workload: Workload) -> str:
    return printable(str(workload.resource.identity))


__all__: Sequence[str] = ["as_json", "as_text"]
