"""The objects that a workload's pods name: ConfigMaps, Secrets, claims and service accounts, and which keys of them.

Source: k8s.io/api core/v1 types.go, release 0.35.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rollproof.model.resource import Place
from rollproof.model.workload import Container, Workload
from rollproof.span import Path


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that must exist before a pod can run, unless it is ``optional``. ``keys`` are what must be in it, each with its place."""

    kind: str
    name: str
    place: Place
    keys: tuple[tuple[str, Place], ...] = ()
    optional: bool = False


def references(workload: Workload) -> Iterator[Reference]:
    """Everything the pods of ``workload`` name, in the order of the manifest's kinds of fields; malformed entries are left out."""
    spec = workload.pod_spec
    account = spec.get("serviceAccountName")
    if isinstance(account, str) and account:
        yield Reference("ServiceAccount", account, workload.pod("spec", "serviceAccountName"))
    for index, entry in _entries(spec.get("imagePullSecrets")):
        yield from _named("Secret", entry, workload, ("spec", "imagePullSecrets", index), "name")
    for index, entry in _entries(spec.get("volumes")):
        yield from _volume(workload, entry, ("spec", "volumes", index))
    for container in workload.containers():
        yield from _container(container)


def _volume(workload: Workload, volume: Mapping[str, Any], path: Path) -> Iterator[Reference]:
    for field, kind, name in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
        yield from _named(kind, volume.get(field), workload, (*path, field), name)
    yield from _named("PersistentVolumeClaim", volume.get("persistentVolumeClaim"), workload, (*path, "persistentVolumeClaim"), "claimName")
    projected = volume.get("projected")
    for index, source in _entries(projected.get("sources") if isinstance(projected, dict) else None):
        for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            yield from _named(kind, source.get(field), workload, (*path, "projected", "sources", index, field), "name")


def _container(container: Container) -> Iterator[Reference]:
    workload, path = container.workload, container.path[len(container.workload.template) :]
    for index, entry in _entries(container.data.get("env")):
        origin = entry.get("valueFrom")
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            one = origin.get(field) if isinstance(origin, dict) else None
            yield from _named(kind, one, workload, (*path, "env", index, "valueFrom", field), "name")
    for index, entry in _entries(container.data.get("envFrom")):
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            yield from _named(kind, entry.get(field), workload, (*path, "envFrom", index, field), "name")


def _named(kind: str, entry: object, workload: Workload, path: Path, field: str) -> Iterator[Reference]:
    if not isinstance(entry, dict) or not isinstance(entry.get(field), str) or not entry[field]:
        return
    keys = [(entry["key"], workload.pod(*path, "key"))] if isinstance(entry.get("key"), str) else []
    for index, item in _entries(entry.get("items")):
        if isinstance(item.get("key"), str):
            keys.append((item["key"], workload.pod(*path, "items", index, "key")))
    yield Reference(kind, entry[field], workload.pod(*path, field), tuple(keys), entry.get("optional") is True)


def _entries(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, entry in enumerate(value if isinstance(value, list) else ()):
        if isinstance(entry, dict):
            yield index, entry
