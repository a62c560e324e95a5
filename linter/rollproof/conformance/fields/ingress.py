"""The field rules of Ingresses and IngressClasses.

Source: Kubernetes ``pkg/apis/networking/validation/validation.go`` (ValidateIngressSpec, validateIngressClassSpec and what they call).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.conformance.fields import FieldRules
from rollproof.conformance.fields.conditions import named, not_among
from rollproof.conformance.fields.table import Refusal, Rule, Table, integer, mapping
from rollproof.conformance.fields.values import (
    domain_prefixed_path,
    exactly_one_of,
    is_known,
    misnamed,
    missing,
    not_empty,
    on_structure,
    typed_reference,
)
from rollproof.conformance.value import shown
from rollproof.kube import names
from rollproof.kube.address import parse_address
from rollproof.kube.version import VersionRange

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_LONGEST_CONTROLLER = 250


@on_structure
def _object(data: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """ValidateIngressSpec, and the two ways to name a class (ValidateIngressCreate)."""
    spec, annotations = mapping(data.get("spec")), mapping(mapping(data.get("metadata")).get("annotations"))
    if spec.get("rules") in (None, []) and spec.get("defaultBackend") is None and isinstance(data.get("spec", {}), dict | None):
        yield Refusal("must have rules or a defaultBackend", ("spec",), "missing-field")
    named, annotated = spec.get("ingressClassName"), annotations.get(_CLASS_ANNOTATION, "") or ""
    if (
        _CLASS_ANNOTATION in annotations
        and isinstance(named, str)
        and isinstance(annotated, str)
        and is_known(named)
        and named != annotated
    ):
        related = ((("spec", "ingressClassName"), f"ingressClassName is {shown(named)}"),)
        reason = f"is {shown(annotated)}, which contradicts ingressClassName {shown(named)}; remove the annotation"
        yield Refusal(reason, ("metadata", "annotations", _CLASS_ANNOTATION), related=related)


def _host(value: object, _: VersionRange) -> Refusal | None:
    """validateIngressRules."""
    if not isinstance(value, str) or not value:
        return None
    if parse_address(value) is not None:
        return Refusal(f"must be a name, but {shown(value)} is an IP address")
    reason = names.ingress_host(value)
    if reason is None:
        return None
    host, colon, port = value.partition(":")
    if colon and port.isdigit() and names.ingress_host(host) is None:
        return Refusal(f"must be a name without a port; write {host}", suggestion=host, replacement=shown(host))
    return Refusal(f"{shown(value)} {reason}")


@on_structure
def _path(entry: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validateHTTPIngressPath."""
    kind, path = entry.get("pathType"), entry.get("path")
    path = "" if path is None else path
    if isinstance(kind, str) and kind not in _PATH_TYPES:
        bad = not_among(kind, _PATH_TYPES)
        yield Refusal(bad.text, ("pathType",), suggestion=bad.suggestion, replacement=bad.replacement, safe=bad.safe)
    elif not isinstance(path, str):
        return
    elif kind in ("Exact", "Prefix") and not path:
        yield missing(("path",), f" with pathType {kind}")
    elif kind in ("Exact", "Prefix") and (reason := names.absolute_path(path)) is not None:
        yield Refusal(f"{shown(path)} {reason}", ("path",))
    elif kind == "ImplementationSpecific" and path and not path.startswith("/"):
        yield Refusal(f"{shown(path)} must start with '/'", ("path",))


@on_structure
def _backend(backend: dict[str, Any], versions: VersionRange) -> Iterator[Refusal]:
    """validateIngressBackend."""
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        first, second = [key for key in backend if key in ("service", "resource")]
        related = (((first,), f"{first} is set here"),)
        yield Refusal(f"cannot stand beside {first}: a backend is one of them", (second,), at="key", related=related)
    elif service is None and resource is None:
        old = "; serviceName and servicePort are service.name and service.port in networking.k8s.io/v1" if "serviceName" in backend else ""
        yield Refusal(f"must have a service or a resource{old}", rule="missing-field")
    elif isinstance(service, dict):
        yield from _service(service, versions)


def _service(service: dict[str, Any], versions: VersionRange) -> Iterator[Refusal]:
    name, port = service.get("name"), service.get("port")
    if name == "":
        yield Refusal("is required, but empty", ("service", "name"), "missing-field")
    elif isinstance(name, str) and (bad := misnamed(name, names.service_name(versions.lo), ("service", "name"))):
        yield bad
    if not (port is None or isinstance(port, dict)):
        return
    port = port or {}
    label, number = port.get("name"), port.get("number")
    if label in (None, "") and number in (None, 0):
        where = ("service", "port") if "port" in service else ("service",)
        yield Refusal("must give the port of the Service, by number or name", where, "missing-field")
    elif label not in (None, "") and number not in (None, 0):
        first, second = [key for key in port if key in ("name", "number")]
        related = ((("service", "port", first), f"{first} is set here"),)
        reason = f"cannot stand beside {first}: a port is given by number or by name"
        yield Refusal(reason, ("service", "port", second), at="key", related=related)
    elif isinstance(label, str) and label and (bad := misnamed(label, names.port_name, ("service", "port", "name"))):
        yield bad
    elif (whole := integer(number)) and not 1 <= whole <= 65535:
        yield Refusal(f"must be from 1 to 65535, but is {whole}", ("service", "port", "number"))


_BACKEND = Table(
    Rule("", _backend, "validateIngressBackend"),
    Rule("resource", typed_reference, "validateIngressTypedLocalObjectReference"),
)

_INGRESS = Table(
    Rule("", _object, "ValidateIngressSpec, ValidateIngressCreate"),
    Rule("spec.defaultBackend", _BACKEND),
    Rule("spec.rules[*].host", _host, "validateIngressRules"),
    Rule("spec.rules[*].http.paths", not_empty, "validateHTTPIngressRuleValue"),
    Rule("spec.rules[*].http.paths[*]", _path, "validateHTTPIngressPath"),
    Rule("spec.rules[*].http.paths[*].backend", _BACKEND),
    Rule("spec.tls[*].hosts[*]", named(names.ingress_host), "validateIngressTLS"),
    Rule("spec.tls[*].secretName", named(names.dns_subdomain, empty=True), "validateTLSSecretName"),
    Rule("spec.ingressClassName", named(names.dns_subdomain), "ValidateIngressClassName"),
)


def _controller(value: object, _: VersionRange) -> Refusal | None:
    """validateIngressClassSpec."""
    if not isinstance(value, str) or not value:
        return None
    if len(value) > _LONGEST_CONTROLLER:
        return Refusal(f"may have at most {_LONGEST_CONTROLLER} characters, but has {len(value)}")
    return misnamed(value, domain_prefixed_path)


@on_structure
def _class(data: dict[str, Any], _: VersionRange) -> Refusal | None:
    if isinstance(data.get("spec", {}), dict | None) and mapping(data.get("spec")).get("controller") in (None, ""):
        return missing(("spec", "controller"))
    return None


@on_structure
def _parameters(reference: dict[str, Any], _: VersionRange) -> Iterator[Refusal]:
    """validateIngressClassParametersReference; the scope defaults to Cluster (pkg/apis/networking/v1/defaults.go)."""
    scope, namespace = reference.get("scope"), reference.get("namespace")
    if scope == "Namespace":
        if namespace is None:
            yield missing(("namespace",), " with scope Namespace")
        elif isinstance(namespace, str) and (bad := misnamed(namespace, names.dns_label, ("namespace",))):
            yield bad
    elif scope in (None, "Cluster") and namespace is not None:
        yield Refusal("is only for scope Namespace, but the scope is Cluster", ("namespace",), at="key")


_INGRESS_CLASS = Table(
    Rule("", _class, "IsDomainPrefixedPath"),
    Rule("spec.controller", _controller, "validateIngressClassSpec"),
    Rule("spec.parameters", typed_reference, "validateIngressTypedLocalObjectReference"),
    Rule("spec.parameters.scope", exactly_one_of("Cluster", "Namespace"), "validateIngressClassParametersReference"),
    Rule("spec.parameters", _parameters, "validateIngressClassParametersReference"),
)

CHECKS: Mapping[str, FieldRules] = {
    "networking.k8s.io/Ingress": _INGRESS.check,
    "networking.k8s.io/IngressClass": _INGRESS_CLASS.check,
}
