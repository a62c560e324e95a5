"""Pods and pod templates: the rules of a pod's spec, and what its parts must not contradict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import containers, mounts, pod_network, resources, scheduling, security
from rollproof.conformance.fields.annotations import check_annotations
from rollproof.conformance.fields.conditions import between, filled, named, one_of, unique
from rollproof.conformance.fields.metadata import TEMPLATE_METADATA, labels
from rollproof.conformance.fields.table import Refusal, Rule, Table, items, mapping, structures, text
from rollproof.conformance.fields.values import exactly_one_of
from rollproof.conformance.fields.volumes import VOLUME
from rollproof.conformance.fields.windows import check_os
from rollproof.conformance.value import shown
from rollproof.conformance.violation import Violation
from rollproof.kube import names
from rollproof.kube.version import VersionRange
from rollproof.span import Path

_CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")


def every_container(spec: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The containers of a pod spec with their paths below it."""
    for field in _CONTAINER_LISTS:
        for index, container in structures(spec.get(field)):
            yield (field, index), container


def _names(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """Containers of all sorts share one space of names (core validateContainers and its siblings)."""
    spec = mapping(value)
    found = [text(container.get("name")) for _, container in every_container(spec)]
    return _same_names(spec) if len(set(found)) < len(found) else None


def _same_names(spec: Mapping[str, Any]) -> Iterator[Refusal]:
    first: dict[str, Path] = {}
    for path, container in every_container(spec):
        name, where = text(container.get("name")), (*path, "name")
        if name and first.setdefault(name, where) != where:
            yield Refusal(f"{shown(name)} is the name of another container already", where, related=((first[name], "first here"),))


def _volumes(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    """What containers mount must be a volume of the pod."""
    spec = mapping(value)
    volumes = {text(volume.get("name")): volume for _, volume in structures(spec.get("volumes"))}
    return mounts.check_pod(every_container(spec), volumes)


def _sidecars(value: object, versions: VersionRange) -> Iterator[Refusal]:
    for index, container in structures(mapping(value).get("initContainers")):
        if container.get("restartPolicy") == "Always":
            for found in containers.SIDECAR.check(container, versions):
                yield Refusal(found.message, ("initContainers", index, *found.path), found.rule, found.at, found.suggestion, sentence=True)


def _namespaces(value: object, _: VersionRange) -> Iterator[Refusal] | None:
    spec = mapping(value)
    if spec.keys().isdisjoint(("hostNetwork", "hostPID", "hostIPC", "hostUsers")):
        return None
    return security.host_namespaces(spec)


def _unmasked(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core ValidateSecurityContext and validateHostUsers: what needs users of the pod's own, and what excludes them."""
    spec = mapping(value)
    own_users = spec.get("hostUsers") is False
    for path, container in every_container(spec):
        if not own_users and mapping(container.get("securityContext")).get("procMount") == "Unmasked":
            yield Refusal("may be Unmasked only when hostUsers is false", (*path, "securityContext", "procMount"))
        if own_users and container.get("volumeDevices"):
            yield Refusal("are not allowed when hostUsers is false", (*path, "volumeDevices"), at="key")


def _claims(value: object, _: VersionRange) -> Iterator[Refusal]:
    """Containers name claims of the pod (core validateResourceClaimNames)."""
    spec = mapping(value)
    known = {text(claim.get("name")) for _, claim in structures(spec.get("resourceClaims"))}
    for path, container in every_container(spec):
        for index, claim in structures(mapping(container.get("resources")).get("claims")):
            name = claim.get("name")
            if isinstance(name, str) and name and name not in known:
                where = (*path, "resources", "claims", index, "name")
                yield Refusal(f"{shown(name)} is not one of the pod's resourceClaims", where)


def _resizing(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core validateResizePolicy."""
    spec = mapping(value)
    for path, container in every_container(spec):
        for refusal in resources.resize_policies(spec.get("restartPolicy"), container.get("resizePolicy")):
            related = tuple(((*path, "resizePolicy", *below), note) for below, note in refusal.related)
            below = (*path, "resizePolicy", *refusal.below)
            yield Refusal(refusal.text, below, suggestion=refusal.suggestion, replacement=refusal.replacement, related=related)


def _sleeps(value: object, versions: VersionRange) -> Iterator[Refusal]:
    """core validateSleepAction: not longer than the pod is given to end."""
    spec = mapping(value)
    for path, container in every_container(spec):
        if container.get("lifecycle") is not None:
            yield from pod_network.long_sleeps(spec, path, container, versions)


def _debugged(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core validateEphemeralContainers."""
    spec = mapping(value)
    known = {text(container.get("name")) for path, container in every_container(spec) if path[0] != "ephemeralContainers"}
    for index, container in structures(spec.get("ephemeralContainers")):
        target = container.get("targetContainerName")
        if isinstance(target, str) and target and target not in known:
            yield Refusal(f"{shown(target)} is not one of the pod's containers", ("ephemeralContainers", index, "targetContainerName"))


def _files(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core validateFileKeyRefVolumes."""
    spec = mapping(value)
    volumes = {text(volume.get("name")): volume for _, volume in structures(spec.get("volumes"))}
    for path, container in every_container(spec):
        for index, variable in structures(container.get("env")):
            name = mapping(mapping(variable.get("valueFrom")).get("fileKeyRef")).get("volumeName")
            if not isinstance(name, str) or names.dns_label(name) is not None:
                continue
            where = (*path, "env", index, "valueFrom", "fileKeyRef", "volumeName")
            volume = volumes.get(name)
            if volume is None:
                yield Refusal(f"{shown(name)} is not one of the pod's volumes", where)
            elif volume.get("emptyDir") is None and any(source is not None for key, source in volume.items() if key != "name"):
                yield Refusal(f"must name an emptyDir, and {shown(name)} is none", where)


def _gates(value: object, _: VersionRange) -> Iterator[Refusal]:
    """core validateSchedulingGates."""
    first: dict[str, int] = {}
    for index, gate in structures(value):
        name = gate.get("name")
        if not isinstance(name, str):
            continue
        if (reason := names.qualified_name(name)) is not None:
            yield Refusal(f"{shown(name)} {reason}", (index, "name"))
        elif first.setdefault(name, index) != index:
            yield Refusal(f"{shown(name)} is listed twice", (index, "name"), related=(((first[name], "name"), "first here"),))


def _claim_source(value: object, _: VersionRange) -> Refusal | None:
    """core validatePodResourceClaim."""
    claim = mapping(value)
    present = [key for key in ("resourceClaimName", "resourceClaimTemplateName") if claim.get(key) is not None]
    if not present:
        return Refusal("must have a resourceClaimName or a resourceClaimTemplateName", rule="missing-field")
    return Refusal("cannot stand beside resourceClaimName", (present[1],), at="key") if len(present) > 1 else None


def _cross_checks(*fields: str, test: Any) -> Any:
    """A test of the whole spec that has nothing to do unless one of some fields is somewhere in its containers."""

    def checked(value: object, versions: VersionRange) -> Any:
        if type(value) is not dict or not any(not container.keys().isdisjoint(fields) for _, container in every_container(value)):
            return None
        return test(value, versions)

    return checked


_SUBDOMAIN = named(names.dns_subdomain, empty=True)
_LABEL = named(names.dns_label, empty=True)

POD_SPEC = Table(
    Rule("", filled("containers"), "validateContainers"),
    Rule("containers[*]", containers.CONTAINER, "validateContainers"),
    Rule("initContainers[*]", containers.INIT_CONTAINER, "validateInitContainers"),
    Rule("ephemeralContainers[*]", containers.EPHEMERAL_CONTAINER, "validateEphemeralContainers"),
    Rule("", _sidecars, "validateInitContainers"),
    Rule("", _names, "validateContainers, validateInitContainers, validateEphemeralContainers"),
    Rule("", _debugged, "validateEphemeralContainers"),
    Rule("volumes[*]", VOLUME, "ValidateVolumes"),
    Rule("volumes", unique("name"), "ValidateVolumes"),
    Rule("", _cross_checks("volumeMounts", "volumeDevices", test=_volumes), "ValidateVolumeMounts, ValidateVolumeDevices"),
    Rule("", _cross_checks("env", test=_files), "validateFileKeyRefVolumes"),
    Rule("", _cross_checks("lifecycle", test=_sleeps), "validateSleepAction"),
    Rule("", _cross_checks("resizePolicy", test=_resizing), "validateResizePolicy"),
    Rule("", _cross_checks("resources", test=_claims), "validateResourceClaimNames"),
    Rule("", _cross_checks("securityContext", "volumeDevices", test=_unmasked), "ValidateSecurityContext, validateHostUsers"),
    Rule("", _namespaces, "validatePodSpecSecurityContext, validateHostUsers"),
    Rule("securityContext", security.POD_CONTEXT, "validatePodSpecSecurityContext"),
    Rule("", check_os, "validateOS, validateLinux, validateWindows, validateWindowsHostProcessPod"),
    Rule("restartPolicy", one_of("Always", "OnFailure", "Never"), "validateRestartPolicy"),
    Rule("dnsPolicy", one_of("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"), "validateDNSPolicy"),
    Rule("", pod_network.dns, "validatePodDNSConfig"),
    Rule("dnsConfig", pod_network.DNS_CONFIG, "validatePodDNSConfig"),
    Rule("hostAliases[*]", pod_network.HOST_ALIAS, "ValidateHostAliases"),
    Rule("", pod_network.host_name, "validatePodHostName"),
    Rule("hostname", _LABEL, "ValidatePodSpec"),
    Rule("subdomain", _LABEL, "ValidatePodSpec"),
    Rule("nodeSelector", labels, "ValidateLabels"),
    Rule("affinity", scheduling.AFFINITY, "validateAffinity"),
    Rule("tolerations[*]", scheduling.toleration, "ValidateTolerations"),
    Rule("topologySpreadConstraints", scheduling.SPREAD_CONSTRAINTS, "validateTopologySpreadConstraints"),
    Rule("readinessGates[*].conditionType", named(names.qualified_name), "validateReadinessGates"),
    Rule("schedulingGates", _gates, "validateSchedulingGates"),
    Rule("serviceAccountName", _SUBDOMAIN, "ValidateServiceAccountName"),
    Rule("nodeName", _SUBDOMAIN, "ValidateNodeName"),
    Rule("priorityClassName", _SUBDOMAIN, "ValidatePriorityClassName"),
    Rule("runtimeClassName", named(names.dns_subdomain), "ValidateRuntimeClassName"),
    Rule("preemptionPolicy", exactly_one_of("PreemptLowerPriority", "Never"), "ValidatePreemptionPolicy"),
    Rule("activeDeadlineSeconds", between(1, 2**31 - 1), "ValidatePodSpec"),
    Rule("overhead", resources.overhead, "validateOverhead"),
    Rule("resourceClaims[*]", filled("name"), "validatePodResourceClaim"),
    Rule("resourceClaims[*].name", _LABEL, "validatePodResourceClaim"),
    Rule("resourceClaims", unique("name"), "validatePodResourceClaims"),
    Rule("resourceClaims[*]", _claim_source, "validatePodResourceClaim"),
    Rule("resourceClaims[*].resourceClaimName", named(names.dns_subdomain), "ValidateResourceClaimName"),
    Rule("resourceClaims[*].resourceClaimTemplateName", named(names.dns_subdomain), "ValidateResourceClaimTemplateName"),
)
"""ValidatePodSpec, Kubernetes pkg/apis/core/validation/validation.go, where all functions named here are."""

_TEMPLATE = Table(
    Rule("spec", resources.pod_resources(defaulted=False), "validatePodResources"),
    Rule("spec", pod_network.host_ports(defaulted=False), "checkHostPortConflicts, validatePodHostNetworkDeps"),
    Rule("metadata", TEMPLATE_METADATA, "ValidatePodTemplateSpec"),
    Rule("", check_annotations, "ValidatePodSpecificAnnotations"),
    Rule("spec", POD_SPEC, "ValidatePodTemplateSpec"),
)


def check_template(template: object, versions: VersionRange, path: Path) -> list[Violation]:
    """What is wrong with a pod template that stands at ``path``, whatever kind it belongs to (ValidatePodTemplateSpec).

    Which restart policies a kind allows is its own matter.
    """
    found: list[Violation] = []
    if isinstance(template, dict):
        spec = template.get("spec")
        if spec is None:
            text = "a template needs a spec with containers"
            found.append(Violation("missing-field", (*path, "spec"), text))
        found += _TEMPLATE.check(template, versions, path)
        if items(mapping(spec).get("ephemeralContainers")):
            text = "ephemeralContainers are added to running pods and are not allowed in a template"
            found.append(Violation("invalid-value", (*path, "spec", "ephemeralContainers"), text, "key"))
    return found


_POD = Table(
    Rule("spec", resources.pod_resources(defaulted=True), "validatePodResources"),
    Rule("spec", pod_network.host_ports(defaulted=True), "checkHostPortConflicts, validatePodHostNetworkDeps"),
    Rule("", check_annotations, "ValidatePodSpecificAnnotations"),
    Rule("spec", POD_SPEC, "ValidatePodSpec"),
    Rule("spec", pod_network.only_pods, "validatePodMetadataAndSpec, ValidatePodCreate"),
)


def check_pod(data: Mapping[str, Any], versions: VersionRange) -> list[Violation]:
    """What is wrong with a Pod (ValidatePodCreate)."""
    found = _POD.check(data, versions)
    if data.get("spec") is None:
        found.append(Violation("missing-field", ("spec",), "a Pod needs a spec with containers"))
    return found
