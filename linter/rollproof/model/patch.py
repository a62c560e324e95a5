"""Patches as `kubectl patch` takes them: which object, and how its data changes."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from rollproof import document
from rollproof.errors import UserError
from rollproof.model.resource import Resource
from rollproof.source import Source

PatchType = Literal["merge", "json"]

_SHORT_NAMES = {
    # `kubectl api-resources`, release 1.35
    "cm": "ConfigMap",
    "cj": "CronJob",
    "deploy": "Deployment",
    "ds": "DaemonSet",
    "hpa": "HorizontalPodAutoscaler",
    "ing": "Ingress",
    "netpol": "NetworkPolicy",
    "pdb": "PodDisruptionBudget",
    "po": "Pod",
    "rc": "ReplicationController",
    "ro": "Rollout",
    "rs": "ReplicaSet",
    "sts": "StatefulSet",
    "svc": "Service",
}


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of the object ``kind``/``name``: a JSON merge patch (RFC 7386) or a list of JSON patch operations (RFC 6902)."""

    kind: str
    name: str
    namespace: str | None
    body: Any
    type: PatchType

    def means(self, resource: Resource) -> bool:
        """Whether this is a patch of the object: kinds are compared without case, and may be plural or short."""
        word = self.kind.lower()
        kind = resource.kind.lower()
        plurals = {kind, f"{kind}s", f"{kind}es", f"{kind.removesuffix('y')}ies"}
        known = word in plurals or _SHORT_NAMES.get(word) == resource.kind
        return known and resource.name == self.name and self.namespace in (None, resource.namespace)


def parse(text: str, type_: PatchType) -> Patch:
    """``KIND/NAME=BODY`` or ``KIND/NAMESPACE/NAME=BODY``, the body being JSON or YAML. UserError where it is neither."""
    target, equals, body = text.partition("=")
    words = target.strip().split("/")
    if not equals or len(words) not in (2, 3) or not all(words):
        raise UserError(
            f"--patch takes KIND/NAME=PATCH, not {text!r}", """for example: --patch 'service/web={"spec":{"selector":{"color":"green"}}}'"""
        )
    # `kubectl patch` reads YAML, flow mappings without quotes included, whatever the text begins with.
    parsed = document.parse(Source("--patch", f"---\n{body}"))
    if parsed.defects:
        raise UserError(f"the patch of {target} is neither JSON nor YAML: {parsed.defects[0].message}")
    data = parsed.documents[0].data if len(parsed.documents) == 1 else None
    wanted = list if type_ == "json" else dict
    if not isinstance(data, wanted):
        what = "a list of operations" if type_ == "json" else "a mapping"
        raise UserError(f"the patch of {target} is not {what}", "--type json takes a list, --type merge a mapping")
    return Patch(words[0], words[-1], words[1] if len(words) == 3 else None, data, type_)


def apply(patches: Iterable[Patch], resources: Iterable[Resource]) -> dict[Resource, Resource]:
    """The objects that the patches change, each with what becomes of it. UserError where a patch means no object, or more than one."""
    changed: dict[Resource, Resource] = {}
    everything = tuple(resources)
    for patch in patches:
        found = [resource for resource in everything if patch.means(resource)]
        if len(found) != 1:
            many = ", ".join(f"{one.source} (document {one.document + 1})" for one in found[:4])
            said = (
                f"{len(found)} objects are called {patch.kind}/{patch.name}: {many}"
                if found
                else f"no object is called {patch.kind}/{patch.name}"
            )
            raise UserError(said, "name fewer files" if found else None)
        before = changed.get(found[0], found[0])
        data = merged(before.data, patch.body) if patch.type == "merge" else operated(before.data, patch.body)
        identity = replace(before.identity, namespace=_namespace(data, before))
        changed[found[0]] = replace(before, identity=identity, data=data)
    return changed


def _namespace(data: Mapping[str, Any], before: Resource) -> str | None:
    metadata = data.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    return namespace if isinstance(namespace, str) else before.namespace


def merged(data: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7386): mappings are merged, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(data) if isinstance(data, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def operated(data: Any, operations: list[Any]) -> Any:
    """JSON patch operations (RFC 6902), one after another. UserError where one cannot be done, as `kubectl patch` refuses it then."""
    root = [copy.deepcopy(data)]
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
            raise UserError(
                f"not an operation of a JSON patch: {operation!r}", 'for example: {"op": "replace", "path": "/spec/replicas", "value": 3}'
            )
        _operate(root, operation)
    return root[0]


def _operate(root: list[Any], operation: Mapping[str, Any]) -> None:
    op, path = operation.get("op"), operation["path"]
    if op in ("move", "copy"):
        origin = operation.get("from")
        if not isinstance(origin, str):
            raise UserError(f"the operation '{op}' of {path} needs 'from'")
        parent, key = _find(root, origin)
        value = copy.deepcopy(_get(parent, key, origin))
        if op == "move":
            _remove(parent, key, origin)
        _add(*_find(root, path), value, path)
        return
    parent, key = _find(root, path)
    if op == "test":
        if _get(parent, key, path) != operation.get("value"):
            raise UserError(f"the test of {path} fails: there is {_get(parent, key, path)!r}")
    elif op == "add":
        _add(parent, key, operation.get("value"), path)
    elif op == "remove":
        _remove(parent, key, path)
    elif op == "replace":
        _get(parent, key, path)
        parent[key] = operation.get("value")
    else:
        raise UserError(f"a JSON patch has no operation {op!r}", "add, remove, replace, move, copy or test")


def _find(root: list[Any], path: str) -> tuple[Any, Any]:
    """The container that a JSON pointer ends in, and the key or index there (RFC 6901)."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    parent, key = root, 0
    for step in steps:
        parent = _get(parent, key, path)
        key = _index(parent, step, path) if isinstance(parent, list) else step  # type: ignore[assignment]
    return parent, key


def _index(parent: list[Any], step: str, path: str) -> int:
    if step == "-":
        return len(parent)
    if not step.isdigit():
        raise UserError(f"{path} asks for '{step}' of a list")
    return int(step)


def _get(parent: Any, key: Any, path: str) -> Any:
    try:
        return parent[key]
    except (KeyError, IndexError, TypeError):
        raise UserError(f"there is nothing at {path}") from None


def _add(parent: Any, key: Any, value: Any, path: str) -> None:
    if isinstance(parent, list) and isinstance(key, int) and key <= len(parent):
        if key == 0 and path == "":
            parent[0] = value
        else:
            parent.insert(key, value)
    elif isinstance(parent, dict):
        parent[key] = value
    else:
        raise UserError(f"nothing can be added at {path}")


def _remove(parent: Any, key: Any, path: str) -> None:
    _get(parent, key, path)
    del parent[key]
