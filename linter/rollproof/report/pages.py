"""Rules shown to people and programs: one rule's page, and the list of all."""

from __future__ import annotations

import json
import re

from rollproof.catalog import Catalog
from rollproof.rule import Rule

_BOLD, _DIM, _RED, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m"
_MARK = re.compile(r"#\s*problem\b.*$")


def page(rule: Rule, *, color: bool) -> str:
    """A rule's page as text: its id and severity, its docstring, its links."""
    on = "" if rule.on_by_default else ", off by default"
    head = f"{rule.id} ({rule.severity}, {rule.category}{on})"
    lines = [f"{_BOLD}{head}{_RESET}" if color else head, ""]
    fenced = False
    for line in rule.page.strip().splitlines():
        if line.startswith("```"):
            fenced = not fenced
            continue
        lines.append("    " + _shaded(line, color) if fenced and line else line)
    if rule.see:
        lines += ["", "See:", *(f"  {link}" for link in rule.see)]
    return "\n".join(lines) + "\n"


def _shaded(line: str, color: bool) -> str:
    return _MARK.sub(lambda mark: f"{_RED}{mark[0]}{_RESET}", line) if color else line


def listing(catalog: Catalog, form: str) -> str:
    """Every rule as a table for terminals, a Markdown table, or JSON."""
    rules = sorted(catalog.rules.values(), key=lambda rule: (rule.category, rule.id))
    if form == "json":
        return json.dumps([_record(rule) for rule in rules], indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        rows = ["| rule | severity | default | what it finds |", "| --- | --- | --- | --- |"]
        rows += [f"| `{rule.id}` | {rule.severity} | {'on' if rule.on_by_default else 'off'} | {rule.summary} |" for rule in rules]
        return "\n".join(rows) + "\n"
    width = max((len(rule.id) for rule in rules), default=0)
    lines: list[str] = []
    category = ""
    for rule in rules:
        if rule.category != category:
            category = rule.category
            lines += ["", category] if lines else [category]
        lines.append(f"  {rule.id:<{width}}  {rule.severity:<7}  {'   ' if rule.on_by_default else 'off'}  {rule.summary}")
    return "\n".join(lines) + "\n"


def _record(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "category": rule.category,
        "severity": rule.severity,
        "default": rule.on_by_default,
        "summary": rule.summary,
        "kinds": sorted(rule.kinds),
        "see": list(rule.see),
        "page": rule.page.strip(),
    }
