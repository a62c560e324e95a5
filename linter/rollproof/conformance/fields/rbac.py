"""The field rules of roles and bindings.

Source: Kubernetes ``pkg/apis/rbac/validation/validation.go``; a binding's empty apiGroups are filled in by
``pkg/apis/rbac/v1/defaults.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.conditions import filled, named
from rollproof.conformance.fields.selectors import LABEL_SELECTOR
from rollproof.conformance.fields.table import Refusal, Rule, Table
from rollproof.conformance.fields.values import exactly_one_of, is_known, misnamed, missing, not_empty, on_structure
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.version import VersionRange

_GROUP = "rbac.authorization.k8s.io"


def _rule(namespaced: bool) -> Any:
    """ValidatePolicyRule."""

    @on_structure
    def test(rule: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
        urls = rule.get("nonResourceURLs")
        if not urls:
            for key in ("apiGroups", "resources"):
                if rule.get(key) in (None, []):
                    core = ' (write "" for the core group)' if key == "apiGroups" else ""
                    yield missing((key,), f" where there are no nonResourceURLs{core}")
        elif isinstance(urls, list):
            if namespaced:
                yield Refusal("are only for a ClusterRole, as they belong to no namespace", ("nonResourceURLs",), at="key")
            beside = next((key for key in ("apiGroups", "resources", "resourceNames") if rule.get(key)), None)
            if beside is not None:
                related = (((beside,), f"{beside} is set here"),)
                yield Refusal(f"cannot stand beside {beside} in one rule", ("nonResourceURLs",), at="key", related=related)

    return test


@on_structure
def _aggregation(rule: dict[str, Any], _: VersionRange) -> Refusal | None:
    return missing(("clusterRoleSelectors",), " in an aggregationRule") if rule.get("clusterRoleSelectors") in (None, []) else None


def _role(namespaced: bool) -> Table:
    return Table(
        Rule("rules[*]", _rule(namespaced), "ValidatePolicyRule"),
        Rule("rules[*].verbs", not_empty, "ValidatePolicyRule"),
        Rule("aggregationRule", _aggregation, "ValidateClusterRole"),
        Rule("aggregationRule.clusterRoleSelectors[*]", LABEL_SELECTOR),
    )


def _group(value: object, _: VersionRange) -> Refusal | None:
    if not isinstance(value, str) or value in ("", _GROUP):
        return None
    fix = _GROUP if value.startswith(f"{_GROUP}/") or value.lower() == _GROUP else None
    return Refusal(f"must be {_GROUP}, but is {shown(value)}", suggestion=_GROUP, replacement=_GROUP, safe=fix is not None)


def _subject(namespaced: bool) -> Any:
    """ValidateRoleBindingSubject."""

    @on_structure
    def test(subject: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
        kind, group, name = subject.get("kind"), subject.get("apiGroup"), subject.get("name")
        if kind == "ServiceAccount":
            if isinstance(name, str) and name and (bad := misnamed(name, names.dns_subdomain, ("name",))):
                yield bad
            if isinstance(group, str) and group:
                yield Refusal(f"must be empty for a ServiceAccount, but is {shown(group)}", ("apiGroup",))
            if not namespaced and subject.get("namespace") in (None, ""):
                yield missing(("namespace",), " for a ServiceAccount in a ClusterRoleBinding")
        elif kind in ("User", "Group") and isinstance(group, str) and is_known(group) and group not in ("", _GROUP):
            yield Refusal(f"must be {_GROUP} for a {kind}, but is {shown(group)}", ("apiGroup",), suggestion=_GROUP, replacement=_GROUP)

    return test


def _binding(namespaced: bool) -> Table:
    kinds = ("ClusterRole", "Role") if namespaced else ("ClusterRole",)
    return Table(
        Rule("roleRef", filled("name"), "ValidateRoleBinding"),
        Rule("roleRef.apiGroup", _group, "ValidateRoleBinding"),
        Rule("roleRef.kind", exactly_one_of(*kinds), "ValidateRoleBinding"),
        Rule("roleRef.name", named(names.path_segment, empty=True), "ValidateRoleBinding"),
        Rule("subjects[*]", filled("name"), "ValidateRoleBindingSubject"),
        Rule("subjects[*].kind", exactly_one_of("Group", "ServiceAccount", "User"), "ValidateRoleBindingSubject"),
        Rule("subjects[*]", _subject(namespaced), "ValidateRoleBindingSubject"),
    )


CHECKS: Mapping[str, FieldRules] = {
    "rbac.authorization.k8s.io/Role": _role(namespaced=True).check,
    "rbac.authorization.k8s.io/ClusterRole": _role(namespaced=False).check,
    "rbac.authorization.k8s.io/RoleBinding": _binding(namespaced=True).check,
    "rbac.authorization.k8s.io/ClusterRoleBinding": _binding(namespaced=False).check,
}
