"""What patches would change, for people and as JSON: each workload and Service before and after, problems that come and that go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rollproof.finding import Finding
from rollproof.report import plan as plan_report
from rollproof.report import service_parts, workload_json
from rollproof.report.plan_parts import GREEN, RED, Lines, OpenDocument, counted, interval, row, title
from rollproof.report.printable import printable
from rollproof.rollout.plan import Plan, WorkloadPlan
from rollproof.rollout.traffic import ServicePlan

Pair = tuple[dict[str, Any], dict[str, Any]]


def as_json(
    before: Plan, after: Plan, problems: Sequence[Finding], solved: Sequence[Finding], open_document: OpenDocument, *, color: bool = False
) -> str:
    """The plan after the patches as ``plan -f json`` gives it, and beside it what changed: ``changes``, ``problems`` and ``solved``."""
    data = json.loads(plan_report.as_json(after, open_document, color=color))
    lines = Lines(open_document)
    changes = [_changed(old, new) for old, new in (*_workload_pairs(before, after, lines), *_service_pairs(before, after, lines))]
    data["changes"] = [one for one in changes if one is not None]
    data["problems"] = [_problem(one) for one in problems]
    data["solved"] = [_problem(one) for one in solved]
    return json.dumps(data, ensure_ascii=False) + "\n"


def _changed(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any] | None:
    return None if old == new else {"resource": new["resource"], "path": new["path"], "line": new["line"], "before": old, "after": new}


def _workload_pairs(before: Plan, after: Plan, lines: Lines) -> Iterator[Pair]:
    for old, new in zip(before.workloads, after.workloads, strict=False):
        yield workload_json.workload(old, lines), workload_json.workload(new, lines)


def _service_pairs(before: Plan, after: Plan, lines: Lines) -> Iterator[Pair]:
    for old, new in _services(before, after):
        yield service_parts.as_data(old, lines) if old else {}, service_parts.as_data(new, lines)


def _services(before: Plan, after: Plan) -> Iterator[tuple[ServicePlan | None, ServicePlan]]:
    """Services by where they are written: a patch may give a Service its first selector."""
    written = {(one.resource.source, one.resource.document, one.resource.prefix): one for one in before.services}
    for new in after.services:
        yield written.get((new.resource.source, new.resource.document, new.resource.prefix)), new


def _problem(one: Finding) -> dict[str, Any]:
    return {"rule": one.rule, "severity": one.severity, "message": one.message, "path": one.path, "line": one.span.line}


def as_text(
    before: Plan, after: Plan, problems: Sequence[Finding], solved: Sequence[Finding], open_document: OpenDocument, *, color: bool
) -> str:
    """One block for each workload and Service that changes, and the problems that come and go."""
    lines = Lines(open_document)
    blocks = [_workload(old, new, lines, color) for old, new in zip(before.workloads, after.workloads, strict=False)]
    blocks += [_service(old, new, lines, color) for old, new in _services(before, after)]
    told = ["\n".join(block) for block in blocks if len(block) > 1]
    told += ["\n".join(_told(problems, "new problem", RED, color))] if problems else []
    told += ["\n".join(_told(solved, "solved", GREEN, color))] if solved else []
    return "\n\n".join(told) + "\n" if told else "nothing that a plan shows would change\n"


def _workload(old: WorkloadPlan, new: WorkloadPlan, lines: Lines, color: bool) -> list[str]:
    rows = [
        ("replicas", _replicas(old), _replicas(new)),
        ("pods", f"at most {counted(old.max_pods, 'pod')}", f"at most {counted(new.max_pods, 'pod')}"),
        ("available", f"at least {counted(old.available, 'pod')}", f"at least {counted(new.available, 'pod')}"),
    ]
    return [title(new.workload.resource, lines, color), *_rows(rows)]


def _replicas(one: WorkloadPlan) -> str:
    return interval((one.replicas.low, one.replicas.high))


def _service(old: ServicePlan | None, new: ServicePlan, lines: Lines, color: bool) -> list[str]:
    rows = [
        ("selects", _selects(old), _selects(new)),
        ("targets", _targets(old), _targets(new)),
        ("shares", _shares(old), _shares(new)),
    ]
    block = [title(new.resource, lines, color), *_rows(rows)]
    if len(block) > 1 or _endpoints(old) != _endpoints(new):
        then = _endpoints(new) or "none"
        block += row("endpoints", then if _endpoints(old) == _endpoints(new) else f"{_endpoints(old) or 'none'} → {then}")
    if len(block) > 1 and old is not None and old.blue_green is not None:
        for candidate in old.blue_green.candidates:
            if new.selector.get(old.blue_green.key) == candidate.value:
                block += (line for problem in candidate.problems for line in row("problem", printable(problem), RED if color else ""))
    return block


def _rows(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    for label, old, new in rows:
        if old != new:
            yield from row(label, f"{old or 'none'} → {new or 'none'}")


def _selects(one: ServicePlan | None) -> str:
    return printable(", ".join(f"{key}={value}" for key, value in one.selector.items())) if one else ""


def _targets(one: ServicePlan | None) -> str:
    return ", ".join(f"{service_parts.named(target.workload)}, {counted(target.replicas, 'pod')}" for target in one.targets) if one else ""


def _endpoints(one: ServicePlan | None) -> str:
    return f"{interval(one.steady)}, at least {interval(one.worst)} while all of them roll out" if one and one.targets else ""


def _shares(one: ServicePlan | None) -> str:
    shares = one.canary if one else ()
    return ", ".join(f"{service_parts.named(share.target.workload)} {float(share.share * 100):.3g} %" for share in shares)


def _told(findings: Sequence[Finding], label: str, tint: str, color: bool) -> Iterator[str]:
    for one in findings:
        where = f"{printable(one.path)}:{one.span.line}"
        yield from row(label, f"{printable(one.message)} [{one.rule}] ({where})", tint if color else "")
