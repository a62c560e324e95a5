"""An independent judge of structure: the strict upstream schemas of kubernetes-validate, through a general JSON Schema validator."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from rollproof.conformance.violation import Violation
from rollproof.kube.api import Kind, load_api
from rollproof.kube.placeholder import is_placeholder

AVAILABLE = importlib.util.find_spec("kubernetes_validate") is not None

Where = tuple[str | int, ...]


@cache
def _definitions() -> dict[str, Any]:
    import kubernetes_validate

    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{load_api().versions.hi}.0-local-strict"
    definitions: dict[str, Any] = json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    return definitions


@cache
def _validator(kind: Kind) -> Any:
    """The validator of a kind, or None where the newest version does not serve it."""
    import jsonschema
    from referencing import Registry, Resource

    definitions = _definitions()
    contents = {"$schema": "http://json-schema.org/draft-07/schema#", "$defs": definitions}
    registry: Registry[Any] = Registry().with_resource("urn:k8s", Resource.from_contents(contents))
    for name, definition in definitions.items():
        for gvk in definition.get("x-kubernetes-group-version-kind", ()):
            if (f"{gvk['group']}/{gvk['version']}".lstrip("/"), gvk["kind"]) == (kind.api_version, kind.name):
                return jsonschema.Draft7Validator({"$ref": f"urn:k8s#/$defs/{name}"}, registry=registry)
    return None


def differences(data: Any, kind: Kind, violations: list[Violation]) -> list[tuple[str, Where]] | None:
    """Where the schemas and a walk disagree, as ("only the schemas" or "only the walk", path); None for a kind the schemas lack.

    The walk may know better, for these reasons:

    - formats are no constraint to the schemas: base64, times and quantities are strings there, int32 and int64 integers of any size;
    - a required field that is misspelt or misplaced is reported once, as misspelt or misplaced;
    - a placeholder is no value yet;
    - null for a required field is a value to the schemas, and absent to the API server;
    - the schemas miss fields that the server fills in, and fields of a status.
    """
    validator = _validator(kind)
    if validator is None:
        return None
    theirs = {tuple(where) for error in validator.iter_errors(data) for where in _paths(error)}
    violations = [violation for violation in violations if violation.rule != "placeholder"]
    ours = {violation.path for violation in violations if not _sharper(violation) or violation.path in theirs}
    found: list[tuple[str, Where]] = []
    if not any(violation.suggestion for violation in violations):
        found += [("only the schemas", where) for where in theirs - ours if not is_placeholder(_value_at(data, where))]
    found += [("only the walk", where) for where in ours - theirs if not _is_null(data, where)]
    return found


def _sharper(violation: Violation) -> bool:
    """What the schemas cannot see, and kubectl or the API server refuses all the same."""
    sharper = ("must be base64", "must be a time", "must be a quantity", "must be from -")
    return any(words in violation.message for words in sharper)


def _paths(error: Any) -> Iterator[Where]:
    where = tuple(error.absolute_path)
    if error.validator == "required":
        yield from ((*where, name) for name in error.validator_value if name not in error.instance)
    elif error.validator == "additionalProperties":
        yield from ((*where, key) for key in error.instance if key not in error.schema["properties"])
    else:
        yield where


def _value_at(data: Any, path: Where) -> Any:
    try:
        for step in path:
            data = data[step]
    except (KeyError, IndexError, TypeError):
        return None
    return data


def _is_null(data: Any, path: Where) -> bool:
    """Whether a null is written at the path."""
    parent = _value_at(data, path[:-1])
    return isinstance(parent, dict) and path[-1] in parent and parent[path[-1]] is None
