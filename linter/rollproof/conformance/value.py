"""Whether one scalar value is what its field takes, and what to write instead."""

from __future__ import annotations

import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rollproof.kube import quantity
from rollproof.kube.api import FieldType, ListOf, MapOf, Struct, ValueType
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.scalars import plain

INT32 = range(-(2**31), 2**31)
INT64 = range(-(2**63), 2**63)

_LIMITS = {"int32": INT32, "int64": INT64, "int-or-string": INT32}

# RFC 3339 as Go's time.RFC3339 reads it; the seconds may have a fraction.
_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:[.,]\d+)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a value is refused: ``reason`` completes a sentence that begins with the field's name.

    ``action`` and ``text`` are the edit that mends it for certain, where there is one.
    """

    rule: Literal["wrong-type", "invalid-value", "placeholder"]
    reason: str
    action: Literal["quote-value", "replace-value"] | None = None
    text: str = ""


UNKNOWN = Mismatch("placeholder", "is a placeholder")
"""Of a value that a later tool fills in."""


def judge(value: object, wanted: FieldType, json_source: bool = False) -> Mismatch | None:
    """The mismatch between a value and the type its field wants; None where the API server takes it.

    A placeholder where something else than text is wanted is no mistake: nobody can know its value yet, which ``UNKNOWN`` says.

    Looks at the value itself, not into lists, mappings and structures. ``json_source``: the manifest is JSON, where kubectl hands
    numbers on as they are written; from YAML a whole number arrives whole however it is written (``2.0``). Null is absent, and taken.
    """
    if value is None or wanted == "any":
        return None
    match wanted:
        case ListOf():
            return (
                None if isinstance(value, list) else Mismatch("wrong-type", f"must be a list, but {describe(value)}{_list_advice(value)}")
            )
        case MapOf() | Struct():
            return None if isinstance(value, dict) else Mismatch("wrong-type", f"must be a mapping, but {describe(value)}")
        case "string":
            return _judge_string(value, json_source)
    if is_placeholder(value):
        return UNKNOWN
    if isinstance(value, list | dict):
        return Mismatch("wrong-type", f"must be {_NOUNS[wanted]}, but {describe(value)}")
    match wanted:
        case "boolean":
            return _judge_boolean(value)
        case "int32" | "int64":
            return _judge_integer(value, wanted, json_source)
        case "int-or-string":
            return None if isinstance(value, str) else _judge_integer(value, wanted, json_source)
        case "number":
            return _judge_number(value)
        case "quantity":
            return _judge_quantity(value)
        case "bytes":
            return _judge_bytes(value)
        case "date-time":
            return _judge_date_time(value)


def describe(value: object) -> str:
    """``"3" is a string``, ``true is a boolean``, ``this is a list``: for messages."""
    match value:
        case bool():
            return f"{shown(value)} is a boolean"
        case int() | float():
            return f"{shown(value)} is a number"
        case str():
            return f"{shown(value)} is a string"
        case list():
            return "this is a list"
        case dict():
            return "this is a mapping"
    return "this is null"


def shown(value: object, longest: int = 40) -> str:
    """A scalar as JSON, on one line, cut where it is long; what no terminal should print is escaped."""
    text = value if isinstance(value, str) else json.dumps(value)
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    if not isinstance(value, str):
        return cut
    return json.dumps(cut, ensure_ascii=not cut.isprintable())


_NOUNS: dict[ValueType, str] = {
    "string": "a string",
    "boolean": "true or false",
    "int32": "a whole number",
    "int64": "a whole number",
    "int-or-string": "a whole number or a string",
    "number": "a number",
    "quantity": "a quantity such as 500m, 2 or 1Gi",
    "bytes": "base64 text",
    "date-time": "a time such as 2030-01-31T15:04:05Z",
    "any": "anything",
}


def _list_advice(value: object) -> str:
    if isinstance(value, dict):
        return "; begin each item with '- '"
    if isinstance(value, str):
        return "; write each item on a line of its own, after '- '"
    return ""


def _judge_string(value: object, json_source: bool) -> Mismatch | None:
    if isinstance(value, str):
        return None
    if isinstance(value, list | dict):
        return Mismatch("wrong-type", f"must be a string, but {describe(value)}")
    kind = "boolean" if isinstance(value, bool) else "number"
    if json_source:
        return Mismatch("wrong-type", f"must be a string, but {describe(value)}; put it in quotes", "quote-value")
    reason = f"must be a string, but without quotes it reads as the {kind} {shown(value)}; put it in quotes"
    return Mismatch("wrong-type", reason, "quote-value")


def _judge_boolean(value: object) -> Mismatch | None:
    if isinstance(value, bool):
        return None
    reason = f"must be true or false, but {describe(value)}"
    meant = plain(value) if isinstance(value, str) else None
    if isinstance(meant, bool):
        return Mismatch("wrong-type", f"{reason}; write it without quotes", "replace-value", json.dumps(meant))
    return Mismatch("wrong-type", reason)


def _judge_integer(value: object, wanted: ValueType, json_source: bool) -> Mismatch | None:
    noun = _NOUNS[wanted]
    limits = _LIMITS[wanted]
    if isinstance(value, bool) or not isinstance(value, int | float):
        reason = f"must be {noun}, but {describe(value)}"
        if isinstance(value, str) and re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", value) and int(value) in limits:
            return Mismatch("wrong-type", f"{reason}; write it without quotes", "replace-value", value)
        return Mismatch("wrong-type", reason)
    if isinstance(value, float) and not value.is_integer():
        return Mismatch("wrong-type", f"must be {noun}, but {shown(value)} has a fraction")
    if not limits.start <= value < limits.stop:
        return Mismatch("invalid-value", f"must be from {limits.start} to {limits.stop - 1}, but is {shown(value)}")
    if isinstance(value, float) and json_source:
        whole = int(value)
        reason = f"must be {noun}, and in JSON {shown(value)} is not one; write {whole}"
        return Mismatch("wrong-type", reason, "replace-value", str(whole))
    return None


def _judge_number(value: object) -> Mismatch | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None
    return Mismatch("wrong-type", f"must be a number, but {describe(value)}")


def _judge_quantity(value: object) -> Mismatch | None:
    if isinstance(value, bool):
        return Mismatch("wrong-type", f"must be {_NOUNS['quantity']}, but {describe(value)}")
    if quantity.parse(value) is None:
        return Mismatch("invalid-value", f"must be {_NOUNS['quantity']}, but is {shown(value)}")
    return None


def _judge_bytes(value: object) -> Mismatch | None:
    """``encoding/base64`` StdEncoding: padded, and line breaks do not count."""
    if not isinstance(value, str):
        # Not described: what stands here is likely a secret.
        return Mismatch("wrong-type", "must be base64 text, but is no text at all")
    try:
        binascii.a2b_base64(value.replace("\n", "").replace("\r", ""), strict_mode=True)
    except ValueError:
        return Mismatch("invalid-value", "must be base64 text, but does not decode")
    return None


def _judge_date_time(value: object) -> Mismatch | None:
    if not isinstance(value, str):
        return Mismatch("wrong-type", f"must be {_NOUNS['date-time']}, but {describe(value)}")
    match = _DATE_TIME.fullmatch(value)
    try:
        if match and datetime.fromisoformat(f"{match[1]} {match[2]}"):
            return None
    except ValueError:
        pass
    return Mismatch("invalid-value", f"must be {_NOUNS['date-time']}, but is {shown(value)}")
