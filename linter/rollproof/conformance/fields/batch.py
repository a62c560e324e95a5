"""The field rules of CronJobs, and of Jobs by themselves.

Sources: Kubernetes ``pkg/apis/batch/validation/validation.go`` (ValidateJob, validateCronJobSpec and what they call), after
``pkg/registry/batch/job/strategy.go`` (generateSelector).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.conditions import NOT_NEGATIVE, one_of
from rollproof.conformance.fields.job import JOB_SPEC
from rollproof.conformance.fields.pod import check_template
from rollproof.conformance.fields.selectors import LABEL_SELECTOR
from rollproof.conformance.fields.table import Refusal, Rule, Table, dig, integer, mapping
from rollproof.conformance.fields.values import is_known, missing, not_empty, on_structure
from rollproof.conformance.value import shown
from rollproof.conformance.violation import Violation
from rollproof.kube import cron, names
from rollproof.kube.selector import LabelSelector
from rollproof.kube.version import Version, VersionRange
from rollproof.span import Path

_NO_ZONE_IN_SCHEDULE = Version(1, 29)
_NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")
_UID_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")


def _schedule(value: object, versions: VersionRange) -> Refusal | None:
    """validateScheduleFormat; a zone in a schedule is refused since 1.29 (CHANGELOG-1.29, API change)."""
    if not isinstance(value, str) or not value:
        return None
    if (reason := cron.why_not(value)) is not None:
        return Refusal(f"{shown(value)} {reason}")
    if cron.has_zone(value) and versions.hi >= _NO_ZONE_IN_SCHEDULE:
        return Refusal(f"must not hold a time zone, but is {shown(value)}; use timeZone instead")
    return None


def _time_zone(value: object, _: VersionRange) -> Refusal | None:
    """validateTimeZone."""
    if not isinstance(value, str) or (reason := cron.why_not_zone(value)) is None:
        return None
    near = cron.nearest_zone(value)
    meant = f" (did you mean '{near}'?)" if near else ""
    return Refusal(f"{shown(value)} {reason}{meant}", suggestion=near, replacement=near, safe=near is not None)


@on_structure
def _own_selector(template: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """ValidateJobTemplateSpec: every Job gets a selector of its own."""
    spec = mapping(template.get("spec"))
    if spec.get("selector") is not None:
        yield Refusal("must not be set in a CronJob, as each of its Jobs gets a selector of its own", ("spec", "selector"), at="key")
    if spec.get("manualSelector") is True:
        yield Refusal("must not be true in a CronJob", ("spec", "manualSelector"))


_CRON_JOB = Table(
    Rule("spec.schedule", not_empty, "validateCronJobSpec"),
    Rule("spec.schedule", _schedule, "validateScheduleFormat"),
    Rule("spec.timeZone", _time_zone, "validateTimeZone"),
    Rule("spec.startingDeadlineSeconds", NOT_NEGATIVE, "validateCronJobSpec"),
    Rule("spec.concurrencyPolicy", one_of("Allow", "Forbid", "Replace"), "validateConcurrencyPolicy"),
    Rule("spec.successfulJobsHistoryLimit", NOT_NEGATIVE, "validateCronJobSpec"),
    Rule("spec.failedJobsHistoryLimit", NOT_NEGATIVE, "validateCronJobSpec"),
    Rule("spec.jobTemplate", _own_selector, "ValidateJobTemplateSpec"),
    Rule("spec.jobTemplate.spec", JOB_SPEC),
)


@on_structure
def _job(data: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    spec, name = mapping(data.get("spec")), mapping(data.get("metadata")).get("name")
    if spec.get("manualSelector") is True:
        yield from _manual_selector(spec)
    elif spec.get("manualSelector") in (None, False) and isinstance(name, str) and name and is_known(name):
        yield from _generated_selector(spec, name)
    if isinstance(name, str) and is_known(name):
        yield from _pod_host_name(spec, name)


def _manual_selector(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    """ValidateJobSpec."""
    if spec.get("selector") is None:
        yield missing(("spec", "selector"), " with manualSelector: true")
        return
    selector, labels = LabelSelector.parse(spec["selector"]), _template_labels(spec)
    if selector is not None and all(isinstance(value, str) and is_known(value) for value in labels.values()):
        for requirement in selector.failing(labels):
            where = ("spec", "template", "metadata", "labels")
            related = ((("spec", "selector"), "the selector"),)
            text = f"the selector wants {shown(str(requirement))}, but the template's labels do not meet it"
            yield Refusal(text, where, "selector-mismatch", sentence=True, related=related)


def _generated_selector(spec: Mapping[str, Any], name: str) -> Iterator[Refusal]:
    """validateGeneratedSelector: labels that the server sets itself may be written only if they say the same, and a UID is never known."""
    labels = _template_labels(spec)
    for key in (*_NAME_LABELS, *_UID_LABELS):
        value = labels.get(key)
        if isinstance(value, str) and is_known(value) and (key in _UID_LABELS or value != name):
            reason = f"must be {shown(name)}, the Job's name" if key in _NAME_LABELS else "is set by the server; remove it"
            yield Refusal(reason, ("spec", "template", "metadata", "labels", key))
    selector = LabelSelector.parse(spec.get("selector"))
    if selector is None:
        return
    # A UID that no manifest can hold stands for the one the server makes.
    expected = {**dict.fromkeys(_NAME_LABELS, name), **dict.fromkeys(_UID_LABELS, "\0")}
    if selector.failing(expected):
        yield Refusal("is generated by the server; remove it, or set manualSelector: true", ("spec", "selector"), at="key")


def _template_labels(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Null is the empty text in a mapping of texts."""
    labels = mapping(dig(spec, ("template", "metadata", "labels")))
    return {key: "" if value is None else value for key, value in labels.items()}


def _pod_host_name(spec: Mapping[str, Any], name: str) -> Iterator[Refusal]:
    """ValidateJob: an indexed Job's pods are called by the Job's name and the index."""
    completions = integer(spec.get("completions"))
    if spec.get("completionMode") != "Indexed" or completions is None or completions <= 0:
        return
    host = f"{name}-{completions - 1}"
    if names.dns_subdomain(name) is None and (reason := names.dns_label(host)) is not None:
        yield Refusal(f"{shown(name)} makes the host name {shown(host)} of an indexed pod, which {reason}", ("metadata", "name"))


_JOB = Table(
    Rule("", _job, "ValidateJob"),
    Rule("spec.selector", LABEL_SELECTOR),
    Rule("spec", JOB_SPEC),
)


def _check_job(data: Mapping[str, Any], versions: VersionRange) -> list[Violation]:
    path = ("spec", "template")
    return [*_JOB.check(data, versions), *_without_template(data, path[:-1]), *check_template(dig(data, path), versions, path)]


def _check_cron_job(data: Mapping[str, Any], versions: VersionRange) -> list[Violation]:
    path = ("spec", "jobTemplate", "spec", "template")
    return [*_CRON_JOB.check(data, versions), *_without_template(data, path[:-1]), *check_template(dig(data, path), versions, path)]


def _without_template(data: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    """A Job that has no spec has no template either; the walk over the structure tells where only the template lacks."""
    holder: Any = data
    for depth, key in enumerate(path):
        holder = holder.get(key)
        if holder is None and (depth or key == path[-1]):
            yield Violation("missing-field", path[: depth + 1], f"'{key}' is missing, so the Job has no pod template")
        if not isinstance(holder, dict):
            return


CHECKS: Mapping[str, FieldRules] = {"batch/Job": _check_job, "batch/CronJob": _check_cron_job}
