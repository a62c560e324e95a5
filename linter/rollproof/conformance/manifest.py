"""One object against the API: which kind it is, whether its structure fits, and what its field rules say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance import fields, structure
from rollproof.conformance.violation import Edit, Fix, Violation
from rollproof.kube import kinds
from rollproof.kube.api import Api, Kind, load_api
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.suggest import nearest
from rollproof.kube.version import VersionRange


def check(data: Mapping[str, Any], versions: VersionRange, *, json_source: bool = False) -> Iterator[Violation]:
    """Everything the API server of one of ``versions`` would refuse, drop or misread in one object, in no particular order.

    ``json_source``: the text was JSON, whose numbers are read more strictly than YAML's.
    """
    mistyped = tuple(_type_meta(data))
    if mistyped:
        yield from mistyped
        return
    api_version, name = data["apiVersion"], data["kind"]
    if is_placeholder(api_version) or is_placeholder(name):
        return
    api = load_api()
    kind = api.kind(api_version, name)
    if kind is not None and (served := kind.served_in(api.versions).common(versions)) == versions:
        yield from _check_known(kind, data, versions, json_source)
        return
    removed = kinds.removed(api_version, name)
    if removed is not None and removed.removed_in <= versions.hi:
        yield _removed(removed, data)
        successor = api.kind(removed.replacement, removed.replacement_kind or name) if removed.replacement else None
        if successor is not None:
            yield from _check_known(successor, data, versions, json_source)
    elif kind is not None:
        yield _not_in_all(kind, versions, served, api)
        yield from _check_known(kind, data, served or versions, json_source)
    else:
        yield _unknown(api_version, name, api)


def _check_known(kind: Kind, data: Mapping[str, Any], versions: VersionRange, json_source: bool) -> Iterator[Violation]:
    found = structure.walk(data, kind, versions, json_source)
    yield from found
    yield from fields.check(kind, data, versions)


def _type_meta(data: Mapping[str, Any]) -> Iterator[Violation]:
    """What is wrong with apiVersion and kind as such (apimachinery pkg/runtime/serializer/json, Interpret; kubectl needs both)."""
    for key in ("apiVersion", "kind"):
        value = data.get(key)
        if value is None or value == "":
            near = nearest(key, [other for other in data if other not in ("apiVersion", "kind", "metadata", "spec", "status", "data")])
            if near is not None:
                fix = Fix(f"rename to '{key}'", (Edit("rename-key", (near,), key),))
                yield Violation("unknown-field", (near,), f"unknown field '{near}' (did you mean '{key}'?)", "key", key, fix)
            else:
                yield Violation("missing-field", (key,), f"'{key}' is missing, so nothing can tell what object this is")
        elif not isinstance(value, str):
            yield Violation("wrong-type", (key,), f"'{key}' is to be a string")


def _removed(removed: kinds.Removed, data: Mapping[str, Any]) -> Violation:
    before = f"{removed.api_version} {data['kind']} was removed in Kubernetes {removed.removed_in}"
    if removed.replacement is None:
        return Violation("removed-api", ("apiVersion",), f"{before}, and nothing takes its place")
    other_kind = removed.replacement_kind is not None and removed.replacement_kind != data["kind"]
    target = f"{removed.replacement} {removed.replacement_kind}" if other_kind else removed.replacement
    fix = None
    if not other_kind:
        # Unsafe: the newer version may name or default its fields differently; the walk over the new structure shows where.
        fix = Fix(f"write {removed.replacement}", (Edit("replace-value", ("apiVersion",), removed.replacement),), safe=False)
    return Violation("removed-api", ("apiVersion",), f"{before}; use {target}", "value", removed.replacement, fix)


def _not_in_all(kind: Kind, versions: VersionRange, served: VersionRange | None, api: Api) -> Violation:
    what = f"{kind.api_version} {kind.name}"
    if kind.since is not None and kind.since > versions.lo:
        text = f"{what} was added in Kubernetes {kind.since}"
        text += "" if served is None else f", so {versions.lo} does not have it"
        return Violation("unknown-api", ("apiVersion",), text, severity="error")
    others = [other for other in api.kinds_named(kind.name) if other.group == kind.group and other.served_in(api.versions).common(versions)]
    newest = max(others, key=lambda other: other.served_in(api.versions).hi, default=None)
    text = f"{what} is gone after Kubernetes {kind.until}"
    suggestion = newest.api_version if newest else None
    return Violation("removed-api", ("apiVersion",), text + (f"; use {suggestion}" if suggestion else ""), "value", suggestion)


def _unknown(api_version: str, name: str, api: Api) -> Violation:
    """An apiVersion and kind that no shipped version serves: a slip within the built-in API, or a custom resource."""
    group = api_version.rpartition("/")[0]
    same_version = api.kind_names(api_version)
    if same_version:
        near = nearest(name, list(same_version))
        if near is not None:
            fix = Fix(f"write {near}", (Edit("replace-value", ("kind",), near),))
            text = f"{api_version} has no kind '{name}' (did you mean '{near}'?)"
            return Violation("unknown-api", ("kind",), text, "value", near, fix, severity="error")
    elsewhere = api.kinds_named(name)
    builtin = group in api.groups
    if elsewhere and (builtin or nearest(api_version, [kind.api_version for kind in elsewhere])):
        best = elsewhere[-1]
        for candidate in elsewhere:
            if candidate.group == group or (
                candidate.until is None and not any(mark in candidate.api_version for mark in ("alpha", "beta"))
            ):
                best = candidate
                break
        fix = Fix(f"write {best.api_version}", (Edit("replace-value", ("apiVersion",), best.api_version),), safe=False)
        text = f"there is no {api_version} {name}; the kind {name} is in {best.api_version}"
        return Violation("unknown-api", ("apiVersion",), text, "value", best.api_version, fix, severity="error")
    if builtin:
        every = sorted({kind for version in api.api_versions() for kind in api.kind_names(version)})
        near = nearest(name, every)
        text = f"there is no {api_version} {name}" + (f" (did you mean '{near}'?)" if near else "")
        return Violation("unknown-api", ("kind",) if same_version else ("apiVersion",), text, "value", near, severity="error")
    near = nearest(api_version, list(api.api_versions()))
    if near is not None:
        text = f"there is no apiVersion '{api_version}' (did you mean '{near}'?)"
        return Violation("unknown-api", ("apiVersion",), text, "value", near, severity="error")
    return Violation("unknown-api", ("kind",), f"no schema describes {api_version} {name}, so only its metadata is checked")
