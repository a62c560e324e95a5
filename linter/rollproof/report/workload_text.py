"""The plan of a workload as a block of text, and of many workloads as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rollproof.kube.int_or_percent import IntOrPercent
from rollproof.report import plan_trace
from rollproof.report.plan_parts import BOLD, RED, RESET, YELLOW, Lines, counted, interval, row, title
from rollproof.report.printable import printable
from rollproof.rollout.bounds import Bounds
from rollproof.rollout.expr import Expr
from rollproof.rollout.piecewise import Range, describe
from rollproof.rollout.plan import WorkloadPlan
from rollproof.rollout.reading import Assumption, Replicas
from rollproof.rollout.strategy import ArgoCanary, DaemonSetUpdate, RollingUpdate, StatefulSetUpdate

_SHORT = {"Deployment": "deploy", "StatefulSet": "sts", "DaemonSet": "ds", "ReplicaSet": "rs", "ReplicationController": "rc"}
"""The short names of kinds that kubectl knows."""

_SILENT = frozenset({"no-rollout", "on-delete", "nodes"})
"""Assumptions that a block says in its own words."""


def is_named(one: WorkloadPlan, name: str | None) -> bool:
    """Whether a workload is meant by ``web`` or ``Deployment/web``; the kind may be written in any case."""
    if name is None:
        return False
    kind, slash, rest = name.rpartition("/")
    resource = one.workload.resource
    return resource.name == rest and (not slash or resource.kind.lower() == kind.lower())


def block(one: WorkloadPlan, lines: Lines, color: bool) -> Iterator[str]:
    """What one rollout of the workload does, in at most 80 columns."""
    yield title(one.workload.resource, lines, color)
    if one.bounds is None:
        yield from row("replicas", _replicas(one.replicas))
        reason = one.unresolved.reason if one.unresolved else "unknown"
        yield from row("strategy", printable(f"no rollout can be worked out: {reason}"), RED if color else "")
    elif one.bounds.strategy == "None":
        if one.workload.resource.kind not in ("Pod", "Job", "CronJob"):
            yield from row("replicas", _replicas(one.replicas))
        yield from row("strategy", "none: a change of the template touches no running pod")
    elif one.bounds.strategy == "OnDelete":
        yield from row("replicas", _replicas(one.replicas))
        yield from row("strategy", "OnDelete: a pod is replaced only when somebody deletes it")
    else:
        yield from _rollout(one, one.bounds, color)
    for label, notes in (("note", one.assumptions), ("caveat", one.caveats)):
        for note in notes:
            if note.code not in _SILENT:
                yield from row(label, f"{printable(note.message)} ({_where(note, one, lines)})", YELLOW if color else "")


def _where(note: Assumption, one: WorkloadPlan, lines: Lines) -> str:
    source = note.place.resource.source
    line = lines.of(note.place)
    # A space that does not wrap: a number alone on a line says nothing.
    return f"line\N{NO-BREAK SPACE}{line}" if source == one.workload.resource.source else f"{printable(source)}:{line}"


def _rollout(one: WorkloadPlan, bounds: Bounds, color: bool) -> Iterator[str]:
    yield from row("replicas", _replicas(one.replicas))
    yield from row("strategy", _strategy(one, bounds))
    yield from row("pods", _pods(one, bounds))
    fewest = one.available
    tint = RED if color and fewest[1] == 0 and one.replicas.high != 0 else ""
    yield from row("available", f"at least {_bound(one, bounds.min_available, 'pod')}{_worst(one)}", tint)
    yield from row("waves", _time(one))
    if one.progress_deadline is not None:
        aborts = one.workload.resource.kind == "Rollout" and one.workload.resource.get("spec", "progressDeadlineAbort") is True
        end = "aborted" if aborts else "flagged"
        rest = "" if aborts else ", but never rolled back"
        yield from row("deadline", f"{end} after {one.progress_deadline} s without progress{rest}")
    yield from _rest(one)
    requests = [f"{name} {amount}" for name, amount in one.peak.items() if amount is not None and amount.nanos]
    if requests:
        yield from row("requests", f"{', '.join(requests)} at the peak")
    for line in one.quotas:
        if one.max_pods[1] is None or line.pods < one.max_pods[1]:
            text = f"{line.resource.identity} has room for {counted((line.pods, line.pods), 'pod')} by {line.key} {line.hard}"
            yield from row("quota", printable(text), YELLOW if color else "")
    for budget in one.budgets:
        rest, during = interval(one.over(budget.at_rest)), interval(one.over(budget.during))
        text = f"{budget.resource.identity} allows evictions: {rest} at rest, {during} at the low of a rollout"
        yield from row("drains", printable(text))


def _replicas(replicas: Replicas) -> str:
    if replicas.source == "nodes":
        return "N = the number of nodes that should run a pod"
    if replicas.source == "unknown":
        return "N is not known"
    return f"N = {interval((replicas.low, replicas.high))} ({printable(replicas.source)})"


def _strategy(one: WorkloadPlan, bounds: Bounds) -> str:
    strategy = one.strategy
    if isinstance(strategy, RollingUpdate | DaemonSetUpdate) or (isinstance(strategy, ArgoCanary) and not strategy.traffic_routed):
        surge = _limit(one, bounds.surge, strategy.max_surge)
        return f"{bounds.strategy}: surge {surge}, unavailable {_limit(one, bounds.unavailable, strategy.max_unavailable)}"
    if isinstance(strategy, StatefulSetUpdate):
        order = "in parallel" if strategy.parallel else "in order"
        first = "first pod" if strategy.partition == 1 else f"first {strategy.partition} pods"
        part = f", all but the {first}" if strategy.partition else ""
        return f"{bounds.strategy}: unavailable {_limit(one, bounds.unavailable, strategy.max_unavailable)}, {order}{part}"
    if bounds.strategy == "Recreate":
        return "Recreate: every old pod goes before a new one starts"
    if bounds.strategy == "BlueGreen":
        return "BlueGreen: a whole second set of pods, then the switch"
    return f"{bounds.strategy}: a traffic router carries the weights"


def _limit(one: WorkloadPlan, expr: Expr, written: IntOrPercent) -> str:
    """A limit with where it comes from: ``1 (25% of 3)``, ``1..3 (25%)``; an integer that is taken as it is needs no more words."""
    found = one.over(expr)
    low, high = one.replicas.low, one.replicas.high
    text = interval(found) if high is not None else _formula(expr, low)
    if text == str(written):
        return text
    if not written.percent or low != high:
        return f"{text} ({written})"
    forced = found == (1, 1) and not one.surges and written.resolve(low, "down") == 0
    return f"{text} ({written} of {low}{' is 0 rounded down, but one pod must go' if forced else ''})"


def _pods(one: WorkloadPlan, bounds: Bounds) -> str:
    text = f"at most {_bound(one, bounds.max_pods, 'pod')}"
    with_terminating = one.with_terminating
    if with_terminating is None or one.over(with_terminating) == one.max_pods:
        return text
    more = _bound(one, with_terminating, "pod") if one.replicas.high is None else interval(one.over(with_terminating))
    return f"{text}; {more} with terminating ones ({one.grace_seconds} s grace)"


def _bound(one: WorkloadPlan, expr: Expr, noun: str) -> str:
    """A bound: its number, its range with the formula, or the formula alone where N has no end."""
    low, high = one.replicas.low, one.replicas.high
    if high is None:
        return f"{_formula(expr, low)} {noun}s"
    found = one.over(expr)
    text = counted(found, noun)
    return text if low == high or str(expr) == interval(found) else f"{text} = {expr}"


def _formula(expr: Expr, low: int) -> str:
    """The formula for every N from ``low`` on, stretch by stretch; that there is nothing at N = 0 goes without saying."""
    text = describe(expr, max(low, 1), None)
    return f"({text})" if text.startswith("for ") else text


def _worst(one: WorkloadPlan) -> str:
    """The share that is kept in the worst case, where it is not the same for every N."""
    worst = one.worst_share
    if worst is None or worst.at is None or worst.value in (0, 1) or one.replicas.low == one.replicas.high:
        outage, keeps = one.first_outage, one.keeps_one_from
        if outage is not None and keeps is not None and keeps > outage and one.bounds and one.bounds.strategy != "Recreate":
            return f"; keeps one from N = {keeps} on"
        return ""
    return f"; the least share is {worst.value.numerator} of {worst.value.denominator}, at N = {worst.at}"


def _time(one: WorkloadPlan) -> str:
    assert one.waves is not None
    low, high = one.replicas.low, one.replicas.high
    text = interval(one.waves.range(low, high)) if high is not None else one.waves.text(max(low, 1), None)
    if isinstance(one.strategy, ArgoCanary) and one.strategy.steps:
        text = f"at least {text}, and more where the steps of the canary wait"
    if one.seconds != (0, 0) and one.seconds[0] is not None:
        each = f" ({one.startup_seconds} s each)" if high is None else ""
        text += each or f", at least {interval(one.seconds)} s"
    if one.pauses is None:
        text += "; a pause waits for somebody"
    elif one.pauses:
        text += f"; {one.pauses} s of pauses"
    return text


def _rest(one: WorkloadPlan) -> Iterator[str]:
    """Said where it is one number: what is left when the new version never works."""
    rest = one.rest
    if rest is None or one.replicas.low != one.replicas.high or one.replicas.low == 0:
        return
    old, new = one.over(rest.old), one.over(rest.new)
    yield from row("if broken", f"it rests at {counted(old, 'old pod')} and {counted(new, 'new pod')}")


def summary(plans: Sequence[WorkloadPlan], *, color: bool) -> str:
    """A table with one line for each workload that rolls out."""
    rolling = [one for one in plans if one.strategy_name != "None"]
    rows: list[tuple[str, ...]] = [("workload", "N", "strategy", "pods", "available", "waves", "seconds")]
    rows += [_summary_row(one) for one in rolling]
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(rows[0]))]
    widths[0] = max(12, min(widths[0], 79 - sum(widths[1:]) - 2 * (len(widths) - 1)))
    lines = ["  ".join(_cell(cell, width, i) for i, (cell, width) in enumerate(zip(cells, widths, strict=True))).rstrip() for cells in rows]
    if color:
        lines[0] = f"{BOLD}{lines[0]}{RESET}"
    still = len(plans) - len(rolling)
    if not rolling:
        lines = []
    if still:
        lines.append(
            f"{counted((still, still), 'workload')} beside {'these ' if rolling else ''}without a rollout (Pods, Jobs and the like)"
        )
    return "\n".join(lines) + "\n" if lines else "nothing here rolls out: no workload was found\n"


def _summary_row(one: WorkloadPlan) -> tuple[str, ...]:
    resource = one.workload.resource
    name = printable(f"{_SHORT.get(resource.kind, resource.kind.lower())}/{resource.name or '(unnamed)'}")
    size = interval((one.replicas.low, one.replicas.high))
    if one.bounds is None or one.waves is None:
        return name, size, "unknown", "", "", "", ""
    waves = interval(one.waves.range(one.replicas.low, one.replicas.high))
    pods, available = _most(one.max_pods), _least(one.available)
    return name, size, one.bounds.strategy, pods, available, waves, _least(one.seconds)


def _most(found: Range) -> str:
    return "no end" if found[1] is None else f"<= {found[1]}"


def _least(found: Range) -> str:
    return f">= {found[0] or 0}"


def _cell(text: str, width: int, column: int) -> str:
    if len(text) > width:
        text = text[: width - 1] + "…"
    return f"{text:<{width}}" if column in (0, 2) else f"{text:>{width}}"


def traced(one: WorkloadPlan, lines: Lines, color: bool) -> Iterator[str]:
    """The block of a workload, and below it its worst case step by step."""
    yield from block(one, lines, color)
    yield from plan_trace.block(one, color=color)
