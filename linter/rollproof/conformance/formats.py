"""The formats and patterns of a CustomResourceDefinition's schema, as the API server reads them.

Sources: apiextensions-apiserver ``pkg/apiserver/validation/formats.go`` (which formats count; others are ignored), kube-openapi
``pkg/validation/strfmt`` (what each accepts), and Go's ``regexp/syntax`` (RE2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from urllib.parse import urlsplit

from rollproof.kube import duration, names
from rollproof.kube.address import parse_address, parse_network

_UUID = r"[0-9a-f]{8}-?[0-9a-f]{4}-?%s[0-9a-f]{3}-?%s[0-9a-f]{3}-?[0-9a-f]{12}"
_ANY_HEX = "[0-9a-f]"
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))")
_SCALA_DURATION = re.compile(r"[0-9]+\s*([A-Za-zµ]+)")
_UNITS = ("ns", "nano", "us", "µs", "micro", "ms", "milli", "s", "sec", "m", "min", "h", "hr", "hour", "d", "day", "w", "wk", "week")
_LONG_UNITS = ("nano", "micro", "milli", "sec", "min", "hour", "day", "week")
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+|.*<[^@<>\s]+@[^@<>\s]+>", re.DOTALL)


def _like(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII | flags)
    return lambda text: compiled.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return text.startswith("0000-")  # Go knows a year 0


def _is_date_time(text: str) -> bool:
    """strfmt/time.go: more lenient than RFC 3339, as a second of 60 is not known but any separator before a fraction is."""
    day, separator, time = text.lower().partition("t")
    match = _TIME.fullmatch(time.partition("t")[0])
    return bool(separator) and _is_date(day) and match is not None and match[1] <= "23" and match[2] <= "59" and match[3] <= "59"


def _is_duration(text: str) -> bool:
    """strfmt/duration.go: what Go reads, or any text with a number and a unit in words."""
    if duration.nanoseconds(text) is not None:
        return True
    units = (unit.lower() for unit in _SCALA_DURATION.findall(text))
    return any(unit in _UNITS or unit.startswith(_LONG_UNITS) for unit in units)


def _is_uri(text: str) -> bool:
    """govalidator IsRequestURI: an absolute URI or an absolute path (Go net/url ParseRequestURI)."""
    if not text or any(ord(character) < 0x20 or character == "\x7f" for character in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return text.startswith("/") or bool(parts.scheme)


def _is_host_name(text: str) -> bool:
    """strfmt/default.go IsHostname: one label, or several with a last one of letters; letters and symbols of any script count."""
    if len(text.encode("utf-8", "replace")) > 255 or any(len(label.encode("utf-8", "replace")) > 63 for label in text.split(".")):
        return False
    return _HOST.fullmatch("".join(map(_host_letter, text))) is not None


_HOST = re.compile(r"[a0](?:-?[a0]{0,62})?|(?:[a0](?:[a0-]{0,61}[a0])?\.)+a{2,63}")


def _host_letter(character: str) -> str:
    """``a`` for a letter, ``0`` for a digit or symbol, itself for a dot or hyphen, ``!`` for what no host name holds."""
    if character in ".-":
        return character
    category = unicodedata.category(character)
    return "a" if category[0] == "L" else "0" if category[0] == "S" or character in "0123456789" else "!"


_CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "datetime": (_is_date_time, "a time such as 2030-01-31T15:04:05Z"),
    "date": (_is_date, "a date such as 2030-01-31"),
    "duration": (_is_duration, "a duration such as 30s or 1h30m"),
    "uri": (_is_uri, "a URI, or a path that begins with /"),
    "hostname": (_is_host_name, "a host name"),
    "email": (lambda text: _EMAIL.fullmatch(text) is not None, "an email address"),
    "ipv4": (lambda text: "." in text and parse_address(text) is not None, "an IPv4 address"),
    "ipv6": (lambda text: ":" in text and parse_address(text) is not None, "an IPv6 address"),
    "cidr": (lambda text: parse_network(text) is not None, "a block of addresses such as 10.0.0.0/8"),
    "mac": (_like(r"[0-9A-Fa-f]{2}(?:([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|.*)|[0-9A-Fa-f]{4}\..*"), "a MAC address"),
    "uuid": (_like(_UUID % (_ANY_HEX, _ANY_HEX), re.IGNORECASE), "a UUID"),
    "uuid3": (_like(_UUID % ("3", _ANY_HEX), re.IGNORECASE), "a UUID of version 3"),
    "uuid4": (_like(_UUID % ("4", "[89ab]"), re.IGNORECASE), "a UUID of version 4"),
    "uuid5": (_like(_UUID % ("5", "[89ab]"), re.IGNORECASE), "a UUID of version 5"),
    "byte": (_like(_BASE64), "base64 text"),
    "hexcolor": (_like(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})"), "a colour such as #ff0000"),
    "ssn": (_like(r"\d{3}[- ]?\d{2}[- ]?\d{4}"), "a social security number"),
    "bsonobjectid": (_like(r"[0-9a-fA-F]{24}"), "24 hexadecimal digits"),
    "k8sshortname": (lambda text: names.dns_label(text) is None, "a DNS label"),
    "k8slongname": (lambda text: names.dns_subdomain(text) is None, "a DNS subdomain"),
}
SINCE_1_34 = frozenset({"k8s-short-name", "k8s-long-name"})
"""Formats that older versions ignore."""


def is_valid(name: str, text: str) -> bool:
    """Whether a text has a format; True for formats that the server does not know or that are not checked here."""
    known = _CHECKS.get(name.replace("-", ""))
    return known is None or known[0](text)


def description(name: str) -> str:
    """What a format wants, with its article."""
    known = _CHECKS.get(name.replace("-", ""))
    return known[1] if known else f"of the format {name}"


# A repeated group that ends in a repetition, such as (a+)+, may cost Python's matcher exponential time; Go's takes linear time.
_NESTED = re.compile(r"[+*}]\)+[+*{]")
_LONGEST_NESTED, _LONGEST = 20, 20_000
_TOKEN = re.compile(r"\\.|\[:\^?[a-z]+:\]|\[\^?\]?|[\]$]", re.DOTALL)
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": r"\t\n\v\f\r ",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
    "punct": r"!-/:-@\[-`{-~",
}


def matches(pattern: str, text: str) -> bool | None:
    """Whether a pattern matches somewhere in a text; None where Python's matcher cannot tell, or not in time."""
    compiled = _compiled(pattern)
    if compiled is None or len(text) > (_LONGEST_NESTED if _NESTED.search(pattern) else _LONGEST):
        return None
    return compiled.search(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of Go as Python writes it: ``$`` and ``\\z`` are the very end, classes have their POSIX names."""
    in_class = False

    def token(match: re.Match[str]) -> str:
        nonlocal in_class
        text = match[0]
        if text == "\\z":
            return r"\Z"
        if text.startswith("[:") and in_class:
            return _POSIX.get(text[2:-2], text)
        if text.startswith("["):
            inside, in_class = in_class, True
            return rf"\{text}" if inside else text
        if text == "]":
            in_class = False
        return r"\Z" if text == "$" and not in_class and "(?m" not in pattern else text

    try:
        return re.compile(_TOKEN.sub(token, pattern), re.ASCII)
    except (re.error, RecursionError, OverflowError):
        return None
