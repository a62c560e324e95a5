"""Exact integer expressions over N, the number of replicas: built already simplified, written for people, evaluated."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd


class Expr:
    """An integer-valued function of N, immutable and hashable; ``str()`` writes it with N, integers, + - * /, ceil floor min max.

    N is never negative, and every simplification holds for all N >= 0. Terms and arms have one order, so expressions that differ only in
    the order in which they were put together are equal.
    """

    __slots__ = ()

    def at(self, n: int) -> int:
        """The value for N = ``n`` replicas, where ``n >= 0``."""
        raise NotImplementedError

    def steps(self) -> tuple[int, int]:
        """Two integers that enclose ``at(n + 1) - at(n)`` for every n >= 0; equal signs prove that the expression is monotone."""
        raise NotImplementedError

    def __add__(self, other: "Expr | int") -> "Expr":
        return _combine((self, 1), (_expr(other), 1))

    def __radd__(self, other: int) -> "Expr":
        return _combine((_expr(other), 1), (self, 1))

    def __sub__(self, other: "Expr | int") -> "Expr":
        return _combine((self, 1), (_expr(other), -1))

    def __rsub__(self, other: int) -> "Expr":
        return _combine((_expr(other), 1), (self, -1))

    def __mul__(self, factor: int) -> "Expr":
        return _combine((self, factor))

    __rmul__ = __mul__


@dataclass(frozen=True, slots=True)
class Const(Expr):
    """A number that does not depend on N."""

    value: int

    def at(self, n: int) -> int:  # noqa: ARG002
        return self.value

    def steps(self) -> tuple[int, int]:
        return 0, 0

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Replicas(Expr):
    """N itself."""

    def at(self, n: int) -> int:
        return n

    def steps(self) -> tuple[int, int]:
        return 1, 1

    def __str__(self) -> str:
        return "N"


@dataclass(frozen=True, slots=True)
class Sum(Expr):
    """``constant`` plus each term times its factor; the terms are distinct, none is a Sum or a Const and no factor is 0."""

    terms: tuple[tuple[Expr, int], ...]
    constant: int

    def at(self, n: int) -> int:
        total = self.constant
        for term, factor in self.terms:
            total += factor * term.at(n)
        return total

    def steps(self) -> tuple[int, int]:
        low = high = 0
        for term, factor in self.terms:
            ends = [factor * step for step in term.steps()]
            low += min(ends)
            high += max(ends)
        return low, high

    def __str__(self) -> str:
        parts = [(factor, str(term) if abs(factor) == 1 else f"{abs(factor)}*{term}") for term, factor in self.terms]
        if self.constant:
            parts.append((self.constant, str(abs(self.constant))))
        parts.sort(key=lambda part: part[0] < 0)
        sign, text = parts[0]
        rest = (f" {'-' if sign < 0 else '+'} {text}" for sign, text in parts[1:])
        return ("-" if sign < 0 else "") + text + "".join(rest)


@dataclass(frozen=True, slots=True)
class Quotient(Expr):
    """``numerator / divisor`` rounded up or down to an integer; the divisor is at least 2."""

    numerator: Expr
    divisor: int
    up: bool

    def at(self, n: int) -> int:
        value = self.numerator.at(n)
        return -(-value // self.divisor) if self.up else value // self.divisor

    def steps(self) -> tuple[int, int]:
        low, high = self.numerator.steps()
        return low // self.divisor, -(-high // self.divisor)

    def __str__(self) -> str:
        text = str(self.numerator)
        single = not isinstance(self.numerator, Sum) or (len(self.numerator.terms) == 1 and not self.numerator.constant)
        return f"{'ceil' if self.up else 'floor'}({text if single else f'({text})'}/{self.divisor})"


@dataclass(frozen=True, slots=True)
class Extreme(Expr):
    """The largest or the smallest of its arms: two or more, none of which always decides."""

    arms: tuple[Expr, ...]
    largest: bool

    def at(self, n: int) -> int:
        values = [arm.at(n) for arm in self.arms]
        return max(values) if self.largest else min(values)

    def steps(self) -> tuple[int, int]:
        steps = [arm.steps() for arm in self.arms]
        return min(low for low, _ in steps), max(high for _, high in steps)

    def __str__(self) -> str:
        return f"{'max' if self.largest else 'min'}({', '.join(map(str, self.arms))})"


N = Replicas()
ZERO = Const(0)
ONE = Const(1)


def ceil_div(numerator: Expr | int, divisor: int) -> Expr:
    """``ceil(numerator / divisor)`` in lowest terms; the divisor is positive."""
    return _quotient(_expr(numerator), divisor, up=True)


def floor_div(numerator: Expr | int, divisor: int) -> Expr:
    """``floor(numerator / divisor)`` in lowest terms; the divisor is positive."""
    return _quotient(_expr(numerator), divisor, up=False)


def least(*arms: Expr | int) -> Expr:
    """The smallest of the arms, without those that can never be it."""
    return _extreme([_expr(arm) for arm in arms], largest=False, low=0, high=None)


def greatest(*arms: Expr | int) -> Expr:
    """The largest of the arms, without those that can never be it."""
    return _extreme([_expr(arm) for arm in arms], largest=True, low=0, high=None)


def assuming(expr: Expr, low: int, high: int | None = None) -> Expr:
    """The same function written more simply, given that N lies in [low, high] (None: no upper end); equal only within that range."""
    match expr:
        case Sum(terms, constant):
            parts = [(assuming(term, low, high), factor) for term, factor in terms]
            total = _combine((Const(constant), 1), *parts)
            return _extreme(total.arms, largest=total.largest, low=low, high=high) if isinstance(total, Extreme) else total
        case Quotient(numerator, divisor, up):
            return _quotient(assuming(numerator, low, high), divisor, up=up)
        case Extreme(arms, largest):
            return _extreme([assuming(arm, low, high) for arm in arms], largest=largest, low=low, high=high)
        case _:
            return expr


def _expr(value: Expr | int) -> Expr:
    return value if isinstance(value, Expr) else Const(value)


def _combine(*parts: tuple[Expr, int]) -> Expr:
    """The linear combination of the parts, in canonical order; a minimum or maximum that the rest cancels against is opened."""
    terms: dict[Expr, int] = {}
    constant = 0
    for expr, factor in parts:
        match expr:
            case Const(value):
                constant += factor * value
            case Sum(inner, value):
                constant += factor * value
                for term, inner_factor in inner:
                    terms[term] = terms.get(term, 0) + factor * inner_factor
            case _:
                terms[expr] = terms.get(expr, 0) + factor
    kept = [(term, factor) for term, factor in terms.items() if factor]
    return _opened(kept, constant) or _sum(kept, constant)


def _sum(terms: list[tuple[Expr, int]], constant: int) -> Expr:
    if not terms:
        return Const(constant)
    if len(terms) == 1 and terms[0][1] == 1 and not constant:
        return terms[0][0]
    return Sum(tuple(sorted(terms, key=lambda term: _order(term[0]))), constant)


def _opened(terms: list[tuple[Expr, int]], constant: int) -> Expr | None:
    """``N - min(N, x)`` as ``max(0, N - x)``: worth it when one arm of the extreme makes the whole sum a constant."""
    if len(terms) < 2:
        return None
    for term, factor in terms:
        if not isinstance(term, Extreme):
            continue
        rest = _sum([other for other in terms if other[0] is not term], constant)
        sums = [_combine((rest, 1), (arm, factor)) for arm in term.arms]
        if any(isinstance(sum_, Const) for sum_ in sums):
            return _extreme(sums, largest=term.largest == (factor > 0), low=0, high=None)
    return None


def _quotient(numerator: Expr, divisor: int, *, up: bool) -> Expr:
    if divisor < 1:
        raise ValueError(f"the divisor must be positive, not {divisor}")
    match numerator:
        case Const(value):
            return Const(-(-value // divisor) if up else value // divisor)
        case Sum(terms, constant):
            shared = gcd(divisor, constant, *(factor for _, factor in terms))
            numerator = _sum([(term, factor // shared) for term, factor in terms], constant // shared)
            divisor //= shared
        case _:
            pass
    return numerator if divisor == 1 else Quotient(numerator, divisor, up)


def _extreme(arms: Iterable[Expr], *, largest: bool, low: int, high: int | None) -> Expr:
    flat: list[Expr] = []
    for arm in arms:
        inner = arm.arms if isinstance(arm, Extreme) and arm.largest == largest else (arm,)
        for candidate in inner:
            if not any(_beats(kept, candidate, largest, low, high) for kept in flat):
                flat = [kept for kept in flat if not _beats(candidate, kept, largest, low, high)]
                flat.append(candidate)
    return flat[0] if len(flat) == 1 else Extreme(tuple(sorted(flat, key=_order)), largest)


def _beats(winner: Expr, loser: Expr, largest: bool, low: int, high: int | None) -> bool:
    """Whether ``winner`` is proved to be at least as extreme as ``loser`` for every N in [low, high]."""
    if winner == loser:
        return True
    margin = winner - loser if largest else loser - winner
    if isinstance(margin, Const):
        return margin.value >= 0
    smallest, greatest_ = margin.steps()
    rises = smallest >= 0 and margin.at(low) >= 0
    return rises or (high is not None and greatest_ <= 0 and margin.at(high) >= 0)


def _order(expr: Expr) -> tuple[int, str]:
    """Where a person would write it: N first, then quotients, then extremes, numbers last."""
    match expr:
        case Replicas():
            return 0, ""
        case Sum():
            return 1, str(expr)
        case Quotient():
            return 2, str(expr)
        case Extreme():
            return 3, str(expr)
        case _:
            return 4, str(expr)
