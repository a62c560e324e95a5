"""What each Service sends traffic to: its targets, how many endpoints a rollout leaves, and which colours a flip could choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rollproof.model.cluster import Cluster, same_namespace
from rollproof.model.resource import Resource, string_map
from rollproof.model.workload import Workload
from rollproof.rollout.piecewise import Range


@dataclass(frozen=True, slots=True)
class Target:
    """A workload whose pods a Service selects. ``replicas`` and ``available`` (during its rollout) are ranges of pods; None: unbounded."""

    workload: Workload
    replicas: Range
    available: Range


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
    """A set of workloads whose pods differ in the label ``key``, of which the Service selects the value ``active``."""

    key: str
    active: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of new connections that a target gets when each endpoint gets as many as any other."""

    target: Target
    share: Fraction


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What a Service targets, steadily and in the worst moment of rollouts of all its targets at once."""

    resource: Resource
    selector: Mapping[str, str]
    targets: tuple[Target, ...]
    steady: Range
    worst: Range
    blue_green: BlueGreen | None = None
    canary: tuple[Share, ...] = ()


def service_plan(service: Resource, cluster: Cluster, targets: Mapping[Workload, Target]) -> ServicePlan | None:
    """The plan of a Service; None for one without a selector, whose endpoints are made elsewhere."""
    selector = string_map(service.get("spec", "selector"))
    if not selector or service.get("spec", "type") == "ExternalName":
        return None
    chosen = tuple(targets[workload] for workload in cluster.targets_of(service) if workload in targets)
    return ServicePlan(
        service,
        selector,
        chosen,
        total([target.replicas for target in chosen]),
        total([target.available for target in chosen]),
        _blue_green(service, selector, chosen, cluster, targets),
        _shares(chosen),
    )


def total(ranges: Sequence[Range]) -> Range:
    """The sum of ranges; without bound where one of them is."""
    low = sum(least or 0 for least, _ in ranges)
    high = None if any(most is None for _, most in ranges) else sum(most or 0 for _, most in ranges)
    return low, high


def _blue_green(
    service: Resource, selector: Mapping[str, str], chosen: tuple[Target, ...], cluster: Cluster, targets: Mapping[Workload, Target]
) -> BlueGreen | None:
    """The colour key is the selector's key for which other workloads exist that are the same application but for that label."""
    for key, active in selector.items():
        rest = {other: value for other, value in selector.items() if other != key}
        pool = cluster.selected(rest, service.namespace) if rest else tuple(targets)
        colours: dict[str, list[Target]] = {}
        for workload in pool:
            value = workload.pod_labels.get(key)
            if (
                value is not None
                and value != active
                and workload in targets
                and same_namespace(workload.resource.namespace, service.namespace)
                and any(_same_application(workload, target.workload, key) for target in chosen)
            ):
                colours.setdefault(value, []).append(targets[workload])
        if colours:
            candidates = tuple(
                Candidate(value, tuple(found), tuple(_flip_problems(service, chosen, found))) for value, found in sorted(colours.items())
            )
            return BlueGreen(key, active, candidates)
    return None


def _same_application(one: Workload, other: Workload, key: str) -> bool:
    """Whether two workloads are colours of one application: equal pod labels but for ``key``, and an image or container in common."""
    labels = {name: value for name, value in one.pod_labels.items() if name != key}
    if one.resource.kind != other.resource.kind or labels != {n: v for n, v in other.pod_labels.items() if n != key}:
        return False
    return bool(_repositories(one) & _repositories(other))


def _repositories(workload: Workload) -> set[str]:
    """The repositories of its images, without tag and digest."""
    images = (container.data.get("image") for container in workload.containers() if not container.init)
    return {repository(image) for image in images if isinstance(image, str)}


def repository(image: str) -> str:
    """An image reference without its tag and digest: a colon counts only behind the last slash (distribution reference grammar)."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return head + slash + tail.partition(":")[0]


def _flip_problems(service: Resource, active: Sequence[Target], candidate: Sequence[Target]) -> list[str]:
    problems: list[str] = []
    for target in candidate:
        who = target.workload.resource.identity
        if target.replicas == (0, 0):
            problems.append(f"{who} has 0 replicas")
        if target.workload.resource.get("spec", "paused") is True:
            problems.append(f"{who} is paused")
        problems += [
            f"{who} has no port named '{name}'" for name in _named_target_ports(service) if name not in _port_names(target.workload)
        ]
    now, then = total([target.replicas for target in active]), total([target.replicas for target in candidate])
    if then != (0, 0) and now[0] is not None and then[0] is not None and then[0] < now[0]:
        problems.append(f"it may run with {then[0]} pods where the active one has at least {now[0]}")
    return problems


def _named_target_ports(service: Resource) -> list[str]:
    ports = (port.get("targetPort") for port in service.items("spec", "ports") if isinstance(port, dict))
    return [port for port in ports if isinstance(port, str)]


def _port_names(workload: Workload) -> set[str]:
    return {
        port["name"]
        for container in workload.containers()
        if container.serves
        for _, port in container.ports()
        if isinstance(port.get("name"), str)
    }


def _shares(targets: tuple[Target, ...]) -> tuple[Share, ...]:
    """Shares where a Service selects several workloads of one application by a common label, and their sizes are known."""
    sizes = [target.replicas[0] for target in targets if target.replicas[0] is not None and target.replicas[0] == target.replicas[1]]
    whole = sum(sizes)
    if len(targets) < 2 or len(sizes) < len(targets) or whole == 0:
        return ()
    return tuple(Share(target, Fraction(size, whole)) for target, size in zip(targets, sizes, strict=True))
