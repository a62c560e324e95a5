"""Durations as Go writes them (``1h30m``), and the looser ones of Argo Rollouts.

Sources: Go ``time.ParseDuration``; k8s.io/apimachinery ``pkg/apis/meta/v1/duration.go``; argo-rollouts
``pkg/apis/rollouts/v1alpha1/types.go`` (``RolloutPause.DurationSeconds``).
"""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {
    "ns": 1,
    "us": 10**3,
    "\N{MICRO SIGN}s": 10**3,
    "\N{GREEK SMALL LETTER MU}s": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_TERM = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^.0-9]+)")
_LONGEST: Final = 2**63 - 1
_NANOS_PER_SECOND: Final = 10**9


def nanoseconds(text: str) -> int | None:
    """A Go duration in nanoseconds, or None where Go refuses it: a unit is required (``s``, not ``d``), except after a bare ``0``."""
    sign, unsigned = (text[0], text[1:]) if text[:1] in ("-", "+") else ("", text)
    if unsigned == "0":
        return 0
    total = 0
    position = 0
    while position < len(unsigned):
        term = _TERM.match(unsigned, position)
        if term is None:
            return None
        whole, fraction, unit = term[1], term[2] or "", _UNITS.get(term[3])
        if unit is None or not (whole or fraction) or len(whole) > 19:
            return None
        # Digits beyond the nineteenth of a fraction are below any unit's resolution.
        fraction = fraction[:19]
        total += int(whole or "0") * unit + int(fraction or "0") * unit // 10 ** len(fraction)
        position = term.end()
    if not unsigned or total > _LONGEST + (sign == "-"):
        return None
    return -total if sign == "-" else total


def seconds(text: str) -> float | None:
    """A Go duration in seconds, or None where Go refuses it: what a field of type ``metav1.Duration`` accepts."""
    nanos = nanoseconds(text)
    return None if nanos is None else nanos / _NANOS_PER_SECOND


def pause_seconds(value: object) -> int | None:
    """The length of an Argo Rollouts pause in whole seconds, or None where the controller cannot read it.

    A number, bare digits in quotes (``"30"``) and a Go duration are understood; parts of a second are cut off.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"[-+]?[0-9]{1,18}", value):
        return int(value)
    nanos = nanoseconds(value)
    if nanos is None:
        return None
    whole = abs(nanos) // _NANOS_PER_SECOND
    return -whole if nanos < 0 else whole
