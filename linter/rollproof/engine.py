"""A run: the per-file map and the cross-file reduce; the only place that filters and sorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from rollproof import document, locate, suppress
from rollproof.analysis import START, Analysis, analyse, crash
from rollproof.catalog import Catalog, Entry
from rollproof.config import Settings
from rollproof.conformance import manifest
from rollproof.conformance.custom import Definitions
from rollproof.document import Document
from rollproof.finding import SEVERITIES, Finding, Report, Severity
from rollproof.model import kustomize
from rollproof.model import patch as patching
from rollproof.model.cluster import Cluster
from rollproof.model.kustomization import Kustomizations
from rollproof.model.patch import Patch
from rollproof.model.resource import Resource
from rollproof.model.workload import workload_of
from rollproof.rule import Problem, takes_cluster
from rollproof.source import Source, Unreadable, absolute

if TYPE_CHECKING:
    from rollproof.rollout.plan import Plan


@dataclass(frozen=True)
class Input:
    """What a run reads: the sources to report on, in order, and what else is in their project, to be read but not reported on.

    ``whole``: with the context, the sources are the whole picture (a folder was given, or the project around the files is known).
    ``schemas`` are read for the CustomResourceDefinitions in them only.
    """

    sources: tuple[Source | Unreadable, ...]
    whole: bool
    context: tuple[Source | Unreadable, ...] = ()
    schemas: tuple[Source | Unreadable, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Source]:
        """The readable sources by their reported names, those of the context included."""
        return {source.name: source for source in (*self.context, *self.sources) if isinstance(source, Source)}


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
    analyses, context = _map(given, settings, catalog, enabled)
    # One order for every run, so that what is said of two files does not depend on which of them was named.
    cluster = _cluster(sorted((*analyses, *context), key=lambda analysis: absolute(analysis.name)), given, settings)
    findings = [finding for analysis in analyses for finding in analysis.findings]
    crashed = any(analysis.crashed for analysis in analyses)
    named = {analysis.name for analysis in analyses}
    for finding, failed in _reduce(cluster, given, settings, catalog, enabled):
        if not context or _touches(finding, named):
            findings.append(finding)
            crashed |= failed
    return _report(findings, analyses, context, settings, enabled, crashed)


def plan(given: Input, settings: Settings, catalog: Catalog) -> tuple[Plan, Report, Documents]:
    """What each rollout will do, and what stops a plan from being made (text that does not parse, objects that are refused)."""
    enabled = catalog.choose(settings.select, settings.ignore)
    analyses, context = _map(given, settings, catalog, enabled)
    cluster = _cluster((*analyses, *context), given, settings)
    findings = [finding for analysis in analyses for finding in analysis.findings]
    report = _report(findings, analyses, context, settings, enabled, any(analysis.crashed for analysis in analyses))
    made = _plan(cluster, settings)
    return _within(made, {analysis.name for analysis in analyses}) if context else made, report, Documents(given.by_name)


@dataclass(frozen=True, slots=True)
class Change:
    """What patches change: the plans before and after, and the findings that only one of the two has, those of the objects included."""

    before: Plan
    after: Plan
    problems: tuple[Finding, ...]
    solved: tuple[Finding, ...]


def change(given: Input, settings: Settings, catalog: Catalog, patches: Sequence[Patch]) -> tuple[Change, Report, Documents]:
    """What patches would change. UserError where one means no object, more than one, or cannot be applied."""
    enabled = catalog.choose(settings.select, settings.ignore)
    definitions = _definitions(given)
    analyses, context = _map(given, settings, catalog, enabled)
    cluster = _cluster((*analyses, *context), given, settings)
    documents = Documents(given.by_name)
    changed = patching.apply(patches, (resource for analysis in analyses for resource in analysis.resources))
    after = replace(cluster, resources=tuple(changed.get(resource, resource) for resource in cluster.resources))

    crashed = any(analysis.crashed for analysis in analyses)
    ignores = [ignore for analysis in (*analyses, *context) for ignore in analysis.ignores]

    def judged(cluster: Cluster, objects: Iterable[Resource]) -> dict[tuple[str, ...], Finding]:
        nonlocal crashed
        found: list[Finding] = []
        for finding, failed in _reduce(cluster, given, settings, catalog, enabled):
            found.append(finding)
            crashed |= failed
        for one in objects:
            for violation in manifest.check(one.data, settings.versions, definitions=definitions):
                level = catalog.entries[violation.rule].severity
                found.append(locate.from_violation(violation, level, one, documents.open(one.source, one.document)))
        kept, _silenced, _used = suppress.silence(_chosen(found, settings, enabled), ignores)
        return {(finding.rule, finding.path, str(finding.resource), finding.message): finding for finding in kept}

    old, new = judged(cluster, changed), judged(after, changed.values())
    findings = [finding for analysis in analyses for finding in analysis.findings]
    report = _report(findings, analyses, context, settings, enabled, crashed)
    problems = sorted((one for key, one in new.items() if key not in old), key=Finding.order)
    solved = sorted((one for key, one in old.items() if key not in new), key=Finding.order)
    made = Change(_plan(cluster, settings), _plan(after, settings), tuple(problems), tuple(solved))
    return made, report, documents


def _within(plan: Plan, names: Set[str]) -> Plan:
    """What a plan says of the objects in the files ``names``."""
    workloads = tuple(one for one in plan.workloads if one.workload.resource.source in names)
    return replace(plan, workloads=workloads, services=tuple(one for one in plan.services if one.resource.source in names))


def _touches(finding: Finding, names: Set[str]) -> bool:
    return finding.path in names or any(other.path in names for other in finding.related)


def _plan(cluster: Cluster, settings: Settings) -> Plan:
    from rollproof.rollout import plan as planning

    return planning.plan(cluster, settings.versions)


def _definitions(given: Input) -> Definitions:
    return Definitions.of((*given.sources, *given.context, *given.schemas))


def _map(given: Input, settings: Settings, catalog: Catalog, enabled: frozenset[str]) -> tuple[list[Analysis], list[Analysis]]:
    """The analyses of the sources to report on, and those of the context, which hold no findings."""
    rules = [rule for rule in catalog.entries.values() if rule.scope == "document" and rule.id in enabled]
    severities: dict[str, Severity] = {rule.id: rule.severity for rule in catalog.entries.values()}
    patches = _patches(given)
    definitions = _definitions(given)

    def one(source: Source | Unreadable, judge: bool) -> Analysis:
        is_patch = bool(patches) and absolute(source.name) in patches
        return analyse(source, settings.versions, rules, severities.__getitem__, is_patch=is_patch, judge=judge, definitions=definitions)

    return [one(source, True) for source in given.sources], [one(source, False) for source in given.context]


def _patches(given: Input) -> frozenset[str]:
    """The absolute paths of the files that some kustomization names as patches, and none as a resource."""
    patches: set[str] = set()
    resources: set[str] = set()
    for source in (*given.sources, *given.context):
        if isinstance(source, Source) and kustomize.is_kustomization(source.name):
            for one in document.parse(source).documents:
                if (found := kustomize.read(source.name, one.data)) is not None:
                    patches |= found.patches
                    resources.update(found.sources)
    return frozenset(patches - resources)


def _cluster(analyses: Sequence[Analysis], given: Input, settings: Settings) -> Cluster:
    resources = tuple(resource for analysis in analyses for resource in analysis.resources)
    unread = frozenset(analysis.name for analysis in analyses if not analysis.parsed)
    kustomizations = Kustomizations(tuple(one for analysis in analyses for one in analysis.kustomizations))
    return Cluster(resources, given.whole, settings.is_external, kustomizations, unread)


def _reduce(
    cluster: Cluster, given: Input, settings: Settings, catalog: Catalog, enabled: frozenset[str]
) -> Iterable[tuple[Finding, bool]]:
    """Run the rules that look across files."""
    documents = Documents(given.by_name)
    rules = [rule for rule in catalog.entries.values() if rule.scope == "cluster" and rule.id in enabled]
    plans: Plan | None = None
    if cluster.workloads and any(rule.subject in ("WorkloadPlan", "ServicePlan") for rule in rules):
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
    elif rule.subject == "ServicePlan":
        for service in plans.services if plans else ():
            yield service, service.resource
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


def _chosen(findings: Iterable[Finding], settings: Settings, enabled: frozenset[str]) -> list[Finding]:
    """The findings of the rules that are on, with the severities that the settings give them."""
    return [
        replace(
            finding,
            severity=settings.severities.get(finding.rule, finding.severity),
            fingerprint=finding.fingerprint or _whole_file(finding),
        )
        for finding in findings
        if finding.rule in enabled or finding.rule == "rule-crashed"
    ]


def _whole_file(finding: Finding) -> str:
    """The fingerprint of what is said of a file as a whole, or of an ignore in it."""
    return locate.fingerprint(finding.rule, finding.resource, finding.field_path, f"{finding.path}: {finding.message}")


def _report(
    findings: list[Finding],
    analyses: Sequence[Analysis],
    context: Sequence[Analysis],
    settings: Settings,
    enabled: frozenset[str],
    crashed: bool,
) -> Report:
    chosen = _chosen(findings, settings, enabled)
    ignores = [ignore for analysis in analyses for ignore in analysis.ignores]
    kept, silenced, used = suppress.silence(chosen, [*ignores, *(ignore for analysis in context for ignore in analysis.ignores)])
    if "unused-ignore" in enabled:
        kept += _chosen(suppress.unused(ignores, used, enabled, "warning"), settings, enabled)
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


__all__ = ["START", "Change", "Documents", "Input", "at_least", "change", "lint", "plan"]
