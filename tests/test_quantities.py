"""What amount does a quantity or a duration mean?"""

from __future__ import annotations

import pytest

from rollproof.kube import duration
from rollproof.kube.quantity import ZERO, Quantity, parse


def amount(value: object) -> Quantity:
    quantity = parse(value)
    assert quantity is not None
    return quantity


# k8s.io/apimachinery pkg/api/resource/quantity.go, Canonicalize: judged by running upstream 0.35 on the same texts
@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("1.5", "1500m"),
        ("2500m", "2500m"),
        ("1000m", "1"),
        ("0.5", "500m"),
        (0.1, "100m"),
        (2, "2"),
        ("1.5Gi", "1536Mi"),
        ("1024Mi", "1Gi"),
        ("1000Mi", "1000Mi"),
        ("512", "512"),
        ("0.5Ki", "512"),
        ("1e3", "1e3"),
        ("12E6", "12e6"),
        ("1000k", "1M"),
        ("128974848", "128974848"),
        ("0.1n", "1n"),
        ("1.1Ki", "1126400m"),
        ("100E", "100E"),
        ("9Ei", "9223372036854775807"),
        (" 1Gi ", "1Gi"),
        ("+1", "1"),
        ("-1500m", "-1500m"),
        (".5", "500m"),
        ("5.", "5"),
        ("0", "0"),
        ("m", "0"),
        (None, "0"),
    ],
)
def test_a_quantity_is_shown_in_canonical_form(value: object, canonical: str) -> None:
    quantity = amount(value)

    assert str(quantity) == canonical


@pytest.mark.parametrize(
    "value", ["", "abc", "1 Gi", "1GB", "1gi", "1mi", "1K", "1.2.3", "1e", "1e+", "1e1.5", "--1", "1,5", "Ei", "١", True, [], {}]
)
def test_what_the_api_server_refuses_is_no_quantity(value: object) -> None:
    quantity = parse(value)

    assert quantity is None


@pytest.mark.parametrize(("small", "large"), [("1G", "1Gi"), ("999m", "1"), ("1Mi", "2M"), ("-1", "0"), ("1e3", "1Ki")])
def test_quantities_compare_by_amount(small: str, large: str) -> None:
    smaller, larger = amount(small), amount(large)

    assert smaller < larger


def test_quantities_in_different_forms_are_equal() -> None:
    one, other = amount("1024Ki"), amount("1048576")

    assert one == other


def test_a_sum_keeps_the_form_of_its_first_amount_that_is_not_zero() -> None:
    total = sum((amount("512Mi"), amount("1Gi"), amount("1M")), ZERO)

    assert str(total) == "1611612736"


def test_a_multiple_is_exact() -> None:
    total = amount("250m") * 13

    assert str(total) == "3250m"


@pytest.mark.parametrize(("text", "units", "milliunits"), [("1500m", 2, 1500), ("1n", 1, 1), ("2Ki", 2048, 2048000)])
def test_whole_units_are_rounded_up(text: str, units: int, milliunits: int) -> None:
    quantity = amount(text)

    assert (quantity.units, quantity.milliunits) == (units, milliunits)


def test_an_absurd_exponent_costs_no_memory() -> None:
    quantity = amount("1e9223372036854775807")

    assert quantity > amount("1e100")


# Go time.ParseDuration
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h30m", 5400),
        ("10m", 600),
        ("1.5h", 5400),
        ("300ms", 0.3),
        ("0", 0),
        ("-1m", -60),
        ("+5s", 5),
        ("1µs", 1e-6),
        (".5s", 0.5),
        ("1m1m", 120),
    ],
)
def test_a_go_duration_is_read(text: str, seconds: float) -> None:
    read = duration.seconds(text)

    assert read == seconds


@pytest.mark.parametrize("text", ["", "10", "1d", "1w", "1h 30m", "s", ".s", "1H", "9223372036854775807s", "5 s", "1.1.1s", "-"])
def test_what_go_refuses_is_no_duration(text: str) -> None:
    read = duration.seconds(text)

    assert read is None


# argo-rollouts pkg/apis/rollouts/v1alpha1/types.go DurationSeconds
@pytest.mark.parametrize(
    ("value", "seconds"),
    [(30, 30), ("30", 30), ("10m", 600), ("1h30m", 5400), ("1500ms", 1), ("1d", None), ("", None), (None, None), (True, None), (1.5, None)],
)
def test_an_argo_pause_is_read(value: object, seconds: int | None) -> None:
    read = duration.pause_seconds(value)

    assert read == seconds
