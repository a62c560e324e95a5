"""The volumes that a container mounts, and the block devices it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields.conditions import filled
from rollproof.conformance.fields.paths import descending, without_backsteps
from rollproof.conformance.fields.table import Refusal, Rule, Table, mapping, structures, text
from rollproof.conformance.fields.values import exactly_one_of
from rollproof.conformance.value import shown
from rollproof.kube.version import VersionRange
from rollproof.span import Path


def _sub_paths(value: object, _: VersionRange) -> Refusal | None:
    mount = mapping(value)
    if mount.get("subPathExpr") and mount.get("subPath"):
        related = ((("subPath",), "subPath is set here"),)
        return Refusal("cannot stand beside subPath", ("subPathExpr",), at="key", related=related)
    return None


def _recursive(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """core validateMountRecursiveReadOnly."""
    mount = mapping(value)
    if mount.get("recursiveReadOnly") not in ("Enabled", "IfPossible"):
        return None
    return _not_recursive(mount)


def _not_recursive(mount: Mapping[str, Any]) -> Iterator[Refusal]:
    mode = mount["recursiveReadOnly"]
    if not mount.get("readOnly"):
        yield Refusal(f"may be {mode} only when readOnly is true", ("recursiveReadOnly",))
    if mount.get("mountPropagation") not in (None, "None"):
        yield Refusal(f"may be {mode} only without mountPropagation", ("recursiveReadOnly",))


MOUNT = Table(
    Rule("", filled("name", "mountPath"), "ValidateVolumeMounts"),
    Rule("subPath", descending, "validateLocalDescendingPath"),
    Rule("subPathExpr", descending, "validateLocalDescendingPath"),
    Rule("", _sub_paths, "ValidateVolumeMounts"),
    Rule("mountPropagation", exactly_one_of("None", "HostToContainer", "Bidirectional"), "validateMountPropagation"),
    Rule("recursiveReadOnly", exactly_one_of("Disabled", "IfPossible", "Enabled"), "validateMountRecursiveReadOnly"),
    Rule("", _recursive, "validateMountRecursiveReadOnly"),
)
"""One entry of ``volumeMounts``."""

DEVICE = Table(
    Rule("", filled("name", "devicePath"), "ValidateVolumeDevices"),
    Rule("devicePath", without_backsteps, "ValidateVolumeDevices"),
)
"""One entry of ``volumeDevices``."""


def check_container(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """What mounts and devices of one container must not share (core ValidateVolumeMounts and ValidateVolumeDevices)."""
    container = mapping(value)
    mounts, devices = container.get("volumeMounts"), container.get("volumeDevices")
    if not mounts and not devices:
        return None
    return _shared(mounts, devices, container)


def _shared(mounts: object, devices: object, container: Mapping[str, Any]) -> Iterator[Refusal]:
    names: dict[str, Path] = {}
    paths: dict[str, Path] = {}
    privileged = mapping(container.get("securityContext")).get("privileged") is True
    for index, mount in structures(mounts):
        here = ("volumeMounts", index)
        yield from _path_taken(paths, text(mount.get("mountPath")), (*here, "mountPath"))
        names.setdefault(text(mount.get("name")), (*here, "name"))
        if mount.get("mountPropagation") == "Bidirectional" and not privileged:
            yield Refusal("may be Bidirectional only in a privileged container", (*here, "mountPropagation"))
    for index, device in structures(devices):
        here = ("volumeDevices", index)
        yield from _path_taken(paths, text(device.get("devicePath")), (*here, "devicePath"))
        name = text(device.get("name"))
        if name and name in names:
            yield Refusal(f"{shown(name)} is used already", (*here, "name"), related=((names[name], "used here"),))
        names.setdefault(name, (*here, "name"))


def _path_taken(paths: dict[str, Path], path: str, where: Path) -> Iterator[Refusal]:
    if path and (first := paths.setdefault(path, where)) != where:
        yield Refusal(f"{shown(path)} is used already in this container", where, related=((first, "used here"),))


def check_pod(containers: Iterator[tuple[Path, Mapping[str, Any]]], volumes: Mapping[str, Mapping[str, Any]]) -> Iterator[Refusal]:
    """Mounts and devices that name a volume which the pod does not have, or which cannot be a block device."""
    for path, container in containers:
        for index, mount in structures(container.get("volumeMounts")):
            yield from _missing(mount, volumes, (*path, "volumeMounts", index, "name"))
        for index, device in structures(container.get("volumeDevices")):
            where = (*path, "volumeDevices", index, "name")
            volume = volumes.get(text(device.get("name")))
            if volume is None:
                yield from _missing(device, volumes, where)
            elif volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
                yield Refusal("must name a volume that is a persistentVolumeClaim or ephemeral", where)


def _missing(user: Mapping[str, Any], volumes: Mapping[str, Any], where: Path) -> Iterator[Refusal]:
    name = user.get("name")
    if not isinstance(name, str) or not name or name in volumes:
        return
    from rollproof.kube.suggest import nearest  # only a wrong name needs it

    near = nearest(name, list(volumes))
    hint = f" (did you mean {shown(near)}?)" if near else ""
    replacement = near if near and near.isalnum() and near[0].isalpha() else None
    yield Refusal(f"{shown(name)} is not one of the pod's volumes{hint}", where, suggestion=near, replacement=replacement)
