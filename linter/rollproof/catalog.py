"""Rules from a folder: load them, choose among them, show them."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from rollproof.datafiles import data_folder
from rollproof.errors import UserError
from rollproof.finding import Severity
from rollproof.kube.suggest import nearest
from rollproof.rule import Declared, Rule, Scope, Subject


class Entry:
    """What a run has to know of a rule before it runs it: enough to choose it, and to leave its file unread where nothing needs it."""

    def __init__(
        self,
        file: Path,
        severity: Severity,
        scope: Scope,
        subject: Subject | None = None,
        kinds: frozenset[str] = frozenset(),
        on_by_default: bool = True,
    ) -> None:
        self.id = file.stem.replace("_", "-")
        self.category = file.parent.name
        self.severity = severity
        self.scope = scope
        self.subject = subject
        self.kinds = kinds
        self.on_by_default = on_by_default
        self._file = file

    def applies_to(self, kind: str) -> bool:
        """Whether subjects of this kind are looked at; no kinds means all."""
        return not self.kinds or kind in self.kinds

    @cached_property
    def rule(self) -> Rule:
        """The whole rule; its file is run when this is first asked for. Raises UserError where the file cannot be loaded."""
        return _load_file(self._file)


class Catalog:
    """The rules of a run by id, sorted by id."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: Mapping[str, Entry] = {entry.id: entry for entry in sorted(entries, key=lambda entry: entry.id)}

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Every rule, loaded."""
        return {name: entry.rule for name, entry in self.entries.items()}

    @property
    def categories(self) -> tuple[str, ...]:
        """The folders that rules are kept in, sorted."""
        return tuple(sorted({entry.category for entry in self.entries.values()}))

    def get(self, rule_id: str) -> Rule:
        """The rule called ``rule_id``; UserError, with the nearest id, where there is none."""
        if rule_id in self.entries:
            return self.entries[rule_id].rule
        near = nearest(rule_id, list(self.entries))
        raise UserError(f"no such rule: {rule_id}", f"did you mean {near}?" if near else "'rollproof rules' lists them all")

    def choose(self, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> frozenset[str]:
        """The ids that are on: the default ones, or those selected (by id, category or ``all``), without those ignored.

        A rule named by its own id in ``select`` is on although its category is ignored.
        """
        select = tuple(select)
        ignored = self._named(ignore)
        chosen = self._named(select) if select else {entry.id for entry in self.entries.values() if entry.on_by_default}
        by_id = {word for word in select if word in self.entries} - {word for word in ignore if word in self.entries}
        return frozenset((chosen - ignored) | by_id)

    def _named(self, words: Iterable[str]) -> set[str]:
        names: set[str] = set()
        categories = self.categories
        for word in words:
            if word == "all":
                names.update(self.entries)
            elif word in categories:
                names.update(entry.id for entry in self.entries.values() if entry.category == word)
            elif word in self.entries:
                names.add(word)
            else:
                near = nearest(word, [*self.entries, *categories])
                raise UserError(
                    f"no such rule or category: {word}", f"did you mean {near}?" if near else "'rollproof rules' lists them all"
                )
        return names


def load(folder: Path) -> Catalog:
    """Every rule below ``folder``, one a file. Raises UserError where two share a name, or a file declares no rule or another one."""
    entries = [_entry(file) for file in sorted(folder.rglob("*.py")) if "__pycache__" not in file.parts]
    catalog = Catalog(entries)
    if len(catalog.entries) != len(entries):
        twice = sorted({entry.id for entry in entries if sum(other.id == entry.id for other in entries) > 1})
        raise UserError(f"two rule files share an id: {', '.join(twice)}")
    return catalog


@cache
def built_in() -> Catalog:
    """The rules that come with rollproof."""
    return load(data_folder("rules"))


# A declaration as every rule file writes it. Running sixty files to learn which five apply would cost more than linting with them.
_RULE = re.compile(
    r"^@rule\(\s*(?P<options>.*?)\s*\)\ndef check\(\w+(?:: \w+)?(?P<second>, \w+(?:: \w+)?)?,?\s*\)", re.MULTILINE | re.DOTALL
)
_FACT = re.compile(r"^\w+ = fact\(\s*(?P<options>.*?)\s*\)\n", re.MULTILINE | re.DOTALL)
_SEVERITY = re.compile(r'\bseverity="(error|warning|info)"')
_SUBJECT = re.compile(r"\bon=(Resource|Workload|WorkloadPlan|ServicePlan|Cluster)\b")
_KINDS = re.compile(r"\bkinds=[\[(]([^\])]*)[\])]")
_WORD = re.compile(r'"(\w+)"')
_OFF = re.compile(r"\bdefault=False\b")


def _entry(file: Path) -> Entry:
    """What a rule file declares, read from its text; a file that declares its rule in another form is run."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise UserError(f"{file} cannot be read: {failure}") from failure
    declared = _RULE.search(text)
    fact = _FACT.search(text)
    options = (declared or fact)["options"] if (declared is None) != (fact is None) else ""  # type: ignore[index]
    severity, subject = _SEVERITY.search(options), _SUBJECT.search(options)
    kinds = _KINDS.search(options)
    if severity is None or (declared and subject is None) or ("kinds=" in options and kinds is None):
        rule = _load_file(file)
        return Entry(file, rule.severity, rule.scope, rule.subject, rule.kinds, rule.on_by_default)
    scope: Scope = "fact"
    what: Any = subject[1] if subject else None
    if declared:
        scope = "cluster" if declared["second"] or what in ("Cluster", "WorkloadPlan", "ServicePlan") else "document"
    level: Any = severity[1]
    return Entry(file, level, scope, what, frozenset(_WORD.findall(kinds[1])) if kinds else frozenset(), not _OFF.search(options))


def _load_file(file: Path) -> Rule:
    category = file.parent.name
    name = f"rollproof_rules.{category}.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UserError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    # Registered before it runs: dataclasses and typing look a module up by its name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as failure:
        raise UserError(f"{file} cannot be loaded: {type(failure).__name__}: {failure}") from failure
    declared = [value for value in vars(module).values() if isinstance(value, Declared)]
    if len(declared) != 1:
        raise UserError(f"{file} declares {len(declared)} rules; a rule file declares one")
    one = declared[0]
    if one.id != file.stem.replace("_", "-"):
        raise UserError(f"{file} declares '{one.id}'; a rule has the name of its file")
    return Rule(
        one.id,
        one.severity,
        category,
        module.__doc__ or "",
        one.scope,
        one.subject,
        one.kinds,
        one.check,
        one.see,
        one.on_by_default,
    )
