"""The kinds that run pods for as long as they exist: what each asks of its replicas, its strategy and its template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.claim import CLAIM_SPEC
from rollproof.conformance.fields.conditions import NOT_NEGATIVE, int_or_percent_test, named, not_among, one_of
from rollproof.conformance.fields.pod import check_pod, check_template
from rollproof.conformance.fields.selectors import LABEL_SELECTOR, check_map, check_workload
from rollproof.conformance.fields.table import Refusal, Rule, Table, integer, items, mapping, structures
from rollproof.conformance.violation import Violation
from rollproof.kube import int_or_percent, names
from rollproof.kube.version import Version, VersionRange
from rollproof.span import Path

# pkg/apis/apps/v1/defaults.go
_DEADLINE, _SURGE, _UNAVAILABLE = 600, "25%", "25%"

# MaxUnavailableStatefulSet, on by default since 1.35 (pkg/features/kube_features.go); before, the field is dropped unread.
_STATEFUL_UNAVAILABLE = Version(1, 35)
# ValidateStatefulSetSpec looks at serviceName since 1.33.
_SERVICE_NAME = Version(1, 33)

_SPEC = ("spec",)
_TEMPLATE = ("spec", "template")


def only_always(template: object, kind: str) -> Iterator[Violation]:
    """Pods that a controller keeps running restart always, and have no deadline (apps ValidatePodTemplateSpecForReplicaSet)."""
    spec = mapping(mapping(template).get("spec"))
    policy = spec.get("restartPolicy")
    if isinstance(policy, str) and policy in ("OnFailure", "Never"):
        where = (*_TEMPLATE, "spec", "restartPolicy")
        yield Violation(
            "invalid-value", where, f"'Always' is the only restartPolicy of a {kind}'s pods, but this is {policy}", suggestion="Always"
        )
    if spec.get("activeDeadlineSeconds") is not None:
        where = (*_TEMPLATE, "spec", "activeDeadlineSeconds")
        yield Violation(
            "invalid-value", where, f"activeDeadlineSeconds is not allowed in a {kind}, whose pods run until they are replaced", "key"
        )


def _is_zero(value: object) -> bool:
    number = int_or_percent.parse(value)
    return number is not None and number.amount == 0


def _deployment_strategy(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """apps ValidateDeploymentStrategy and ValidateRollingUpdateDeployment, after the defaults."""
    strategy = mapping(value)
    return _deployment(strategy, mapping(strategy.get("rollingUpdate")))


def _deployment(strategy: Mapping[str, Any], update: Mapping[str, Any]) -> Iterator[Refusal]:
    kind = strategy.get("type")
    if isinstance(kind, str) and kind not in ("", "RollingUpdate", "Recreate"):
        refusal = not_among(kind, ("RollingUpdate", "Recreate"))
        yield Refusal(refusal.text, ("type",), suggestion=refusal.suggestion, replacement=refusal.replacement, safe=refusal.safe)
    elif kind == "Recreate":
        if strategy.get("rollingUpdate") is not None:
            note = "the type is Recreate here"
            yield Refusal("must not be set with type Recreate", ("rollingUpdate",), at="key", related=((("type",), note),))
    elif _is_zero(update.get("maxUnavailable")) and _is_zero(update.get("maxSurge")):
        yield _both_zero(update, ("rollingUpdate",))


def _both_zero(update: Mapping[str, Any], below: Path) -> Refusal:
    """Both limits are 0. The server names maxUnavailable; either may be what to change, so this stands where a reader meets the first."""
    first, second = sorted(("maxUnavailable", "maxSurge"), key=[*update, "maxUnavailable", "maxSurge"].index)
    related = (((*below, second), f"{second} is 0 here"),) if second in update else ()
    return Refusal(f"must not be 0 when {second} is 0: no pod could ever be replaced", (*below, first), related=related)


def _deadline(value: object, _: VersionRange) -> Refusal | None:
    """apps ValidateDeploymentSpec, after the defaults."""
    spec = mapping(value)
    written = spec.get("progressDeadlineSeconds")
    deadline = _DEADLINE if written is None else integer(written)
    ready = integer(spec.get("minReadySeconds") or 0)
    if deadline is None or ready is None or deadline > ready or deadline < 0:
        return None
    if written is None:
        text = f"is absent, so it is {_DEADLINE}, and must be more than minReadySeconds, {ready}"
        return Refusal(text, ("progressDeadlineSeconds",), related=((("minReadySeconds",), f"minReadySeconds is {ready}"),))
    related = ((("minReadySeconds",), f"minReadySeconds is {ready}"),) if spec.get("minReadySeconds") is not None else ()
    return Refusal(f"must be more than minReadySeconds, {ready}, but is {deadline}", ("progressDeadlineSeconds",), related=related)


_DEPLOYMENT = Table(
    Rule("replicas", NOT_NEGATIVE, "apps ValidateDeploymentSpec"),
    Rule("minReadySeconds", NOT_NEGATIVE, "apps ValidateDeploymentSpec"),
    Rule("revisionHistoryLimit", NOT_NEGATIVE, "apps ValidateDeploymentSpec"),
    Rule("progressDeadlineSeconds", NOT_NEGATIVE, "apps ValidateDeploymentSpec"),
    Rule("", _deadline, "apps ValidateDeploymentSpec"),
    Rule("selector", LABEL_SELECTOR, "apps ValidateDeploymentSpec"),
    Rule("strategy", _deployment_strategy, "apps ValidateDeploymentStrategy"),
)
# Only a rolling update looks at its parameters.
_DEPLOYMENT_UPDATE = Table(
    Rule("maxUnavailable", int_or_percent_test(100), "apps ValidateRollingUpdateDeployment"),
    Rule("maxSurge", int_or_percent_test(), "apps ValidateRollingUpdateDeployment"),
)


def _check_deployment(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    spec = mapping(data.get("spec"))
    yield from _DEPLOYMENT.check(spec, versions, _SPEC)
    strategy = mapping(spec.get("strategy"))
    if strategy.get("type") in (None, "", "RollingUpdate"):
        yield from _DEPLOYMENT_UPDATE.check(strategy.get("rollingUpdate"), versions, ("spec", "strategy", "rollingUpdate"))
    yield from _controlled(data, spec, "Deployment", versions)


def _controlled(data: Mapping[str, Any], spec: Mapping[str, Any], kind: str, versions: VersionRange) -> Iterator[Violation]:
    """Selector and template, which the kinds of the group apps have in common."""
    yield from check_workload(spec, mapping(data.get("metadata")).get("labels"), kind, _SPEC)
    yield from check_template(spec.get("template"), versions, _TEMPLATE)
    yield from only_always(spec.get("template"), kind)


_REPLICA_SET = Table(
    Rule("replicas", NOT_NEGATIVE, "apps ValidateReplicaSetSpec"),
    Rule("minReadySeconds", NOT_NEGATIVE, "apps ValidateReplicaSetSpec"),
    Rule("selector", LABEL_SELECTOR, "apps ValidateReplicaSetSpec"),
)


def _check_replica_set(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    spec = mapping(data.get("spec"))
    yield from _REPLICA_SET.check(spec, versions, _SPEC)
    # The schema wants no template here, but the server does.
    if spec.get("template") is None and isinstance(data.get("spec"), dict):
        yield Violation("missing-field", _TEMPLATE, "a ReplicaSet needs a template for its pods")
    yield from _controlled(data, spec, "ReplicaSet", versions)


def _daemon_update(value: object, _: VersionRange) -> Refusal | None:
    """apps ValidateRollingUpdateDaemonSet, after the defaults maxUnavailable 1 and maxSurge 0."""
    update = mapping(value)
    unavailable, surge = update.get("maxUnavailable"), update.get("maxSurge")
    surges = surge is not None and not _is_zero(surge)
    loses = unavailable is None or not _is_zero(unavailable)
    if surges and loses and int_or_percent.parse(surge) is not None:
        have = "1 by default" if unavailable is None else unavailable
        related = ((("maxUnavailable",), "maxUnavailable is set here"),) if unavailable is not None else ()
        text = f"must be 0 unless maxUnavailable is 0, which is {have}; write maxUnavailable: 0"
        return Refusal(text, ("maxSurge",), related=related)
    return None if surges or loses else _both_zero(update, ())


_DAEMON_SET = Table(
    Rule("minReadySeconds", NOT_NEGATIVE, "apps ValidateDaemonSetSpec"),
    Rule("revisionHistoryLimit", NOT_NEGATIVE, "apps ValidateDaemonSetSpec"),
    Rule("selector", LABEL_SELECTOR, "apps ValidateDaemonSetSpec"),
    Rule("updateStrategy.type", one_of("RollingUpdate", "OnDelete"), "apps ValidateDaemonSetUpdateStrategy"),
)
_DAEMON_SET_UPDATE = Table(
    Rule("maxUnavailable", int_or_percent_test(100), "apps ValidateRollingUpdateDaemonSet"),
    Rule("maxSurge", int_or_percent_test(100), "apps ValidateRollingUpdateDaemonSet"),
    Rule("", _daemon_update, "apps ValidateRollingUpdateDaemonSet"),
)


def _check_daemon_set(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    spec = mapping(data.get("spec"))
    yield from _DAEMON_SET.check(spec, versions, _SPEC)
    strategy = mapping(spec.get("updateStrategy"))
    if strategy.get("type") in (None, "", "RollingUpdate"):
        yield from _DAEMON_SET_UPDATE.check(strategy.get("rollingUpdate"), versions, ("spec", "updateStrategy", "rollingUpdate"))
    yield from _controlled(data, spec, "DaemonSet", versions)


def _stateful_strategy(value: object, _: VersionRange) -> Refusal | None:
    """apps ValidateStatefulSetSpec."""
    strategy = mapping(value)
    if strategy.get("type") == "OnDelete" and strategy.get("rollingUpdate") is not None:
        related = ((("type",), "the type is OnDelete here"),)
        return Refusal("must not be set with type OnDelete", ("rollingUpdate",), at="key", related=related)
    return None


def _service_name(value: object, versions: VersionRange) -> Refusal | None:
    if versions.hi < _SERVICE_NAME:
        return None
    refusal = _LABEL(value, versions)
    if isinstance(refusal, Refusal) and versions.lo < _SERVICE_NAME:
        return Refusal(f"{refusal.text} since Kubernetes {_SERVICE_NAME}")
    return refusal if isinstance(refusal, Refusal) else None


def _stateful_unavailable(value: object, versions: VersionRange) -> Refusal | None:
    """apps validateRollingUpdateStatefulSet."""
    if versions.hi < _STATEFUL_UNAVAILABLE:
        return None
    refusal = _PERCENT(value, versions)
    if refusal is None and _is_zero(value):
        return Refusal("must not be 0: no pod could ever be replaced")
    return refusal if isinstance(refusal, Refusal) else None


_LABEL = named(names.dns_label, empty=True)
_PERCENT = int_or_percent_test(100)
_RETENTION = one_of("Retain", "Delete")

_STATEFUL_SET = Table(
    Rule("replicas", NOT_NEGATIVE, "apps ValidateStatefulSetSpec"),
    Rule("minReadySeconds", NOT_NEGATIVE, "apps ValidateStatefulSetSpec"),
    Rule("ordinals.start", NOT_NEGATIVE, "apps ValidateStatefulSetSpec"),
    Rule("selector", LABEL_SELECTOR, "apps ValidateStatefulSetSpec"),
    Rule("serviceName", _service_name, "apps ValidateStatefulSetSpec"),
    Rule("podManagementPolicy", one_of("OrderedReady", "Parallel"), "apps ValidateStatefulSetSpec"),
    Rule("updateStrategy.type", one_of("RollingUpdate", "OnDelete"), "apps ValidateStatefulSetSpec"),
    Rule("updateStrategy", _stateful_strategy, "apps ValidateStatefulSetSpec"),
    Rule("persistentVolumeClaimRetentionPolicy.whenDeleted", _RETENTION, "apps ValidatePersistentVolumeClaimRetentionPolicy"),
    Rule("persistentVolumeClaimRetentionPolicy.whenScaled", _RETENTION, "apps ValidatePersistentVolumeClaimRetentionPolicy"),
    Rule("volumeClaimTemplates[*].spec", CLAIM_SPEC, "apps validateVolumeClaimTemplates"),
    Rule("volumeClaimTemplates[*].metadata.name", _LABEL, "core ValidateVolumes, for the volumes made of the templates"),
)
_STATEFUL_SET_UPDATE = Table(
    Rule("partition", NOT_NEGATIVE, "apps validateRollingUpdateStatefulSet"),
    Rule("maxUnavailable", _stateful_unavailable, "apps validateRollingUpdateStatefulSet"),
)


def _check_stateful_set(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    spec = mapping(data.get("spec"))
    yield from _STATEFUL_SET.check(spec, versions, _SPEC)
    strategy = mapping(spec.get("updateStrategy"))
    if strategy.get("type") in (None, "", "RollingUpdate"):
        yield from _STATEFUL_SET_UPDATE.check(strategy.get("rollingUpdate"), versions, ("spec", "updateStrategy", "rollingUpdate"))
    for index, claim in structures(spec.get("volumeClaimTemplates")):
        where = ("spec", "volumeClaimTemplates", index)
        if mapping(claim.get("metadata")).get("name") in (None, ""):
            yield Violation("missing-field", (*where, "metadata", "name"), "a volumeClaimTemplate needs a name, which the containers mount")
        if claim.get("spec") is None:
            yield Violation("missing-field", (*where, "spec"), "a volumeClaimTemplate needs a spec with accessModes and resources")
    yield from _controlled(data, _with_claims(spec), "StatefulSet", versions)


def _with_claims(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The spec as it is judged: claims take the place of volumes, host name and subdomain are the controller's (apps
    ValidateStatefulSetSpec, volumesToAddForTemplates)."""
    template, pod = mapping(spec.get("template")), mapping(mapping(spec.get("template")).get("spec"))
    claims = [mapping(claim.get("metadata")).get("name") for _, claim in structures(spec.get("volumeClaimTemplates"))]
    names_of_claims = {name: {"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims if isinstance(name, str)}
    if not pod or (not names_of_claims and pod.keys().isdisjoint(("hostname", "subdomain"))):
        return spec
    judged = {key: value for key, value in pod.items() if key not in ("hostname", "subdomain")}
    if names_of_claims and isinstance(pod.get("volumes"), list | None):
        # What a claim replaces keeps its index and is no longer looked at; the rest of the claims are known by name only.
        volumes: list[Any] = []
        present: set[str] = set()
        for volume in items(pod.get("volumes")):
            name = mapping(volume).get("name")
            # Of several that a claim replaces, one is left; zero is no volume, and only keeps the indexes.
            claim = names_of_claims.get(name, volume) if isinstance(name, str) else volume
            volumes.append(0 if claim is not volume and str(name) in present else claim)
            if isinstance(name, str):
                present.add(name)
        valid = [volume for name, volume in names_of_claims.items() if name not in present and names.dns_label(name) is None]
        judged["volumes"] = [*volumes, *valid]
    return {**spec, "template": {**template, "spec": judged}}


_REPLICATION_CONTROLLER = Table(
    Rule("replicas", NOT_NEGATIVE, "core ValidateReplicationControllerSpec"),
    Rule("minReadySeconds", NOT_NEGATIVE, "core ValidateReplicationControllerSpec"),
)


def _check_replication_controller(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    """core ValidateReplicationControllerSpec; an absent selector is that of the template's labels (core v1 defaults.go)."""
    spec = mapping(data.get("spec"))
    template = spec.get("template")
    yield from _REPLICATION_CONTROLLER.check(spec, versions, _SPEC)
    if template is None and isinstance(data.get("spec"), dict | None):
        where = _TEMPLATE if data.get("spec") is not None else _SPEC
        yield Violation("missing-field", where, "a ReplicationController needs a template for its pods")
    if template is not None and not spec.get("selector") and not mapping(mapping(template).get("metadata")).get("labels"):
        yield Violation("missing-field", (*_SPEC, "selector"), "a selector is required where the template has no labels to take it from")
    yield from check_map(spec, mapping(data.get("metadata")).get("labels"), _SPEC)
    yield from check_template(template, versions, _TEMPLATE)
    yield from only_always(template, "ReplicationController")


def _check_revision(data: Mapping[str, Any], versions: VersionRange) -> Iterator[Violation]:
    """apps ValidateControllerRevisionCreate."""
    yield from _REVISION.check(data, versions)
    if not isinstance(data.get("data"), dict | None):
        yield Violation("missing-field", ("data",), "a ControllerRevision needs data, which is an object")


_REVISION = Table(Rule("revision", NOT_NEGATIVE, "apps validateControllerRevision"))


def _check_pod_template(data: Mapping[str, Any], versions: VersionRange) -> list[Violation]:
    """core ValidatePodTemplate."""
    if data.get("template") is None:
        return [Violation("missing-field", ("template",), "a PodTemplate needs a template")]
    return check_template(data.get("template"), versions, ("template",))


CHECKS: Mapping[str, FieldRules] = {
    "/Pod": check_pod,
    "/PodTemplate": _check_pod_template,
    "/ReplicationController": _check_replication_controller,
    "apps/ControllerRevision": _check_revision,
    "apps/DaemonSet": _check_daemon_set,
    "apps/Deployment": _check_deployment,
    "apps/ReplicaSet": _check_replica_set,
    "apps/StatefulSet": _check_stateful_set,
}
"""The rules of this module by ``group/Kind``."""
