"""Near misses: pods that a selector misses by a slip, by one label, or though they are closely related to its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rollproof.model.resource import Resource
from rollproof.model.workload import Workload, workload_of

if TYPE_CHECKING:
    from rollproof.model.cluster import Cluster

LASTING_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout", "Pod")
"""The kinds whose pods are meant to run on, unlike those of a Job."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Pods that a selector misses by its label ``wanted``: the values they have at ``key`` (none: they lack it), and their workloads.

    ``how``: a ``slip`` of spelling (``key`` is another label than ``wanted`` where that is misspelt); one ``label`` of several, of which
    the others match; or not at all, though the pods are its ``kin``: of the same name or in the same file, and selected by no Service.
    """

    wanted: str
    key: str
    values: tuple[str, ...]
    workloads: tuple[Workload, ...]
    how: Literal["slip", "label", "kin"]


def nearest(cluster: Cluster, owner: Resource, labels: Mapping[str, str]) -> NearMiss | None:
    """Pods applied together with ``owner`` that a selector for ``labels`` misses by little; None where no pods come so near.

    Slips of spelling come first, then pods that differ in one label of several, then those that are related to the owner otherwise.
    """

    def near(labels: Mapping[str, str]) -> list[Workload]:
        found = cluster.selected(labels, cluster.namespace_of(owner))
        return [workload for workload in found if workload.resource is not owner and cluster.together(workload.resource, owner)]

    for key, value in labels.items():
        rest = {other: wanted for other, wanted in labels.items() if other != key}
        for name, word in cluster.resembling(key, value):
            if (found := near({**rest, name: word})) and not any(cluster.services_of(workload) for workload in found):
                return NearMiss(key, name, (word,), tuple(found), "slip")
    for key in labels:
        rest = {other: wanted for other, wanted in labels.items() if other != key}
        if rest and (found := near(rest)):
            values = {one for workload in found if (one := cluster.pod_labels(workload).get(key)) is not None}
            return NearMiss(key, key, tuple(sorted(values)), tuple(found), "label")
    for key, value in labels.items():
        for name, word in cluster.resembling(key, value):
            if found := near({**{other: wanted for other, wanted in labels.items() if other != key}, name: word}):
                return NearMiss(key, name, (word,), tuple(found), "label")
    return _kin(cluster, owner, labels)


def _kin(cluster: Cluster, owner: Resource, labels: Mapping[str, str]) -> NearMiss | None:
    namesakes = (workload for kind in LASTING_KINDS for workload in map(workload_of, cluster.find(kind, None, owner.name or "")))
    neighbours = cluster.beside(owner)
    for one in (*neighbours, *namesakes):
        if one is None or not _could_serve(cluster, one, owner):
            continue
        # Of what is in the owner's file only that file's own Services count, for other files may be alternatives.
        beside = one.resource.source == owner.source
        if not any(not beside or service.source == owner.source for service in cluster.services_of(one)):
            have = cluster.pod_labels(one)
            key = next((key for key in labels if key in have), next(iter(labels)))
            return NearMiss(key, key, (have[key],) if key in have else (), (one,), "kin")
    return None


def _could_serve(cluster: Cluster, workload: Workload, owner: Resource) -> bool:
    resource = workload.resource
    return (
        resource.kind in LASTING_KINDS and resource is not owner and cluster.may_meet(resource, owner) and cluster.together(resource, owner)
    )
