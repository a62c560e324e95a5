"""Which files are applied together: what may be read as one picture, and whether that picture is complete.

A project holds more than one picture: overlays, alternatives, independent examples. Two objects are taken to be applied together where a
kustomization builds both, or where they are in a folder below which no object is defined twice in two ways, so that `kubectl apply -R`
of that folder would mean something.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rollproof.kube import kinds
from rollproof.model import kustomize
from rollproof.model.kustomize import Kustomization
from rollproof.model.resource import Resource
from rollproof.model.workload import workload_of
from rollproof.source import absolute

Key = tuple[str, str | None, str]
"""Kind, namespace and name."""

_HARMLESS_GROUPS = frozenset(
    {
        "acme.cert-manager.io",
        "bitnami.com",
        "cert-manager.io",
        "cilium.io",
        "crd.projectcalico.org",
        "external-secrets.io",
        "gateway.networking.k8s.io",
        "keda.sh",
        "kyverno.io",
        "metallb.io",
        "networking.gke.io",
        "networking.istio.io",
        "policy.linkerd.io",
        "security.istio.io",
        "secrets-store.csi.x-k8s.io",
        "snapshot.storage.k8s.io",
        "telemetry.istio.io",
        "traefik.containo.us",
        "traefik.io",
    }
)
_HARMLESS_KINDS = frozenset(
    {"AnalysisTemplate", "ClusterAnalysisTemplate", "PodMonitor", "PodMonitoring", "PrometheusRule", "ServiceMonitor"}
)
_MAKERS_OF_PODS = frozenset({"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "*"})


def may_run_pods(resource: Resource) -> bool:
    """Whether unknown pods may run because of this object: it is of an unknown kind, or lets a program create pods."""
    if kinds.is_namespaced(resource.group, resource.kind) is None:
        known = kinds.pod_template(resource.group, resource.kind) is not None or resource.group.endswith(".k8s.io")
        return not known and resource.group not in _HARMLESS_GROUPS and resource.kind not in _HARMLESS_KINDS
    if resource.kind == "CustomResourceDefinition":
        return True
    if resource.kind in ("Role", "ClusterRole"):
        return any(_creates_pods(one) for one in resource.items("rules") if isinstance(one, dict))
    return False


def _creates_pods(one: Mapping[str, object]) -> bool:
    verbs, resources = one.get("verbs"), one.get("resources")
    if not isinstance(verbs, list) or not isinstance(resources, list):
        return False
    return any(verb in ("create", "*") for verb in verbs) and any(name in _MAKERS_OF_PODS for name in resources if isinstance(name, str))


@dataclass(slots=True)
class _Folder:
    """``objects`` is None where two files below the folder define one object in two ways. ``hidden``: something here cannot be known."""

    objects: dict[Key, Resource] | None = field(default_factory=dict)
    hidden: bool = False
    workloads: bool = False


class Layout:
    """The pictures of a run.

    ``kustomizations`` are its kustomization files as resources, ``unread`` names of files of which something could not be read.
    """

    def __init__(self, resources: Iterable[Resource], kustomizations: Iterable[Resource], unread: Iterable[str]) -> None:
        self._places: dict[str, tuple[str, str]] = {}
        self._files: dict[str, list[Resource]] = {}
        for resource in resources:
            self._files.setdefault(self._place(resource.source)[0], []).append(resource)
        self._folders = self._grow({self._place(name)[0] for name in unread})
        self._built_by = _built_by(tuple(filter(None, (kustomize.read(one.source, one.data) for one in kustomizations))), self._files)
        self._units: dict[str, str | None] = {}
        self._conflicts: dict[tuple[str, str], bool] = {}

    def _place(self, name: str) -> tuple[str, str]:
        """A file's absolute path and its folder."""
        if name not in self._places:
            path = absolute(name)
            self._places[name] = path, posixpath.dirname(path)
        return self._places[name]

    def builders(self, resource: Resource) -> tuple[Kustomization, ...]:
        """The kustomizations that build the object, directly or through others."""
        return self._built_by.get(self._place(resource.source)[0], ()) if self._built_by else ()

    def together(self, one: Resource, other: Resource) -> bool:
        """Whether two objects are likely to be applied together."""
        if one.source == other.source:
            return True
        if self._built_by:
            ours, theirs = self.builders(one), self.builders(other)
            if ours and theirs:
                return any(builder in theirs for builder in ours)
        (path, folder), (other_path, other_folder) = self._place(one.source), self._place(other.source)
        unit = self._unit(folder)
        if unit is not None:
            return unit == self._unit(other_folder)
        return folder == other_folder and not self._conflict(path, other_path)

    def joined(self, one: Resource, other: Resource) -> bool:
        """Whether two objects are certain to be applied together: one file holds both, or one kustomization builds both."""
        return one.source == other.source or any(builder in self.builders(other) for builder in self.builders(one))

    def is_complete(self, resource: Resource) -> bool:
        """Whether everything that is applied together with the object can be read, runs no unknown pods, and runs pods at all."""
        folder = self._place(resource.source)[1]
        unit = self._unit(folder)
        found = self._folders[folder if unit is None else unit]
        return found.workloads and not found.hidden and not any(builder.opaque for builder in self.builders(resource))

    def _unit(self, folder: str) -> str | None:
        """The topmost folder around this one that defines no object twice; None where this one does."""
        if folder not in self._units:
            found = self._folders.get(folder)
            if found is None or found.objects is None:
                self._units[folder] = None
            else:
                above = posixpath.dirname(folder)
                upper = self._unit(above) if above != folder and above in self._folders else None
                self._units[folder] = folder if upper is None else upper
        return self._units[folder]

    def _conflict(self, path: str, other: str) -> bool:
        """Whether two files define one object in two ways."""
        pair = (path, other) if path < other else (other, path)
        if pair not in self._conflicts:
            fewer, more = sorted((self._files.get(path, []), self._files.get(other, [])), key=len)
            have = {_key(resource): resource for resource in more}
            self._conflicts[pair] = any(_differs(resource, have.get(_key(resource))) for resource in fewer)
        return self._conflicts[pair]

    def _grow(self, unread: set[str]) -> dict[str, _Folder]:
        """All folders, deepest first, each with what the folders in it hold; the smaller table is poured into the larger one."""
        paths = {*self._files, *unread}
        top = posixpath.commonpath([posixpath.dirname(path) for path in paths]) if paths else ""
        folders: dict[str, _Folder] = {}
        for path in sorted(paths):
            folder = posixpath.dirname(path)
            here = folders.setdefault(folder, _Folder())
            here.hidden |= path in unread
            for resource in self._files.get(path, ()):
                here.hidden = here.hidden or may_run_pods(resource)
                here.workloads = here.workloads or workload_of(resource) is not None
                _pour({_key(resource): resource}, here)
            while folder != top:
                folder = posixpath.dirname(folder)
                folders.setdefault(folder, _Folder())
        tables = folders
        for folder in sorted(folders, key=lambda path: path.count("/"), reverse=True):
            if folder == top:
                continue
            above, here = tables[posixpath.dirname(folder)], tables[folder]
            above.hidden |= here.hidden
            above.workloads |= here.workloads
            if here.objects is None:
                above.objects = None
            elif above.objects is not None:
                _pour(here.objects, above)
        return folders


def _pour(objects: dict[Key, Resource], into: _Folder) -> None:
    if into.objects is None:
        return
    fewer, more = sorted((objects, into.objects), key=len)
    if any(_differs(resource, more.get(key)) for key, resource in fewer.items() if key[0] != "Namespace" and key[2]):
        into.objects = None
        return
    # A child's table is never read again for itself, only whether it is None, so it may be taken over.
    more.update(fewer)
    into.objects = more


def _differs(one: Resource, other: Resource | None) -> bool:
    return other is not None and one.source != other.source and one.data != other.data


def _key(resource: Resource) -> Key:
    return resource.kind, resource.namespace, resource.name or ""


def _built_by(kustomizations: tuple[Kustomization, ...], files: Mapping[str, object]) -> Mapping[str, tuple[Kustomization, ...]]:
    """The kustomizations that build each file, through folders that have one themselves too."""
    by_folder = {one.folder: one for one in kustomizations}
    found: dict[str, list[Kustomization]] = {}
    for one in kustomizations:
        seen = {one.folder}
        pending = list(one.sources)
        while pending:
            path = pending.pop()
            if path in seen:
                continue
            seen.add(path)
            if path in files:
                found.setdefault(path, []).append(one)
            elif path in by_folder:
                pending += by_folder[path].sources
    return {path: tuple(builders) for path, builders in found.items()}
