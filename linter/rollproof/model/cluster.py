"""All resources of a run, and the questions one may ask across them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rollproof.kube import kinds
from rollproof.kube.selector import LabelSelector
from rollproof.kube.suggest import nearest as nearest_word
from rollproof.model.kustomization import Kustomizations
from rollproof.model.resource import Place, Resource, string_map
from rollproof.model.workload import Workload, workload_of

ADDED_LABELS = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/job-name",
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "rollouts-pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)
"""Labels that controllers add to pods (kubernetes.io/docs/reference/labels-annotations-taints), so that no template shows them."""


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """What scales a workload: an autoscaler and its range (None: not given, or a placeholder), and the place of its upper limit."""

    resource: Resource
    low: int | None
    high: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Pods that a selector misses by the label ``key``: the values they have there, and their workloads."""

    key: str
    values: tuple[str, ...]
    workloads: tuple[Workload, ...]


@dataclass(frozen=True)
class Cluster:
    """Every resource of a run.

    ``whole`` says that the input can be trusted to be the whole picture: folders were given and every document parsed, so that what is
    absent here is absent. ``is_external`` says of a kind, namespace and name that the settings declare it to live elsewhere.
    ``kustomizations`` are no objects of a cluster, but say how the others are put together.
    """

    resources: tuple[Resource, ...]
    whole: bool = False
    is_external: Callable[[str, str | None, str], bool] = lambda _kind, _namespace, _name: False
    kustomizations: Kustomizations = Kustomizations()

    @cached_property
    def by_kind(self) -> Mapping[str, tuple[Resource, ...]]:
        """The resources by kind, in input order."""
        kinds: dict[str, list[Resource]] = {}
        for resource in self.resources:
            kinds.setdefault(resource.kind, []).append(resource)
        return {kind: tuple(resources) for kind, resources in kinds.items()}

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The resources that run pods, in input order."""
        return tuple(workload for resource in self.resources if (workload := workload_of(resource)) is not None)

    @cached_property
    def _by_label(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        index: dict[tuple[str, str], list[int]] = {}
        for number, workload in enumerate(self.workloads):
            for pair in workload.pod_labels.items():
                index.setdefault(pair, []).append(number)
        return {pair: tuple(numbers) for pair, numbers in index.items()}

    def find(self, kind: str, namespace: str | None, name: str) -> Iterator[Resource]:
        """The resources of that kind and name which may be meant from ``namespace``."""
        for resource in self._by_name.get((kind, name), ()):
            if same_namespace(resource.namespace, namespace):
                yield resource

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], tuple[Resource, ...]]:
        index: dict[tuple[str, str], list[Resource]] = {}
        for resource in self.resources:
            if resource.name is not None:
                index.setdefault((resource.kind, resource.name), []).append(resource)
        return {key: tuple(found) for key, found in index.items()}

    def selected(self, labels: Mapping[str, str], namespace: str | None) -> tuple[Workload, ...]:
        """The workloads whose pods carry all of ``labels``, in a namespace that may be the same; none for no labels.

        Costs time in proportion to the pods that carry the rarest of the labels.
        """
        labels = {key: value for key, value in labels.items() if key not in ADDED_LABELS} or labels
        if not labels:
            return ()
        rarest = min((self._by_label.get(pair, ()) for pair in labels.items()), key=len)
        candidates = (self.workloads[number] for number in rarest)
        return tuple(
            workload
            for workload in candidates
            if same_namespace(workload.resource.namespace, namespace)
            and all(workload.pod_labels.get(key) == value for key, value in labels.items())
        )

    def services_of(self, workload: Workload) -> tuple[Resource, ...]:
        """The Services that send traffic to the workload's pods."""
        return self._services.get(workload, ())

    @cached_property
    def _services(self) -> Mapping[Workload, tuple[Resource, ...]]:
        index: dict[Workload, list[Resource]] = {}
        for service in self.by_kind.get("Service", ()):
            if service.get("spec", "type") != "ExternalName":
                for workload in self.selected(string_map(service.get("spec", "selector")), service.namespace):
                    index.setdefault(workload, []).append(service)
        return {workload: tuple(services) for workload, services in index.items()}

    def budgets_of(self, workload: Workload) -> tuple[tuple[Resource, int], ...]:
        """The PodDisruptionBudgets that cover the workload's pods, each with the number of workloads it covers in all."""
        return self._budgets.get(workload, ())

    @cached_property
    def _budgets(self) -> Mapping[Workload, tuple[tuple[Resource, int], ...]]:
        index: dict[Workload, list[tuple[Resource, int]]] = {}
        for budget in self.by_kind.get("PodDisruptionBudget", ()):
            covered = self.covered(budget)
            for workload in covered:
                index.setdefault(workload, []).append((budget, len(covered)))
        return {workload: tuple(budgets) for workload, budgets in index.items()}

    def covered(self, budget: Resource) -> tuple[Workload, ...]:
        """The workloads whose pods a PodDisruptionBudget covers; an empty selector covers every pod of its namespace."""
        selector = LabelSelector.parse(budget.get("spec", "selector"))
        if selector is None:
            return ()
        candidates = self.selected(selector.pairs, budget.namespace) if selector.pairs else self.workloads
        return tuple(one for one in candidates if self.share_namespace(one.resource, budget) and selector.matches(one.pod_labels))

    def share_namespace(self, one: Resource, other: Resource) -> bool:
        """Whether two objects end up in one namespace: they name the same, or one names none where the run has at most one."""
        return one.namespace == other.namespace or (same_namespace(one.namespace, other.namespace) and len(self._namespaces) < 2)

    @cached_property
    def _namespaces(self) -> frozenset[str]:
        return frozenset(one.namespace for one in self.resources if one.namespace is not None)

    def nearest(self, labels: Mapping[str, str], namespace: str | None) -> NearMiss | None:
        """The pods that a selector misses by one label; None where no pods come so near that a slip is likely."""
        for key, value in labels.items():
            rest = {other: wanted for other, wanted in labels.items() if other != key}
            if rest:
                found = [workload for workload in self.selected(rest, namespace) if key in workload.pod_labels]
                if found:
                    return NearMiss(key, _sorted({workload.pod_labels[key] for workload in found}), tuple(found))
            near = nearest_word(value, [other for name, other in self._by_label if name == key])
            if near is not None and (found := list(self.selected({**rest, key: near}, namespace))):
                return NearMiss(key, (near,), tuple(found))
            for name in {name for name, other in self._by_label if other == value and name != key}:
                if nearest_word(key, [name]) and (found := list(self.selected({**rest, name: value}, namespace))):
                    return NearMiss(name, (value,), tuple(found))
        return None

    def may_claim_absence(self) -> bool:
        """Whether what is absent here can be said to be absent: the whole picture was read, and no custom resource could make up for it."""
        return self.whole and not self._has_custom_resources

    @cached_property
    def _has_custom_resources(self) -> bool:
        return any(kinds.is_namespaced(resource.group, resource.kind) is None for resource in self.resources)

    def autoscaler_of(self, workload: Workload) -> Autoscaler | None:
        """The first HorizontalPodAutoscaler (or KEDA ScaledObject) that names the workload as its target."""
        found = self._autoscalers.get((workload.resource.kind, workload.resource.name or ""), ())
        return next((one for one in found if same_namespace(one.resource.namespace, workload.resource.namespace)), None)

    @cached_property
    def _autoscalers(self) -> Mapping[tuple[str, str], tuple[Autoscaler, ...]]:
        index: dict[tuple[str, str], list[Autoscaler]] = {}
        for kind, low, high in (
            ("HorizontalPodAutoscaler", "minReplicas", "maxReplicas"),
            ("ScaledObject", "minReplicaCount", "maxReplicaCount"),
        ):
            for resource in self.by_kind.get(kind, ()):
                target = resource.mapping("spec", "scaleTargetRef")
                if not isinstance(target.get("name"), str):
                    continue
                one = Autoscaler(resource, _count(resource.get("spec", low)), _count(resource.get("spec", high)), resource.at("spec", high))
                # KEDA's target is a Deployment unless it says otherwise (keda apis/keda/v1alpha1 scaledobject_types.go).
                index.setdefault((str(target.get("kind", "Deployment")), target["name"]), []).append(one)
        return {key: tuple(found) for key, found in index.items()}


def same_namespace(one: str | None, other: str | None) -> bool:
    """Whether two objects may be in one namespace: one that names none unifies with any."""
    return one is None or other is None or one == other


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(values))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
