"""The worst case of a rollout step by step, as a table with a picture of the pods."""

from __future__ import annotations

from collections.abc import Iterator

from rollproof.report.plan_parts import DIM, GREEN, RESET, YELLOW, row
from rollproof.rollout.plan import WorkloadPlan
from rollproof.rollout.trace import Moment, Witness, witness

_TYPICAL = 4
"""The N that is shown where it is not known."""

_WIDEST = 30
"""Columns that the picture may take; beyond, one character stands for several pods."""

_LONGEST = 40
"""Steps that are shown; of a longer rollout the middle is left out."""


def replicas_to_trace(one: WorkloadPlan) -> int:
    """The N that shows most: the only one, or the one whose rollout leaves the least share available."""
    low, high = one.replicas.low, one.replicas.high
    if low == high:
        return low
    if high is None:
        return max(low, _TYPICAL)
    worst = one.worst_share
    return worst.at if worst is not None and worst.at is not None else high


def block(one: WorkloadPlan, *, color: bool) -> Iterator[str]:
    """The steps of the rollout, with the moments that reach the bounds marked."""
    if one.strategy is None or one.bounds is None:
        return
    n = replicas_to_trace(one)
    seen = witness(one.strategy, n)
    if not seen.moments:
        yield from row("steps", "none: nothing rolls out by itself" if n else "none: there are no pods")
        return
    each = -(-max(moment.pods for moment in seen.moments) // _WIDEST)
    scale = "" if each == 1 else f", {each} pods a letter"
    yield from row("steps", f"with N = {n} (o old, n new, . not yet available{scale})")
    yield "    wave  event    old    new  pods  available"
    for moment in _shown(n, seen):
        if moment is None:
            yield "     ...  ...      ...    ...   ...        ..."
        else:
            yield _line(moment, each, color) + _mark(moment, seen)


def _shown(n: int, seen: Witness) -> Iterator[Moment | None]:
    yield Moment(0, "ready", n, 0, n)
    moments = seen.moments
    if len(moments) <= _LONGEST:
        yield from moments
        return
    head, tail = _LONGEST * 3 // 4, _LONGEST // 4
    yield from moments[:head]
    yield None
    yield from (moment for moment in (seen.peak, seen.low) if moment is not None and moment in moments[head:-tail])
    yield from moments[-tail:]


def _line(moment: Moment, each: int, color: bool) -> str:
    event = moment.event if moment.pods != moment.old or moment.event == "down" else "start"
    numbers = f"    {moment.wave:>4}  {event:<5}  {moment.old:>5}  {moment.new:>5}  {moment.pods:>4}  {moment.available:>9}  "
    ready = moment.available - moment.old
    parts = (
        ("o" * -(-moment.old // each), DIM),
        ("n" * -(-ready // each), GREEN),
        ("." * -(-(moment.pods - moment.available) // each), YELLOW),
    )
    return numbers + "".join(f"{tint}{letters}{RESET}" if color and letters else letters for letters, tint in parts)


def _mark(moment: Moment, seen: Witness) -> str:
    marks = []
    if moment is seen.peak:
        marks.append("most pods")
    if moment is seen.low:
        marks.append("fewest available")
    return f"  <- {', '.join(marks)}" if marks else ""
