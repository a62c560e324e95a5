"""What does the API server refuse of Jobs and CronJobs beyond their structure?

Sources: github.com/robfig/cron/v3 parser.go; Kubernetes pkg/apis/batch/validation/validation.go.
"""

from __future__ import annotations

from typing import Any

import pytest

from rollproof.conformance import fields
from rollproof.conformance.violation import Violation
from rollproof.kube import cron
from rollproof.kube.api import load_api
from rollproof.kube.version import Version, VersionRange
from rollproof.span import format_path

NEWEST = VersionRange(Version(1, 35), Version(1, 35))
TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "x"}},
    "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "nginx"}]},
}


def job(**spec: Any) -> list[Violation]:
    """What is held against a Job with such a spec."""
    return _refusals("Job", {"template": TEMPLATE, **spec})


def cron_job(versions: VersionRange = NEWEST, **spec: Any) -> list[Violation]:
    """What is held against a CronJob with such a spec."""
    return _refusals("CronJob", {"schedule": "@daily", "jobTemplate": {"spec": {"template": TEMPLATE}}, **spec}, versions)


def _refusals(kind: str, spec: dict[str, Any], versions: VersionRange = NEWEST) -> list[Violation]:
    known = load_api().kind("batch/v1", kind)
    assert known is not None
    return list(fields.check(known, {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": "x"}, "spec": spec}, versions))


def paths(found: list[Violation]) -> list[str]:
    """Where, in words."""
    return [format_path(violation.path) for violation in found]


@pytest.mark.parametrize(
    "schedule",
    ["* * * * *", "*/5 0-6/2 1,15 jan-mar MON", "0 0 ? * 6", "5/15 * * * *", "0  0 * * *", "@hourly", "@every 1h30m", "1,,2 * * * *"],
)
def test_a_schedule_of_five_fields_or_a_macro_is_accepted(schedule: str) -> None:
    reason = cron.why_not(schedule)

    assert reason is None


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("* * * *", "has 4 fields"),
        ("0 0 0 * * *", "has 6 fields"),
        ("60 * * * *", "from 0 to 59"),
        ("* * 0 * *", "from 1 to 31"),
        ("* * * * 7", "Sunday is 0"),
        ("5-1 * * * *", "runs backwards"),
        ("*/0 * * * *", "step is 0"),
        ("a * * * *", "no number"),
        ("1-2-3 * * * *", "more than one '-'"),
        ("@reboot", "none of @annually"),
        ("@every 1", "no duration"),
    ],
)
def test_a_schedule_that_no_controller_reads_is_refused_with_its_reason(schedule: str, words: str) -> None:
    (violation,) = cron_job(schedule=schedule)

    assert words in violation.message
    assert paths([violation]) == ["spec.schedule"]


@pytest.mark.parametrize(("version", "refused"), [(Version(1, 28), False), (Version(1, 29), True)])
def test_a_time_zone_inside_a_schedule_is_refused_since_1_29(version: Version, refused: bool) -> None:
    found = cron_job(VersionRange(version, version), schedule="TZ=UTC 0 0 * * *")

    assert bool(found) is refused


@pytest.mark.parametrize(("zone", "refused"), [("Europe/Berlin", False), ("UTC", False), ("Local", True), ("", True), ("Mars/Base", True)])
def test_a_time_zone_is_one_of_the_iana_database(zone: str, refused: bool) -> None:
    found = cron_job(timeZone=zone)

    assert bool(found) is refused


def test_a_time_zone_in_the_wrong_case_comes_with_the_right_one() -> None:
    (violation,) = cron_job(timeZone="europe/berlin")

    assert violation.suggestion == "Europe/Berlin"


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"parallelism": -1}, "spec.parallelism"),
        ({"completionMode": "Indexed"}, "spec.completions"),
        ({"maxFailedIndexes": 1, "completionMode": "Indexed", "completions": 2}, "spec.backoffLimitPerIndex"),
        ({"backoffLimitPerIndex": 1}, "spec.backoffLimitPerIndex"),
        ({"selector": {"matchLabels": {"app": "x"}}}, "spec.selector"),
        ({"manualSelector": True}, "spec.selector"),
        ({"managedBy": "me"}, "spec.managedBy"),
        ({"podReplacementPolicy": "Now"}, "spec.podReplacementPolicy"),
        ({"podFailurePolicy": {"rules": [{"action": "Ignore"}]}}, "spec.podFailurePolicy.rules[0]"),
        (
            {"podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [0]}}]}},
            "spec.podFailurePolicy.rules[0].onExitCodes.values[0]",
        ),
        (
            {"completionMode": "Indexed", "completions": 3, "successPolicy": {"rules": [{"succeededIndexes": "0-3"}]}},
            "spec.successPolicy.rules[0].succeededIndexes",
        ),
    ],
)
def test_a_refusal_of_a_job_names_the_field_at_fault(spec: dict[str, Any], path: str) -> None:
    found = job(**spec)

    assert paths(found) == [path]


@pytest.mark.parametrize(("policy", "rule"), [(None, "missing-field"), ("Always", "invalid-value")])
def test_the_pods_of_a_job_must_not_restart_always(policy: str | None, rule: str) -> None:
    pod = {**TEMPLATE["spec"], "restartPolicy": policy}

    (violation,) = job(template={"spec": pod})

    assert (format_path(violation.path), violation.rule) == ("spec.template.spec.restartPolicy", rule)


def test_a_cron_job_has_no_selector_of_its_own() -> None:
    found = cron_job(jobTemplate={"spec": {"template": TEMPLATE, "selector": {}, "manualSelector": True}})

    assert paths(found) == ["spec.jobTemplate.spec.selector", "spec.jobTemplate.spec.manualSelector"]


def test_a_cron_job_without_a_template_lacks_one() -> None:
    found = cron_job(jobTemplate={})

    assert paths(found) == ["spec.jobTemplate.spec"]


def test_what_is_filled_in_later_is_never_refused() -> None:
    found = [
        *cron_job(schedule="${SCHEDULE}", timeZone="${ZONE}", concurrencyPolicy="${POLICY}"),
        *job(parallelism="${N}", completionMode="${M}"),
    ]

    assert not found
