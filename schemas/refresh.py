"""Builds ``schemas/kubernetes/api.json``, the Kubernetes API of all shipped versions in one table, from a published schema package.

``python schemas/refresh.py`` writes the data; ``--check`` proves that the data on disk is what the source gives. The source is the
development dependency ``kubernetes-validate`` (the OpenAPI definitions of each minor version, as Kubernetes publishes them); a newer
Kubernetes arrives by raising that dependency and running this script.

The format of ``api.json``::

    {"versions": ["1.25", …],                                    # contiguous, ascending
     "types": {"apps.v1.DeploymentSpec": {"replicas": ENTRY}},   # structures and their fields
     "kinds": {"apps/v1": {"Deployment": ENTRY}}}                # what may stand in apiVersion and kind

``ENTRY`` is a string: a type, then marks, separated by spaces.

``string`` ``boolean`` ``int32`` ``int64`` ``number`` ``quantity`` ``int-or-string`` ``date-time`` ``bytes`` (base64) ``any``
    a value; ``any`` is whatever JSON holds.
``[T`` ``{T`` ``@apps.v1.DeploymentSpec``
    a list of T, a mapping of strings to T, a structure.
``!``
    the field is required.
``>=1.29`` ``<=1.31``
    the first and the last version that has it, where that is not the first or the last version shipped.
``set`` ``keys=name,protocol``
    how a list is merged (``x-kubernetes-list-type``), and the fields that identify its items.

Between versions a field never changes its type (but for the structures in ``FORMERLY``), and never goes and comes back; the script
stops where that ceases to be true. Whether a field is required, and how a list merges, is what the newest version that has the field
says: upstream corrects these marks without changing what the server accepts (``StatefulSetSpec.serviceName`` lost its mark in 1.33,
``RoleRef.apiGroup`` in 1.36).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

PACKAGE = "kubernetes-validate"
TARGET = Path(__file__).resolve().parent / "kubernetes"
REFERENCE = "#/$defs/"

VALUES = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "date-time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "date-time",
    # These decode themselves from any JSON value, so the server's strict decoding looks no deeper.
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "any",
}
"""Definitions that stand for one value, not for a structure."""

FORMERLY = {
    "io.k8s.api.core.v1.TypedObjectReference": "io.k8s.api.core.v1.TypedLocalObjectReference",
    "io.k8s.api.core.v1.VolumeResourceRequirements": "io.k8s.api.core.v1.ResourceRequirements",
    "io.k8s.api.networking.v1.IngressLoadBalancerStatus": "io.k8s.api.core.v1.LoadBalancerStatus",
    "io.k8s.api.networking.v1.IngressLoadBalancerIngress": "io.k8s.api.core.v1.LoadBalancerIngress",
    "io.k8s.api.networking.v1.IngressPortStatus": "io.k8s.api.core.v1.PortStatus",
}
"""Structures that took another's place in the fields that held it; before they existed, the fields of the other are theirs."""

PREFIXES = (
    "io.k8s.api.",
    "io.k8s.apimachinery.pkg.apis.",
    "io.k8s.apiextensions-apiserver.pkg.apis.",
    "io.k8s.kube-aggregator.pkg.apis.",
)
"""What is cut from a definition's name; group, version and name remain, and stay unique."""

FORMATS = {"int32": "int32", "int64": "int64", "byte": "bytes", "date-time": "date-time"}

Schema = dict[str, Any]
Definitions = dict[str, Schema]


class SourceError(Exception):
    """The source is missing, or is not as this script was written for."""


def source_folder() -> Path:
    """Where the installed package keeps its schemas."""
    try:
        import kubernetes_validate
    except ImportError:
        raise SourceError(f"{PACKAGE} is not installed; run: pip install --group dev") from None
    return Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"


def version_files(folder: Path) -> dict[str, Path]:
    """The definitions of each minor version, ascending: ``{"1.25": …/v1.25.0-local/_definitions.json, …}``."""
    found: dict[int, Path] = {}
    for path in folder.glob("v1.*.0-local/_definitions.json"):
        match = re.fullmatch(r"v1\.(\d+)\.0-local", path.parent.name)
        if match:
            found[int(match[1])] = path
    minors = sorted(found)
    if not minors or minors != list(range(minors[0], minors[-1] + 1)):
        raise SourceError(f"the versions in {folder} are not contiguous: {minors}")
    return {f"1.{minor}": found[minor] for minor in minors}


def short_name(definition: str) -> str:
    for prefix in PREFIXES:
        if definition.startswith(prefix):
            return definition.removeprefix(prefix)
    raise SourceError(f"no prefix of {definition} is known")


def type_of(schema: Schema) -> str:
    """The type of one field, in the grammar above."""
    if "$ref" in schema:
        definition = schema["$ref"].removeprefix(REFERENCE)
        return VALUES.get(definition) or f"@{short_name(definition)}"
    names = schema.get("type", ())
    name = next((each for each in ([names] if isinstance(names, str) else names) if each != "null"), None)
    match name:
        case "array":
            return "[" + type_of(schema["items"])
        case "object" if "additionalProperties" in schema:
            return "{" + type_of(schema["additionalProperties"])
        case "string":
            return FORMATS.get(schema.get("format", ""), "string")
        case "integer":
            return FORMATS[schema["format"]]
        case "boolean" | "number":
            return name
    raise SourceError(f"no type is known for {schema}")


def formerly(kind: str) -> str | None:
    """The same type with the structure that it held before, where it changed."""
    return next(
        (kind.replace(short_name(new), short_name(old)) for new, old in FORMERLY.items() if kind.endswith(f"@{short_name(new)}")), None
    )


def marks_of_list(schema: Schema) -> str:
    match schema.get("x-kubernetes-list-type"):
        case "set":
            return " set"
        case "map":
            return " keys=" + ",".join(schema["x-kubernetes-list-map-keys"])
    return ""


def range_marks(present: list[str], versions: list[str]) -> str:
    first, last = versions.index(present[0]), versions.index(present[-1])
    if present != versions[first : last + 1]:
        raise SourceError(f"present in {present} only: what goes and comes back cannot be written")
    since = "" if first == 0 else f" >={present[0]}"
    until = "" if last == len(versions) - 1 else f" <={present[-1]}"
    return since + until


def kinds_of(definition: Schema) -> list[tuple[str, str]]:
    """The (apiVersion, kind) pairs that a definition serves."""
    return [
        (f"{gvk['group']}/{gvk['version']}" if gvk["group"] else gvk["version"], gvk["kind"])
        for gvk in definition.get("x-kubernetes-group-version-kind", ())
    ]


def merge_fields(definition: str, releases: dict[str, Definitions]) -> dict[str, str]:
    """The fields of one definition over all versions."""
    versions = list(releases)
    fields: dict[str, dict[str, tuple[str, str]]] = {}
    for version, definitions in releases.items():
        schema = definitions.get(definition) or definitions.get(FORMERLY.get(definition, ""), {})
        for name, field in schema.get("properties", {}).items():
            marks = ("!" if name in schema.get("required", ()) else "") + marks_of_list(field)
            fields.setdefault(name, {})[version] = (type_of(field), marks)
    entries = {}
    for name, by_version in sorted(fields.items()):
        newest, newest_marks = next(reversed(by_version.values()))
        if any(kind not in (newest, formerly(newest)) for kind, _ in by_version.values()):
            raise SourceError(f"{definition}.{name} changes its type: {by_version}")
        entries[name] = newest + newest_marks + range_marks(list(by_version), versions)
    return entries


def merge_kinds(releases: dict[str, Definitions]) -> dict[str, dict[str, str]]:
    """What may stand in apiVersion and kind; without the meta group, whose kinds (``DeleteOptions``, ``Status``) nobody applies."""
    served: dict[tuple[str, str], dict[str, str]] = {}
    for version, definitions in releases.items():
        for name, schema in definitions.items():
            if name.startswith("io.k8s.apimachinery."):
                continue
            for identity in kinds_of(schema):
                served.setdefault(identity, {})[version] = name
    kinds: dict[str, dict[str, str]] = {}
    for (api_version, kind), by_version in sorted(served.items()):
        definition = by_version[list(by_version)[-1]]
        kinds.setdefault(api_version, {})[kind] = f"@{short_name(definition)}" + range_marks(list(by_version), list(releases))
    return kinds


def reachable(kinds: dict[str, dict[str, str]], types: dict[str, dict[str, str]]) -> set[str]:
    """The types that some kind holds, at any depth."""
    waiting = [entry for by_kind in kinds.values() for entry in by_kind.values()]
    seen: set[str] = set()
    while waiting:
        match = re.match(r"[\[{]*@([^ !]+)", waiting.pop())
        if match and match[1] not in seen:
            seen.add(match[1])
            waiting.extend(types[match[1]].values())
    return seen


def build(files: dict[str, Path]) -> dict[str, Any]:
    releases = {version: json.loads(path.read_text(encoding="utf-8"))["$defs"] for version, path in files.items()}
    named = {name for release in releases.values() for name in release if name.startswith(PREFIXES)}
    definitions = sorted(named - set(VALUES))
    types = {short_name(name): merge_fields(name, releases) for name in definitions}
    if len(types) != len(definitions):
        raise SourceError("two definitions share a short name")
    kinds = merge_kinds(releases)
    used = reachable(kinds, types)
    return {"versions": list(releases), "types": {name: types[name] for name in sorted(used)}, "kinds": kinds}


def origin(files: dict[str, Path]) -> dict[str, Any]:
    """Where the data comes from; the hashes are of the very files that were read."""
    from importlib.metadata import version

    return {
        "about": "api.json is derived from these files by schemas/refresh.py; nothing is written by hand.",
        "content": "The OpenAPI definitions of the Kubernetes API, reduced to names, types, and the versions that have them.",
        "copyright": "The Kubernetes Authors",
        "license": "Apache-2.0",
        "package": PACKAGE,
        "version": version(PACKAGE),
        "url": f"https://pypi.org/project/{PACKAGE}/{version(PACKAGE)}/",
        "package-license": "Apache-2.0",
        "sha256": {
            f"kubernetes-json-schema/{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files.values()
        },
    }


def outputs() -> dict[Path, str]:
    """The text of each file this script writes; the same source gives the same bytes."""
    files = version_files(source_folder())
    data = json.dumps(build(files), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    # One type or group a line: a new Kubernetes version is then a readable difference.
    data = re.sub(r'(?<=[{,])("[^"]+":\{)', r"\n\1", data)
    return {
        TARGET / "api.json": data + "\n",
        TARGET / "ORIGIN.json": json.dumps(origin(files), indent=2) + "\n",
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Renew the Kubernetes API data from the installed schema package.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the data is not what the source gives")
    options = parser.parse_args(arguments)
    try:
        wanted = outputs()
    except SourceError as error:
        print(f"refresh.py: {error}", file=sys.stderr)
        return 1
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if options.check:
        for path in stale:
            print(f"{path.name} is not what the source gives; run: python schemas/refresh.py", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8", newline="\n")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
