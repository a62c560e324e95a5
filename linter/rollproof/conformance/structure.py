"""An object against the structure of its kind: unknown and misplaced fields, wrong types, required fields that are missing.

Every structure is compiled once per range of versions into a table of fields; a clean object then costs a look-up and a comparison of types
a field. Only where something departs is its path put together, and a suggestion searched for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from rollproof.conformance.departure import Departure, explain
from rollproof.conformance.value import INT32, INT64, judge
from rollproof.conformance.violation import Violation
from rollproof.kube.api import Api, Field, FieldType, Kind, ListOf, MapOf, Struct, load_api
from rollproof.kube.version import VersionRange

_NOT_MISSED = frozenset(
    {
        # Marked as required in OpenAPI, but the API server takes the empty value (release 1.35, pkg/apis/core/validation/validation.go):
        ("core.v1.HTTPHeader", "value"),  # validateHTTPGetAction looks at the name only
        ("core.v1.Sysctl", "value"),  # validateSysctls looks at the name only
        ("core.v1.ISCSIVolumeSource", "lun"),  # LUN 0 is valid: validateISCSIVolumeSource
        ("core.v1.ISCSIPersistentVolumeSource", "lun"),
        ("core.v1.SleepAction", "seconds"),  # 0 is valid: validateSleepAction
        ("core.v1.LimitRangeSpec", "limits"),  # ValidateLimitRange
        ("core.v1.PreferredSchedulingTerm", "preference"),  # ValidatePreferredSchedulingTerms
        # … in pkg/apis/batch, discovery and storage validation, which look into what is there:
        ("batch.v1.PodFailurePolicy", "rules"),  # validatePodFailurePolicy
        ("discovery.v1.ForZone", "name"),  # validateEndpoints
        ("storage.v1.CSIDriver", "spec"),  # every field of the spec has a default
        ("storage.v1.TokenRequest", "audience"),  # validateTokenRequests: empty is the API server's own audience
        # … and in apiextensions-apiserver, pkg/apis/apiextensions/validation: false unless said otherwise.
        ("apiextensions.v1.CustomResourceDefinitionVersion", "served"),
        ("apiextensions.v1.CustomResourceDefinitionVersion", "storage"),
    }
)

_TEXT_OR_NULL = frozenset({str, type(None)})


_Found = list[Departure] | None
_Check = Callable[[Any], _Found]
_Entry = tuple[type | None, _Check | None, FieldType]
"""A field at run time: the Python type a value nearly always has, the check behind it (None: the type is enough), its full type."""


def walk(data: object, kind: Kind, versions: VersionRange, json_source: bool = False, api: Api | None = None) -> list[Violation]:
    """Where an object departs from the structure of its kind in some version of the range.

    ``data`` is plain data as kubectl hands it to the API server (``dict``, ``list``, ``str``, ``int``, ``float``, ``bool``, ``None``).
    ``json_source`` says that it was written as JSON, where ``2.0`` is no integer. Versions that do not serve the kind are not judged.
    ``api`` is where the kind's structures are, if not in the built-in API.
    The rule of each violation is one of unknown-field, misplaced-field, wrong-type, missing-field and invalid-value.
    Whether values make sense, and what the server requires beyond the OpenAPI marks, is for the field rules to say.
    """
    api = api or load_api()
    served = kind.served_in(api.versions)
    judged = versions.common(served) or served
    if not isinstance(data, dict):
        return [Violation("wrong-type", (), f"a {kind.name} must be a mapping")]
    departures = _tables(api, judged, json_source).structure(kind.type)(data)
    if departures and api is not load_api():
        departures = [one for one in departures if one.what != "unknown" or one.struct is None or not api.keeps_unknown(one.struct)]
    if not departures:
        return []
    # Loaded only here: most objects are clean, and so are most runs.
    from rollproof.conformance.suggestion import TypedObject

    return explain(departures, TypedObject(api, kind, data, judged), json_source)


@cache
def _tables(api: Api, versions: VersionRange, json_source: bool) -> _Tables:
    return _Tables(api, versions, json_source)


class _Tables:
    """The compiled checks of one range of versions."""

    def __init__(self, api: Api, versions: VersionRange, json_source: bool) -> None:
        self._api = api
        self._versions = versions
        self._json_source = json_source
        self._structures: dict[tuple[str, bool], _Check] = {}

    def structure(self, struct: Struct, lenient: bool = False) -> _Check:
        """The check of a structure; a lenient one misses no required field. Its table is filled when it is first used."""
        key = (struct.name, lenient)
        if key not in self._structures:
            self._structures[key] = self._structure_check(struct, lenient)
        return self._structures[key]

    def _structure_check(self, struct: Struct, lenient: bool) -> _Check:
        table: dict[str, _Entry] = {}
        required: list[str] = []
        compiled = False
        look_up = table.get

        def check(data: dict[str, Any]) -> _Found:
            nonlocal compiled
            if not compiled:
                self._fill(struct, lenient, table, required)
                compiled = True
            found: list[Departure] = []
            for key, value in data.items():
                entry = look_up(key)
                if entry is None:
                    found.append(Departure("unknown", [key], value, struct))
                    continue
                usual, deeper, wanted = entry
                if type(value) is usual:
                    if deeper is not None and (inner := deeper(value)):
                        for departure in inner:
                            departure.steps.append(key)
                        found += inner
                elif value is not None and self._refuses(value, wanted):
                    found.append(Departure("mismatch", [key], value, struct, wanted))
            for name in required:
                if data.get(name) is None:
                    found.append(Departure("missing", [name], None, struct))
            return found

        return check

    def _fill(self, struct: Struct, lenient: bool, table: dict[str, _Entry], required: list[str]) -> None:
        for name, field in self._api.fields(struct).items():
            if not field.within(self._versions):
                continue
            # What the manifest says in the status of an object is dropped, so nothing is missing there.
            table[name] = self._entry(field.type, lenient or _is_status(struct, field))
            if field.required and not lenient and (struct.name, name) not in _NOT_MISSED:
                required.append(name)

    def _entry(self, wanted: FieldType, lenient: bool) -> _Entry:
        match wanted:
            case Struct():
                return dict, self.structure(wanted, lenient), wanted
            case MapOf("string"):
                return dict, self._texts, wanted
            case MapOf(value):
                return dict, self._map_check(self._entry(value, lenient)), wanted
            case ListOf("string"):
                return list, self._text_list, wanted
            case ListOf(item):
                return list, self._list_check(self._entry(item, lenient)), wanted
            case "string":
                return str, None, wanted
            case "boolean":
                return bool, None, wanted
            case "int32" | "int-or-string":
                return int, self._within(INT32, wanted), wanted
            case "int64":
                return int, self._within(INT64, wanted), wanted
            case "quantity" | "bytes" | "date-time":
                return str, self._judged(wanted), wanted
            case "number":
                return float, None, wanted
        return None, None, wanted

    def _refuses(self, value: object, wanted: FieldType) -> bool:
        return wanted != "any" and judge(value, wanted, self._json_source) is not None

    def _judged(self, wanted: FieldType) -> _Check:
        def check(value: object) -> _Found:
            return [Departure("mismatch", [], value, None, wanted)] if self._refuses(value, wanted) else None

        return check

    def _within(self, limits: range, wanted: FieldType) -> _Check:
        low, high = limits.start, limits.stop

        def check(value: int) -> _Found:
            return None if low <= value < high else [Departure("mismatch", [], value, None, wanted)]

        return check

    def _list_check(self, entry: _Entry) -> _Check:
        usual, deeper, wanted = entry
        empty: Any = {} if isinstance(wanted, Struct) and self._api.null_items_are_empty else None

        def check(items: list[Any]) -> _Found:
            found: list[Departure] = []
            for index, item in enumerate(items):
                # A null item is the zero value: a container that is null is a container without a name.
                value = empty if item is None else item
                if type(value) is usual:
                    if deeper is not None and (inner := deeper(value)):
                        for departure in inner:
                            departure.steps.append(index)
                        found += inner
                elif value is not None and self._refuses(value, wanted):
                    found.append(Departure("mismatch", [index], value, None, wanted))
            return found

        return check

    def _map_check(self, entry: _Entry) -> _Check:
        usual, deeper, wanted = entry

        def check(data: dict[str, Any]) -> _Found:
            found: list[Departure] = []
            for key, value in data.items():
                if type(value) is usual:
                    if deeper is not None and (inner := deeper(value)):
                        for departure in inner:
                            departure.steps.append(key)
                        found += inner
                elif value is not None and self._refuses(value, wanted):
                    found.append(Departure("mismatch", [key], value, None, wanted))
            return found

        return check

    def _texts(self, data: dict[str, Any]) -> _Found:
        """Labels, annotations, ConfigMap data: one set comparison where all is well."""
        if set(map(type, data.values())) <= _TEXT_OR_NULL:
            return None
        return [
            Departure("mismatch", [key], value, None, "string")
            for key, value in data.items()
            if value is not None and type(value) is not str
        ]

    def _text_list(self, items: list[Any]) -> _Found:
        if set(map(type, items)) <= _TEXT_OR_NULL:
            return None
        return [
            Departure("mismatch", [index], value, None, "string")
            for index, value in enumerate(items)
            if value is not None and type(value) is not str
        ]


def _is_status(struct: Struct, field: Field) -> bool:
    return field.name == "status" and isinstance(field.type, Struct) and field.type.name == f"{struct.name}Status"
