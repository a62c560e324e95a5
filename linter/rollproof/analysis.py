"""The per-file phase: a pure function of one source and the settings, to resources and findings, that can run anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from rollproof import document, locate, suppress
from rollproof.catalog import Entry
from rollproof.conformance import manifest
from rollproof.conformance.custom import Definitions
from rollproof.conformance.manifest import NOTHING_DEFINED
from rollproof.document import Document
from rollproof.finding import Finding, Severity, Skipped
from rollproof.kube.version import VersionRange
from rollproof.model import kustomize
from rollproof.model.resource import Identity, Resource
from rollproof.model.workload import Workload, workload_of
from rollproof.rule import Problem
from rollproof.source import Source, Unreadable
from rollproof.span import Path, Span
from rollproof.suppress import Ignore

START = Span(1, 1, 1, 1)
"""Where a finding about a file as a whole stands."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one file holds and what is wrong with it, before anything is filtered.

    ``parsed`` is False where some document of the file could not be read, so that nothing can be said to be absent.
    ``kustomizations`` are skipped as objects, but say how the objects of a run are put together.
    """

    name: str
    resources: tuple[Resource, ...] = ()
    findings: tuple[Finding, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    documents: int = 0
    parsed: bool = True
    crashed: bool = False
    kustomizations: tuple[Resource, ...] = ()


def analyse(
    source: Source | Unreadable,
    versions: VersionRange,
    rules: Sequence[Entry],
    severity: Callable[[str], Severity],
    *,
    is_patch: bool = False,
    judge: bool = True,
    definitions: Definitions = NOTHING_DEFINED,
) -> Analysis:
    """Everything that can be said of a file by itself.

    ``rules`` are the document rules that are on; ``severity`` gives defaults by id. ``is_patch``: some kustomization names the file as a
    patch, so that it holds parts of objects. Without ``judge`` only what the file holds is told, not what is wrong with it.
    ``definitions`` are the CustomResourceDefinitions of the whole run, which describe custom resources wherever they are.
    """
    if isinstance(source, Unreadable):
        finding = Finding("unreadable-file", severity("unreadable-file"), f"the file {source.reason}", source.name, START)
        return Analysis(source.name, findings=(finding,), parsed=False)
    # A text without the word holds no object, broken or not, so that it hides nothing from the other files.
    may_hold_objects = "kind" in source.text or kustomize.is_kustomization(source.name)
    if not judge and not may_hold_objects:
        return Analysis(source.name)
    parsed = document.parse(source)
    findings = [locate.from_defect(defect, severity(defect.rule), source) for defect in parsed.defects]
    findings += [
        Finding("yaml-encoding", severity("yaml-encoding"), f"{note}; kubectl puts U+FFFD in its place", source.name, START)
        for note in source.notes
    ]
    skipped = [Skipped(source.name, _template_kind(source), index) for index, _reason in parsed.passed]
    resources: list[Resource] = []
    ignores = list(suppress.in_comments(source))
    kustomizations: list[Resource] = []
    said: set[str] = set()
    crashed = False
    for one in parsed.documents:
        reason = _not_an_object(one, source)
        if is_patch and reason is None:
            reason = "kustomize-patch"
        if reason == "kustomization" and isinstance(one.data, dict):
            kustomizations.append(Resource(_identity(one.data), one.data, source.name, one.index))
        if reason is not None:
            skipped.append(Skipped(source.name, reason, one.index))
            continue
        for resource in _resources(one):
            resources.append(resource)
            if judge:
                for violation in manifest.check(resource.data, versions, json_source=one.json, definitions=definitions):
                    if violation.once is not None:
                        if violation.once in said:
                            continue
                        said.add(violation.once)
                    findings.append(locate.from_violation(violation, severity(violation.rule), resource, one))
                for finding, failed in _run_rules(rules, resource, one):
                    findings.append(finding)
                    crashed |= failed
            if suppress.ANNOTATION in resource.annotations:
                span = one.span((*resource.prefix, "metadata", "annotations", suppress.ANNOTATION), "key")
                ignore = suppress.in_annotations(resource, span.line, span.column, span.end_column - span.column)
                ignores += [ignore] if ignore else []
    return Analysis(
        source.name,
        tuple(resources),
        tuple(findings),
        tuple(ignores),
        tuple(skipped),
        parsed.total,
        not may_hold_objects or not (parsed.passed or any(defect.rule == "yaml-syntax" for defect in parsed.defects)),
        crashed,
        tuple(kustomizations),
    )


def _run_rules(rules: Sequence[Entry], resource: Resource, one: Document) -> Iterator[tuple[Finding, bool]]:
    workload: Workload | None = None
    for rule in rules:
        if not rule.applies_to(resource.kind):
            continue
        check = rule.rule.check
        assert check is not None
        subject: object = resource
        if rule.subject == "Workload":
            workload = workload or workload_of(resource)
            if workload is None:
                continue
            subject = workload
        try:
            for problem in check(subject):
                yield locate.from_problem(problem, rule.id, rule.severity, lambda _name, _index: one), False
        except Exception as failure:
            yield locate.from_problem(crash(rule, resource, failure), "rule-crashed", "error", lambda _name, _index: one), True


def crash(rule: Entry, resource: Resource, failure: Exception) -> Problem:
    """The problem that a rule's own failure is: named rule and resource, so that it can be reported to us."""
    where = failure.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    line = f" at {PurePosixPath(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else ""
    return Problem(
        resource.at(),
        f"the rule {rule.id} crashed on {resource.identity} ({type(failure).__name__}{line}); this is a bug of rollproof, please report it",
    )


_HELM_FOLDER = "templates"
_KUSTOMIZE_GROUP = "kustomize.config.k8s.io"
# Files of tools that borrow Kubernetes' form and are never sent to an API server.
_TOOL_GROUPS = re.compile(
    r"(?:.*\.)?(?:config\.k8s\.io|kubeadm\.k8s\.io|kind\.x-k8s\.io|k3d\.io|ctlptl\.dev|audit\.k8s\.io|config\.gatekeeper\.sh"
    r"|kuttl\.dev|client\.authentication\.k8s\.io)|skaffold|kudo\.dev"
)


def _template_kind(source: Source) -> str:
    return "helm-template" if _HELM_FOLDER in PurePosixPath(source.name).parts or ".Values" in source.text else "template"


def _not_an_object(one: Document, source: Source) -> str | None:
    """Why a document is no Kubernetes object to check, as a kebab-case word; None where it is one."""
    data = one.data
    if isinstance(data, list):
        is_patch = bool(data) and all(isinstance(item, dict) and "op" in item and "path" in item for item in data)
        return "json-patch" if is_patch else "not-kubernetes"
    if not isinstance(data, dict):
        return "not-kubernetes"
    api_version, kind = data.get("apiVersion"), data.get("kind")
    group = api_version.rpartition("/")[0] if isinstance(api_version, str) else ""
    name = PurePosixPath(source.name).name
    if group == _KUSTOMIZE_GROUP or name in ("kustomization.yaml", "kustomization.yml"):
        return "kustomization"
    if group and _TOOL_GROUPS.fullmatch(group):
        return "tool-config"
    if _PATCH_DIRECTIVE.search(one.text) and _has_patch_directive(data):
        return "kustomize-patch"
    if api_version is None or kind is None:
        return None if _looks_like_an_object(data) else "not-kubernetes"
    return None


def _looks_like_an_object(data: dict[str, object]) -> bool:
    """Whether a mapping without both apiVersion and kind is still meant for Kubernetes: it has metadata, and one of the two or a spec."""
    named = isinstance(data.get("metadata"), dict)
    return named and (data.get("apiVersion") is not None or data.get("kind") is not None or isinstance(data.get("spec"), dict))


_PATCH_DIRECTIVE = re.compile(r"\$(?:patch|retainKeys|deleteFromPrimitiveList/|setElementOrder/)")


def _has_patch_directive(value: object) -> bool:
    """Whether a strategic merge patch directive (``$patch``, ``$retainKeys`` …) is anywhere; those are kustomize's, never an object's."""
    if isinstance(value, dict):
        return any(
            key in ("$patch", "$retainKeys") or key.startswith(("$deleteFromPrimitiveList/", "$setElementOrder/")) for key in value
        ) or any(_has_patch_directive(item) for item in value.values())
    return isinstance(value, list) and any(_has_patch_directive(item) for item in value)


def _resources(one: Document) -> Iterator[Resource]:
    """The objects of a document: itself, or what a List holds (kubectl takes lists apart and sends each item by itself)."""
    pending: list[tuple[Path, object]] = [((), one.data)]
    while pending:
        prefix, data = pending.pop(0)
        if not isinstance(data, dict):
            continue
        kind = data.get("kind")
        if isinstance(kind, str) and kind.endswith("List") and isinstance(data.get("items"), list):
            inherited = {"apiVersion": data.get("apiVersion"), "kind": kind.removesuffix("List")} if kind != "List" else {}
            pending = [
                ((*prefix, "items", index), {**inherited, **item} if isinstance(item, dict) else item)
                for index, item in enumerate(data["items"])
            ] + pending
            continue
        yield Resource(_identity(data), data, one.source.name, one.index, prefix)


def _identity(data: dict[str, object]) -> Identity:
    metadata = data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}

    def word(value: object) -> str | None:
        return value if isinstance(value, str) and value else None

    return Identity(
        word(data.get("apiVersion")) or "", word(data.get("kind")) or "", word(metadata.get("namespace")), word(metadata.get("name"))
    )
