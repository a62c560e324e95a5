"""What a YAML scalar is to Kubernetes: kubectl reads YAML 1.1 as go-yaml v2 does, then hands JSON to the API server.

Sources: go.yaml.in/yaml/v2 ``resolve.go`` and ``decode.go`` (the version that kubectl links), sigs.k8s.io/yaml ``yaml.go``
(mapping keys), encoding/json ``encode.go`` (how a float is written) and sigs.k8s.io/json (how an unstructured number is read back).
"""

from __future__ import annotations

import base64
import math
import re
import struct
from datetime import datetime
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal
from functools import lru_cache

Scalar = None | bool | int | float | str
"""A scalar after the JSON step. A whole number within int64 is an ``int`` however it was spelt (``1.0``, ``1e3``)."""

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_UINT64_MAX = 2**64 - 1

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}

_MAY_BE_MORE_THAN_TEXT = frozenset(("", *"yYnNtTfFoO~+-.0123456789"))
"""The first characters that decide: a plain scalar which starts otherwise is text, and most scalars do."""

_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_SIGN_AFTER_0B = re.compile(r"0b([-+])([01]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_GO_FLOAT_FROM_POINT = re.compile(r"\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?")

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_STRAY_BYTE = re.compile("[\udc80-\udcff]")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+]([0-9]{2}):([0-9]{2}))"
    r"|\x20+([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?)?"
)

_TAGS: dict[str, type] = {
    "bool": bool,
    "int": int,
    "float": float,
    "null": type(None),
    "str": str,
    "timestamp": str,
    "binary": str,
}
_LONG_TAG = "tag:yaml.org,2002:"


class UnusableKeyError(ValueError):
    """A mapping key that has no JSON form, so that kubectl refuses the document: null, or an integer above int64."""


class UnusableScalarError(ValueError):
    """A scalar that contradicts its explicit tag (``!!int abc``), so that kubectl refuses the document."""


def plain(text: str) -> Scalar:
    """The value of an unquoted scalar without a tag.

    ``.inf`` and ``.nan`` come back as floats although JSON has no such numbers: kubectl refuses the document, and so must the caller.
    Integers outside int64 come back as the float that the API server would read.
    """
    first = text[:1]
    if first not in _MAY_BE_MORE_THAN_TEXT:
        return text
    return _as_json(_resolve(text))


def key(text: str) -> str:
    """The JSON object key that an unquoted mapping key without a tag becomes: ``on`` → ``true``, ``1.10`` → ``1.1``.

    Raises ``UnusableKeyError`` for null and for integers above int64. The merge key ``<<`` is the caller's to recognise.
    """
    if text[:1] not in _MAY_BE_MORE_THAN_TEXT:
        return text
    return _as_key(_resolve(text))


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar, quoted or not, that carries an explicit tag, in its short (``!!int``) or long form.

    Raises ``UnusableScalarError`` where tag and text contradict each other. Any other tag (``!foo``, ``!``, ``!!set``) makes text.
    """
    return _as_json(_resolve_tagged(tag, text))


def tagged_key(tag: str, text: str) -> str:
    """The JSON object key that a mapping key with an explicit tag becomes; raises ``UnusableKeyError`` or ``UnusableScalarError``."""
    return _as_key(_resolve_tagged(tag, text))


def json_number(value: float) -> str:
    """A finite number in the characters that kubectl writes into JSON (encoding/json ``floatEncoder``).

    Exponents appear below 1e-6 and from 1e21; this is the text from which the API server reads a quantity.
    """
    if isinstance(value, int):
        return str(value)
    magnitude = abs(value)
    if magnitude != 0 and (magnitude < 1e-6 or magnitude >= 1e21):
        mantissa, _, exponent = repr(value).partition("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"
    written = format(Decimal(repr(value)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


@lru_cache(maxsize=8192)
def _resolve(text: str) -> Scalar:
    """A plain scalar as go-yaml resolves it, before JSON: unsigned integers keep their value, floats stay floats."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first == ".":
        return _float(text.replace("_", ""), text) if _GO_FLOAT_FROM_POINT.fullmatch(text) else text
    if first not in "+-0123456789":
        return text
    digits = text.replace("_", "")
    number = _integer(digits)
    if number is not None:
        return number
    return _float(digits, text) if _FLOAT.fullmatch(digits) else text


def _integer(digits: str) -> int | None:
    """An integer as Go's ParseInt and then ParseUint read it with base 0, or None; only unsigned ones may exceed int64."""
    signed_binary = _SIGN_AFTER_0B.fullmatch(digits)
    if signed_binary is not None:
        # go-yaml cuts "0b" off before it parses, which lets a sign follow it.
        number = int(signed_binary[1] + signed_binary[2], 2)
        return number if _INT64_MIN <= number <= _INT64_MAX else None
    match = _INTEGER.fullmatch(digits)
    if match is None:
        return None
    sign, hexadecimal, binary, octal, decimal = match.groups()
    if decimal is not None:
        # int() refuses thousands of digits; nothing that long fits.
        magnitude = int(decimal) if len(decimal) <= 20 else _UINT64_MAX + 1
    else:
        magnitude = int(hexadecimal or binary or octal, 16 if hexadecimal else 2 if binary else 8)
    number = -magnitude if sign == "-" else magnitude
    if _INT64_MIN <= number <= _INT64_MAX or (not sign and number <= _UINT64_MAX):
        return number
    return None


def _float(digits: str, text: str) -> float | str:
    """The float, or the text itself where the float would overflow: ParseFloat's range error makes it a string."""
    number = float(digits)
    return text if math.isinf(number) else number


def _as_json(value: Scalar) -> Scalar:
    """What remains of a resolved value once it was written as JSON and read as int64, or failing that, as float64."""
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) > 2**64 or not value.is_integer():
            return value
        # The shortest digits are what travels, and near 2**63 they are not the exact value.
        whole = int(Decimal(repr(value)))
        return whole if _INT64_MIN <= whole <= _INT64_MAX else value
    if isinstance(value, int) and value > _INT64_MAX:
        return float(value)
    return value


def _as_key(value: Scalar) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise UnusableKeyError("null cannot be a key")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_key(value)
    if value > _INT64_MAX:
        raise UnusableKeyError(f"{value} is too large to be a key")
    return str(value)


def _float_key(value: float) -> str:
    """A float as Go's FormatFloat(value, 'g', -1, 32) writes it: in single precision, with an exponent from 1e+06 up."""
    single = _single(value)
    if math.isnan(single):
        return ".nan"
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    if single == 0:
        return "-0" if math.copysign(1, single) < 0 else "0"
    shortest = _shortest_single(single)
    exponent = shortest.adjusted()
    if -4 <= exponent < 6:
        return format(shortest, "f")
    mantissa = format(shortest.scaleb(-exponent), "f")
    return f"{mantissa}e{exponent:+03d}"


def _shortest_single(single: float) -> Decimal:
    """The number of fewest significant digits that reads back as the same single-precision number."""
    exact = Decimal(single)
    for digits in range(1, 9):
        # Just above a power of two the nearest number of that many digits may not read back while the one above it does.
        for rounding in (ROUND_HALF_EVEN, ROUND_UP):
            nearest = exact.normalize(Context(prec=digits, rounding=rounding))
            if _single(float(nearest)) == single:
                return nearest
    return exact.normalize(Context(prec=9))


def _single(value: float) -> float:
    """A float rounded to single precision; infinite beyond its range."""
    try:
        (single,) = struct.unpack("f", struct.pack("f", value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(single)


def _resolve_tagged(tag: str, text: str) -> Scalar:
    name = tag.removeprefix(_LONG_TAG) if tag.startswith(_LONG_TAG) else tag.removeprefix("!!")
    if name == tag or name in ("str", "merge") or name not in _TAGS:
        return text
    if name == "binary":
        return _binary(text)
    if name == "timestamp":
        if _is_timestamp(text):
            return text
        raise UnusableScalarError("the text is not a date, although it is tagged !!timestamp")
    value = _resolve(text) if text[:1] in _MAY_BE_MORE_THAN_TEXT else text
    if name == "float" and isinstance(value, int) and not isinstance(value, bool) and value <= _INT64_MAX:
        return float(value)
    if type(value) is not _TAGS[name]:
        raise UnusableScalarError(f"the text does not read as !!{name}, although it is tagged so")
    return value


def _binary(text: str) -> str:
    """The bytes behind standard base64 with padding; line breaks are skipped, and bytes that are not UTF-8 are replaced."""
    digits = text.replace("\n", "").replace("\r", "")
    if not _BASE64.fullmatch(digits):
        raise UnusableScalarError("the text is not base64, although it is tagged !!binary")
    # Go replaces every stray byte, where errors="replace" would merge some of them.
    return _STRAY_BYTE.sub("\N{REPLACEMENT CHARACTER}", base64.b64decode(digits).decode("utf-8", errors="surrogateescape"))


def _is_timestamp(text: str) -> bool:
    """Whether one of the four formats of go-yaml's ``parseTimestamp`` reads the text."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return False
    year, month, day, *rest = (int(part or 0) for part in match.groups())
    zone_hours, zone_minutes = rest[3:5]
    if zone_hours > 24 or zone_minutes > 60:
        return False
    hour, minute, second = rest[:3] if match[4] else rest[5:]
    try:
        # Go's calendar has a year 0, which is a leap year like 2000.
        datetime(year or 2000, month, day, hour, minute, second)
    except ValueError:
        return False
    return True
