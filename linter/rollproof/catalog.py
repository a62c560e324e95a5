"""Rules from a folder: load them, choose among them, show them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rollproof.datafiles import data_folder
from rollproof.errors import UserError
from rollproof.kube.suggest import nearest
from rollproof.rule import Declared, Rule


@dataclass(frozen=True, slots=True)
class Catalog:
    """The rules of a run by id, sorted by id."""

    rules: Mapping[str, Rule]

    @property
    def categories(self) -> tuple[str, ...]:
        """The folders that rules are kept in, sorted."""
        return tuple(sorted({rule.category for rule in self.rules.values()}))

    def get(self, rule_id: str) -> Rule:
        """The rule called ``rule_id``; UserError, with the nearest id, where there is none."""
        if rule_id in self.rules:
            return self.rules[rule_id]
        near = nearest(rule_id, list(self.rules))
        raise UserError(f"no such rule: {rule_id}", f"did you mean {near}?" if near else "'rollproof rules' lists them all")

    def choose(self, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> frozenset[str]:
        """The ids that are on: the default ones, or those selected (by id, category or ``all``), without those ignored.

        A rule named by its own id in ``select`` is on although its category is ignored.
        """
        select = tuple(select)
        ignored = self._named(ignore)
        chosen = self._named(select) if select else {rule.id for rule in self.rules.values() if rule.on_by_default}
        by_id = {word for word in select if word in self.rules} - {word for word in ignore if word in self.rules}
        return frozenset((chosen - ignored) | by_id)

    def _named(self, words: Iterable[str]) -> set[str]:
        names: set[str] = set()
        categories = self.categories
        for word in words:
            if word == "all":
                names.update(self.rules)
            elif word in categories:
                names.update(rule.id for rule in self.rules.values() if rule.category == word)
            elif word in self.rules:
                names.add(word)
            else:
                near = nearest(word, [*self.rules, *categories])
                raise UserError(
                    f"no such rule or category: {word}", f"did you mean {near}?" if near else "'rollproof rules' lists them all"
                )
        return names


def load(folder: Path) -> Catalog:
    """Every rule below ``folder``, one a file. A file that cannot be loaded, or whose id is not its name, raises UserError."""
    found = [_load_file(file, file.parent.name) for file in sorted(folder.rglob("*.py")) if "__pycache__" not in file.parts]
    rules = {rule.id: rule for rule in sorted(found, key=lambda rule: rule.id)}
    if len(rules) != len(found):
        twice = sorted({rule.id for rule in found if sum(other.id == rule.id for other in found) > 1})
        raise UserError(f"two rule files share an id: {', '.join(twice)}")
    return Catalog(rules)


@cache
def built_in() -> Catalog:
    """The rules that come with rollproof."""
    return load(data_folder("rules"))


def _load_file(file: Path, category: str) -> Rule:
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
