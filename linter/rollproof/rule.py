"""Everything a rule file imports: how a rule is declared, and how it says what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from rollproof.conformance.violation import Edit, Fix
from rollproof.finding import Severity
from rollproof.model.resource import Place, Resource

if TYPE_CHECKING:
    from rollproof.model.cluster import Cluster
    from rollproof.model.workload import Workload
    from rollproof.rollout.plan import Plan, WorkloadPlan
    from rollproof.rollout.traffic import ServicePlan

__all__ = [
    "Cluster",
    "Edit",
    "Fix",
    "Place",
    "Plan",
    "Problem",
    "Resource",
    "Rule",
    "ServicePlan",
    "Workload",
    "WorkloadPlan",
    "fact",
    "rule",
]

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_LATE = {
    "Cluster": "rollproof.model.cluster",
    "Workload": "rollproof.model.workload",
    "Plan": "rollproof.rollout.plan",
    "WorkloadPlan": "rollproof.rollout.plan",
    "ServicePlan": "rollproof.rollout.traffic",
}
"""What only some rules look at, by the module it is in: loaded with the first rule that imports it."""


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


Subject = Literal["Resource", "Workload", "WorkloadPlan", "ServicePlan", "Cluster"]
"""What a check looks at, one at a time."""

Scope = Literal["document", "cluster", "fact"]
"""``document`` rules see one subject at a time and run file by file; ``cluster`` rules also see every resource of the run; ``fact`` marks
what the machine itself reports, which has a page and examples and no check."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found: one primary place, any number of related ones (each with its note), and one sentence with the values.

    ``severity`` overrides the rule's own where this case is less sure; ``fix`` edits the primary place's object.
    """

    place: Place
    message: str
    related: tuple[Place, ...] = ()
    suggestion: str | None = None
    fix: Fix | None = None
    severity: Severity | None = None


Check = Callable[..., Iterable[Problem]]


def takes_cluster(check: Check) -> bool:
    """Whether a check wants the cluster beside its subject."""
    code: Any = check.__code__
    return bool(code.co_argcount > 1)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's metadata and check, all from its one file.

    ``on_by_default`` is False for opinions. ``category`` is the folder the file is in; ``page`` its docstring.
    """

    id: str
    severity: Severity
    category: str
    page: str
    scope: Scope
    subject: Subject | None = None
    kinds: frozenset[str] = frozenset()
    check: Check | None = None
    see: tuple[str, ...] = ()
    on_by_default: bool = True

    @property
    def summary(self) -> str:
        """The page's first sentence, without its full stop."""
        return self.page.strip().split("\n\n", 1)[0].replace("\n", " ").removesuffix(".")


@dataclass(frozen=True, slots=True)
class Declared:
    """A rule as its file declares it, before the catalog adds the folder's name and the docstring."""

    id: str
    severity: Severity
    scope: Scope
    subject: Subject | None = None
    kinds: frozenset[str] = frozenset()
    check: Check | None = None
    see: tuple[str, ...] = ()
    on_by_default: bool = True


def rule(
    id: str,  # noqa: A002 - the word every reader of a rule file expects
    *,
    severity: Severity,
    on: type,
    kinds: Sequence[str] = (),
    see: Sequence[str] = (),
    default: bool = True,
) -> Callable[[Check], Declared]:
    """Declare the check of a rule file.

    ``id`` names the defect in kebab-case and equals the file's name. ``on`` is what the check looks at, one at a time: every ``Resource``
    (of ``kinds``, where given), every ``Workload``, every ``WorkloadPlan`` or ``ServicePlan``, or the ``Cluster`` as a whole. A check that
    takes a second parameter is given the ``Cluster`` and then runs after all files were read. ``see`` are links; ``default=False`` makes
    it opt-in.
    """
    if not _ID.fullmatch(id):
        raise ValueError(f"a rule id is kebab-case, not {id!r}")

    def declare(check: Check) -> Declared:
        subject: Any = on.__name__
        wide = takes_cluster(check) or subject in ("Cluster", "WorkloadPlan", "ServicePlan")
        return Declared(id, severity, "cluster" if wide else "document", subject, frozenset(kinds), check, tuple(see), default)

    return declare


def fact(id: str, *, severity: Severity, see: Sequence[str] = (), default: bool = True) -> Declared:  # noqa: A002 - as above
    """Declare the page of something the machine reports by itself: text that is not YAML, an object the API server refuses."""
    return Declared(id, severity, "fact", see=tuple(see), on_by_default=default)
