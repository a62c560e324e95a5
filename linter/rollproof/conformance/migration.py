"""What changes in an object when its removed apiVersion is replaced by the one that took its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rollproof.conformance.violation import Violation
from rollproof.span import Path, format_path


@dataclass(frozen=True, slots=True)
class _Change:
    """Fields that the newer version has elsewhere, or requires, and the words that say so once for the whole object.

    A field is a key wherever it is, or the whole path of one.
    """

    fields: frozenset[str]
    words: str


def _change(fields: str, words: str) -> _Change:
    return _Change(frozenset(fields.split()), words)


# https://kubernetes.io/docs/reference/using-api/deprecation-guide/, by the apiVersion and kind to write now.
_CHANGES: dict[tuple[str, str], tuple[_Change, ...]] = {
    ("networking.k8s.io/v1", "Ingress"): (  # ingress-v122
        _change("spec.backend", "spec.backend becomes spec.defaultBackend"),
        _change("serviceName servicePort backend", "serviceName and servicePort become service.name and service.port.number (or .name)"),
        _change("pathType", "every path needs a pathType"),
    ),
    ("autoscaling/v2", "HorizontalPodAutoscaler"): (  # horizontalpodautoscaler-v126
        _change(
            "targetAverageUtilization targetAverageValue targetValue averageValue target",
            "the targets of metrics move to target.averageUtilization, target.averageValue and target.value",
        ),
        _change("metricName metricSelector metric", "metricName and selector of metrics become metric.name and metric.selector"),
    ),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): (  # customresourcedefinition-v122
        _change("version versions", "spec.version becomes spec.versions"),
        _change(
            "validation subresources additionalPrinterColumns schema",
            "schema, subresources and additionalPrinterColumns move into each of spec.versions",
        ),
        _change("JSONPath jsonPath", "JSONPath becomes jsonPath"),
        _change("conversionReviewVersions webhookClientConfig", "the conversion's settings move below conversion.webhook"),
    ),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"): (  # webhook-resources-v122
        _change("sideEffects admissionReviewVersions", "every webhook must set sideEffects and admissionReviewVersions"),
    ),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"): (
        _change("sideEffects admissionReviewVersions", "every webhook must set sideEffects and admissionReviewVersions"),
    ),
    ("certificates.k8s.io/v1", "CertificateSigningRequest"): (  # certificatesigningrequest-v122
        _change("signerName usages", "spec must set signerName and usages"),
    ),
}

# Since apps/v1beta2 the selector is not defaulted any more (deployment-v116 and its siblings).
_DEFAULTED_SELECTORS = frozenset({"extensions/v1beta1", "apps/v1beta1"})


def told_once(removal: Violation, found: Iterable[Violation], api_version: str, target: str, kind: str) -> list[Violation]:
    """The removal and what else is wrong, where all that the migration itself asks for is part of the removal's own message."""
    changes = _CHANGES.get((target, kind), ())
    words: list[str] = []
    places: list[tuple[Path, str]] = []
    others: list[Violation] = []
    for violation in found:
        change = _of(violation, changes)
        if change is not None:
            words += [change.words] if change.words not in words else []
            places.append((violation.path, _note(violation)))
        elif api_version in _DEFAULTED_SELECTORS and violation.rule == "missing-field" and violation.path == ("spec", "selector"):
            text = f"{target} requires a selector, which {api_version} took from the template's labels"
            others.append(replace(violation, message=text))
        else:
            others.append(violation)
    if not words:
        return [removal, *others]
    told = replace(removal, message=f"{removal.message}, where {_joined(words)}", related=(*removal.related, *places))
    return [told, *others]


def _of(violation: Violation, changes: tuple[_Change, ...]) -> _Change | None:
    if violation.rule not in ("unknown-field", "misplaced-field", "missing-field"):
        return None
    key, path = str(violation.path[-1]) if violation.path else "", format_path(violation.path)
    return next((change for change in changes if key in change.fields or path in change.fields), None)


def _note(violation: Violation) -> str:
    key = violation.path[-1]
    if violation.rule == "missing-field":
        return f"{key} is missing here"
    return f"{key} becomes {violation.suggestion}" if violation.suggestion else f"{key} is here"


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])}, and {words[-1]}"
