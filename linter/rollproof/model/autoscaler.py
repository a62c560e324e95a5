"""What scales workloads: HorizontalPodAutoscalers and KEDA's ScaledObjects, with their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rollproof.model.resource import Place, Resource


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """What scales a workload: an autoscaler and its range (None: not given, or a placeholder), and the place of its upper limit."""

    resource: Resource
    low: int | None
    high: int | None
    place: Place


def by_target(by_kind: Mapping[str, tuple[Resource, ...]]) -> Mapping[tuple[str, str], tuple[Autoscaler, ...]]:
    """The autoscalers by kind and name of what they scale; one without a name for it is left out."""
    index: dict[tuple[str, str], list[Autoscaler]] = {}
    for kind, low, high in (
        ("HorizontalPodAutoscaler", "minReplicas", "maxReplicas"),
        ("ScaledObject", "minReplicaCount", "maxReplicaCount"),
    ):
        for resource in by_kind.get(kind, ()):
            target = resource.mapping("spec", "scaleTargetRef")
            if not isinstance(target.get("name"), str):
                continue
            one = Autoscaler(resource, _count(resource.get("spec", low)), _count(resource.get("spec", high)), resource.at("spec", high))
            # KEDA's target is a Deployment unless it says otherwise (keda apis/keda/v1alpha1 scaledobject_types.go).
            index.setdefault((str(target.get("kind", "Deployment")), target["name"]), []).append(one)
    return {key: tuple(found) for key, found in index.items()}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
