"""The spec of a claim to storage: of a PersistentVolumeClaim, a StatefulSet's template or an ephemeral volume."""

from __future__ import annotations

from collections.abc import Iterator

from rollproof.conformance.fields.conditions import filled, named, not_among
from rollproof.conformance.fields.selectors import LABEL_SELECTOR
from rollproof.conformance.fields.table import Refusal, Rule, Table, items, mapping
from rollproof.conformance.fields.values import exactly_one_of
from rollproof.kube import names, quantity
from rollproof.kube.version import VersionRange

ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")


def access_modes(value: object, _: VersionRange) -> Iterator[Refusal]:
    """Known modes, of which ReadWriteOncePod stands alone (core ValidatePersistentVolumeClaimSpec)."""
    modes = items(value)
    for index, mode in enumerate(modes):
        if isinstance(mode, str | None) and mode not in ACCESS_MODES:
            refusal = not_among(mode or "", ACCESS_MODES)
            yield Refusal(refusal.text, (index,), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    if "ReadWriteOncePod" in modes and any(mode in ACCESS_MODES and mode != "ReadWriteOncePod" for mode in modes):
        yield Refusal("ReadWriteOncePod excludes every other access mode", (modes.index("ReadWriteOncePod"),), sentence=True)


def _spec(value: object, _: VersionRange) -> Iterator[Refusal]:
    spec = mapping(value)
    modes = spec.get("accessModes")
    if modes is None or modes == []:
        yield Refusal("are required, such as [ReadWriteOnce]", ("accessModes",), "missing-field")
    resources = spec.get("resources")
    requests = mapping(resources).get("requests")
    if isinstance(resources, dict | None) and isinstance(requests, dict | None):
        # A null amount reads as zero, which is refused like any other.
        if not requests or "storage" not in requests:
            yield Refusal("is required in a claim's requests", ("resources", "requests", "storage"), "missing-field")
        else:
            size = quantity.parse(requests["storage"]) if isinstance(requests["storage"], str | int | float | None) else None
            if size is not None and size.nanos <= 0:
                yield Refusal(f"must be more than 0, but is {size}", ("resources", "requests", "storage"))
    yield from _data_sources(spec)


def _data_sources(spec: object) -> Iterator[Refusal]:
    source, reference = mapping(spec).get("dataSource"), mapping(spec).get("dataSourceRef")
    for key, each in (("dataSource", source), ("dataSourceRef", reference)):
        found = mapping(each)
        if each is not None and not found.get("apiGroup") and found.get("kind") not in (None, "PersistentVolumeClaim"):
            yield Refusal("must be PersistentVolumeClaim where no apiGroup is given", (key, "kind"))
    if source is None or reference is None:
        return
    if mapping(reference).get("namespace"):
        yield Refusal("cannot stand beside a dataSourceRef with a namespace", ("dataSource",), at="key")
    elif any(mapping(source).get(key) != mapping(reference).get(key) for key in ("apiGroup", "kind", "name")):
        yield Refusal("must name the same object as dataSource", ("dataSourceRef",), related=((("dataSource",), "dataSource"),))


_SUBDOMAIN = named(names.dns_subdomain, empty=True)

CLAIM_SPEC = Table(
    Rule("", _spec, "ValidatePersistentVolumeClaimSpec"),
    Rule("accessModes", access_modes, "ValidatePersistentVolumeClaimSpec"),
    Rule("selector", LABEL_SELECTOR, "ValidatePersistentVolumeClaimSpec"),
    Rule("storageClassName", _SUBDOMAIN, "ValidateClassName"),
    Rule("volumeAttributesClassName", _SUBDOMAIN, "ValidateClassName"),
    Rule("volumeMode", exactly_one_of("Filesystem", "Block"), "ValidatePersistentVolumeClaimSpec"),
    Rule("dataSource", filled("name", "kind"), "validateDataSource"),
    Rule("dataSource.apiGroup", _SUBDOMAIN, "validateDataSource"),
    Rule("dataSourceRef", filled("name", "kind"), "validateDataSourceRef"),
    Rule("dataSourceRef.apiGroup", _SUBDOMAIN, "validateDataSourceRef"),
    Rule("dataSourceRef.namespace", named(names.dns_label, empty=True), "validateDataSourceRef"),
)
"""ValidatePersistentVolumeClaimSpec."""
