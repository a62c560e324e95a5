"""The field rules of PodDisruptionBudgets.

Source: Kubernetes ``pkg/apis/policy/validation/validation.go`` (ValidatePodDisruptionBudgetSpec).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.conditions import int_or_percent_test
from rollproof.conformance.fields.selectors import LABEL_SELECTOR
from rollproof.conformance.fields.table import Refusal, Rule, Table
from rollproof.conformance.fields.values import exactly_one_of, on_structure
from rollproof.kube.version import VersionRange


@on_structure
def _one_bound(spec: dict[str, Any], _: VersionRange) -> Refusal | None:
    if spec.get("minAvailable") is None or spec.get("maxUnavailable") is None:
        return None
    first, second = [key for key in spec if key in ("minAvailable", "maxUnavailable")]
    related = (((first,), f"{first} is set here"),)
    return Refusal(f"cannot stand beside {first}: a budget has one of them", (second,), at="key", related=related)


_AMOUNT = int_or_percent_test(highest_percent=100)

_BUDGET = Table(
    Rule("spec", _one_bound, "ValidatePodDisruptionBudgetSpec"),
    Rule("spec.minAvailable", _AMOUNT, "ValidatePositiveIntOrPercent, IsNotMoreThan100Percent"),
    Rule("spec.maxUnavailable", _AMOUNT, "ValidatePositiveIntOrPercent, IsNotMoreThan100Percent"),
    Rule("spec.selector", LABEL_SELECTOR),
    Rule("spec.unhealthyPodEvictionPolicy", exactly_one_of("AlwaysAllow", "IfHealthyBudget"), "ValidatePodDisruptionBudgetSpec"),
)

CHECKS: Mapping[str, FieldRules] = {"policy/PodDisruptionBudget": _BUDGET.check}
