"""A plan as text for people, and as JSON for programs (schemas/plan.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from textwrap import wrap
from typing import Any

from rollproof.document import Document
from rollproof.model.resource import Identity, Place, Resource
from rollproof.model.workload import Workload
from rollproof.report.printable import printable
from rollproof.rollout.bounds import Bounds
from rollproof.rollout.expr import Expr
from rollproof.rollout.piecewise import Range, range_of
from rollproof.rollout.plan import Plan, WorkloadPlan
from rollproof.rollout.reading import Assumption, Replicas
from rollproof.rollout.traffic import BlueGreen, ServicePlan, Target
from rollproof.rollout.waves import least_seconds, waves_of

OpenDocument = Callable[[str, int], Document]

MOST_POINTS = 1000
"""The longest list of single values of N that the JSON holds."""

_WIDTH = 80
_BOLD, _DIM, _YELLOW, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"


def as_json(plan: Plan, open_document: OpenDocument, *, color: bool = False) -> str:
    """The plan as one JSON object."""
    del color
    lines = _Lines(open_document)
    data = {
        "version": 1,
        "workloads": [_workload(one, lines) for one in plan.workloads],
        "services": [_service(one, lines) for one in plan.services],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


class _Lines:
    """Line numbers of places."""

    def __init__(self, open_document: OpenDocument) -> None:
        self._open = open_document

    def of(self, place: Place) -> int:
        resource = place.resource
        return self._open(resource.source, resource.document).span((*resource.prefix, *place.path), place.at).line

    def start(self, resource: Resource) -> int:
        return self.of(resource.at())


def _workload(one: WorkloadPlan, lines: _Lines) -> dict[str, Any]:
    resource = one.workload.resource
    low, high = one.replicas.low, one.replicas.high
    return {
        "resource": _identity(resource.identity),
        "path": resource.source,
        "line": lines.start(resource),
        "strategy": one.bounds.strategy if one.bounds else None,
        "replicas": _replicas(one.replicas),
        "bounds": _bounds(one.bounds, low, high) if one.bounds else None,
        "at": [_at(one.bounds, n, one.startup_seconds) for n in _points(low, high)] if one.bounds else [],
        "waves": {"expr": one.waves.text(low, high), **_range(one.waves.range(low, high))} if one.waves else None,
        "minDurationSeconds": one.seconds[0],
        "progressDeadlineSeconds": one.progress_deadline,
        "peakRequests": {name: None if amount is None else str(amount) for name, amount in one.peak.items()} or None,
        "assumptions": [_assumption(note, lines) for note in one.assumptions],
        "unresolved": one.unresolved,
    }


def _bounds(bounds: Bounds, low: int, high: int | None) -> dict[str, Any]:
    exprs = {
        "surge": bounds.surge,
        "unavailable": bounds.unavailable,
        "maxPods": bounds.max_pods,
        "minAvailable": bounds.min_available,
    }
    return {name: {"expr": str(expr), **_range(range_of(expr, low, high))} for name, expr in exprs.items()}


def _points(low: int, high: int | None) -> range:
    return range(low, min(high + 1, low + MOST_POINTS)) if high is not None else range(0)


def _at(bounds: Bounds, n: int, startup: int) -> dict[str, int]:
    found = bounds.at(n)
    return {
        "replicas": found.replicas,
        "surge": found.surge,
        "unavailable": found.unavailable,
        "maxPods": found.max_pods,
        "minAvailable": found.min_available,
        "waves": waves_of(bounds).at(n),
        "minDurationSeconds": least_seconds(bounds, n, startup),
    }


def _service(one: ServicePlan, lines: _Lines) -> dict[str, Any]:
    return {
        "resource": _identity(one.resource.identity),
        "path": one.resource.source,
        "line": lines.start(one.resource),
        "selector": dict(one.selector),
        "targets": [_target(target) for target in one.targets],
        "endpoints": {"steady": _range(one.steady), "worstDuringRollouts": _range(one.worst)},
        "blueGreen": _blue_green(one.blue_green) if one.blue_green else None,
        "canary": {
            "targets": [
                {"resource": _identity(share.target.workload.resource.identity), "share": _share(share.share)} for share in one.canary
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
        "resource": _identity(target.workload.resource.identity),
        "replicas": _range(target.replicas),
        "minAvailable": _range(target.available),
    }


def _share(share: Fraction) -> float:
    return round(float(share), 6)


def _identity(identity: Identity) -> dict[str, str | None]:
    return {"apiVersion": identity.api_version, "kind": identity.kind, "namespace": identity.namespace, "name": identity.name}


def _replicas(replicas: Replicas) -> dict[str, Any]:
    return {"min": replicas.low, "max": replicas.high, "value": replicas.value, "source": replicas.source}


def _range(found: Range) -> dict[str, int | None]:
    return {"min": found[0], "max": found[1]}


def _assumption(note: Assumption, lines: _Lines) -> dict[str, Any]:
    return {"code": note.code, "message": note.message, "path": note.place.resource.source, "line": lines.of(note.place)}


def as_text(plan: Plan, open_document: OpenDocument, *, color: bool) -> str:
    """The plan as one block for each workload and each Service, at most 80 columns wide where words allow."""
    lines = _Lines(open_document)
    blocks = ["\n".join(_workload_block(one, lines, color)) for one in plan.workloads]
    blocks += ["\n".join(_service_block(one, lines, color)) for one in plan.services]
    return "\n\n".join(blocks) + "\n" if blocks else "nothing here rolls out: no workload and no Service was found\n"


def _title(resource: Resource, lines: _Lines, color: bool) -> str:
    where = f"{printable(resource.source)}:{lines.start(resource)}"
    name = f"{resource.kind} {printable(resource.name or '(unnamed)')}"
    return f"{_BOLD}{name}{_RESET}  {_DIM}{where}{_RESET}" if color else f"{name}  ({where})"


def _row(label: str, text: str) -> Iterator[str]:
    """One labelled line, wrapped under itself."""
    lead = f"  {label:<11}"
    lines = wrap(text, _WIDTH - len(lead), break_long_words=False, break_on_hyphens=False) or [""]
    yield lead + lines[0]
    yield from (" " * len(lead) + line for line in lines[1:])


def _workload_block(one: WorkloadPlan, lines: _Lines, color: bool) -> Iterator[str]:
    yield _title(one.workload.resource, lines, color)
    yield from _row("replicas", _replicas_text(one.replicas))
    if one.bounds is None:
        yield from _row("strategy", f"no rollout can be worked out: {one.unresolved}")
    elif one.bounds.strategy in ("None", "OnDelete"):
        yield from _row("strategy", one.bounds.strategy)
    else:
        yield from _bounds_rows(one, one.bounds)
    for note in one.assumptions:
        mark = f"{_YELLOW}note{_RESET}       " if color else "note"
        yield from _row(mark, f"{printable(note.message)} (line {lines.of(note.place)})")


def _bounds_rows(one: WorkloadPlan, bounds: Bounds) -> Iterator[str]:
    low, high = one.replicas.low, one.replicas.high
    yield from _row(
        "strategy", bounds.strategy + ("" if bounds.strategy in ("Recreate", "BlueGreen") else f": {_limits(bounds, low, high)}")
    )
    yield from _row("pods", f"at most {_counted(bounds.max_pods, low, high, 'pod')}")
    yield from _row("available", f"at least {_counted(bounds.min_available, low, high, 'pod')}")
    if one.waves is not None:
        fewest, most = one.waves.range(low, high)
        yield from _row("waves", _interval(fewest, most))
    shortest = one.seconds[0]
    if shortest is not None:
        deadline = (
            f"; flagged as failed after {one.progress_deadline} s without progress, never rolled back" if one.progress_deadline else ""
        )
        yield from _row("time", f"at least {_interval(*one.seconds)} s{deadline}")
    requests = [f"{name} {amount}" for name, amount in one.peak.items() if amount is not None]
    if requests:
        yield from _row("peak", f"requests {', '.join(requests)}")


def _limits(bounds: Bounds, low: int, high: int | None) -> str:
    return f"surge {_counted(bounds.surge, low, high)}, unavailable {_counted(bounds.unavailable, low, high)}"


def _counted(expr: Expr, low: int, high: int | None, noun: str = "") -> str:
    """An expression with its value, or with its range: ``3 pods``, ``4..13 pods (N + ceil(N/4))``."""
    fewest, most = range_of(expr, low, high)
    text = _interval(fewest, most)
    if noun:
        text += f" {noun}" if fewest == most == 1 else f" {noun}s"
    return text if low == high or str(expr) == text else f"{text} = {expr}"


def _interval(low: int | None, high: int | None) -> str:
    if low == high and low is not None:
        return str(low)
    return f"{0 if low is None else low}{'+' if high is None else f'..{high}'}"


def _replicas_text(replicas: Replicas) -> str:
    if replicas.source == "nodes":
        return "N = number of nodes"
    if replicas.source == "unknown":
        return "N is unknown"
    interval = _interval(replicas.low, replicas.high)
    return f"N = {interval} ({replicas.source})"


def _service_block(one: ServicePlan, lines: _Lines, color: bool) -> Iterator[str]:
    yield _title(one.resource, lines, color)
    yield from _row("selects", printable(", ".join(f"{key}={value}" for key, value in one.selector.items())))
    if not one.targets:
        yield from _row("targets", "none of the pods here")
    for target in one.targets:
        yield from _row("targets", f"{_named(target.workload)}, {_interval(*target.replicas)} pods")
    if one.targets:
        yield from _row("endpoints", f"{_interval(*one.steady)}, at least {_interval(*one.worst)} while all of them roll out")
    for share in one.canary:
        yield from _row("share", f"{_named(share.target.workload)} gets {float(share.share * 100):.3g} % of new connections")
    if one.blue_green:
        yield from _colours(one.blue_green)


def _colours(found: BlueGreen) -> Iterator[str]:
    yield from _row("active", printable(f"{found.key}={found.active}"))
    for candidate in found.candidates:
        who = ", ".join(f"{_named(target.workload)}, {_interval(*target.replicas)} pods" for target in candidate.targets)
        verdict = "ready" if candidate.ready else "; ".join(candidate.problems)
        yield from _row("flip to", printable(f"{found.key}={candidate.value}: {who}: {verdict}"))


def _named(workload: Workload) -> str:
    return printable(str(workload.resource.identity))


__all__: Sequence[str] = ["as_json", "as_text"]
