"""What a Job does: the spec that Jobs and the templates of CronJobs share.

Source: Kubernetes ``pkg/apis/batch/validation/validation.go`` (validateJobSpec and what it calls).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import NOT_NEGATIVE, not_among
from rollproof.conformance.fields.table import Refusal, Rule, Table, dig, integer, items, mapping, structures
from rollproof.conformance.fields.values import domain_prefixed_path, exactly_one_of, is_known, misnamed, missing, moved, on_structure
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import VersionRange

_MOST_INDEXES = 100_000  # maxParallelismForIndexedJob, maxFailedIndexesForIndexedJob, completionsSoftLimit
_MOST_FOR_MANY = 10_000  # parallelismLimitForHighCompletions, maxFailedIndexesLimitForHighCompletions
_MOST_RULES = 20
_MOST_EXIT_CODES = 255
_LONGEST_INDEXES = 64 * 1024
_LONGEST_MANAGER = 63
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_STATUSES = ("False", "True", "Unknown")
_INDEX = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


@on_structure
def _completion(spec: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """What the completion mode asks for."""
    mode = spec.get("completionMode")
    per_index, most_failed = spec.get("backoffLimitPerIndex"), spec.get("maxFailedIndexes")
    if most_failed is not None and per_index is None:
        yield missing(("backoffLimitPerIndex",), " with maxFailedIndexes")
    if mode == "Indexed":
        yield from _indexed(spec)
    elif mode in (None, "NonIndexed"):
        for key in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
            if spec.get(key) is not None:
                yield Refusal("is only for completionMode Indexed", (key,), at="key")


def _indexed(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    completions, parallelism = integer(spec.get("completions")), integer(spec.get("parallelism"))
    failed = integer(spec.get("maxFailedIndexes"))
    if spec.get("completions") is None:
        yield missing(("completions",), " with completionMode Indexed")
    many = completions is not None and completions > _MOST_INDEXES and spec.get("backoffLimitPerIndex") is not None
    limit = _MOST_FOR_MANY if many else _MOST_INDEXES
    beside = f" with more than {_MOST_INDEXES} completions" if many else " with completionMode Indexed"
    if parallelism is not None and parallelism > limit:
        yield Refusal(f"must be at most {limit}{beside}, but is {parallelism}", ("parallelism",))
    if failed is not None and completions is not None and failed > completions:
        related = ((("completions",), f"completions is {completions}"),)
        yield Refusal(f"must be at most completions, but {failed} is more than {completions}", ("maxFailedIndexes",), related=related)
    elif failed is not None and failed > limit:
        yield Refusal(f"must be at most {limit}{beside}, but is {failed}", ("maxFailedIndexes",))
    if many and spec.get("maxFailedIndexes") is None:
        yield missing(("maxFailedIndexes",), beside)


@on_structure
def _replacement(spec: dict[str, Any], _: VersionRange) -> Refusal | None:
    """validatePodReplacementPolicy."""
    policy = spec.get("podReplacementPolicy")
    if not isinstance(policy, str):
        return None
    if spec.get("podFailurePolicy") is not None and policy == "TerminatingOrFailed":
        return Refusal("must be Failed beside a podFailurePolicy, but is TerminatingOrFailed", ("podReplacementPolicy",))
    if policy in ("Failed", "TerminatingOrFailed"):
        return None
    return moved(not_among(policy, ("Failed", "TerminatingOrFailed")), ("podReplacementPolicy",))


@on_structure
def _restart_policy(spec: dict[str, Any], _: VersionRange) -> Refusal | None:
    """Any other word is refused in the pod's own rules."""
    pod = dig(spec, ("template", "spec"))
    if not isinstance(pod, dict):
        return None
    policy, where = pod.get("restartPolicy"), ("template", "spec", "restartPolicy")
    if policy in (None, ""):
        return Refusal("is required in a Job, OnFailure or Never, because the default, Always, is refused", where, "missing-field")
    if policy == "Always":
        return Refusal("must be OnFailure or Never in a Job, but is Always", where)
    if policy == "OnFailure" and spec.get("podFailurePolicy") is not None:
        return Refusal("must be Never beside a podFailurePolicy, but is OnFailure", where)
    return None


@on_structure
def _failure_policy(spec: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validatePodFailurePolicy."""
    path = ("podFailurePolicy", "rules")
    rules = dig(spec, path)
    if len(items(rules)) > _MOST_RULES:
        yield Refusal(f"may hold at most {_MOST_RULES} rules, but has {len(rules)}", path)
    for index, rule in structures(rules):
        for refusal in _failure_rule(rule, spec):
            yield moved(refusal, (*path, index))


def _failure_rule(rule: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Refusal]:
    action = rule.get("action")
    if action == "":
        yield Refusal("is required, but empty", ("action",), "missing-field")
    elif isinstance(action, str) and action not in _ACTIONS:
        yield moved(not_among(action, _ACTIONS), ("action",))
    elif action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
        yield Refusal("must not be FailIndex without backoffLimitPerIndex", ("action",))
    codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions")
    if codes is None and conditions in (None, []):
        yield Refusal("must have onExitCodes or onPodConditions", rule="missing-field")
    elif codes is not None and conditions not in (None, []):
        related = ((("onExitCodes",), "onExitCodes is set here"),)
        yield Refusal("cannot stand beside onExitCodes in one rule", ("onPodConditions",), at="key", related=related)
    if isinstance(codes, dict):
        for refusal in _exit_codes(codes, spec):
            yield moved(refusal, ("onExitCodes",))
    for index, pattern in structures(conditions):
        for refusal in _condition(pattern):
            yield moved(refusal, ("onPodConditions", index))
    if len(items(conditions)) > _MOST_RULES:
        yield Refusal(f"may hold at most {_MOST_RULES} patterns, but has {len(items(conditions))}", ("onPodConditions",))


def _exit_codes(codes: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Refusal]:
    """validatePodFailurePolicyRuleOnExitCodes."""
    operator, name, values = codes.get("operator"), codes.get("containerName"), codes.get("values")
    if operator == "":
        yield Refusal("is required, but empty", ("operator",), "missing-field")
    elif isinstance(operator, str) and operator not in ("In", "NotIn"):
        yield moved(not_among(operator, ("In", "NotIn")), ("operator",))
    if isinstance(name, str):
        known = _container_names(spec)
        if not any(map(is_placeholder, known)) and name not in known:
            yield Refusal(f"must be the name of one of the template's containers, but is {shown(name)}", ("containerName",))
    if values == []:
        yield Refusal("must hold at least one exit code", ("values",), "missing-field")
    if len(items(values)) > _MOST_EXIT_CODES:
        yield Refusal(f"may hold at most {_MOST_EXIT_CODES} exit codes, but has {len(items(values))}", ("values",))
    yield from _exit_code_values([0 if value is None else integer(value) for value in items(values)], operator)


def _exit_code_values(numbers: list[int | None], operator: object) -> Iterator[Refusal]:
    seen: dict[int, int] = {}
    previous: int | None = None
    for index, number in enumerate(numbers):
        if number is None:
            continue
        if number == 0 and operator == "In":
            yield Refusal("must not be 0 with operator In, as 0 is success", ("values", index))
        if (first := seen.setdefault(number, index)) != index:
            yield Refusal(f"{number} is listed twice", ("values", index), related=((("values", first), "first here"),))
        if previous is not None and previous > number:
            yield Refusal(f"must not be less than the value before it, but {number} follows {previous}", ("values", index))
        previous = number


def _container_names(spec: Mapping[str, Any]) -> set[str]:
    pod = mapping(dig(spec, ("template", "spec")))
    found = [container.get("name") or "" for key in ("containers", "initContainers") for _, container in structures(pod.get(key))]
    return {name for name in found if isinstance(name, str)}


def _condition(pattern: Mapping[str, Any]) -> Iterator[Refusal]:
    """validatePodFailurePolicyRuleOnPodConditions; the status defaults to True."""
    kind, status = pattern.get("type"), pattern.get("status")
    if isinstance(kind, str) and (bad := misnamed(kind, names.qualified_name, ("type",))):
        yield bad
    if isinstance(status, str) and status and status not in _STATUSES:
        yield moved(not_among(status, _STATUSES), ("status",))


@on_structure
def _success_policy(spec: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validateSuccessPolicy, which an indexed Job only can have."""
    completions, path = integer(spec.get("completions")), ("successPolicy", "rules")
    if spec.get("completionMode") != "Indexed" or completions is None:
        return
    rules = dig(spec, path)
    if rules == []:
        yield Refusal("must hold at least one rule", path, "missing-field")
    if len(items(rules)) > _MOST_RULES:
        yield Refusal(f"may hold at most {_MOST_RULES} rules, but has {len(rules)}", path)
    for index, rule in structures(rules):
        for refusal in _success_rule(rule, completions):
            yield moved(refusal, (*path, index))


def _success_rule(rule: Mapping[str, Any], completions: int) -> Iterator[Refusal]:
    listed, count = rule.get("succeededIndexes"), integer(rule.get("succeededCount"))
    if listed is None and rule.get("succeededCount") is None:
        yield Refusal("must have succeededCount or succeededIndexes", rule="missing-field")
    total: int | None = None
    if isinstance(listed, str) and is_known(listed):
        read = _indexes(listed, completions)
        if len(listed) > _LONGEST_INDEXES:
            yield Refusal(f"may have at most {_LONGEST_INDEXES} characters, but has {len(listed)}", ("succeededIndexes",))
        if isinstance(read, str):
            yield Refusal(f"{shown(listed)} {read}", ("succeededIndexes",))
        total = 0 if isinstance(read, str) else read
    if count is None:
        return
    if count < 0:
        yield Refusal(f"must be 0 or more, but is {count}", ("succeededCount",))
    elif count > completions:
        yield Refusal(f"must be at most completions, but {count} is more than {completions}", ("succeededCount",))
    elif total is not None and count > total:
        yield Refusal(f"must be at most the number of succeededIndexes, but {count} is more than {total}", ("succeededCount",))


def _indexes(text: str, completions: int) -> int | str:
    """How many indexes ``0,2-4`` names, or what is wrong with it (validateIndexesFormat)."""
    total, last = 0, None
    for interval in text.split(",") if text else ():
        ends = interval.split("-")
        if len(ends) > 2 or not all(map(_INDEX.fullmatch, ends)):
            return "must hold indexes and intervals such as 0,2-4"
        first, final = int(ends[0]), int(ends[-1])
        if max(first, final) >= completions:
            return f"names index {max(first, final)}, but the last of {completions} completions is {completions - 1}"
        if (len(ends) == 2 and first >= final) or (last is not None and last >= first):
            return "must be in increasing order"
        total, last = total + final - first + 1, final
    return total


def _manager(value: object, _: VersionRange) -> Refusal | None:
    if isinstance(value, str) and len(value) > _LONGEST_MANAGER:
        return Refusal(f"may have at most {_LONGEST_MANAGER} characters, but has {len(value)}")
    return misnamed(value, domain_prefixed_path) if isinstance(value, str) else None


JOB_SPEC = Table(
    Rule("parallelism", NOT_NEGATIVE, "validateJobSpec"),
    Rule("completions", NOT_NEGATIVE, "validateJobSpec"),
    Rule("activeDeadlineSeconds", NOT_NEGATIVE, "validateJobSpec"),
    Rule("backoffLimit", NOT_NEGATIVE, "validateJobSpec"),
    Rule("ttlSecondsAfterFinished", NOT_NEGATIVE, "validateJobSpec"),
    Rule("backoffLimitPerIndex", NOT_NEGATIVE, "validateJobSpec"),
    Rule("maxFailedIndexes", NOT_NEGATIVE, "validateJobSpec"),
    Rule("managedBy", _manager, "validateJobSpec"),
    Rule("completionMode", exactly_one_of("Indexed", "NonIndexed"), "validateJobSpec"),
    Rule("", _completion, "validateJobSpec"),
    Rule("", _failure_policy, "validatePodFailurePolicy"),
    Rule("", _success_policy, "validateSuccessPolicy"),
    Rule("", _replacement, "validatePodReplacementPolicy"),
    Rule("", _restart_policy, "validateJobSpec"),
)
"""The spec of a Job, its pod template aside from what a Job asks of it."""
