"""What was meant by a field that its structure does not have: another spelling, or another place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rollproof.conformance.value import UNKNOWN, judge, shown
from rollproof.kube.api import Api, Field, FieldType, Kind, ListOf, MapOf, Struct
from rollproof.kube.suggest import nearest
from rollproof.kube.version import VersionRange
from rollproof.span import Path, format_path

_DEEPEST = 3
"""How many structures below an enclosing one are searched for a field of the same name."""

_RARELY_MEANT = frozenset(
    {
        ("core.v1.PodSpec", "initContainers"),
        ("core.v1.PodSpec", "ephemeralContainers"),
        ("core.v1.PodSpec", "resources"),
        ("core.v1.PodSpec", "os"),
        ("core.v1.Volume", "ephemeral"),
        ("core.v1.Volume", "projected"),
        ("core.v1.Container", "lifecycle"),
        ("meta.v1.ObjectMeta", "managedFields"),
    }
)
"""Fields that repeat more usual ones; of two places, the one that is not these or below them is meant. Nor is any status."""

_ALWAYS_PLAUSIBLE = frozenset({"metadata", "spec"})
"""Structures that may be meant although the object does not have them, in a place other than where the field was found or below it."""

_RENAMED = {
    # What one kind of workload says, another says otherwise.
    ("apps.v1.StatefulSetSpec", "strategy"): "updateStrategy",
    ("apps.v1.DaemonSetSpec", "strategy"): "updateStrategy",
    ("apps.v1.DeploymentSpec", "updateStrategy"): "strategy",
    # References by name, which each kind of volume calls differently.
    ("core.v1.SecretVolumeSource", "name"): "secretName",
    # A Service's ports have a port, a container's a containerPort.
    ("core.v1.ContainerPort", "port"): "containerPort",
    ("core.v1.ConfigMapVolumeSource", "configMapName"): "name",
    ("core.v1.SecretProjection", "secretName"): "name",
    ("core.v1.PersistentVolumeClaimVolumeSource", "name"): "claimName",
    ("core.v1.SecretKeySelector", "secretName"): "name",
    ("core.v1.ConfigMapKeySelector", "configMapName"): "name",
    # networking.k8s.io/v1beta1: https://kubernetes.io/docs/reference/using-api/deprecation-guide/#ingress-v122
    ("networking.v1.IngressSpec", "backend"): "defaultBackend",
}
"""Fields of another structure or an older version, and what this structure calls the same."""

_MOVED: dict[tuple[str, str], tuple[str, ...]] = {
    ("core.v1.Probe", "command"): ("exec", "command"),
    ("core.v1.LifecycleHandler", "command"): ("exec", "command"),
    ("networking.v1.IngressBackend", "serviceName"): ("service", "name"),
    ("networking.v1.IngressBackend", "servicePort"): ("service", "port", "number"),
    # autoscaling/v1 and v2beta1 as autoscaling/v2 has them: the deprecation guide, #horizontalpodautoscaler-v126.
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", "targetCPUUtilizationPercentage"): ("metrics",),
    ("autoscaling.v2.ResourceMetricSource", "targetAverageUtilization"): ("target", "averageUtilization"),
    ("autoscaling.v2.ResourceMetricSource", "targetAverageValue"): ("target", "averageValue"),
}
"""Fields of an older version, or of a structure around this one, that are found further down."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """The field that was probably meant; ``certain`` where no other is as near, it is absent, and it takes the value."""

    field: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The true path of a field; ``advice`` says it in words where the path alone would not."""

    path: Path
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class TypedObject:
    """One object and the type of each part of it."""

    api: Api
    kind: Kind
    data: dict[str, Any]
    versions: VersionRange

    def misspelt(self, path: Path, struct: Struct, value: object) -> Spelling | None:
        """The field of the same structure that the last key of ``path`` misspells; None where none is near.

        A field that is absent and takes the value is preferred to one that is only near.
        """
        key = str(path[-1])
        given = self._at(path[:-1])
        fields = self._available(struct)
        absent = {name: field for name, field in fields.items() if given.get(name) is None}
        fitting = [name for name, field in absent.items() if self.takes(value, field.type)]
        renamed = _RENAMED.get((struct.name, key))
        if renamed in absent:
            return Spelling(renamed, renamed in fitting)
        for names, certain in ((fitting, True), (list(absent), False), (list(fields), False)):
            found = nearest(key, names)
            if found is not None:
                return Spelling(found, certain)
            if certain and self.misplaced(path, struct, value) is not None:
                return None
        return None

    def misplaced(self, path: Path, struct: Struct, value: object) -> Place | None:
        """Where in the same object the field belongs: the nearest place that has a field of this name and takes the value."""
        key = str(path[-1])
        parent = path[:-1]
        moved = _MOVED.get((struct.name, key))
        if moved is not None:
            if moved[-1] == "number" and isinstance(value, str):
                moved = (*moved[:-1], "name")
            return Place((*parent, *moved))
        if struct.name == "meta.v1.LabelSelector" and not isinstance(value, list | dict):
            enclosing = self._search(parent, key, value, depth=0)
            if enclosing is not None:
                return Place(enclosing)
            true_path = (*parent, "matchLabels")
            return Place(true_path, f"labels go under 'matchLabels', at {format_path(true_path)}")
        # A value that is quoted by mistake as well must not hide where the field belongs.
        found = self._search(parent, key, value) or self._search(parent, key, value, loose=True)
        return None if found is None else Place(found)

    def misplaced_in_map(self, path: Path, value: object) -> Place | None:
        """The same for a list or mapping that stands among labels or other free keys, where only text may stand."""
        key = path[-1]
        if not isinstance(value, list | dict) or not isinstance(key, str) or not self.is_free_key(path):
            return None
        parent = path[:-1]
        if key == "matchLabels" and isinstance(value, dict):
            advice = f"the {parent[-1]} of a {self.kind.name} is a plain mapping of labels, so write them directly at {format_path(parent)}"
            return Place(parent, advice)
        found = self._search(parent, key, value)
        return None if found is None else Place(found, f"it belongs at {format_path(found)}")

    def is_free_key(self, path: Path) -> bool:
        """Whether the last step of a path is a key that its author chose: a label, an annotation, an entry of a ConfigMap."""
        return any(place == path[:-1] and isinstance(kind, MapOf) for place, kind in self._types(self.kind, path[:-1]))

    def other_version(self, path: Path) -> str | None:
        """Another apiVersion of the same kind that has the field at the end of ``path``."""
        for other in self.api.kinds_named(self.kind.name):
            served = other.served_in(self.api.versions).common(self.versions)
            if other.group != self.kind.group or other.api_version == self.kind.api_version or served is None:
                continue
            if len(self._types(other, path)) == len(path) + 1:
                return other.api_version
        return None

    def advice(self, wanted: FieldType, value: object) -> str:
        """What to write instead of a value of the wrong type, where the type or the kind tells more than the value."""
        if wanted == "bytes" and self.kind.name == "Secret":
            return "; plain text goes under stringData"
        if wanted == "string" and self.kind.name == "ConfigMap" and isinstance(value, list | dict):
            return "; write '|' after the key to keep what follows as text"
        if wanted == Struct("networking.v1.ServiceBackendPort") and isinstance(value, int | str) and not isinstance(value, bool):
            return f"; write {'name' if isinstance(value, str) else 'number'}: {shown(value)} below it"
        return ""

    def takes(self, value: object, wanted: FieldType, loose: bool = False) -> bool:
        """Whether a value has the shape of a type: by the first item of a list, by most keys of a structure.

        Scalars must be of the very type, or just scalars where that is to be ``loose``.
        """
        match value, wanted:
            case None, _:
                return True
            case _, "any":
                return False
            case list(), ListOf(item):
                return not value or self.takes(value[0], item, loose)
            case dict(), MapOf(inner):
                return all(self.takes(each, inner, loose) for each in value.values())
            case dict(), Struct():
                known = sum(key in self._available(wanted) for key in value)
                return not value or known * 2 >= len(value)
        return not isinstance(value, list | dict) and isinstance(wanted, str) and (loose or judge(value, wanted) in (None, UNKNOWN))

    def _available(self, struct: Struct) -> dict[str, Field]:
        return {name: field for name, field in self.api.fields(struct).items() if field.within(self.versions)}

    def _at(self, path: Path) -> dict[str, Any]:
        """The mapping at a path; empty where there is none."""
        here: Any = self.data
        for step in path:
            here = here[step]
        return here if isinstance(here, dict) else {}

    def _types(self, kind: Kind, path: Path) -> list[tuple[Path, FieldType]]:
        """The type of each place from the root of a kind to ``path``, as far as it has them."""
        here: FieldType = kind.type
        types: list[tuple[Path, FieldType]] = [((), here)]
        for depth, step in enumerate(path, 1):
            match here:
                case Struct() if step in (fields := self.api.fields(here)):
                    here = fields[str(step)].type
                case ListOf(inner) | MapOf(inner):
                    here = inner
                case _:
                    break
            types.append((path[:depth], here))
        return types

    def _search(self, parent: Path, key: str, value: object, depth: int = _DEEPEST, loose: bool = False) -> Path | None:
        """The nearest field of that name that takes the value: by structures up to a common ancestor, then down again."""
        enclosing = [(place, kind) for place, kind in self._types(self.kind, parent) if isinstance(kind, Struct)]
        nearest_cost = float("inf")
        places: list[Path] = []
        for ups, (place, struct) in enumerate(reversed(enclosing)):
            # An indentation slip leaves a field below its own structure more often than above it.
            for cost, found, wanted in self._below(place, struct, key, 0.9 * ups, depth, parent):
                if not self.takes(value, wanted, loose):
                    continue
                if cost < nearest_cost - 0.01:
                    nearest_cost, places = cost, []
                if cost < nearest_cost + 0.01:
                    places.append(found)
        written = [place for place in places if self._given(place[:-1])]
        # Of several structures that would all have to be added (the handlers of a probe, the sources of a volume) none is meant more.
        return written[0] if written else places[0] if len(places) == 1 else None

    def _below(
        self, place: Path, struct: Struct, key: str, cost: float, depth: int, origin: Path
    ) -> Iterator[tuple[float, Path, FieldType]]:
        """Fields named ``key`` in a structure and below it, each with how far away from ``origin`` it is, and its type."""
        fields = self._available(struct)
        given = self._given(place)
        if key in fields:
            # A place that waits for its value is likelier than one that has one already.
            waits = 1.0 if given.get(key) is not None else -0.6 if given and fields[key].required else 0.0
            yield cost + waits + _rarity(struct, key), (*place, key), fields[key].type
        if depth == 0:
            return
        sideways = place[: len(origin)] != origin
        for name, field in fields.items():
            inner, listed = (field.type.item, True) if isinstance(field.type, ListOf) else (field.type, False)
            if not isinstance(inner, Struct):
                continue
            exists = given.get(name) is not None
            if sideways and not exists and not field.required and name not in _ALWAYS_PLAUSIBLE and name not in origin:
                continue
            # What is already written, and what every object of the kind has, is likelier meant than what would have to be added.
            step_cost = cost + 1 + (0.0 if exists else 0.25 if field.required else 0.5)
            step_cost += (0.25 if listed else 0.0) + _rarity(struct, name)
            step: Path = (*place, name, _item_without(key, given.get(name))) if listed else (*place, name)
            yield from self._below(step, inner, key, step_cost, depth - 1, origin)

    def _given(self, place: Path) -> dict[str, Any]:
        try:
            return self._at(place)
        except (KeyError, IndexError, TypeError):
            return {}


def _rarity(struct: Struct, name: str) -> float:
    return 1.5 if name == "status" or (struct.name, name) in _RARELY_MEANT else 0.0


def _item_without(key: str, items: object) -> int:
    """The first item that could still take the key."""
    if isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, dict) and item.get(key) is None:
                return index
    return 0
