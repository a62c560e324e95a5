"""The field rules of what extends or runs a cluster: definitions of kinds, webhooks, runtime classes, leases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.conditions import NOT_NEGATIVE, at_least, named
from rollproof.conformance.fields.definition import DEFINITION
from rollproof.conformance.fields.metadata import labels
from rollproof.conformance.fields.scheduling import toleration
from rollproof.conformance.fields.table import Refusal, Rule, Table, structures
from rollproof.conformance.fields.webhook import WEBHOOKS
from rollproof.kube import names
from rollproof.kube.version import VersionRange


def _tolerations(value: object, _: VersionRange) -> Iterator[Refusal]:
    """validateTolerations, pkg/apis/node/validation/validation.go: no two say the same."""
    seen: dict[tuple[str, ...], int] = {}
    for index, item in structures(value):
        said = tuple(str(item.get(key) or "") for key in ("key", "operator", "value", "effect"))
        if (first := seen.setdefault(said, index)) != index:
            yield Refusal("says the same as an earlier toleration", (index,), related=(((first,), "first here"),))


_RUNTIME_CLASS = Table(
    Rule("handler", named(names.dns_label), "ValidateRuntimeClass, pkg/apis/node/validation/validation.go"),
    Rule("scheduling.nodeSelector", labels, "validateScheduling"),
    Rule("scheduling.tolerations[*]", toleration, "ValidateTolerations"),
    Rule("scheduling.tolerations", _tolerations, "validateTolerations"),
)
_LEASE = Table(
    Rule("spec.leaseDurationSeconds", at_least(1), "ValidateLeaseSpec"),
    Rule("spec.leaseTransitions", NOT_NEGATIVE, "ValidateLeaseSpec"),
)

CHECKS: Mapping[str, FieldRules] = {
    "apiextensions.k8s.io/CustomResourceDefinition": DEFINITION.check,
    "admissionregistration.k8s.io/MutatingWebhookConfiguration": WEBHOOKS.check,
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": WEBHOOKS.check,
    "node.k8s.io/RuntimeClass": _RUNTIME_CLASS.check,
    "coordination.k8s.io/Lease": _LEASE.check,
}
