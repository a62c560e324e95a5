"""The Services of a plan, as JSON and as blocks of text."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from rollproof.model.workload import Workload
from rollproof.report.plan_parts import YELLOW, Lines, counted, identity, interval, row, span_of, title
from rollproof.report.printable import printable
from rollproof.rollout.traffic import BlueGreen, ServicePlan, Share, Target


def as_data(one: ServicePlan, lines: Lines) -> dict[str, Any]:
    """A Service of a plan for JSON."""
    return {
        "resource": identity(one.resource.identity),
        "path": one.resource.source,
        "line": lines.start(one.resource),
        "selector": dict(one.selector),
        "targets": [_target(target) for target in one.targets],
        "endpoints": {"steady": span_of(one.steady), "worstDuringRollouts": span_of(one.worst)},
        "blueGreen": _blue_green(one.blue_green) if one.blue_green else None,
        "canary": _canary(one) if one.canary else None,
        "notes": [
            {"code": note.code, "message": note.message, "path": note.place.resource.source, "line": lines.of(note.place)}
            for note in one.notes
        ],
    }


def _canary(one: ServicePlan) -> dict[str, Any]:
    return {
        "by": identity(one.split_by.identity) if one.split_by else None,
        "targets": [
            {
                "resource": identity(share.target.workload.resource.identity),
                "share": _rounded(share.share),
                "duringRollouts": {"min": _rounded(share.during[0]), "max": _rounded(share.during[1])} if share.during else None,
            }
            for share in one.canary
        ],
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
        "bothBy": [identity(service.identity) for service in found.both],
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "resource": identity(target.workload.resource.identity),
        "replicas": span_of(target.replicas),
        "minAvailable": span_of(target.available),
    }


def _rounded(share: Fraction) -> float:
    return round(float(share), 6)


def block(one: ServicePlan, lines: Lines, color: bool) -> Iterator[str]:
    """A Service of a plan for people."""
    yield title(one.resource, lines, color)
    yield from row("selects", printable(", ".join(f"{key}={value}" for key, value in one.selector.items())))
    if not one.targets:
        yield from row("targets", "none of the pods here")
    for target in one.targets:
        yield from row("targets", f"{named(target.workload)}, {counted(target.replicas, 'pod')}")
    if one.targets:
        yield from row("endpoints", f"{interval(one.steady)}, at least {interval(one.worst)} while all of them roll out")
    what = f"of the requests ({printable(str(one.split_by.identity))})" if one.split_by else "of new connections"
    for share in one.canary:
        yield from row("share", f"{named(share.target.workload)} gets {_percent(share.share)} {what}{_during(share)}")
    if one.blue_green:
        yield from _colours(one.blue_green)
    for note in one.notes:
        yield from row("note", f"{printable(note.message)} (line {lines.of(note.place)})", YELLOW if color else "")


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.3g} %"


def _during(share: Share) -> str:
    if share.during is None or share.during == (share.share, share.share):
        return ""
    return f", {float(share.during[0] * 100):.3g} to {_percent(share.during[1])} while all of them roll out"


def _colours(found: BlueGreen) -> Iterator[str]:
    yield from row("active", printable(f"{found.key}={found.active}"))
    for candidate in found.candidates:
        who = ", ".join(f"{named(target.workload)}, {counted(target.replicas, 'pod')}" for target in candidate.targets)
        verdict = "ready" if candidate.ready else "; ".join(candidate.problems)
        yield from row("flip to", printable(f"{found.key}={candidate.value}: {who}: {verdict}"))
    if found.both:
        yield from row("both", printable(f"{', '.join(str(service.identity) for service in found.both)} sends traffic to both colours"))


def named(workload: Workload) -> str:
    """A workload's kind and name, safe to print."""
    return printable(str(workload.resource.identity))
