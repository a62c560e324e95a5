"""What containers and pods ask for: requests, limits, overhead and claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from rollproof.conformance.fields.conditions import filled, named, not_among, repeated
from rollproof.conformance.fields.table import Refusal, Rule, Table, Test, mapping, structures, text
from rollproof.conformance.value import shown
from rollproof.kube import names, quantity, resource_name
from rollproof.kube.quantity import ZERO, Quantity
from rollproof.kube.version import VersionRange

_ResourceCheck = Callable[[str], str | None]

_container_resource = lru_cache(maxsize=1024)(resource_name.container_resource)
_USUAL = frozenset({"cpu", "memory"})


def amounts(value: object) -> dict[str, Quantity]:
    """The amounts of a mapping that are quantities; null is zero."""
    found = {}
    for name, amount in mapping(value).items():
        parsed = quantity.parse(amount) if isinstance(amount, str | int | float | None) else None
        if parsed is not None:
            found[name] = parsed
    return found


def _container(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core ValidateContainerResourceRequirements."""
    if type(value) is not dict:
        return None
    limits, requests = amounts(value.get("limits")), amounts(value.get("requests"))
    if limits.keys() <= _USUAL and requests.keys() <= _USUAL and _is_plain(limits, requests):
        return None
    return _refused(limits, requests, value, _container_resource)


def _is_plain(limits: Mapping[str, Quantity], requests: Mapping[str, Quantity]) -> bool:
    """The usual case without any fault."""
    if any(amount < ZERO for amount in limits.values()):
        return False
    return all(amount >= ZERO and (name not in limits or amount <= limits[name]) for name, amount in requests.items())


def _refused(
    limits: Mapping[str, Quantity], requests: Mapping[str, Quantity], value: Mapping[str, Any], check: _ResourceCheck
) -> Iterator[Refusal]:
    """core validateResourceRequirements."""
    for side, found in (("limits", limits), ("requests", requests)):
        for name in mapping(value.get(side)):
            if (reason := check(name)) is not None:
                yield _wrong_name(name, reason, (side, name))
        for name, amount in found.items():
            yield from _wrong_amount(name, amount, (side, name))
    for name, amount in requests.items():
        yield from _beyond_limit(name, amount, limits)
    every = {*limits, *requests}
    if any(map(resource_name.is_huge_pages, every)) and every.isdisjoint(_USUAL):
        side, name = next((side, name) for side in ("limits", "requests") for name in mapping(value.get(side)) if name in every)
        yield Refusal("needs cpu or memory beside it", (side, name), at="key")


def _wrong_name(name: str, reason: str, below: tuple[str, str]) -> Refusal:
    from rollproof.kube.suggest import nearest  # only a wrong name needs it

    near = nearest(name, ("cpu", "memory", "ephemeral-storage"))
    hint = f" (did you mean {near}?)" if near else ""
    return Refusal(f"resource {shown(name)} {reason}{hint}", below, at="key", suggestion=near, sentence=True)


def _wrong_amount(name: str, amount: Quantity, below: tuple[str, str]) -> Iterator[Refusal]:
    """core ValidateResourceQuantityValue and validateResourceQuantityHugePageValue."""
    if amount < ZERO:
        yield Refusal(f"must not be negative, but is {amount}", below)
    elif resource_name.is_integer(name) and amount.milliunits % 1000:
        yield Refusal(f"must be whole, but is {amount}", below)
    if resource_name.is_huge_pages(name):
        page = quantity.parse(name.removeprefix("hugepages-"))
        if page is None or page <= ZERO or page.milliunits % 1000 or amount.units % page.units:
            yield Refusal(f"must be a multiple of the page size, but is {amount}", below)


def _beyond_limit(name: str, amount: Quantity, limits: Mapping[str, Quantity]) -> Iterator[Refusal]:
    limit = limits.get(name)
    related = ((("limits", name), "the limit"),)
    if limit is None:
        if not resource_name.may_overcommit(name):
            related = ((("requests", name), "requested here"),)
            text = f"a limit of {name} is required, equal to the request of {amount}, as {name} cannot be shared"
            yield Refusal(text, ("limits", name), "missing-field", related=related, sentence=True)
    elif amount > limit:
        text = f"the {name} request {amount} is more than the limit {limit}"
        yield Refusal(text, ("requests", name), related=related, sentence=True)
    elif amount != limit and not resource_name.may_overcommit(name):
        text = f"the {name} request {amount} must equal the limit {limit}, as {name} cannot be shared"
        yield Refusal(text, ("requests", name), related=related, sentence=True)


def overhead(value: object, versions: VersionRange) -> Iterator[Refusal] | None:
    """core validateOverhead, which reads it as the limits of a container."""
    refusals = _container({"limits": value}, versions)
    if refusals is None:
        return None
    return (Refusal(each.text, each.below[1:], each.rule, each.at, each.suggestion, sentence=each.sentence) for each in refusals)


CLAIM = Table(
    Rule("", filled("name"), "validateResourceClaimNames"),
    Rule("request", named(names.dns_label, empty=True), "validateResourceClaimNames"),
)


def _repeated_claims(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core validateResourceClaimNames: a claim as a whole excludes every part of it, and each part counts once."""
    if type(value) is not list or len(value) < 2:
        return None
    return _claims_twice(value)


def _claims_twice(value: object) -> Iterator[Refusal]:
    whole: dict[str, int] = {}
    parts: dict[tuple[str, str], int] = {}
    for index, claim in structures(value):
        name, request = text(claim.get("name")), text(claim.get("request"))
        if not name:
            continue
        same = [whole.get(name), parts.get((name, request))]
        if not request:
            same += [first for (owner, _), first in parts.items() if owner == name]
        first = next((each for each in same if each is not None), None)
        if first is not None:
            yield Refusal(f"{shown(name)} is claimed already", (index, "name"), related=(((first, "name"), "claimed here"),))
        elif request:
            parts[name, request] = index
        else:
            whole[name] = index


RESOURCES = Table(
    Rule("", _container, "ValidateContainerResourceRequirements"),
    Rule("claims[*]", CLAIM, "validateResourceClaimNames"),
    Rule("claims", _repeated_claims, "validateResourceClaimNames"),
)
"""The ``resources`` of a container."""


def _pod_resource(name: str) -> str | None:
    """core validatePodResourceName; k8s.io/component-helpers resource/helpers.go, SupportedPodLevelResources."""
    reason = resource_name.any_resource(name)
    if reason is None and name not in _USUAL and not resource_name.is_huge_pages(name):
        return "cannot be asked for by a whole pod, only cpu, memory and huge pages can"
    return reason


def pod_resources(defaulted: bool) -> Test:
    """The ``resources`` of a pod spec that has them (core validatePodResources and validatePodResourceConsistency).

    ``defaulted``: in a Pod, though not in a template, a container without a request requests its limit (core v1 SetDefaults_Pod).
    """

    def test(value: object, _: VersionRange) -> Iterator[Refusal] | None:
        spec = mapping(value)
        resources = spec.get("resources")
        return _pod(spec, resources, defaulted) if isinstance(resources, dict) else None

    return test


def _pod(spec: Mapping[str, Any], resources: Mapping[str, Any], defaulted: bool) -> Iterator[Refusal]:
    if mapping(spec.get("os")).get("name") == "windows":
        yield Refusal("must not be set for a Windows pod", ("resources",), at="key")
        return
    if resources.get("claims") is not None:
        yield Refusal("cannot be made by a whole pod", ("resources", "claims"), at="key")
    limits, requests = amounts(resources.get("limits")), amounts(resources.get("requests"))
    for refusal in _refused(limits, requests, resources, _pod_resource):
        related = tuple((("resources", *below), note) for below, note in refusal.related)
        yield Refusal(
            refusal.text,
            ("resources", *refusal.below),
            refusal.rule,
            refusal.at,
            refusal.suggestion,
            sentence=refusal.sentence,
            related=related,
        )
    for name, amount in requests.items():
        total = _total(spec, "requests", name, defaulted)
        if total > amount:
            text = f"the pod's {name} request {amount} is less than the {total} that its containers request"
            yield Refusal(text, ("resources", "requests", name), sentence=True)
    for name, amount in limits.items():
        if resource_name.is_huge_pages(name) and (total := _total(spec, "limits", name, defaulted)) > amount:
            text = f"the pod's {name} limit {amount} is less than the {total} of its containers"
            yield Refusal(text, ("resources", "limits", name), sentence=True)
        for index, container in structures(spec.get("containers")):
            own = amounts(mapping(container.get("resources")).get("limits")).get(name, ZERO)
            if own > amount:
                text = f"the container's {name} limit {own} is more than the pod's, {amount}"
                below = ("containers", index, "resources", "limits", name)
                yield Refusal(text, below, sentence=True, related=((("resources", "limits", name), "the pod's limit"),))


def _total(spec: Mapping[str, Any], side: str, name: str, defaulted: bool) -> Quantity:
    """What the containers ask for together at the busiest moment (component-helpers AggregateContainerRequests)."""

    def own(container: Mapping[str, Any]) -> Quantity:
        resources = mapping(container.get("resources"))
        found = amounts(resources.get(side)).get(name)
        if found is None and defaulted:
            found = amounts(resources.get("limits")).get(name)
        return ZERO if found is None else found

    running = sum((own(container) for _, container in structures(spec.get("containers"))), ZERO)
    sidecars, busiest = ZERO, ZERO
    for _, container in structures(spec.get("initContainers")):
        if container.get("restartPolicy") == "Always":
            sidecars += own(container)
            busiest = max(busiest, sidecars)
        else:
            busiest = max(busiest, sidecars + own(container))
    return max(running + sidecars, busiest)


def resize_policies(restarts: object, value: object) -> Iterator[Refusal]:
    """core validateResizePolicy; ``restarts`` is the restartPolicy of the pod."""
    for refusal in repeated(value, ("resourceName",)):
        yield refusal
    for index, policy in structures(value):
        resource, action = policy.get("resourceName"), policy.get("restartPolicy")
        if isinstance(resource, str) and resource not in _USUAL:
            refusal = not_among(resource, ("cpu", "memory"))
            yield Refusal(refusal.text, (index, "resourceName"), suggestion=refusal.suggestion)
        if not isinstance(action, str):
            continue
        if action not in ("NotRequired", "RestartContainer"):
            refusal = not_among(action, ("NotRequired", "RestartContainer"))
            yield Refusal(refusal.text, (index, "restartPolicy"), suggestion=refusal.suggestion, replacement=refusal.replacement)
        elif restarts == "Never" and action != "NotRequired":
            yield Refusal("must be NotRequired in a pod whose restartPolicy is Never", (index, "restartPolicy"))
