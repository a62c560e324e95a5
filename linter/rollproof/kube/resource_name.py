"""Names of resources: cpu, memory, requests.storage, nvidia.com/gpu, and which of them may stand where.

Sources: Kubernetes ``pkg/apis/core/helper/helpers.go`` and ``pkg/apis/core/validation/validation.go`` (validateResourceName,
validateContainerResourceName, ValidateResourceQuotaResourceName). A check gives the reason why a name is refused, or None.
"""

from __future__ import annotations

from typing import Final

from rollproof.kube import names

_CONTAINER: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
_COUNTS: Final = frozenset(
    {
        "configmaps",
        "persistentvolumeclaims",
        "pods",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "services",
        "services.loadbalancers",
        "services.nodeports",
    }
)
QUOTA: Final = (
    _COUNTS
    | _CONTAINER
    | {f"{side}.{name}" for side in ("requests", "limits") for name in ("cpu", "memory", "ephemeral-storage")}
    | {"requests.storage"}
)
"""What a quota may count without a prefix of a domain (``standardQuotaResources``)."""

_STANDARD: Final = QUOTA | {"storage"}


def is_huge_pages(name: str) -> bool:
    """Huge pages of some size, as a container asks for them."""
    return name.startswith("hugepages-")


def is_native(name: str) -> bool:
    """Whether the name belongs to Kubernetes: without a domain, or under kubernetes.io."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Whether the name is an extended resource, which is counted in whole units and never overcommitted."""
    return not is_native(name) and not name.startswith("requests.") and names.qualified_name(f"requests.{name}") is None


def is_integer(name: str) -> bool:
    """Whether amounts of it must be whole: objects that are counted, and extended resources."""
    return name in _COUNTS or is_extended(name)


def may_overcommit(name: str) -> bool:
    """Whether a limit may be larger than the request."""
    return is_native(name) and not is_huge_pages(name)


def any_resource(name: str) -> str | None:
    """A resource of any sort (validateResourceName)."""
    return names.qualified_name(name) or _unless(name, _is_standard(name), "is no resource that Kubernetes knows, and has no domain")


def container_resource(name: str) -> str | None:
    """A resource that a container may ask for (validateContainerResourceName)."""
    if "/" not in name:
        return any_resource(name) or _unless(name, name in _CONTAINER or is_huge_pages(name), "is not a resource of containers")
    reason = any_resource(name)
    if reason is None and not is_native(name) and not is_extended(name):
        return "is not the name of an extended resource"
    return reason


def quota_resource(name: str) -> str | None:
    """A resource that a ResourceQuota may limit (ValidateResourceQuotaResourceName)."""
    return any_resource(name) or _unless(name, name in QUOTA or _is_huge_pages_quota(name), "is not a resource that a quota can limit")


def _is_standard(name: str) -> bool:
    return name in _STANDARD or _is_huge_pages_quota(name)


def _is_huge_pages_quota(name: str) -> bool:
    return name.startswith(("hugepages-", "requests.hugepages-"))


def _unless(name: str, fine: bool, reason: str) -> str | None:
    return None if fine or "/" in name else reason
