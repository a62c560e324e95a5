"""Exact questions about an expression over an interval of N, however long: its range, its least ratio, where it first crosses a value."""

# Rounded quotients make an expression repeat: after one period it has risen by a fixed amount. Minima and maxima are resolved into pieces
# on which that holds, so one period at each end of a piece settles every question, and nothing is sampled.

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Literal

from rollproof.rollout.expr import Const, Expr, Extreme, Quotient, Replicas, Sum, assuming, ceil_div, floor_div, greatest, least

Comparison = Literal["<", "<=", ">", ">=", "==", "!="]
Range = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of N, ends included (``last`` None: without end), where ``expr.at(n + period) == expr.at(n) + rise`` for all its n."""

    first: int
    last: int | None
    expr: Expr
    period: int
    rise: int

    def opening(self) -> range:
        """The first period: between them, these N stand for every N of the piece."""
        end = self.first + self.period
        return range(self.first, end if self.last is None else min(end, self.last + 1))

    def closing(self) -> range:
        """The last period of a piece that has an end."""
        assert self.last is not None
        return range(max(self.first, self.last - self.period + 1), self.last + 1)


@dataclass(frozen=True, slots=True)
class LeastRatio:
    """The least ``expr / N``; ``at`` is the smallest N that has it, or None when it is only approached as N grows without end."""

    value: Fraction
    at: int | None


@lru_cache(maxsize=4096)
def range_of(expr: Expr, low: int, high: int | None) -> Range:
    """The exact minimum and maximum for N in [low, high]; None stands for "without bound", and for an interval without end."""
    smallest, greatest_step = expr.steps()
    if high is not None and smallest >= 0:
        return expr.at(low), expr.at(high)
    if high is not None and greatest_step <= 0:
        return expr.at(high), expr.at(low)
    ranges = [_piece_range(piece) for piece in pieces(expr, low, high)]
    lows = [bottom for bottom, _ in ranges if bottom is not None]
    tops = [top for _, top in ranges if top is not None]
    return (min(lows) if len(lows) == len(ranges) else None), (max(tops) if len(tops) == len(ranges) else None)


@lru_cache(maxsize=4096)
def first(left: Expr, comparison: Comparison, right: Expr | int, low: int, high: int | None) -> int | None:
    """The smallest N in [low, high] for which ``left comparison right`` is true, or None when it is true for none."""
    difference = left - right
    for piece in pieces(difference, low, high):
        found = min(_hits(piece, comparison), default=None)
        if found is not None:
            return found
    return None


def always(left: Expr, comparison: Comparison, right: Expr | int, low: int, high: int | None) -> bool:
    """Whether ``left comparison right`` is true for every N in [low, high]."""
    return first(left, _OPPOSITE[comparison], right, low, high) is None


def highest(arms: Iterable[Expr]) -> Expr:
    """The largest of the arms for N >= 0, like ``greatest`` but with the proof of every comparison tried in full."""
    return greatest(*_undominated(arms, ">="))


def lowest(arms: Iterable[Expr]) -> Expr:
    """The smallest of the arms for N >= 0, like ``least`` but with the proof of every comparison tried in full."""
    return least(*_undominated(arms, "<="))


@lru_cache(maxsize=4096)
def least_ratio(expr: Expr, low: int, high: int | None) -> LeastRatio | None:
    """The least value of ``expr / N`` over the N >= 1 of [low, high]; None when there is no such N.

    The share of a rollout's replicas that stay available is not monotone in N (N - floor(N/4) keeps all of 3 but three quarters of 4),
    so the ends of an interval do not tell it. Within a residue class it is monotone, so first and last member do.
    """
    if high is not None and high < 1:
        return None
    found: list[LeastRatio] = []
    for piece in pieces(expr, max(low, 1), high):
        ends = [*piece.opening(), *(() if piece.last is None else piece.closing())]
        found += [LeastRatio(Fraction(piece.expr.at(n), n), n) for n in ends]
        if piece.last is None:
            found.append(LeastRatio(Fraction(piece.rise, piece.period), None))
    return min(found, key=lambda ratio: (ratio.value, ratio.at is None, ratio.at or 0))


def describe(expr: Expr, low: int, high: int | None) -> str:
    """The expression without min and max, stretch by stretch: "for N <= 9: 1; then floor(N/10)"."""
    texts: list[tuple[int, int | None, str]] = []
    for piece in pieces(expr, low, high):
        bottom, top = range_of(piece.expr, piece.first, piece.last)
        text = str(bottom if bottom == top else piece.expr)
        if texts and texts[-1][2] == text:
            texts[-1] = (texts[-1][0], piece.last, text)
        else:
            texts.append((piece.first, piece.last, text))
    stretches = [f"for N {'=' if start == end else '<='} {end}: {text}" for start, end, text in texts[:-1]]
    return "; ".join([*stretches, f"then {texts[-1][2]}" if stretches else texts[-1][2]])


def pieces(expr: Expr, low: int, high: int | None) -> tuple[Piece, ...]:
    """The pieces that make up [low, high], in order; where two arms of a minimum tie, the one that wins for larger N is taken."""
    match expr:
        case Const():
            return (Piece(low, high, expr, 1, 0),)
        case Replicas():
            return (Piece(low, high, expr, 1, 1),)
        case Quotient(numerator, divisor, up):
            return tuple(_divided(piece, divisor, up) for piece in pieces(numerator, low, high))
        case Sum(terms, constant):
            parts = [tuple(_scaled(piece, factor) for piece in pieces(term, low, high)) for term, factor in terms]
            total: tuple[Piece, ...] = (Piece(low, high, Const(constant), 1, 0),)
            for part in parts:
                total = tuple(_added(*pair) for pair in _overlaps(total, part))
            return total
        case Extreme(arms, largest):
            chosen = pieces(arms[-1], low, high)
            for arm in reversed(arms[:-1]):
                chosen = tuple(p for pair in _overlaps(pieces(arm, low, high), chosen) for p in _decided(*pair, largest))
            return chosen
        case _:
            raise TypeError(f"not an expression: {expr!r}")


_OPPOSITE: dict[Comparison, Comparison] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def _undominated(arms: Iterable[Expr], beats: Comparison) -> list[Expr]:
    kept: list[Expr] = []
    for arm in dict.fromkeys(arms):
        if not any(always(other, beats, arm, 0, None) for other in kept):
            kept = [other for other in kept if not always(arm, beats, other, 0, None)]
            kept.append(arm)
    return kept


def _piece_range(piece: Piece) -> Range:
    opening = [piece.expr.at(n) for n in piece.opening()]
    if piece.last is None:
        return (None if piece.rise < 0 else min(opening)), (None if piece.rise > 0 else max(opening))
    closing = [piece.expr.at(n) for n in piece.closing()]
    return min(*opening, *closing), max(*opening, *closing)


def _hits(piece: Piece, comparison: Comparison) -> Iterator[int]:
    for n in piece.opening():
        periods = _first_step(piece.expr.at(n), piece.rise, comparison)
        if periods is not None and (piece.last is None or n + periods * piece.period <= piece.last):
            yield n + periods * piece.period


def _first_step(value: int, rise: int, comparison: Comparison) -> int | None:
    """The least k >= 0 with ``value + k * rise`` compared to 0, or None."""
    match comparison:
        case ">=":
            return 0 if value >= 0 else -(value // rise) if rise > 0 else None
        case ">":
            return _first_step(value - 1, rise, ">=")
        case "<=" | "<":
            return _first_step(-value, -rise, ">=" if comparison == "<=" else ">")
        case "==":
            reached = value == 0 or (rise != 0 and value % rise == 0 and value // rise < 0)
            return (-value // rise if value else 0) if reached else None
        case "!=":
            return 0 if value else 1 if rise else None


def _divided(piece: Piece, divisor: int, up: bool) -> Piece:
    repeats = divisor // gcd(divisor, piece.rise)
    divide: Callable[[Expr, int], Expr] = ceil_div if up else floor_div
    return Piece(piece.first, piece.last, divide(piece.expr, divisor), piece.period * repeats, piece.rise * repeats // divisor)


def _scaled(piece: Piece, factor: int) -> Piece:
    return Piece(piece.first, piece.last, piece.expr * factor, piece.period, piece.rise * factor)


def _added(a: Piece, b: Piece) -> Piece:
    period = lcm(a.period, b.period)
    return Piece(a.first, a.last, a.expr + b.expr, period, a.rise * period // a.period + b.rise * period // b.period)


def _overlaps(left: tuple[Piece, ...], right: tuple[Piece, ...]) -> Iterator[tuple[Piece, Piece]]:
    """Both rows of pieces cut at the ends of either, side by side."""
    i = j = 0
    while i < len(left) and j < len(right):
        a, b = left[i], right[j]
        start = max(a.first, b.first)
        end = a.last if b.last is None else b.last if a.last is None else min(a.last, b.last)
        yield _cut(a, start, end), _cut(b, start, end)
        i += a.last == end
        j += b.last == end


def _cut(piece: Piece, start: int, end: int | None) -> Piece:
    return Piece(start, end, piece.expr, piece.period, piece.rise)


def _decided(a: Piece, b: Piece, largest: bool) -> Iterator[Piece]:
    """Which of two expressions is the larger (or the smaller) on their common stretch, cut where the answer changes."""
    minus_b = _scaled(b, -1)
    difference = _added(a, minus_b)
    if difference.rise < 0:
        a, b = b, a
        difference = _scaled(difference, -1)
    early, late = (b, a) if largest else (a, b)  # which of the two is asked for while a < b, and once a > b
    above = min(_hits(difference, ">"), default=None)
    below = _last_below(difference)
    if below is None:
        yield late
    elif above is None:
        yield early
    elif difference.rise == 0:
        yield Piece(a.first, a.last, _either(a, b, largest), difference.period, a.rise * difference.period // a.period)
    else:
        turn = min(above, below + 1)
        if turn > a.first:
            yield _cut(early, a.first, turn - 1)
        if turn <= below:
            yield Piece(turn, below, _either(a, b, largest), below - turn + 1, 0)
        if late.last is None or below < late.last:
            yield _cut(late, below + 1, late.last)


def _last_below(piece: Piece) -> int | None:
    """The last N of a piece that does not fall where it is negative; of a level piece, any such N."""
    found: list[int] = []
    for n in piece.opening():
        value = piece.expr.at(n)
        if value < 0:
            periods = (-value - 1) // piece.rise if piece.rise else 0
            if piece.last is not None:
                periods = min(periods, (piece.last - n) // piece.period)
            found.append(n + periods * piece.period)
    return max(found, default=None)


def _either(a: Piece, b: Piece, largest: bool) -> Expr:
    return assuming((greatest if largest else least)(a.expr, b.expr), a.first, a.last)
