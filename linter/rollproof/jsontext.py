"""JSON values as kubectl reads them from a file that starts with a brace, with numbers as the API server keeps them."""

from __future__ import annotations

import json
import math
import re

from rollproof import tree

_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\(?:(/)|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL)

_BRACKET = re.compile(r",?[ \t\r\n]*[\]}]")


class NotJSONError(Exception):
    """Text that is not JSON at the code point ``offset``; ``message`` says why, in a few words."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class _NumberError(ValueError):
    """A number that no float64 holds; ``args[0]`` is its text."""


def value(text: str, at: int) -> tuple[object, int, bool]:
    """The value that starts at ``at``, where it ends, and whether some object in it holds a key twice. Raises NotJSONError."""
    repeated = False

    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        built = dict(pairs)
        repeated |= len(built) != len(pairs)
        return built

    decoder = json.JSONDecoder(object_pairs_hook=build, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    try:
        data, end = decoder.raw_decode(text, at)
    except json.JSONDecodeError as failure:
        bracket = _bracket_behind_comma(text, failure.pos)
        if bracket is not None:
            raise NotJSONError("the last item is followed by a comma", bracket) from None
        raise NotJSONError(f"{failure.msg[:1].lower()}{failure.msg[1:]}", failure.pos) from None
    except _NumberError as failure:
        literal: str = failure.args[0]
        raise NotJSONError(f"{literal[:40]} is no number that JSON can carry", text.find(literal, at)) from None
    except RecursionError:
        raise NotJSONError(tree.TOO_DEEP, at) from None
    if (deep := tree.too_deep(text[at:end])) is not None:
        raise NotJSONError(tree.TOO_DEEP, at + deep)
    return (_without_surrogates(data) if _SURROGATE_ESCAPE.search(text, at, end) else data), end, repeated


def _bracket_behind_comma(text: str, at: int) -> int | None:
    """Where a closing bracket follows a comma, at ``at``. Python 3.13 points at the comma; before, the words and the place were others."""
    bracket = _BRACKET.match(text, at)
    if bracket is None or not text[: bracket.end() - 1].rstrip(" \t\r\n").endswith(","):
        return None
    return bracket.end() - 1


def _integer(digits: str) -> int | float:
    if len(digits) <= 20 and -(2**63) <= (number := int(digits)) < 2**63:
        return number
    return _float(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _NumberError(digits)
    return number


def _constant(word: str) -> float:
    raise _NumberError(word)


def _without_surrogates(data: object) -> object:
    """Half a surrogate pair becomes the replacement character (encoding/json decode.go, unquoteBytes)."""
    if isinstance(data, str):
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", data)
    if isinstance(data, list):
        return [_without_surrogates(item) for item in data]
    if isinstance(data, dict):
        return {_without_surrogates(key): _without_surrogates(member) for key, member in data.items()}
    return data


def as_yaml(text: str) -> str:
    """``text`` with the escapes that YAML 1.1 lacks replaced by others of the same length, so that a YAML parser can locate its values."""
    return _ESCAPE.sub(lambda escape: "\\_" if escape[1] else "\\u0020" if escape[2] else escape[0], text) if "\\" in text else text
