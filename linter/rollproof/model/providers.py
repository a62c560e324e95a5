"""What objects make beside themselves: the Secrets and ConfigMaps that controllers fill in from custom resources."""

from __future__ import annotations

from collections.abc import Iterator

from rollproof.kube import kinds
from rollproof.model.resource import Resource, look_up
from rollproof.span import Path

_NAMED_IN: dict[str, tuple[tuple[str, Path], ...]] = {
    # cert-manager.io pkg/apis/certmanager/v1 types_certificate.go
    "Certificate": (("Secret", ("spec", "secretName")),),
    # external-secrets.io apis/externalsecrets/v1 externalsecret_types.go
    "ExternalSecret": (("Secret", ("spec", "target", "name")),),
    # bitnami.com sealed-secrets pkg/apis/sealedsecrets/v1alpha1 types.go
    "SealedSecret": (("Secret", ("spec", "template", "metadata", "name")),),
    # secrets.hashicorp.com vault-secrets-operator api/v1beta1
    "VaultStaticSecret": (("Secret", ("spec", "destination", "name")),),
    "VaultDynamicSecret": (("Secret", ("spec", "destination", "name")),),
    "VaultPKISecret": (("Secret", ("spec", "destination", "name")),),
}


def provided(resource: Resource) -> Iterator[tuple[str, str]]:
    """Kind and name of what a controller makes because of the object; a custom resource may make anything of its own name."""
    if kinds.is_namespaced(resource.group, resource.kind) is not None:
        return
    for kind, path in _NAMED_IN.get(resource.kind, ()):
        name = look_up(resource.data, path)
        if isinstance(name, str):
            yield kind, name
    for entry in resource.items("spec", "secretObjects"):
        # secrets-store.csi.x-k8s.io SecretProviderClass
        if isinstance(entry, dict) and isinstance(entry.get("secretName"), str):
            yield "Secret", entry["secretName"]
    if resource.name is not None:
        for kind in ("ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim", "Deployment", "StatefulSet"):
            yield kind, resource.name
