"""Numbers that a manifest may write as an integer or as a percentage: ``3`` or ``"25%"``."""

import math
import re
from dataclasses import dataclass
from typing import Literal

Rounding = Literal["up", "down"]

_PERCENT = re.compile("[0-9]+%", re.ASCII)
_DIGITS = re.compile("[+-]?[0-9]+", re.ASCII)

# Which way each controller rounds a percentage. They differ, and one of them contradicts its own API documentation:
DEPLOYMENT_SURGE: Rounding = "up"  # ResolveFenceposts, Kubernetes pkg/controller/deployment/util/deployment_util.go
DEPLOYMENT_UNAVAILABLE: Rounding = "down"  # likewise
STATEFUL_SET_UNAVAILABLE: Rounding = "down"  # getStatefulSetMaxUnavailable, pkg/controller/statefulset/stateful_set_utils.go (API docs: up)
DAEMON_SET_SURGE: Rounding = "up"  # SurgeCount, pkg/controller/daemon/util/daemonset_util.go
DAEMON_SET_UNAVAILABLE: Rounding = "up"  # UnavailableCount, likewise
DISRUPTION_BUDGET: Rounding = "up"  # getExpectedPodCount, pkg/controller/disruption/disruption.go, for minAvailable and maxUnavailable
CANARY_SURGE: Rounding = "up"  # resolveFenceposts, argo-rollouts utils/replicaset/replicaset.go
CANARY_UNAVAILABLE: Rounding = "down"  # likewise

MAX_INT32 = 2**31 - 1
MAX_INT64 = 2**63 - 1


@dataclass(frozen=True, slots=True)
class IntOrPercent:
    """An absolute number of pods, or whole percents of a number of pods that is known only later.

    Source: k8s.io/apimachinery pkg/util/intstr/intstr.go.
    """

    amount: int
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.amount}%" if self.percent else str(self.amount)

    def resolve(self, total: int, rounding: Rounding) -> int:
        """The number of pods this stands for out of ``total``; only a percentage is rounded, an integer is never capped."""
        if not self.percent:
            return self.amount
        product = self.amount * total
        return -(-product // 100) if rounding == "up" else product // 100

    @property
    def resolvable(self) -> bool:
        """Whether a controller can read it: the digits must fit an int64 (``strconv.Atoi`` in intstr.go), which validation does not ask."""
        return abs(self.amount) <= MAX_INT64


def parse(value: object) -> IntOrPercent | None:
    """The value as the API server accepts it for maxSurge, maxUnavailable and minAvailable, or None; ``why_not`` tells why."""
    read = _read(value)
    return read if isinstance(read, IntOrPercent) else None


def why_not(value: object) -> str | None:
    """What is wrong with the value, to stand after "is": "not a whole number"; None when it is accepted.

    The accepted forms are a non-negative int32 and a string of ASCII digits followed by one ``%``.
    Source: ValidatePositiveIntOrPercent in Kubernetes pkg/apis/apps/validation/validation.go and IsValidPercent in apimachinery
    pkg/util/validation/validation.go.
    """
    read = _read(value)
    return read if isinstance(read, str) else None


def parse_lenient(value: object) -> IntOrPercent | None:
    """The value as Argo Rollouts reads it: every string is a percentage, with ``%`` dropped wherever it stands, so ``"25"`` is 25 %.

    Source: GetValueFromIntOrPercent (deprecated) in apimachinery pkg/util/intstr/intstr.go, which resolveFenceposts in argo-rollouts
    utils/replicaset/replicaset.go still calls.
    """
    if isinstance(value, str):
        digits = value.replace("%", "")
        return IntOrPercent(int(digits), percent=True) if _short_digits(digits) else None
    number = _whole(value)
    return None if number is None or abs(number) > MAX_INT32 else IntOrPercent(number)


def _read(value: object) -> IntOrPercent | str:
    if isinstance(value, str):
        if not _PERCENT.fullmatch(value):
            return "neither an integer nor a percentage such as '25%'"
        digits = value[:-1].lstrip("0")
        # Python refuses to convert thousands of digits; any number beyond int64 behaves alike, so a longer one is cut.
        return IntOrPercent(int(digits[:40] or "0"), percent=True)
    number = _whole(value)
    if number is None:
        return "neither an integer nor a percentage such as '25%'"
    if number < 0:
        return "negative"
    if number > MAX_INT32:
        return f"more than {MAX_INT32}, the largest number the field can hold"
    return IntOrPercent(number)


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return None


def _short_digits(text: str) -> bool:
    """Whether ``strconv.Atoi`` would read the text: a number within int64, of few enough digits that Python reads it too."""
    return bool(_DIGITS.fullmatch(text)) and len(text) < 4000 and abs(int(text)) <= MAX_INT64
