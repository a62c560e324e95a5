"""A workload: a resource that runs pods from a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rollproof.kube import kinds
from rollproof.kube.selector import LabelSelector
from rollproof.model.resource import Place, Resource, look_up, string_map
from rollproof.span import Path


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod template: its plain data and its path from the object's root."""

    workload: Workload
    path: Path
    data: Mapping[str, Any]
    init: bool = False

    @property
    def name(self) -> str | None:
        """The container's name, or None where it is absent or no string."""
        name = self.data.get("name")
        return name if isinstance(name, str) else None

    @property
    def serves(self) -> bool:
        """Whether it runs beside the others and can be reached: all but plain init containers (a sidecar has restartPolicy Always)."""
        return not self.init or self.data.get("restartPolicy") == "Always"

    def get(self, *path: str | int) -> Any:
        """The value at ``path`` inside this container, or None where it is absent."""
        return look_up(self.data, path)

    def at(self, *path: str | int, key: bool = False, note: str = "") -> Place:
        """A place inside this container."""
        return self.workload.resource.at(*self.path, *path, key=key, note=note)

    def ports(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The declared ports with their indexes."""
        ports = self.data.get("ports")
        for index, port in enumerate(ports if isinstance(ports, list) else ()):
            if isinstance(port, dict):
                yield index, port


@dataclass(frozen=True, slots=True)
class Workload:
    """A resource that runs pods. ``template`` is the path of its pod template (empty for a Pod, which is its own)."""

    resource: Resource
    template: Path

    @property
    def pod_labels(self) -> Mapping[str, str]:
        """The labels its pods carry."""
        return string_map(look_up(self.resource.data, (*self.template, "metadata", "labels")))

    @property
    def pod_spec(self) -> Mapping[str, Any]:
        """The pod's spec; empty where there is none."""
        spec = look_up(self.resource.data, (*self.template, "spec"))
        return spec if isinstance(spec, dict) else {}

    @property
    def selector(self) -> LabelSelector | None:
        """The selector by which it owns its pods; None for kinds without one, and where it is absent or malformed."""
        return LabelSelector.parse(self.resource.get("spec", "selector"))

    def pod(self, *path: str | int, key: bool = False, note: str = "") -> Place:
        """A place inside the pod template."""
        return self.resource.at(*self.template, *path, key=key, note=note)

    def serving_ports(self) -> Iterator[tuple[Container, int, Mapping[str, Any]]]:
        """The ports that its running containers declare, each with its container and its index there."""
        for container in self.containers():
            if container.serves:
                for index, port in container.ports():
                    yield container, index, port

    def containers(self) -> Iterator[Container]:
        """Its init containers and then its containers; entries that are no mappings are left out."""
        for field, init in (("initContainers", True), ("containers", False)):
            entries = self.pod_spec.get(field)
            for index, entry in enumerate(entries if isinstance(entries, list) else ()):
                if isinstance(entry, dict):
                    yield Container(self, (*self.template, "spec", field, index), entry, init)


def workload_of(resource: Resource) -> Workload | None:
    """The workload that a resource is, or None."""
    template = kinds.pod_template(resource.group, resource.kind)
    return None if template is None else Workload(resource, template)
