"""The permission bits of files in volumes."""

from __future__ import annotations

from rollproof.conformance.fields.table import Refusal, integer
from rollproof.kube.version import VersionRange


def file_mode(value: object, _: VersionRange) -> Refusal | None:
    """Permission bits from 0 to 0777, in octal where the number starts with a zero (core validateKeyToPath and its siblings)."""
    number = integer(value)
    if number is None or 0 <= number <= 0o777 or not -(2**31) <= number < 2**31:
        return None
    digits = str(number)
    if len(digits) == 3 and all(digit < "8" for digit in digits):
        return Refusal(f"is {number} in decimal, beyond the largest mode 0777 (511); write 0{digits}", replacement=f"0{digits}")
    return Refusal(f"must be from 0 to 0777 (511 in decimal), but is {number}")
