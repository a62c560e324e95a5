"""Settings: the file ``.rollproof.yaml``, found from the first target upward to the git root, under what the command line says."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from rollproof import document, source
from rollproof.datafiles import data_folder
from rollproof.errors import UserError
from rollproof.finding import Severity
from rollproof.kube.api import load_api
from rollproof.kube.suggest import nearest
from rollproof.kube.version import VersionRange, parse_version_range

FILE_NAME = ".rollproof.yaml"

_TYPES = {"object": "a mapping", "array": "a list", "string": "a string", "number": "a number"}


@dataclass(frozen=True)
class Settings:
    """What a run is asked to do.

    ``versions`` are the Kubernetes versions to check against; ``select`` and ``ignore`` name rules, categories or ``all``;
    ``severities`` overrides rules' severities by id; ``exclude`` are patterns of paths relative to ``folder``, where the settings file is;
    ``external`` names objects made elsewhere, as ``Kind/name`` or ``Kind/namespace/name`` patterns.
    """

    versions: VersionRange = field(default_factory=lambda: newest())
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    folder: Path | None = None

    def excludes(self, name: str) -> bool:
        """Whether the settings leave this path out."""
        if not self.exclude:
            return False
        path = Path(name).absolute()
        relative = path.relative_to(self.folder).as_posix() if self.folder and path.is_relative_to(self.folder) else name
        return any(fnmatchcase(relative, pattern) or relative.startswith(pattern.rstrip("/") + "/") for pattern in self.exclude)

    def is_external(self, kind: str, namespace: str | None, name: str) -> bool:
        """Whether the settings say that this object lives outside the manifests."""
        written = (f"{kind}/{name}", f"{kind}/{namespace or 'default'}/{name}")
        return any(fnmatchcase(form, pattern) for pattern in self.external for form in written)


def newest() -> VersionRange:
    """The newest Kubernetes version shipped, which is the default."""
    hi = load_api().versions.hi
    return VersionRange(hi, hi)


def find(targets: Iterable[str]) -> Path | None:
    """The settings file that governs a run: the nearest one from the first target upward, not beyond the git root."""
    first = next(iter(targets), ".")
    start = Path("." if first == "-" else first).absolute()
    for folder in (start, *start.parents):
        if (file := folder / FILE_NAME).is_file():
            return file
        if (folder / ".git").exists():
            return None
    return None


def load(file: Path, rules: Collection[str] = (), categories: Collection[str] = ()) -> Settings:
    """The settings in ``file``. A mistake raises UserError with its line and, for a misspelt word, the right one.

    ``rules`` and ``categories`` are the names that settings may use; none given means that names are not checked.
    """
    text = source.read(str(file), file)
    if isinstance(text, source.Unreadable):
        raise UserError(f"{file} {text.reason}")
    parsed = document.parse(text)
    if parsed.defects:
        defect = parsed.defects[0]
        raise UserError(f"{file}:{defect.span.line}:{defect.span.column}: {defect.message}")
    if not parsed.documents:
        return Settings(folder=file.parent.absolute())
    one = parsed.documents[0]
    if one.data is None:
        return Settings(folder=file.parent.absolute())
    _validate(one, file)
    data: Any = one.data
    if rules:
        _check_names(one, file, rules, categories)
    return Settings(
        versions=_versions(one, file),
        select=tuple(data.get("select", ())),
        ignore=tuple(data.get("ignore", ())),
        severities=dict(data.get("severity", {})),
        exclude=tuple(data.get("exclude", ())),
        external=tuple(data.get("external", ())),
        folder=file.parent.absolute(),
    )


def _versions(one: document.Document, file: Path) -> VersionRange:
    data: Any = one.data
    if "kubernetes-version" not in data:
        return newest()
    # As it is written: to YAML, 1.30 is the number 1.3.
    span = one.span(("kubernetes-version",), "value")
    written = one.source.line(span.line)[span.column - 1 : span.end_column - 1]
    text = data["kubernetes-version"] if isinstance(data["kubernetes-version"], str) else written
    try:
        return parse_version_range(text, load_api().versions)
    except UserError as error:
        raise UserError(f"{_where(one, file, ('kubernetes-version',), 'value')}: {error.message}", error.hint) from error


def _check_names(one: document.Document, file: Path, rules: Collection[str], categories: Collection[str]) -> None:
    data: Any = one.data
    named: list[tuple[str, tuple[str | int, ...]]] = [(name, ("severity", name)) for name in data.get("severity", {})]
    named += [(name, (setting, index)) for setting in ("select", "ignore") for index, name in enumerate(data.get(setting, ()))]
    for name, path in named:
        known = rules if path[0] == "severity" else [*rules, *categories, "all"]
        if name not in known:
            near = nearest(name, list(known))
            hint = f"did you mean {near}?" if near else "'rollproof rules' lists them all"
            what = "rule" if path[0] == "severity" else "rule or category"
            raise UserError(f"{_where(one, file, path, 'key' if path[0] == 'severity' else 'value')}: no such {what}: {name}", hint)


def _where(one: document.Document, file: Path, path: tuple[str | int, ...], at: Literal["key", "value"]) -> str:
    span = one.span(path, at)
    return f"{file}:{span.line}:{span.column}"


def _validate(one: document.Document, file: Path) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    schema = json.loads((data_folder("schemas") / "config.schema.json").read_text(encoding="utf-8"))
    error = best_match(Draft202012Validator(schema).iter_errors(one.data))
    if error is None:
        return
    path = tuple(error.absolute_path)
    hint = None
    message = error.message
    if error.validator == "additionalProperties":
        unknown = next(key for key in error.instance if key not in error.schema["properties"])
        path, message = (*path, unknown), f"unknown setting {unknown!r}"
        near = nearest(unknown, list(error.schema["properties"]))
        hint = f"did you mean {near}?" if near else f"the settings are {', '.join(error.schema['properties'])}"
    elif error.validator == "enum":
        message = f"{error.instance!r} is not one of {', '.join(error.validator_value)}"
        near = nearest(error.instance, list(error.validator_value)) if isinstance(error.instance, str) else None
        hint = f"did you mean {near}?" if near else None
    elif error.validator == "type":
        wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        names = " or ".join(_TYPES.get(str(name), str(name)) for name in wanted)
        message = f"{f'the setting {path[-1]!r}' if path else 'the settings file'} must be {names}"
    elif error.validator == "pattern":
        message = f"{error.instance!r} is not of the form Kind/name or Kind/namespace/name"
    elif error.validator == "uniqueItems":
        message = f"the setting {path[-1]!r} names something twice"
    raise UserError(f"{_where(one, file, path, 'value' if error.validator == 'enum' else 'key')}: {message}", hint)
