"""Resource quantities: exact amounts with the suffixes and limits of ``resource.Quantity``.

Source: k8s.io/apimachinery ``pkg/api/resource/quantity.go`` and ``suffix.go``, release 0.35.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from rollproof.kube.scalars import json_number

Form = Literal["decimal", "binary", "exponent"]
"""The family of suffixes in which an amount was written, and in which it is shown again."""

_QUANTITY = re.compile(r"([-+]?)([0-9]*)(?:\.([0-9]*))?([a-zA-Z]*[-+]?[0-9]*)")
_EXPONENT = re.compile(r"[eE]([-+]?[0-9]+)")

_NANOS_PER_UNIT: Final = 10**9
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_SUFFIXES: Final = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_LARGEST_BINARY: Final = 2**63 - 1

# Exponents are bounded here only so that "1e999999999" costs no memory; amounts beyond are no longer told apart.
_LARGEST_EXPONENT: Final = 1000


@dataclass(frozen=True, slots=True, order=True)
class Quantity:
    """An amount in billionths of a unit (a core, a byte, a pod); equality and order ignore the form it was written in."""

    nanos: int
    form: Form = field(default="decimal", compare=False)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.nanos + other.nanos, self.form if self.nanos else other.form)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.nanos - other.nanos, self.form if self.nanos else other.form)

    def __mul__(self, times: int) -> Quantity:
        return Quantity(self.nanos * times, self.form)

    def __str__(self) -> str:
        """The canonical form: no fraction, and the largest suffix that loses nothing (``1.5`` is ``1500m``, ``1.5Gi`` is ``1536Mi``)."""
        if self.form == "binary" and self.is_whole and abs(self.nanos) >= 1024 * _NANOS_PER_UNIT:
            return _in_binary(self.nanos // _NANOS_PER_UNIT)
        mantissa, exponent = _in_thousands(self.nanos)
        if self.form == "exponent":
            return f"{mantissa}e{exponent}" if exponent else str(mantissa)
        if exponent > 18:
            mantissa, exponent = mantissa * 10 ** (exponent - 18), 18
        return f"{mantissa}{_DECIMAL_SUFFIXES[exponent]}"

    @property
    def is_whole(self) -> bool:
        """Whether the amount is an integer number of units: bytes, pods and extended resources must be."""
        return self.nanos % _NANOS_PER_UNIT == 0

    @property
    def units(self) -> int:
        """The amount in units, rounded away from zero (``Quantity.Value``)."""
        return _away_from_zero(self.nanos, _NANOS_PER_UNIT)

    @property
    def milliunits(self) -> int:
        """The amount in thousandths, rounded away from zero (``Quantity.MilliValue``)."""
        return _away_from_zero(self.nanos, _NANOS_PER_UNIT // 1000)


ZERO: Final = Quantity(0)


def parse(value: object) -> Quantity | None:
    """The quantity that a decoded value means, or None where the API server refuses it.

    Text is trimmed, null is zero, and a number counts in the characters that JSON gives it (``Quantity.UnmarshalJSON``).
    What is finer than a billionth is rounded away from zero; binary amounts are capped at 2^63-1.
    """
    if isinstance(value, str):
        return _parse(value.strip())
    if value is None:
        return ZERO
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _parse(json_number(value))
    return None


@lru_cache(maxsize=4096)
def _parse(text: str) -> Quantity | None:
    match = _QUANTITY.fullmatch(text)
    if match is None or not text:
        return None
    sign, whole, fraction, suffix = match.groups()
    digits = f"{whole}{fraction or ''}"
    # Upstream takes missing digits for a zero, so that "m" and "." are quantities, except where it must compute exactly.
    if not digits and suffix in ("Pi", "Ei"):
        return None
    mantissa = int(digits[:_LARGEST_EXPONENT] or "0")
    decimals = len(fraction or "")
    if suffix in _BINARY:
        amount = min(_scaled(mantissa << _BINARY[suffix], -decimals), _LARGEST_BINARY * _NANOS_PER_UNIT)
        form: Form = "binary" if amount >= _NANOS_PER_UNIT or not amount else "decimal"
    elif suffix in _DECIMAL:
        amount, form = _scaled(mantissa, _DECIMAL[suffix] - decimals), "decimal"
    else:
        exponent = _EXPONENT.fullmatch(suffix)
        if exponent is None or not -(2**63) <= int(exponent[1]) < 2**63:
            return None
        amount, form = _scaled(mantissa, int(exponent[1]) - decimals), "exponent"
    return Quantity(-amount if sign == "-" else amount, form)


def _scaled(mantissa: int, exponent: int) -> int:
    """``mantissa * 10**exponent`` in billionths, rounded up."""
    places = max(-_LARGEST_EXPONENT, min(exponent + 9, _LARGEST_EXPONENT))
    return int(mantissa * 10**places) if places >= 0 else _away_from_zero(mantissa, 10**-places)


def _away_from_zero(amount: int, divisor: int) -> int:
    return -(-amount // divisor) if amount >= 0 else amount // divisor


def _in_binary(units: int) -> str:
    suffix = ""
    for larger in _BINARY:
        if units % 1024:
            break
        units, suffix = units // 1024, larger
    return f"{units}{suffix}"


def _in_thousands(nanos: int) -> tuple[int, int]:
    """Mantissa and exponent with the largest exponent that is a multiple of three."""
    exponent = -9
    if nanos == 0:
        return 0, 0
    while nanos % 1000 == 0:
        nanos, exponent = nanos // 1000, exponent + 3
    return nanos, exponent
