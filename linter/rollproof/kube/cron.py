"""Cron schedules and time zones as the CronJob controller reads them.

Sources: github.com/robfig/cron/v3 ``parser.go`` (ParseStandard) and ``spec.go``; Kubernetes ``pkg/util/parsers/parsers.go``
(ParseCronScheduleWithPanicRecovery) and ``pkg/apis/batch/validation/validation.go`` (validateScheduleFormat, validateTimeZone).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from rollproof.kube import duration

_MONTHS: Final = {
    name: number for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_DAYS: Final = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS: Final[tuple[tuple[str, int, int, dict[str, int]], ...]] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
_MACROS: Final = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_LONGEST_SHOWN: Final = 40
_EVERY: Final = "@every "
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_ZONE_PART = re.compile(r"(?!-)[A-Za-z._0-9+-]{1,14}")

MACROS: Final = tuple(sorted(_MACROS))
"""The schedules with a name of their own; ``@every`` and a duration is one more."""


def why_not(schedule: str) -> str | None:
    """What is wrong with a schedule, as words that follow the quoted text ("has 6 fields, …"), or None where it is accepted.

    Five fields, or a macro such as ``@daily`` or ``@every 1h30m``. Sunday is 0 and not 7. A prefix ``TZ=`` is read too;
    whether it is allowed is another question: ``has_zone``.
    """
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        zone, space, schedule = schedule.partition("=")[2].partition(" ")
        if not space:
            return "names a time zone but no schedule"
        if (reason := why_not_zone(zone)) is not None and zone not in ("", "Local"):
            return f"begins with a time zone that {reason}"
        schedule = schedule.strip()
    if schedule.startswith("@"):
        return _why_not_macro(schedule)
    parts = schedule.split()
    if len(parts) != 5:
        fields = "1 field" if len(parts) == 1 else f"{len(parts)} fields"
        return f"has {fields}, but a schedule has five: minute, hour, day of the month, month and day of the week"
    for part, (noun, low, high, names) in zip(parts, _FIELDS, strict=True):
        for term in filter(None, part.split(",")):
            if (reason := _why_not_term(term, low, high, names)) is not None:
                return f"has {term[:_LONGEST_SHOWN]!a} as {noun}, {reason}"
    return None


def has_zone(schedule: str) -> bool:
    """Whether the schedule mentions a time zone of its own (validateScheduleFormat: it contains ``TZ`` anywhere)."""
    return "TZ" in schedule


def why_not_zone(zone: str) -> str | None:
    """What is wrong with the name of a time zone ("is unknown"), or None where it is accepted."""
    if not zone:
        return "is empty"
    if zone.lower() == "local":
        return "is not an explicit time zone"
    for part in zone.split("/"):
        if part in (".", "..") or not _ZONE_PART.fullmatch(part):
            return "is not a name of the IANA time zone database"
    known = _zones()
    if known and zone not in known:
        return "is not in the IANA time zone database"
    return None


def nearest_zone(zone: str) -> str | None:
    """The zone that differs only in upper and lower case, or in spaces written for underscores."""
    return {known.lower(): known for known in _zones()}.get(zone.lower().replace(" ", "_"))


@cache
def _zones() -> frozenset[str]:
    """Every zone this machine knows, empty where it has no database; then no name is refused for being unknown."""
    from zoneinfo import available_timezones  # reading the list costs some milliseconds

    zones = available_timezones()
    # Go's database knows these besides; some systems leave them out.
    return frozenset(zones | {"UTC", "GMT"}) if zones else frozenset()


def _why_not_macro(schedule: str) -> str | None:
    if schedule in _MACROS:
        return None
    if schedule.startswith(_EVERY):
        if duration.nanoseconds(schedule.removeprefix(_EVERY)) is None:
            return "has no duration such as 1h30m after '@every'"
        return None
    return f"is none of {', '.join(MACROS)} and '@every' with a duration"


def _why_not_term(term: str, low: int, high: int, names: dict[str, int]) -> str | None:
    """One term of a field: ``5``, ``mon-fri``, ``*/15`` (getRange)."""
    span, *steps = term.split("/")
    first, *rest = span.split("-")
    if first in ("*", "?"):
        start, end = low, high
    elif len(rest) > 1:
        return "with more than one '-'"
    else:
        bounds = [_number(text, names) for text in (first, *rest)]
        if None in bounds:
            return "which is no number" + (" and no name" if names else "")
        start, end = bounds[0] or 0, bounds[-1] or 0
    if len(steps) > 1:
        return "with more than one '/'"
    step = _number(steps[0], {}) if steps else 1
    if steps and not rest:
        end = high
    if step is None:
        return "whose step is no number"
    if start < low or end > high:
        seven = " (Sunday is 0)" if high == 6 and 7 in (start, end) else ""
        return f"but it must be from {low} to {high}{seven}"
    if start > end:
        return "which runs backwards"
    return "whose step is 0" if step == 0 else None


def _number(text: str, names: dict[str, int]) -> int | None:
    """A number or a name; None for what is neither, and for a negative number."""
    if (named := names.get(text.lower())) is not None:
        return named
    number = int(text) if _INTEGER.fullmatch(text) else None
    return number if number is None or number >= 0 else None
