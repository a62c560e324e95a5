"""Custom resources: what the CustomResourceDefinitions of a run say about an object, each learned when it is first needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from rollproof import document
from rollproof.conformance import structure
from rollproof.conformance.custom_schema import LearnedApi, sound
from rollproof.conformance.fields.table import mapping
from rollproof.conformance.violation import Edit, Fix, Violation
from rollproof.kube.api import Kind
from rollproof.kube.suggest import nearest
from rollproof.kube.version import VersionRange
from rollproof.source import Source

_MARK = "CustomResourceDefinition"
_WEBHOOK = "MutatingWebhookConfiguration"
_GROUP = "apiextensions.k8s.io/"


@dataclass(frozen=True)
class Definition:
    """A kind under one version, as a CustomResourceDefinition describes it.

    ``schema`` is the ``openAPIV3Schema``, empty where there is none. ``prunes``: the server drops what the schema does not name (always,
    but for definitions of v1beta1 that do not ask for it). ``keeps_status``: what a manifest says in its status is stored.
    """

    api_version: str
    kind: str
    served: bool = True
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
    prunes: bool = False
    keeps_status: bool = True

    @cached_property
    def sound(self) -> Mapping[str, Any]:
        """The schema without what no server would take."""
        return sound(self.schema)

    @cached_property
    def api(self) -> LearnedApi:
        """The structures of the schema, for the walk."""
        return LearnedApi(self.kind, self.sound, self.prunes, lenient_status=not self.keeps_status)

    def check(self, data: Mapping[str, Any], versions: VersionRange) -> list[Violation]:
        """What the server would refuse or drop, but for the metadata and the rules in CEL, which only a server evaluates."""
        kind = Kind(self.api_version, self.kind, self.api.root)
        # In a custom resource 2.0 is an integer, from YAML and from JSON alike (kube-openapi, validate/type.go).
        found = structure.walk(data, kind, versions, False, self.api)
        if self.schema:
            from rollproof.conformance import custom_values  # jsonschema is slow to load

            judged = data if self.keeps_status else {key: value for key, value in data.items() if key != "status"}
            found += custom_values.check(judged, self.sound, found, versions)
        return found


@dataclass(frozen=True)
class Definitions:
    """The CustomResourceDefinitions of a run. A text is parsed only when an object of a kind that it mentions is met."""

    sources: tuple[Source, ...] = ()
    webhooks: tuple[Source, ...] = ()

    @staticmethod
    def of(sources: Iterable[object]) -> Definitions:
        """The definitions in those of the sources that can hold one, and the webhooks that may complete objects."""
        readable = [source for source in sources if isinstance(source, Source)]
        return Definitions(
            tuple(source for source in readable if _MARK in source.text),
            tuple(source for source in readable if _WEBHOOK in source.text),
        )

    def named(self, group: str, kind: str) -> tuple[Definition, ...]:
        """Every version of a kind; a kind that several files define differently has some of them twice."""
        key = (group, kind)
        if key not in self._by_kind:
            mentioned = (source for source in self.sources if group in source.text and kind in source.text)
            found = (one for source in mentioned for one in self._learned(source))
            self._by_kind[key] = tuple(one for one in found if one.kind == kind and _group(one.api_version) == group)
        return self._by_kind[key]

    def kinds_in(self, api_version: str) -> list[str]:
        """The kinds of one apiVersion."""
        mentioned = (source for source in self.sources if _group(api_version) in source.text)
        return [one.kind for source in mentioned for one in self._learned(source) if one.api_version == api_version]

    def api_versions_of(self, kind: str) -> list[str]:
        """The served apiVersions of the kinds of that name, whatever their group."""
        # Most kinds are common words, which occur in the descriptions of many others.
        mentioned = (source for source in self.sources if f"kind: {kind}" in source.text or f'"{kind}"' in source.text)
        return sorted({one.api_version for source in mentioned for one in self._learned(source) if one.kind == kind and one.served})

    def are_completed(self, group: str) -> bool:
        """Whether a mutating webhook of the run may fill in what objects of a group leave out, before the server validates them."""
        return any(group in source.text for source in self.webhooks)

    def _learned(self, source: Source) -> tuple[Definition, ...]:
        if source.name not in self._by_file:
            self._by_file[source.name] = tuple(_learn(source))
        return self._by_file[source.name]

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str], tuple[Definition, ...]]:
        return {}

    @cached_property
    def _by_file(self) -> dict[str, tuple[Definition, ...]]:
        return {}


def check(data: Mapping[str, Any], versions: VersionRange, definitions: Definitions) -> list[Violation] | None:
    """What the definitions of a run say of an object; None where none describes its kind.

    Where several describe it differently, the one that it fits best counts: nobody knows which of them the cluster has.
    """
    api_version, kind = data["apiVersion"], data["kind"]
    known = definitions.named(_group(api_version), kind)
    if not known:
        return None
    own = [one for one in known if one.api_version == api_version and one.served]
    if not own:
        return [_not_served(api_version, kind, known)]
    best: list[Violation] | None = None
    for one in own:
        found = one.check(data, versions)
        if best is None or len(found) < len(best):
            best = found
        if not best:
            break
    if best and definitions.are_completed(_group(api_version)):
        best = [_unless_completed(violation) for violation in best]
    return best


def _unless_completed(violation: Violation) -> Violation:
    if violation.rule != "missing-field":
        return violation
    return replace(violation, message=f"{violation.message}, unless a webhook fills it in", severity="warning")


def undescribed(data: Mapping[str, Any], versions: VersionRange) -> list[Violation]:
    """What is wrong with an object of which only the metadata is known."""
    return Definition(data["apiVersion"], data["kind"]).check(data, versions)


def slip(api_version: str, kind: str, definitions: Definitions) -> tuple[str, str] | None:
    """The field, ``kind`` or ``apiVersion``, that nearly says what the run defines, and what it should say.

    Kinds of one group are alike (TCPRoute, TLSRoute), so that only a slip of case or an exchange of letters is taken for one.
    """
    near = nearest(kind, definitions.kinds_in(api_version))
    if near is not None and (near.lower() == kind.lower() or (len(near) >= 5 and sorted(near) == sorted(kind))):
        return "kind", near
    near = nearest(api_version, definitions.api_versions_of(kind))
    return None if near is None else ("apiVersion", near)


def _not_served(api_version: str, kind: str, known: tuple[Definition, ...]) -> Violation:
    served = sorted({one.api_version for one in known if one.served}, key=_priority, reverse=True)
    if any(one.api_version == api_version for one in known):
        text = f"the CustomResourceDefinition of {kind} says served: false for {api_version}"
    else:
        text = f"the CustomResourceDefinition of {kind} has no version {api_version.rpartition('/')[2]}"
    if not served:
        return Violation("unknown-api", ("apiVersion",), f"{text}, and serves no other", severity="error")
    fix = Fix(f"write {served[0]}", (Edit("replace-value", ("apiVersion",), served[0]),), safe=False)
    return Violation("unknown-api", ("apiVersion",), f"{text}; use {served[0]}", "value", served[0], fix, severity="error")


def _priority(api_version: str) -> tuple[int, str]:
    version = api_version.rpartition("/")[2]
    return (0 if "alpha" in version else 1 if "beta" in version else 2), version


def _learn(source: Source) -> Iterator[Definition]:
    for one in document.parse(source).documents:
        for data in _objects(one.data):
            if data.get("kind") == _MARK and str(data.get("apiVersion")).startswith(_GROUP):
                yield from _versions(data)


def _objects(data: object) -> Iterator[dict[str, Any]]:
    """An object, or what a List of them holds."""
    if isinstance(data, dict):
        yield data
        for item in data["items"] if isinstance(data.get("items"), list) else ():
            yield from _objects(item)


def _versions(data: Mapping[str, Any]) -> Iterator[Definition]:
    """apiextensions/v1, and v1beta1, which has one schema for all versions and need not name any but ``spec.version``."""
    spec = mapping(data.get("spec"))
    group, kind = spec.get("group"), mapping(spec.get("names")).get("kind")
    listed = spec.get("versions")
    versions = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else [{"name": spec.get("version")}]
    if not isinstance(group, str) or not isinstance(kind, str):
        return
    old = data["apiVersion"] == f"{_GROUP}v1beta1"
    prunes = spec.get("preserveUnknownFields") is False or (not old and spec.get("preserveUnknownFields") is not True)
    for version in versions:
        described = version.get("schema") or (spec.get("validation") if old else None)
        schema = mapping(mapping(described).get("openAPIV3Schema"))
        subresources = mapping(version.get("subresources") or (spec.get("subresources") if old else None))
        name = f"{group}/{version.get('name')}"
        keeps_status = subresources.get("status") is None
        yield Definition(name, kind, version.get("served") is not False, schema, prunes and bool(schema), keeps_status)


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]
