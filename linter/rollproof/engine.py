"""A run: the per-file map and the cross-file reduce; the only place that filters and sorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from rollproof import document, locate, suppress
from rollproof.analysis import START, Analysis, analyse, crash
from rollproof.catalog import Catalog, Entry
from rollproof.config import Settings
from rollproof.document import Document
from rollproof.finding import SEVERITIES, Finding, Report, Severity
from rollproof.model.cluster import Cluster
from rollproof.model.kustomization import Kustomizations
from rollproof.model.resource import Resource
from rollproof.model.workload import workload_of
from rollproof.rule import Problem, takes_cluster
from rollproof.source import Source, Unreadable

if TYPE_CHECKING:
    from rollproof.rollout.plan import Plan


@dataclass(frozen=True)
class Input:
    """What a run reads: sources in order, and whether they are the whole picture (folders were given, not single files)."""

    sources: tuple[Source | Unreadable, ...]
    whole: bool

    @cached_property
    def by_name(self) -> Mapping[str, Source]:
        """The readable sources by their reported names."""
        return {source.name: source for source in self.sources if isinstance(source, Source)}


class Documents:
    """Documents by file and index, parsed again when a place has to be found: nothing else keeps composed trees in memory."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._parsed: dict[str, dict[int, Document]] = {}

    def open(self, name: str, index: int) -> Document:
        """The document at ``index`` of the file ``name``."""
        if name not in self._parsed:
            if len(self._parsed) >= 64:
                self._parsed.pop(next(iter(self._parsed)))
            self._parsed[name] = {one.index: one for one in document.parse(self._sources[name]).documents}
        return self._parsed[name][index]


def lint(given: Input, settings: Settings, catalog: Catalog) -> Report:
    """Every finding of the chosen rules on the input, in order."""
    enabled = catalog.choose(settings.select, settings.ignore)
    analyses = _map(given, settings, catalog, enabled)
    cluster = _cluster(analyses, given, settings)
    findings = [finding for analysis in analyses for finding in analysis.findings]
    crashed = any(analysis.crashed for analysis in analyses)
    for finding, failed in _reduce(cluster, given, settings, catalog, enabled):
        findings.append(finding)
        crashed |= failed
    return _report(findings, analyses, settings, enabled, crashed)


def plan(given: Input, settings: Settings, catalog: Catalog) -> tuple[Plan, Report, Documents]:
    """What each rollout will do, and what stops a plan from being made (text that does not parse, objects that are refused)."""
    enabled = catalog.choose(settings.select, settings.ignore)
    analyses = _map(given, settings, catalog, enabled)
    cluster = _cluster(analyses, given, settings)
    findings = [finding for analysis in analyses for finding in analysis.findings]
    report = _report(findings, analyses, settings, enabled, any(analysis.crashed for analysis in analyses))
    return _plan(cluster, settings), report, Documents(given.by_name)


def _plan(cluster: Cluster, settings: Settings) -> Plan:
    from rollproof.rollout import plan as planning

    return planning.plan(cluster, settings.versions)


def _map(given: Input, settings: Settings, catalog: Catalog, enabled: frozenset[str]) -> list[Analysis]:
    rules = [rule for rule in catalog.entries.values() if rule.scope == "document" and rule.id in enabled]
    severities: dict[str, Severity] = {rule.id: rule.severity for rule in catalog.entries.values()}
    return [analyse(source, settings.versions, rules, severities.__getitem__) for source in given.sources]


def _cluster(analyses: Sequence[Analysis], given: Input, settings: Settings) -> Cluster:
    resources = tuple(resource for analysis in analyses for resource in analysis.resources)
    whole = given.whole and all(analysis.parsed for analysis in analyses)
    kustomizations = Kustomizations(tuple(one for analysis in analyses for one in analysis.kustomizations))
    return Cluster(resources, whole, settings.is_external, kustomizations)


def _reduce(
    cluster: Cluster, given: Input, settings: Settings, catalog: Catalog, enabled: frozenset[str]
) -> Iterable[tuple[Finding, bool]]:
    """Run the rules that look across files."""
    documents = Documents(given.by_name)
    rules = [rule for rule in catalog.entries.values() if rule.scope == "cluster" and rule.id in enabled]
    plans: Plan | None = None
    if cluster.workloads and any(rule.subject == "WorkloadPlan" for rule in rules):
        plans = _plan(cluster, settings)
    for rule in rules:
        for subject, resource in _subjects(rule, cluster, plans):
            for problem, failed in _run(rule, subject, resource, cluster):
                name = "rule-crashed" if failed else rule.id
                yield locate.from_problem(problem, name, "error" if failed else rule.severity, documents.open), failed


def _subjects(rule: Entry, cluster: Cluster, plans: Plan | None) -> Iterable[tuple[object, Resource | None]]:
    if rule.subject == "Cluster":
        yield cluster, None
    elif rule.subject == "WorkloadPlan":
        for one in plans.workloads if plans else ():
            if rule.applies_to(one.workload.resource.kind):
                yield one, one.workload.resource
    else:
        for resource in cluster.resources:
            if rule.applies_to(resource.kind):
                subject = workload_of(resource) if rule.subject == "Workload" else resource
                if subject is not None:
                    yield subject, resource


def _run(rule: Entry, subject: object, resource: Resource | None, cluster: Cluster) -> Iterable[tuple[Problem, bool]]:
    check = rule.rule.check
    assert check is not None
    try:
        yield from ((problem, False) for problem in (check(subject, cluster) if takes_cluster(check) else check(subject)))
    except Exception as failure:
        if resource is None and not cluster.resources:
            raise
        yield crash(rule, resource or cluster.resources[0], failure), True


def _report(findings: list[Finding], analyses: Sequence[Analysis], settings: Settings, enabled: frozenset[str], crashed: bool) -> Report:
    chosen = [
        replace(finding, severity=settings.severities[finding.rule]) if finding.rule in settings.severities else finding
        for finding in findings
        if finding.rule in enabled or finding.rule == "rule-crashed"
    ]
    ignores = [ignore for analysis in analyses for ignore in analysis.ignores]
    kept, silenced, used = suppress.silence(chosen, ignores)
    if "unused-ignore" in enabled:
        kept += suppress.unused(ignores, used, enabled, settings.severities.get("unused-ignore", "warning"))
    unique = {(*finding.order(), finding.document, finding.field_path): finding for finding in kept}
    return Report(
        tuple(sorted(unique.values(), key=Finding.order)),
        len(analyses),
        sum(analysis.documents for analysis in analyses),
        sum(len(analysis.resources) for analysis in analyses),
        silenced,
        tuple(skip for analysis in analyses for skip in analysis.skipped),
        crashed,
    )


def at_least(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """The findings of this severity or a more serious one."""
    limit = SEVERITIES.index(severity)
    return [finding for finding in findings if SEVERITIES.index(finding.severity) <= limit]


__all__ = ["START", "Documents", "Input", "at_least", "lint", "plan"]
