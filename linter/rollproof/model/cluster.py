"""All resources of a run, and the questions one may ask across them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.selector import LabelSelector
from rollproof.model.autoscaler import Autoscaler, by_target
from rollproof.model.kustomization import NO_KUSTOMIZATIONS, Kustomizations
from rollproof.model.labels import LabelIndex, misspelt
from rollproof.model.layout import Layout
from rollproof.model.near import NearMiss, nearest
from rollproof.model.providers import provided
from rollproof.model.references import Reference, references
from rollproof.model.resource import Resource, string_map
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

POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"


@dataclass(frozen=True)
class Cluster:
    """Every resource of a run.

    ``whole`` says that folders were given, or the project around the files is known, so that what is absent may be said to be absent.
    ``is_external`` says of a kind, namespace and name that the settings declare it to live elsewhere. ``kustomizations`` are no objects of
    a cluster, but say how the others are put together; ``unread`` are the names of files of which something could not be read.
    """

    resources: tuple[Resource, ...]
    whole: bool = False
    is_external: Callable[[str, str | None, str], bool] = lambda _kind, _namespace, _name: False
    kustomizations: Kustomizations = NO_KUSTOMIZATIONS
    unread: frozenset[str] = frozenset()

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
    def _layout(self) -> Layout:
        return Layout(self.resources, self.kustomizations.files, self.unread)

    def together(self, one: Resource, other: Resource) -> bool:
        """Whether two objects are likely to be applied together: not alternatives, overlays or examples that know nothing of each other."""
        return self._layout.together(one, other)

    def joined(self, one: Resource, other: Resource) -> bool:
        """Whether two objects are certain to be applied together: one file holds both, or one kustomization builds both."""
        return self._layout.joined(one, other)

    def namespace_of(self, resource: Resource) -> str | None:
        """The object's namespace; None where the manifest does not say, or a kustomization decides."""
        if self.kustomizations.files and any(one.namespace for one in self._layout.builders(resource)):
            return None
        return resource.namespace

    def may_meet(self, one: Resource, other: Resource) -> bool:
        """Whether two objects may be in one namespace: one that names none unifies with any."""
        return same_namespace(self.namespace_of(one), self.namespace_of(other))

    def pod_labels(self, workload: Workload) -> Mapping[str, str]:
        """The labels that a workload's pods carry, those included that a kustomization adds."""
        return self._labels.get(workload) or self._all_labels(workload)

    @cached_property
    def _labels(self) -> Mapping[Workload, Mapping[str, str]]:
        return {workload: self._all_labels(workload) for workload in self.workloads}

    def _all_labels(self, workload: Workload) -> Mapping[str, str]:
        labels = workload.pod_labels
        if self.kustomizations.files:
            for one in self._layout.builders(workload.resource):
                if one.pod_labels:
                    labels = {**one.pod_labels, **labels}
        return labels

    def find(self, kind: str, namespace: str | None, name: str) -> Iterator[Resource]:
        """The resources of that kind and name which may be meant from ``namespace``."""
        for resource in self._by_name.get((kind, name), ()):
            if same_namespace(self.namespace_of(resource), namespace):
                yield resource

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], tuple[Resource, ...]]:
        index: dict[tuple[str, str], list[Resource]] = {}
        for resource in self.resources:
            if resource.name is not None:
                index.setdefault((resource.kind, resource.name), []).append(resource)
        return {key: tuple(found) for key, found in index.items()}

    @cached_property
    def _names(self) -> LabelIndex:
        return LabelIndex(tuple({resource.kind: resource.name} for resource in self.resources if resource.name is not None))

    def references(self, workload: Workload, *kinds: str) -> Iterator[Reference]:
        """What a workload's pods name, of these kinds, and cannot do without."""
        return (one for one in references(workload) if one.kind in kinds and not one.optional)

    def referents(self, kind: str, name: str, owner: Resource) -> tuple[Resource, ...]:
        """The objects that ``owner`` means by a kind and a name: those applied together with it, or any where there are none."""
        found = list(self.find(kind, self.namespace_of(owner), name))
        if self.kustomizations.files and not found:
            # kustomize knows an object under the name it was given before too.
            found = [one for other in self._bare_names(name, owner) for one in self.find(kind, self.namespace_of(owner), other)]
        return tuple([one for one in found if self.together(one, owner)] or found)

    def exists(self, kind: str, name: str, owner: Resource) -> bool:
        """Whether something of that kind and name is here, or could be made by what is here, or is declared to live elsewhere."""
        return is_placeholder(name) or bool(self.referents(kind, name, owner)) or self.is_made_elsewhere(kind, name, owner)

    def is_made_elsewhere(self, kind: str, name: str, owner: Resource) -> bool:
        """Whether settings, a custom resource or a generator of kustomize account for something of that kind and name."""
        if self.is_external(kind, owner.namespace, name) or (kind, name) in self._provided:
            return True
        builders = self._layout.builders(owner) if self.kustomizations.files else ()
        return any((kind, other) in builder.generated for builder in builders for other in (name, *self._bare_names(name, owner)))

    def _bare_names(self, name: str, owner: Resource) -> list[str]:
        return [
            name[len(one.prefix) : len(name) - len(one.suffix)]
            for one in self._layout.builders(owner)
            if (one.prefix or one.suffix) and name.startswith(one.prefix) and name.endswith(one.suffix)
        ]

    @cached_property
    def _provided(self) -> frozenset[tuple[str, str]]:
        """Kind and name of what custom resources and controllers make, as far as their own manifests say."""
        return frozenset(pair for resource in self.resources for pair in provided(resource))

    def misspelt(self, kind: str, name: str, owner: Resource) -> Resource | None:
        """The object applied together with ``owner`` of which ``name`` is likely to be a misspelling."""
        near = {
            one.name: one
            for other in self._names.like(kind, name)
            for one in self.find(kind, self.namespace_of(owner), other)
            if one.name is not None and self.together(one, owner)
        }
        word = misspelt(name, near) if near else None
        return None if word is None else near[word]

    @cached_property
    def _pods(self) -> LabelIndex:
        return LabelIndex(tuple(self.pod_labels(workload) for workload in self.workloads))

    def selected(self, labels: Mapping[str, str], namespace: str | None) -> tuple[Workload, ...]:
        """The workloads whose pods carry all of ``labels``, in a namespace that may be the same; none for no labels.

        Labels that controllers add are taken for granted. Costs time in proportion to the pods that carry the rarest of the labels.
        """
        labels = {key: value for key, value in labels.items() if key not in ADDED_LABELS} or labels
        return tuple(self.workloads[number] for number in self._having(labels, namespace))

    def _having(self, labels: Mapping[str, str], namespace: str | None) -> Sequence[int]:
        """The numbers of the workloads in a namespace that may be the same, whose pods carry all of some labels."""
        if namespace is None or len(self._inhabited) < 2:
            found = self._pods.having(labels)
            return [number for number in found if same_namespace(self.namespace_of(self.workloads[number].resource), namespace)]
        near = [self._pods_by_namespace[one] for one in (namespace, None) if one in self._pods_by_namespace]
        return sorted(numbers[at] for index, numbers in near for at in index.having(labels))

    @cached_property
    def _pods_by_namespace(self) -> Mapping[str | None, tuple[LabelIndex, tuple[int, ...]]]:
        numbers: dict[str | None, list[int]] = {}
        for number, workload in enumerate(self.workloads):
            numbers.setdefault(self.namespace_of(workload.resource), []).append(number)
        return {
            namespace: (LabelIndex(tuple(self._pods.labels[number] for number in same)), tuple(same)) for namespace, same in numbers.items()
        }

    def matching(self, selector: LabelSelector, owner: Resource) -> tuple[Workload, ...]:
        """The workloads whose pods a selector of ``owner`` matches: those applied together with it, or any where there are none.

        An empty selector matches every pod; who reads it otherwise must not ask.
        """
        namespace = self.namespace_of(owner)
        if selector.pairs:
            candidates: Iterable[int] = self._having(selector.pairs, namespace)
        else:
            named = self._pods_by_namespace.items()
            candidates = sorted(number for other, (_, numbers) in named if same_namespace(other, namespace) for number in numbers)
        found = [self.workloads[number] for number in candidates if selector.matches(self._pods.labels[number])]
        return tuple([workload for workload in found if self.together(workload.resource, owner)] or found)

    def targets_of(self, service: Resource) -> tuple[Workload, ...]:
        """The workloads whose pods a Service selects: those applied together with it, or any where there are none."""
        selector = string_map(service.get("spec", "selector"))
        if service.get("spec", "type") == "ExternalName" or not selector:
            return ()
        pod_name = selector.get(POD_NAME_LABEL)
        if pod_name is not None and len(selector) == 1:
            owner = pod_name.rpartition("-")[0]
            found = [one for one in map(workload_of, self.find("StatefulSet", self.namespace_of(service), owner)) if one is not None]
        else:
            found = list(self.selected(selector, self.namespace_of(service)))
        return tuple([workload for workload in found if self.together(workload.resource, service)] or found)

    @cached_property
    def _services_by_target(self) -> Mapping[Workload, tuple[Resource, ...]]:
        index: dict[Workload, list[Resource]] = {}
        for service in self.by_kind.get("Service", ()):
            for workload in self.targets_of(service):
                index.setdefault(workload, []).append(service)
        return {workload: tuple(services) for workload, services in index.items()}

    def services_of(self, workload: Workload) -> tuple[Resource, ...]:
        """The Services that select the workload's pods."""
        return self._services_by_target.get(workload, ())

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
        found = () if selector is None else self.matching(selector, budget)
        return tuple(one for one in found if self.share_namespace(one.resource, budget))

    def share_namespace(self, one: Resource, other: Resource) -> bool:
        """Whether two objects applied together end up in one namespace: they name the same, or the run names at most one."""
        same = one.namespace == other.namespace or (self.may_meet(one, other) and len(self._namespaces) < 2)
        return same and self.together(one, other)

    @cached_property
    def _namespaces(self) -> frozenset[str]:
        return frozenset(one.namespace for one in self.resources if one.namespace is not None)

    def nearest(self, owner: Resource, labels: Mapping[str, str]) -> NearMiss | None:
        """Pods applied together with ``owner`` that a selector for ``labels`` misses by little; None where no pods come so near."""
        return nearest(self, owner, labels)

    def resembling(self, key: str, value: str) -> Iterator[tuple[str, str]]:
        """Labels of pods of which this one is likely to be a misspelling, in its value or in its key."""
        return self._pods.resembling(key, value)

    def beside(self, owner: Resource) -> tuple[Workload, ...]:
        """The workloads in the file of ``owner``."""
        return self._by_source.get(owner.source, ())

    @cached_property
    def _by_source(self) -> Mapping[str, tuple[Workload, ...]]:
        index: dict[str, list[Workload]] = {}
        for workload in self.workloads:
            index.setdefault(workload.resource.source, []).append(workload)
        return {source: tuple(found) for source, found in index.items()}

    def is_complete(self, resource: Resource) -> bool:
        """Whether what is absent beside the object can be said to be absent.

        So it is where the whole project is known, everything around the object could be read, no unknown kind may run pods there, and
        pods run in its namespace at all.
        """
        namespace = self.namespace_of(resource)
        inhabited = namespace is None or namespace in self._inhabited or None in self._inhabited
        return self.whole and inhabited and self._layout.is_complete(resource)

    @cached_property
    def _inhabited(self) -> frozenset[str | None]:
        return frozenset(self.namespace_of(workload.resource) for workload in self.workloads)

    def is_patched(self, resource: Resource) -> bool:
        """Whether a kustomization that builds the object also applies patches, to whichever objects."""
        return bool(self.kustomizations.files) and any(one.has_patches for one in self._layout.builders(resource))

    def shows(self, labels: Mapping[str, str]) -> bool:
        """Whether manifests can show all of these labels on pods: no controller adds one of them, no later tool fills one in."""
        return ADDED_LABELS.isdisjoint(labels) and not any(is_placeholder(text) for pair in labels.items() for text in pair)

    def autoscaler_of(self, workload: Workload) -> Autoscaler | None:
        """The first HorizontalPodAutoscaler (or KEDA ScaledObject) that names the workload as its target."""
        return next(iter(self.autoscalers_of(workload)), None)

    def autoscalers_of(self, workload: Workload) -> tuple[Autoscaler, ...]:
        """The autoscalers that name the workload as their target: several where overlays bring one each."""
        found = self._autoscalers.get((workload.resource.kind, workload.resource.name or ""), ())
        # A namesake elsewhere in the project would change every number of a plan, so only what is applied together counts.
        return tuple(
            one for one in found if self.may_meet(one.resource, workload.resource) and self.together(one.resource, workload.resource)
        )

    @cached_property
    def _autoscalers(self) -> Mapping[tuple[str, str], tuple[Autoscaler, ...]]:
        return by_target(self.by_kind)


def same_namespace(one: str | None, other: str | None) -> bool:
    """Whether two objects may be in one namespace: one that names none unifies with any."""
    return one is None or other is None or one == other
