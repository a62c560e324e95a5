"""Argo Rollouts' Rollout: what its controller refuses to roll out (argo-rollouts pkg/apis/rollouts/validation/validation.go).

Rules that newer releases have given up (which router understands what) are left out: nobody knows the release of the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.conditions import NOT_NEGATIVE, alternatives, between, either, int_or_percent_test
from rollproof.conformance.fields.metadata import TEMPLATE_METADATA
from rollproof.conformance.fields.pod import check_template
from rollproof.conformance.fields.selectors import LABEL_SELECTOR, check_workload
from rollproof.conformance.fields.table import Refusal, Rule, Table, integer, mapping, structures, text
from rollproof.conformance.fields.workload import only_always
from rollproof.conformance.value import shown
from rollproof.conformance.violation import Violation
from rollproof.kube import duration, int_or_percent
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import VersionRange

_SPEC = ("spec",)
_TEMPLATE = ("spec", "template")

# argo-rollouts utils/defaults/defaults.go and utils/weightutil/weight.go
_DEADLINE, _HISTORY, _MAX_WEIGHT = 600, 10, 100

_STEPS = ("setWeight", "pause", "setCanaryScale", "analysis", "experiment", "setHeaderRoute", "setMirrorRoute", "plugin")
_EXCLUSIVE_STEPS = ("setWeight", "pause", "experiment", "analysis")  # hasMultipleStepsType looks at these only

# requireCanaryStableServices; alb and istio ask for them in some cases only.
_ROUTERS_BY_SERVICE = ("smi", "apisix", "ambassador", "nginx", "appMesh", "traefik")


def _strategy(value: object, _: VersionRange) -> Refusal | None:
    """ValidateRolloutStrategy."""
    strategy = mapping(value)
    if strategy.get("canary") is not None and strategy.get("blueGreen") is not None:
        related = ((("canary",), "canary is set here"),)
        return Refusal("cannot stand beside canary: a Rollout has one strategy", ("blueGreen",), at="key", related=related)
    return None


def _deadline(value: object, _: VersionRange) -> Refusal | None:
    """ValidateRolloutSpec, after the defaults."""
    spec = mapping(value)
    written, ready = spec.get("progressDeadlineSeconds"), integer(spec.get("minReadySeconds") or 0)
    deadline = _DEADLINE if written is None else integer(written)
    if deadline is None or ready is None or deadline > ready or deadline < 0:
        return None
    related = ((("minReadySeconds",), f"minReadySeconds is {ready}"),) if spec.get("minReadySeconds") is not None else ()
    have = f"is absent, so it is {_DEADLINE}, and must be more" if written is None else f"is {deadline}, but must be more"
    return Refusal(f"{have} than minReadySeconds, {ready}", ("progressDeadlineSeconds",), related=related)


def _blue_green(value: object, _: VersionRange) -> Iterator[Refusal]:
    """ValidateRolloutStrategyBlueGreen."""
    strategy = mapping(value)
    active, preview = strategy.get("activeService"), strategy.get("previewService")
    if active == "":
        yield Refusal("is required, but empty", ("activeService",), "missing-field")
    elif active is not None and active == preview:
        related = ((("activeService",), "the active Service"),)
        yield Refusal(
            f"{shown(active)} is the active Service too, but the preview needs one of its own", ("previewService",), related=related
        )


def _history(value: object, _: VersionRange) -> Refusal | None:
    """ValidateRolloutStrategyBlueGreen: no more old ReplicaSets can wait than are kept."""
    spec = mapping(value)
    kept = integer(_HISTORY if spec.get("revisionHistoryLimit") is None else spec["revisionHistoryLimit"])
    limit = integer(mapping(mapping(spec.get("strategy")).get("blueGreen")).get("scaleDownDelayRevisionLimit"))
    if kept is None or limit is None or limit <= kept or kept < 0:
        return None
    where = ("strategy", "blueGreen", "scaleDownDelayRevisionLimit")
    return Refusal(f"is {limit}, but no more than revisionHistoryLimit, {kept}, old ReplicaSets are kept", where)


def _both_zero(value: object, _: VersionRange) -> Refusal | None:
    """invalidMaxSurgeMaxUnavailable; each is 25% where it is absent."""
    canary = mapping(value)
    numbers = [int_or_percent.parse(canary.get(name)) for name in ("maxSurge", "maxUnavailable")]
    if any(number is None or number.amount != 0 for number in numbers):
        return None
    related = ((("maxSurge",), "maxSurge is 0 here"),)
    return Refusal("must not be 0 when maxSurge is 0: no pod could ever be replaced", ("maxUnavailable",), related=related)


def _services(value: object, _: VersionRange) -> Iterator[Refusal]:
    """ValidateRolloutStrategyCanary: two Services, which most routers need."""
    canary = mapping(value)
    routing = mapping(canary.get("trafficRouting"))
    stable, other = text(canary.get("stableService")), text(canary.get("canaryService"))
    if stable and stable == other:
        related = ((("canaryService",), "the canary's Service"),)
        yield Refusal(
            f"{shown(stable)} is the canary's Service too, but the stable pods need one of their own", ("stableService",), related=related
        )
    router = _needs_services(canary, routing)
    for name in ("stableService", "canaryService"):
        if router is not None and canary.get(name) in (None, ""):
            yield Refusal(
                f"is required by trafficRouting.{router}", (name,), "missing-field", related=((("trafficRouting", router), "here"),)
            )


def _needs_services(canary: Mapping[str, Any], routing: Mapping[str, Any]) -> str | None:
    """The router that needs both Services to be named (requireCanaryStableServices)."""
    if canary.get("pingPong") is None:
        if routing.get("alb") is not None:
            return "alb"
        if routing.get("istio") is not None and mapping(routing["istio"]).get("destinationRule") is None:
            return "istio"
    return next((name for name in _ROUTERS_BY_SERVICE if routing.get(name) is not None), None)


def _routed_only(value: object, _: VersionRange) -> Iterator[Refusal]:
    """ValidateRolloutStrategyCanary: what only a traffic router can do, and what excludes something else then."""
    canary = mapping(value)
    routing, delay = canary.get("trafficRouting"), canary.get("scaleDownDelaySeconds")
    dynamic = canary.get("dynamicStableScale") is True
    if routing is None and delay is not None:
        yield Refusal("needs trafficRouting", ("scaleDownDelaySeconds",), at="key")
    if routing is None and dynamic:
        yield Refusal("needs trafficRouting", ("dynamicStableScale",), at="key")
    if routing is not None and delay is not None and dynamic:
        related = ((("scaleDownDelaySeconds",), "scaleDownDelaySeconds is set here"),)
        yield Refusal("cannot stand beside scaleDownDelaySeconds", ("dynamicStableScale",), at="key", related=related)


def _ping_pong(value: object, _: VersionRange) -> Iterator[Refusal]:
    """ValidateRolloutStrategyCanary: two Services that take turns, behind an ALB with a third in front of them."""
    canary = mapping(value)
    services, routing = mapping(canary.get("pingPong")), mapping(canary.get("trafficRouting"))
    if not services:
        return
    ping, pong = services.get("pingService"), services.get("pongService")
    for name, service in (("pingService", ping), ("pongService", pong)):
        if service == "":
            yield Refusal("is required, but empty", ("pingPong", name), "missing-field")
    if ping and ping == pong:
        yield Refusal(f"{shown(ping)} is the ping Service too, but two different ones are needed", ("pingPong", "pongService"))
    if routing.get("alb") is not None and not mapping(routing["alb"]).get("rootService"):
        yield Refusal("is required by pingPong", ("trafficRouting", "alb", "rootService"), "missing-field")


def _steps(value: object, _: VersionRange) -> Iterator[Refusal]:
    """ValidateRolloutStrategyCanary, step by step."""
    canary = mapping(value)
    routing = canary.get("trafficRouting")
    for index, step in structures(canary.get("steps")):
        for refusal in _step(step, routing):
            below = ("steps", index, *refusal.below)
            related = tuple((("steps", index, *path), note) for path, note in refusal.related)
            yield Refusal(refusal.text, below, refusal.rule, refusal.at, related=related, sentence=refusal.sentence)


def _step(step: Mapping[str, Any], routing: object) -> Iterator[Refusal]:
    present = [name for name in _STEPS if step.get(name) is not None]
    # A step of another name is an unknown field, which the walk reports.
    if not present and not any(value is not None for value in step.values()):
        yield Refusal(f"a step must have one of {either(_STEPS)}", (), "missing-field", sentence=True)
    exclusive = [name for name in _EXCLUSIVE_STEPS if name in present]
    if len(exclusive) > 1:
        related = (((exclusive[0],), f"{exclusive[0]} is set here"),)
        yield Refusal(f"cannot stand beside {exclusive[0]}: a step does one thing", (exclusive[1],), at="key", related=related)
    yield from _weight(step.get("setWeight"), mapping(routing))
    length = mapping(step.get("pause")).get("duration")
    seconds = duration.pause_seconds(length)
    if length is not None and not isinstance(length, list | dict | bool) and (seconds is None or seconds < 0):
        yield Refusal(f"must be seconds, or a duration such as 30s, 5m or 1h, but is {shown(length)}", ("pause", "duration"))
    if step.get("setCanaryScale") is not None and routing is None:
        yield Refusal("needs trafficRouting", ("setCanaryScale",), at="key")
    for index, template in structures(mapping(step.get("experiment")).get("templates")):
        if template.get("weight") is not None and routing is None:
            yield Refusal("needs trafficRouting", ("experiment", "templates", index, "weight"), at="key")
    for name in ("setHeaderRoute", "setMirrorRoute"):
        if step.get(name) is not None:
            yield from _route(name, mapping(step[name]), routing)


def _weight(value: object, routing: Mapping[str, Any]) -> Iterator[Refusal]:
    weight, most = integer(value), integer(routing.get("maxTrafficWeight"))
    most = _MAX_WEIGHT if most is None else most
    if weight is not None and not 0 <= weight <= most:
        yield Refusal(f"must be from 0 to {most}, but is {weight}", ("setWeight",))


def _route(step: str, route: Mapping[str, Any], routing: object) -> Iterator[Refusal]:
    """ValidateStepRouteFoundInManagedRoute."""
    if routing is None:
        yield Refusal("needs trafficRouting", (step,), at="key")
        return
    name = route.get("name")
    known = [managed.get("name") for _, managed in structures(mapping(routing).get("managedRoutes"))]
    if isinstance(name, str) and name not in known and not any(map(is_placeholder, known)):
        yield Refusal(f"{shown(name)} is not one of trafficRouting.managedRoutes", (step, "name"))


_ANTI_AFFINITY = Table(
    Rule(
        "",
        alternatives("requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"),
        "ValidateRolloutStrategyAntiAffinity",
    ),
    Rule("preferredDuringSchedulingIgnoredDuringExecution.weight", between(1, 100), "ValidateRolloutStrategyAntiAffinity"),
)
_SHARE = int_or_percent_test()

_ROLLOUT = Table(
    Rule("replicas", NOT_NEGATIVE, "ValidateRolloutSpec"),
    Rule("minReadySeconds", NOT_NEGATIVE, "ValidateRolloutSpec"),
    Rule("revisionHistoryLimit", NOT_NEGATIVE, "ValidateRolloutSpec"),
    Rule("progressDeadlineSeconds", NOT_NEGATIVE, "ValidateRolloutSpec"),
    Rule("", _deadline, "ValidateRolloutSpec"),
    Rule("", _history, "ValidateRolloutStrategyBlueGreen"),
    Rule("selector", LABEL_SELECTOR, "ValidateRolloutSpec"),
    Rule("strategy", _strategy, "ValidateRolloutStrategy"),
    Rule("strategy.blueGreen", _blue_green, "ValidateRolloutStrategyBlueGreen"),
    Rule("strategy.blueGreen.antiAffinity", _ANTI_AFFINITY),
    Rule("strategy.blueGreen.activeMetadata", TEMPLATE_METADATA),
    Rule("strategy.blueGreen.previewMetadata", TEMPLATE_METADATA),
    Rule("strategy.canary", _both_zero, "invalidMaxSurgeMaxUnavailable"),
    Rule("strategy.canary", _services, "ValidateRolloutStrategyCanary"),
    Rule("strategy.canary", _routed_only, "ValidateRolloutStrategyCanary"),
    Rule("strategy.canary", _ping_pong, "ValidateRolloutStrategyCanary"),
    Rule("strategy.canary", _steps, "ValidateRolloutStrategyCanary"),
    # A share that cannot be read counts as none (utils/replicaset/canary.go, MaxSurge and MaxUnavailable).
    Rule("strategy.canary.maxSurge", _SHARE, "resolveFenceposts"),
    Rule("strategy.canary.maxUnavailable", _SHARE, "resolveFenceposts"),
    Rule("strategy.canary.antiAffinity", _ANTI_AFFINITY),
    Rule("strategy.canary.canaryMetadata", TEMPLATE_METADATA),
    Rule("strategy.canary.stableMetadata", TEMPLATE_METADATA),
)


def _check_rollout(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    """ValidateRolloutSpec."""
    spec = mapping(data.get("spec"))
    if data.get("spec") is None:
        yield Violation("missing-field", _SPEC, "a Rollout needs a spec with a strategy, and a selector and template or a workloadRef")
        return
    yield from _ROLLOUT.check(spec, versions, _SPEC)
    strategy = spec.get("strategy")
    # A strategy of another name is an unknown field, for which the walk knows the right one.
    if strategy is None or (isinstance(strategy, dict) and not any(value is not None for value in strategy.values())):
        yield Violation("missing-field", (*_SPEC, "strategy"), "a Rollout needs a strategy, which is canary or blueGreen", "key")
    template = mapping(spec.get("template"))
    if spec.get("workloadRef") is not None:
        metadata = mapping(template.get("metadata"))
        if metadata.get("labels") or metadata.get("annotations"):
            related = (((*_SPEC, "workloadRef"), "workloadRef is set here"),)
            yield Violation(
                "invalid-value", _TEMPLATE, "template cannot stand beside workloadRef, which takes its place", "key", related=related
            )
        return
    if spec.get("selector") is None:
        yield Violation("missing-field", (*_SPEC, "selector"), "a Rollout without a workloadRef needs a selector")
    if spec.get("template") is None:
        yield Violation("missing-field", _TEMPLATE, "a Rollout without a workloadRef needs a template for its pods")
        return
    yield from check_workload(spec, mapping(mapping(data.get("metadata")).get("labels")), "Rollout", _SPEC)
    yield from check_template(spec.get("template"), versions, _TEMPLATE)
    yield from only_always(spec.get("template"), "Rollout")


CHECKS: Mapping[str, FieldRules] = {"argoproj.io/Rollout": _check_rollout}
"""The rules of this module by ``group/Kind``."""
