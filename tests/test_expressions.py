"""Do the expressions over N mean what they say, at every N and over whole intervals?"""

import operator
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollproof.rollout.expr import Const, Expr, N, assuming, ceil_div, floor_div, greatest, least
from rollproof.rollout.grammar import parse
from rollproof.rollout.piecewise import Comparison, always, describe, first, highest, least_ratio, lowest, pieces, range_of

COMPARISONS: dict[Comparison, object] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def _grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda arms: arms[0] + arms[1]),
        pair.map(lambda arms: arms[0] - arms[1]),
        pair.map(lambda arms: least(*arms)),
        pair.map(lambda arms: greatest(*arms)),
        st.tuples(inner, st.integers(-3, 5)).map(lambda part: part[0] * part[1]),
        st.tuples(inner, st.integers(1, 12)).map(lambda part: ceil_div(*part)),
        st.tuples(inner, st.integers(1, 12)).map(lambda part: floor_div(*part)),
    )


EXPRESSIONS = st.recursive(st.one_of(st.just(N), st.integers(-5, 15).map(Const)), _grow, max_leaves=8)
INTERVALS = st.tuples(st.integers(0, 30), st.integers(0, 150)).map(lambda ends: (ends[0], ends[0] + ends[1]))


def value_of_text(text: str, n: int) -> object:
    """The text read as anyone would read it: true division over the rationals, and the functions it names."""
    names = {"N": Fraction(n), "ceil": ceil, "floor": floor, "min": min, "max": max, "__builtins__": {}}
    return eval(text, names)  # the text is our own


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (N + ceil_div(N * 25, 100), "N + ceil(N/4)"),
        (N - floor_div(N * 25, 100), "N - floor(N/4)"),
        (ceil_div(N * 30, 100), "ceil(3*N/10)"),
        (ceil_div(N * 150, 100), "ceil(3*N/2)"),
        (floor_div(N * 100, 100), "N"),
        (floor_div(N * 0, 100), "0"),
        (least(floor_div(N, 4), N), "floor(N/4)"),
        (N + least(ceil_div(N * 3, 2), N), "2*N"),
        (N - least(N, 1), "max(N - 1, 0)"),
        (N - least(greatest(floor_div(N, 10), 1), N), "max(N - max(floor(N/10), 1), 0)"),
        (N + least(N, 3), "N + min(N, 3)"),
        (3 - N, "3 - N"),
        (N * -2 - 1, "-2*N - 1"),
        (ceil_div(N - 1, 2), "ceil((N - 1)/2)"),
        (least(5, N, 3), "min(N, 3)"),
    ],
)
def test_an_expression_is_written_the_way_a_person_writes_it(expr: Expr, text: str) -> None:
    written = str(expr)

    assert written == text


@pytest.mark.parametrize(
    ("expr", "low", "high", "text"),
    [
        (N + least(N, 1), 1, None, "N + 1"),
        (N - least(N, 1), 1, None, "N - 1"),
        (least(N, 5), 0, 4, "N"),
        (least(greatest(floor_div(N, 10), 1), N), 1, None, "max(floor(N/10), 1)"),
        (least(greatest(floor_div(N, 10), 1), N), 10, 20, "floor(N/10)"),
    ],
)
def test_what_is_known_of_n_makes_an_expression_shorter(expr: Expr, low: int, high: int | None, text: str) -> None:
    shorter = assuming(expr, low, high)

    assert str(shorter) == text


@pytest.mark.parametrize(
    ("expr", "low", "high", "text"),
    [
        (least(greatest(floor_div(N, 10), 1), N), 1, None, "for N <= 9: 1; then floor(N/10)"),
        (least(greatest(floor_div(N, 10), 1), N), 0, None, "for N = 0: 0; for N <= 9: 1; then floor(N/10)"),
        (N + least(N, 3), 0, None, "for N <= 2: 2*N; then N + 3"),
        (N + ceil_div(N, 4), 3, 10, "N + ceil(N/4)"),
        (floor_div(N, 4), 4, 7, "1"),
    ],
)
def test_pieces_are_described_one_after_another(expr: Expr, low: int, high: int | None, text: str) -> None:
    described = describe(expr, low, high)

    assert described == text


@pytest.mark.parametrize(
    "text", ["N/4", "ceil(N)", "ceil(N/0)", "N**2", "N*N", "M", "__import__('os')", "max()", "1.5", "True", "ceil(N/N)"]
)
def test_text_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an expression|divisor must be positive"):
        parse(text)


@given(EXPRESSIONS, st.integers(0, 500))
def test_the_text_and_the_expression_have_the_same_value_everywhere(expr: Expr, n: int) -> None:
    by_text = value_of_text(str(expr), n)

    assert by_text == expr.at(n)


@given(EXPRESSIONS, st.integers(0, 500))
def test_reading_the_text_back_gives_the_same_function(expr: Expr, n: int) -> None:
    read = parse(str(expr))

    assert read.at(n) == expr.at(n)


@given(EXPRESSIONS, INTERVALS)
def test_the_range_over_an_interval_is_exact(expr: Expr, interval: tuple[int, int]) -> None:
    low, high = interval
    values = [expr.at(n) for n in range(low, high + 1)]

    found = range_of(expr, low, high)

    assert found == (min(values), max(values))


@given(EXPRESSIONS, INTERVALS)
def test_a_simplification_for_an_interval_changes_no_value_within_it(expr: Expr, interval: tuple[int, int]) -> None:
    low, high = interval

    shorter = assuming(expr, low, high)

    assert [shorter.at(n) for n in range(low, high + 1)] == [expr.at(n) for n in range(low, high + 1)]


@given(EXPRESSIONS, st.integers(-20, 60), INTERVALS, st.sampled_from(sorted(COMPARISONS)))
def test_the_first_n_that_satisfies_a_comparison_is_found(expr: Expr, value: int, interval: tuple[int, int], sign: Comparison) -> None:
    low, high = interval
    holds = COMPARISONS[sign]
    assert callable(holds)
    wanted = next((n for n in range(low, high + 1) if holds(expr.at(n), value)), None)

    found = first(expr, sign, value, low, high)

    assert found == wanted


@given(EXPRESSIONS, INTERVALS)
def test_the_least_share_of_n_is_exact(expr: Expr, interval: tuple[int, int]) -> None:
    low, high = interval
    ratios = [(Fraction(expr.at(n), n), n) for n in range(max(low, 1), high + 1)]

    found = least_ratio(expr, low, high)

    assert (found and (found.value, found.at)) == min(ratios, default=None)


@given(EXPRESSIONS, st.integers(0, 10))
def test_pieces_without_end_repeat_for_ever(expr: Expr, low: int) -> None:
    last = pieces(expr, low, None)[-1]

    assert all(expr.at(n + last.period) == expr.at(n) + last.rise for n in range(last.first, last.first + 40))


@given(st.lists(EXPRESSIONS, min_size=1, max_size=4), st.integers(0, 300))
def test_dropping_arms_that_never_decide_changes_no_extreme(arms: list[Expr], n: int) -> None:
    values = [arm.at(n) for arm in arms]

    extremes = lowest(arms).at(n), highest(arms).at(n)

    assert extremes == (min(values), max(values))


@given(EXPRESSIONS)
def test_the_range_without_end_contains_every_value(expr: Expr) -> None:
    low, high = range_of(expr, 0, None)

    values = [expr.at(n) for n in range(400)]

    assert low is None or low <= min(values)
    assert high is None or high >= max(values)


def test_a_range_without_end_says_where_there_is_no_bound() -> None:
    ranges = [range_of(expr, 1, None) for expr in (N - floor_div(N, 4), least(N, 3), 5 - N, N - ceil_div(N, 2) * 2)]

    assert ranges == [(1, None), (1, 3), (None, 4), (-1, 0)]


@settings(max_examples=20)
@given(st.integers(1, 100), st.integers(10**9, 10**15))
def test_long_intervals_cost_no_more_than_short_ones(percent: int, high: int) -> None:
    share = N - floor_div(N * percent, 100) * 2

    low, top = range_of(share, 0, high)
    reached = first(share, "==", low, 0, high) if low is not None else None

    assert low is not None
    assert top is not None
    assert reached is not None
    assert always(share, ">=", low, 0, high)


def test_the_share_that_stays_available_is_least_between_the_ends_of_an_interval() -> None:
    ratio = least_ratio(N - floor_div(N, 4), 1, 10)

    assert ratio is not None
    assert (ratio.value, ratio.at) == (Fraction(3, 4), 4)


def test_a_least_ratio_that_is_only_approached_has_no_place() -> None:
    ratio = least_ratio(N + 1, 1, None)

    assert ratio is not None
    assert (ratio.value, ratio.at) == (Fraction(1), None)
