"""A plan as text for people, and as JSON for programs (schemas/plan.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rollproof.report import service_parts, workload_json, workload_text
from rollproof.report.plan_parts import Lines, OpenDocument
from rollproof.rollout.plan import Plan


def as_json(plan: Plan, open_document: OpenDocument, *, color: bool = False, trace: str | None = None) -> str:
    """The plan as one JSON object, with one line for each workload and each Service. ``trace`` names workloads to follow step by step."""
    del color
    lines = Lines(open_document)
    workloads = [workload_json.workload(one, lines, traced=workload_text.is_named(one, trace)) for one in plan.workloads]
    services = [service_parts.as_data(one, lines) for one in plan.services]
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


def as_text(plan: Plan, open_document: OpenDocument, *, color: bool, trace: str | None = None) -> str:
    """The plan as one block for each workload and each Service, at most 80 columns wide where words allow.

    With ``trace``, only the workloads of that name, step by step.
    """
    lines = Lines(open_document)
    if trace is not None:
        named = [one for one in plan.workloads if workload_text.is_named(one, trace)]
        return "\n\n".join("\n".join(workload_text.traced(one, lines, color)) for one in named) + "\n"
    blocks = ["\n".join(workload_text.block(one, lines, color)) for one in plan.workloads]
    blocks += ["\n".join(service_parts.block(one, lines, color)) for one in plan.services]
    return "\n\n".join(blocks) + "\n" if blocks else "nothing here rolls out: no workload and no Service was found\n"


__all__: Sequence[str] = ["as_json", "as_text"]
