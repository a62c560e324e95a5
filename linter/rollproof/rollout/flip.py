"""Blue/green: which workloads are colours of one application, and whether a Service could be flipped to another colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rollproof.model.cluster import Cluster
from rollproof.model.resource import Resource, string_map
from rollproof.model.workload import Container, Workload
from rollproof.rollout.target import Target, total

_VERSION_LABELS = frozenset({"app.kubernetes.io/version", "chart", "helm.sh/chart", "version"})
"""Labels that tell releases of one application apart beside the colour."""

MOST_COLOURS = 12
"""A set with as many values as this is one of shards or instances, and none of colours."""

Signature = tuple[str, str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A colour that the Service could be flipped to; ``problems`` say why it should not be, one sentence each."""

    value: str
    targets: tuple[Target, ...]
    problems: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether nothing in the manifests speaks against the flip."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class BlueGreen:
    """A set of workloads whose pods differ in the label ``key``, of which the Service selects the value ``active``.

    ``both`` are Services that send traffic to the active colour and to another one.
    """

    key: str
    active: str
    candidates: tuple[Candidate, ...]
    both: tuple[Resource, ...] = ()


class Colours:
    """The colour sets of a run. Workloads are colours of one application if their pods' labels are equal but for one.

    The others may repeat the colour's value or tell the version, and the containers must be the same ones (``same_containers``), so that
    the roles of one application are no colours. The key must be one that some Service selects by.
    """

    def __init__(self, cluster: Cluster, targets: Mapping[Workload, Target]) -> None:
        self._cluster = cluster
        self._targets = targets

    def blue_green(self, service: Resource, chosen: Sequence[Target]) -> BlueGreen | None:
        """The colours around a Service: by the label of its selector that the other colours differ in, and best in no other."""
        selector = string_map(service.get("spec", "selector"))
        best: BlueGreen | None = None
        for key in selector:
            found = self._by_key(service, selector, key, chosen)
            if found is not None and (best is None or _merit(found, selector) > _merit(best, selector)):
                best = found
        return best

    def _by_key(self, service: Resource, selector: Mapping[str, str], key: str, chosen: Sequence[Target]) -> BlueGreen | None:
        rest = {name: value for name, value in selector.items() if name != key}
        if chosen:
            found = list(self._others(service, key, chosen, alone=not rest))
            if len({one.pod_labels[key] for one in found}) >= MOST_COLOURS:
                return None
        else:
            found = [one for one in self._cluster.selected(rest, self._cluster.namespace_of(service)) if key in one.pod_labels]
            # Asked first: what shares a label of the whole application may be hundreds of workloads, for each of hundreds of Services.
            if len({one.pod_labels[key] for one in found}) >= MOST_COLOURS or any(not same_containers(found[0], one, key) for one in found):
                return None
        colours: dict[str, list[Target]] = {}
        for workload in found:
            if workload in self._targets and self._cluster.together(workload.resource, service):
                colours.setdefault(workload.pod_labels[key], []).append(self._targets[workload])
        if not colours:
            return None
        candidates = tuple(
            Candidate(value, tuple(same), tuple(problems(service, rest, chosen, same))) for value, same in sorted(colours.items())
        )
        active = [target.workload for target in chosen]
        others = {target.workload for same in colours.values() for target in same}
        both = {
            other: None
            for workload in active
            for other in self._cluster.services_of(workload)
            if other is not service and not others.isdisjoint(self._cluster.targets_of(other))
        }
        return BlueGreen(key, selector[key], candidates, tuple(both))

    def _others(self, service: Resource, key: str, chosen: Sequence[Target], *, alone: bool) -> Iterator[Workload]:
        """The other colours of the chosen ones. A key that stands ``alone`` must name both after one pattern, of one image."""
        seen: set[Workload] = set()
        for target in chosen:
            one = target.workload
            value = one.pod_labels.get(key)
            if value is None:
                continue
            members = self._sets.get((signature(one, key, value), self._cluster.namespace_of(one.resource)), {})
            if len(members) > MOST_COLOURS:
                continue
            for other in (workload for same in members.values() for workload in same):
                if other in seen or other.pod_labels[key] == value or not self._cluster.may_meet(other.resource, service):
                    continue
                if alone and not (_one_word_apart(value, other.pod_labels[key]) and _repositories(one, None) & _repositories(other, None)):
                    continue
                if same_containers(one, other, key):
                    seen.add(other)
                    yield other

    @cached_property
    def _sets(self) -> Mapping[tuple[Signature, str | None], dict[str, list[Workload]]]:
        """The workloads of each set by their colours."""
        services = self._cluster.by_kind.get("Service", ())
        keys = {key for service in services for key in string_map(service.get("spec", "selector"))}
        sets: dict[tuple[Signature, str | None], dict[str, list[Workload]]] = {}
        for workload in self._targets:
            for key, value in workload.pod_labels.items():
                if key in keys:
                    named = (signature(workload, key, value), self._cluster.namespace_of(workload.resource))
                    sets.setdefault(named, {}).setdefault(value, []).append(workload)
        return sets


def signature(workload: Workload, key: str, value: str) -> Signature:
    """What colours of one application have in common: the kind, the key, and the other labels with the colour's value taken out of them."""
    others = ((name, text) for name, text in workload.pod_labels.items() if name != key and name not in _VERSION_LABELS)
    return workload.resource.kind, key, frozenset((name, text.replace(value, "*") if value else text) for name, text in others)


def same_containers(one: Workload, other: Workload, key: str) -> bool:
    """Whether two workloads run the same: an image repository in common, and containers of the same names.

    Both may hold the value of the label ``key`` as a part. Where only that makes the names equal, either the images tell two versions, or
    commands and ports are equal; the roles of one application (``db-master``, ``db-data``) differ in them.
    """
    value, others = one.pod_labels.get(key), other.pod_labels.get(key)
    if not _repositories(one, value) & _repositories(other, others):
        return False
    if _names(one) == _names(other):
        return True
    if _names(one, value) != _names(other, others):
        return False
    return _images(one) != _images(other) or [*map(_behaviour, _lasting(one))] == [*map(_behaviour, _lasting(other))]


def _behaviour(container: Container) -> tuple[object, ...]:
    ports = sorted(str((port.get("containerPort"), port.get("protocol") or "TCP")) for _, port in container.ports())
    return container.data.get("command"), container.data.get("args"), ports


def problems(service: Resource, rest: Mapping[str, str], active: Sequence[Target], candidate: Sequence[Target]) -> Iterator[str]:
    """Why a Service should not be flipped to a colour, one sentence each."""
    for target in candidate:
        workload, who = target.workload, target.workload.resource.identity
        if target.replicas == (0, 0):
            yield f"{who} has 0 replicas"
        if workload.resource.get("spec", "paused") is True:
            yield f"{who} is paused"
        for name, value in rest.items():
            have = workload.pod_labels.get(name)
            if have is not None and have != value:
                yield f"its pods have {name}={have}, which the selector has to say too"
        yield from _port_problems(service, active, workload)
        if any(_is_probed(one.workload) for one in active) and not _is_probed(workload):
            yield f"{who} has no readiness probe, which the active one has"
    now, then = total([target.replicas for target in active]), total([target.replicas for target in candidate])
    if then != (0, 0) and now[0] is not None and then[0] is not None and then[0] < now[0]:
        yield f"it may run with {then[0]} {'pod' if then[0] == 1 else 'pods'} where the active one has at least {now[0]}"


def _port_problems(service: Resource, active: Sequence[Target], workload: Workload) -> Iterator[str]:
    who = workload.resource.identity
    for port in service.items("spec", "ports"):
        if not isinstance(port, dict):
            continue
        wanted, protocol = port.get("targetPort", port.get("port")), port.get("protocol") or "TCP"
        if _has_port(workload, wanted, protocol):
            continue
        if isinstance(wanted, str):
            other = next((one for name, one in _ports(workload, "name") if name == wanted), None)
            yield f"{who} has no port named '{wanted}'" if other is None else f"port '{wanted}' of {who} is {other}, not {protocol}"
        elif any(_has_port(one.workload, wanted, protocol) for one in active):
            yield f"{who} declares no {protocol} port {wanted}, which the active one does"


def _has_port(workload: Workload, wanted: object, protocol: object) -> bool:
    return (wanted, protocol) in _ports(workload, "name" if isinstance(wanted, str) else "containerPort")


def _ports(workload: Workload, field: str) -> list[tuple[object, object]]:
    return [(port.get(field), port.get("protocol") or "TCP") for _, _, port in workload.serving_ports()]


def _is_probed(workload: Workload) -> bool:
    return any(isinstance(one.data.get("readinessProbe"), dict) for one in workload.containers() if one.serves)


def _merit(found: BlueGreen, selector: Mapping[str, str]) -> tuple[int, int]:
    """How many colours a change of this one label would reach, and then how few it would not."""
    rest = {name: value for name, value in selector.items() if name != found.key}
    reached = sum(
        any(all(target.workload.pod_labels.get(name) == value for name, value in rest.items()) for target in candidate.targets)
        for candidate in found.candidates
    )
    return reached, -len(found.candidates)


def _one_word_apart(one: str, other: str) -> bool:
    """Whether two values are of one pattern, with one word changed that is no mere number: ``web-blue`` and ``web-green``."""
    words, others = one.replace("_", "-").replace(".", "-").split("-"), other.replace("_", "-").replace(".", "-").split("-")
    changed = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    return len(words) == len(others) > 1 == len(changed) and changed[0][0].strip("0123456789") != changed[0][1].strip("0123456789")


def _lasting(workload: Workload) -> list[Container]:
    return [container for container in workload.containers() if not container.init]


def _names(workload: Workload, value: str | None = None) -> set[str]:
    """The names of its containers, with ``value`` taken out of them."""
    names = {container.name or "" for container in _lasting(workload)}
    return {name.replace(value, "*") for name in names} if value else names


def _images(workload: Workload) -> set[str]:
    images = (container.data.get("image") for container in _lasting(workload))
    return {image for image in images if isinstance(image, str)}


def _repositories(workload: Workload, value: str | None) -> set[str]:
    """The repositories of its images, without tag and digest; ``value`` is taken out of those that hold more than it."""
    found = {repository(image) for image in _images(workload)}
    return {name.replace(value, "*") if value and name.rpartition("/")[2] != value else name for name in found}


def repository(image: str) -> str:
    """An image reference without its tag and digest: a colon counts only behind the last slash (distribution reference grammar)."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return head + slash + tail.partition(":")[0]
