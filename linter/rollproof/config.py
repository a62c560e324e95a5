"""Settings: the file ``.rollproof.yaml``, found from the first target upward to the git root, under what the command line says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rollproof import document, source
from rollproof.datafiles import data_folder
from rollproof.errors import UserError
from rollproof.finding import Severity
from rollproof.kube.api import load_api
from rollproof.kube.suggest import nearest
from rollproof.kube.version import VersionRange, parse_version_range

FILE_NAME = ".rollproof.yaml"


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


def load(file: Path) -> Settings:
    """The settings in ``file``. A mistake raises UserError with its line and, for a misspelt word, the right one."""
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
    _validate(one, file)
    data: Any = one.data
    shipped = load_api().versions
    version = data.get("kubernetes-version")
    return Settings(
        versions=parse_version_range(str(version), shipped) if version is not None else newest(),
        select=tuple(data.get("select", ())),
        ignore=tuple(data.get("ignore", ())),
        severities=dict(data.get("severity", {})),
        exclude=tuple(data.get("exclude", ())),
        external=tuple(data.get("external", ())),
        folder=file.parent.absolute(),
    )


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
    span = one.span(path, "key")
    raise UserError(f"{file}:{span.line}:{span.column}: {message}", hint)
