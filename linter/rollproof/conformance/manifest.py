"""One object against the API: which kind it is, whether its structure fits, and what its field rules say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from rollproof.conformance import fields, structure
from rollproof.conformance.custom import Definitions
from rollproof.conformance.meant import as_meant
from rollproof.conformance.violation import Edit, Fix, Violation
from rollproof.kube import kinds
from rollproof.kube.api import Api, Kind, Struct, load_api, load_rollouts
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.version import Version, VersionRange
from rollproof.span import format_path

NOTHING_DEFINED = Definitions()

_ROLLOUT = ("argoproj.io/v1alpha1", "Rollout")


def check(
    data: Mapping[str, Any], versions: VersionRange, *, json_source: bool = False, definitions: Definitions = NOTHING_DEFINED
) -> Iterator[Violation]:
    """Everything the API server of one of ``versions`` would refuse, drop or misread in one object, in no particular order.

    ``json_source``: the text was JSON, whose numbers are read more strictly than YAML's. ``definitions`` describe custom kinds.
    """
    mistyped = tuple(_type_meta(data))
    if mistyped:
        yield from mistyped
        return
    api_version, name = data["apiVersion"], data["kind"]
    if is_placeholder(api_version) or is_placeholder(name):
        yield _unknown_value("apiVersion" if is_placeholder(api_version) else "kind", data)
        return
    yield from _unknown_names(data)
    api = load_api()
    kind = api.kind(api_version, name)
    served = None if kind is None else kind.served_in(api.versions).common(versions)
    removed = kinds.removed(api_version, name)
    if kind is not None and served == versions:
        yield from _check_known(kind, data, versions, json_source)
    elif removed is not None and removed.removed_in <= versions.hi:
        yield from _check_removed(removed, kind, served, data, versions, json_source)
    elif kind is not None:
        yield _not_in_all(kind, versions, api)
        yield from _check_known(kind, data, served or versions, json_source)
    else:
        yield from _check_custom(data, versions, json_source, definitions)


def _check_known(
    kind: Kind, data: Mapping[str, Any], versions: VersionRange, json_source: bool, api: Api | None = None
) -> Iterator[Violation]:
    found = structure.walk(data, kind, versions, json_source, api)
    yield from found
    yield from _not_mended(fields.check(kind, as_meant(data, found), versions), found)


def _not_mended(more: Iterable[Violation], found: Sequence[Violation]) -> Iterator[Violation]:
    """What the field rules found, without the fields that are missing only because they are misspelt or misplaced."""
    mended = {violation.suggestion for violation in found if violation.rule == "misplaced-field"}
    mended |= {format_path((*one.path[:-1], one.suggestion)) for one in found if one.rule == "unknown-field" and one.suggestion}
    if not mended:
        return iter(more)
    return (violation for violation in more if violation.rule != "missing-field" or format_path(violation.path) not in mended)


def _check_custom(data: Mapping[str, Any], versions: VersionRange, json_source: bool, definitions: Definitions) -> Iterator[Violation]:
    """An object of a kind that is not built in: described by the run, known from the start, misspelt, or described by nobody."""
    from rollproof.conformance import custom

    api_version, name = data["apiVersion"], data["kind"]
    kind = Kind(api_version, name, Struct(f"custom.{name}"))
    found = custom.check(data, versions, definitions)
    if found is None and (api_version, name) == _ROLLOUT:
        rollout = load_rollouts().kind(*_ROLLOUT)
        assert rollout is not None
        yield from _check_known(rollout, data, versions, json_source, load_rollouts())
        return
    if found is None:
        unknown = _unknown(api_version, name)
        slip = custom.slip(api_version, name, definitions) if unknown.severity is None else None
        if slip is not None:
            key, near = slip
            fix = Fix(f"write {near}", (Edit("replace-value", (key,), near),), safe=False)
            text = f"no CustomResourceDefinition describes {api_version} {name} (did you mean '{near}'?)"
            unknown = replace(unknown, path=(key,), message=text, suggestion=near, fix=fix)
        yield unknown
        if unknown.severity is not None:
            return
        yield from custom.undescribed(data, versions)
        for violation in fields.check(kind, data, versions):
            # The settings of a tool have this form too, but seldom a name.
            yield replace(violation, severity="warning") if violation.rule == "missing-field" else violation
        return
    yield from found
    yield from fields.check(kind, data, versions)


def _type_meta(data: Mapping[str, Any]) -> Iterator[Violation]:
    """What is wrong with apiVersion and kind as such (apimachinery pkg/runtime/serializer/json, Interpret; kubectl needs both)."""
    for key in ("apiVersion", "kind"):
        value = data.get(key)
        if value is None or value == "":
            near = _misspelt_key(key, data)
            if near is not None:
                fix = Fix(f"rename to '{key}'", (Edit("rename-key", (near,), key),)) if key not in data else None
                yield Violation("unknown-field", (near,), f"unknown field '{near}' (did you mean '{key}'?)", "key", key, fix)
            else:
                state = "missing" if value is None else "empty"
                yield Violation("missing-field", (key,), f"'{key}' is {state}, so nothing can tell what object this is")
        elif not isinstance(value, str):
            yield Violation("wrong-type", (key,), f"'{key}' must be a string, but {_described(value)}")


def _misspelt_key(key: str, data: Mapping[str, Any]) -> str | None:
    from rollproof.kube.suggest import nearest

    others = [other for other, value in data.items() if isinstance(value, str) and other not in ("apiVersion", "kind", "type", "data")]
    return nearest(key, others)


def _described(value: object) -> str:
    from rollproof.conformance.value import describe

    return describe(value)


def _unknown_names(data: Mapping[str, Any]) -> Iterator[Violation]:
    metadata = data.get("metadata")
    if isinstance(metadata, dict):
        for key in ("name", "generateName", "namespace"):
            if is_placeholder(metadata.get(key)):
                yield _unknown_value(key, metadata, ("metadata",))
                return


def _unknown_value(key: str, data: Mapping[str, Any], path: tuple[str, ...] = ()) -> Violation:
    from rollproof.conformance.departure import unchecked

    return unchecked((*path, key), key, data[key])


# --- removed and not yet added ---


def _check_removed(
    removed: kinds.Removed,
    kind: Kind | None,
    served: VersionRange | None,
    data: Mapping[str, Any],
    versions: VersionRange,
    json_source: bool,
) -> Iterator[Violation]:
    """The removal, and what the replacement would say: by itself where some version of the range still serves the old one."""
    removal = _removed(removed, data, served)
    if kind is not None and served is not None:
        yield removal
        yield from _check_known(kind, data, served, json_source)
        return
    name = removed.replacement_kind or data["kind"]
    successor = load_api().kind(removed.replacement, name) if removed.replacement else None
    # Between two differently named kinds hardly any field is the same.
    if successor is None or removed.replacement is None or name != data["kind"]:
        yield removal
        yield from fields.check(Kind(removed.api_version, data["kind"], Struct("")), data, versions)
        return
    from rollproof.conformance.migration import told_once

    found = _check_known(successor, data, versions, json_source)
    yield from told_once(removal, found, removed.api_version, removed.replacement, name)


def _removed(removed: kinds.Removed, data: Mapping[str, Any], served: VersionRange | None) -> Violation:
    before = f"{removed.api_version} {data['kind']} was removed in Kubernetes {removed.removed_in}"
    if removed.replacement is None:
        return Violation("removed-api", ("apiVersion",), f"{before}, and nothing takes its place")
    other_kind = removed.replacement_kind is not None and removed.replacement_kind != data["kind"]
    target = f"{removed.replacement} {removed.replacement_kind}" if other_kind else removed.replacement
    fix = None
    if not other_kind:
        # Unsafe: the newer version may name or default its fields differently; the walk over the new structure shows where.
        fix = Fix(f"write {removed.replacement}", (Edit("replace-value", ("apiVersion",), removed.replacement),), safe=False)
    also = "" if served is None else _since(removed, target)
    return Violation("removed-api", ("apiVersion",), f"{before}; use {target}{also}", "value", removed.replacement, fix)


def _since(removed: kinds.Removed, target: str) -> str:
    """From when on the replacement can be used, which matters where a range has older versions."""
    assert removed.replacement is not None
    successor = load_api().kind(removed.replacement, target.rpartition(" ")[2] if " " in target else removed.kind)
    return f", which exists since {successor.since}" if successor is not None and successor.since is not None else ""


def _not_in_all(kind: Kind, versions: VersionRange, api: Api) -> Violation:
    what = f"{kind.api_version} {kind.name}"
    others = [other for other in api.kinds_named(kind.name) if other.group == kind.group and other.api_version != kind.api_version]
    if kind.since is not None and kind.since > versions.lo:
        last = min(versions.hi, Version(kind.since.major, kind.since.minor - 1))
        which = f"{versions.lo} does" if last == versions.lo else f"{versions.lo} to {last} do"
        text = f"{what} was added in Kubernetes {kind.since}; {which} not serve it"
        older = [other for other in others if other.served_in(api.versions).common(versions) == versions]
        near = older[-1].api_version if older else None
        text += f", but {'all serve' if versions.lo != versions.hi else 'it serves'} {near}" if near else ""
        return Violation("unknown-api", ("apiVersion",), text, "value", near, severity="error")
    serving = [other for other in others if other.served_in(api.versions).common(versions)]
    newest = max(serving, key=lambda other: other.served_in(api.versions).hi, default=None)
    assert kind.until is not None
    text = f"{what} was removed in Kubernetes {Version(kind.until.major, kind.until.minor + 1)}"
    suggestion = newest.api_version if newest else None
    return Violation("removed-api", ("apiVersion",), text + (f"; use {suggestion}" if suggestion else ""), "value", suggestion)


# --- unknown ---


@lru_cache(maxsize=1024)
def _unknown(api_version: str, name: str) -> Violation:
    """An apiVersion and kind that no shipped version serves: a slip within the built-in API, or a custom resource."""
    from rollproof.kube.suggest import nearest

    api = load_api()
    group = api_version.rpartition("/")[0]
    builtin = group in api.groups
    kinds_here = api.kind_names(api_version)
    if kinds_here:
        near = nearest(name, kinds_here)
        if near is not None:
            fix = Fix(f"write {near}", (Edit("replace-value", ("kind",), near),))
            return _slip(("kind",), f"{api_version} has no kind '{name}' (did you mean '{near}'?)", near, fix)
    elsewhere = api.kinds_named(name)
    # The group of a custom resource is a domain (apiextensions ValidateCustomResourceDefinitionSpec), so a bare word is none.
    if elsewhere and (builtin or "." not in group or nearest(api_version, {kind.api_version for kind in elsewhere})):
        best = _best(api_version, elsewhere).api_version
        fix = Fix(f"write {best}", (Edit("replace-value", ("apiVersion",), best),), safe=False)
        return _slip(("apiVersion",), f"there is no {api_version} {name}; the kind {name} is in {best}", best, fix)
    if builtin:
        near = nearest(name, {kind for version in api.api_versions() for kind in api.kind_names(version)})
        text = f"there is no {api_version} {name}" + (f" (did you mean '{near}'?)" if near else "")
        return _slip(("kind",) if kinds_here else ("apiVersion",), text, near)
    if "." not in group and (near := nearest(api_version, api.api_versions())) is not None:
        return _slip(("apiVersion",), f"there is no apiVersion '{api_version}' (did you mean '{near}'?)", near)
    text = f"no schema describes {api_version} {name}, so only its metadata is checked"
    return Violation("unknown-api", ("kind",), text, once=f"unknown-api {api_version} {name}")


def _slip(path: tuple[str, ...], text: str, suggestion: str | None, fix: Fix | None = None) -> Violation:
    return Violation("unknown-api", path, text, "value", suggestion, fix, severity="error")


def _best(api_version: str, candidates: tuple[Kind, ...]) -> Kind:
    """The kind that was meant: by its group as it is written or nearly written, then the stable version, then the newest."""
    from rollproof.kube.suggest import nearest

    group = api_version.rpartition("/")[0]
    meant = nearest(group, {kind.group for kind in candidates if kind.group})

    def rank(kind: Kind) -> tuple[bool, bool, bool, bool, str]:
        stable = not any(mark in kind.api_version for mark in ("alpha", "beta"))
        nearly = kind.group == meant or (bool(group) and kind.group.startswith(f"{group}."))
        return kind.group == group, nearly, stable and kind.until is None, kind.until is None, kind.api_version

    return max(candidates, key=rank)
