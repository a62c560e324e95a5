"""Times plans by the number of workloads: ``python -m tests.benchmarks.plans``; the cost of one must not grow with their number."""

from __future__ import annotations

import time
from typing import Any

from rollproof.config import newest
from rollproof.model.cluster import Cluster
from rollproof.model.resource import Identity, Resource
from rollproof.rollout.plan import plan

SIZES = (1_000, 2_500, 5_000, 10_000, 20_000)


def resource(api_version: str, kind: str, name: str, spec: dict[str, Any]) -> Resource:
    """An object in a namespace of its own team."""
    metadata = {"name": name, "namespace": f"team-{int(name.rpartition('-')[2]) % 50}"}
    data = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
    return Resource(Identity(api_version, kind, metadata["namespace"], name), data, f"{name}.yaml", 0)


def application(number: int) -> list[Resource]:
    """One workload with what usually stands beside it: a Service always, an autoscaler and a budget sometimes."""
    name = f"app-{number}"
    labels = {"app": name}
    container = {
        "name": "app",
        "image": "example.com/app:1",
        "resources": {"requests": {"cpu": f"{100 + number % 7 * 50}m", "memory": "128Mi"}},
        "readinessProbe": {"httpGet": {"port": 80}, "initialDelaySeconds": number % 11},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    kind = ("Deployment", "Deployment", "Deployment", "StatefulSet", "DaemonSet")[number % 5]
    limits = {"maxSurge": f"{number % 100 + 1}%", "maxUnavailable": f"{number % 37}%"} if kind == "Deployment" else {}
    field = "strategy" if kind == "Deployment" else "updateStrategy"
    spec: dict[str, Any] = {"selector": {"matchLabels": labels}, "template": template, field: {"rollingUpdate": limits}}
    if kind != "DaemonSet":
        spec["replicas"] = number % 20 + 1
    found = [resource("apps/v1", kind, name, spec), resource("v1", "Service", name, {"selector": labels, "ports": [{"port": 80}]})]
    if number % 3 == 0 and kind == "Deployment":
        del spec["replicas"]
        target = {"apiVersion": "apps/v1", "kind": kind, "name": name}
        scaler = {"scaleTargetRef": target, "minReplicas": 1 + number % 5, "maxReplicas": 10 + number % 90}
        found.append(resource("autoscaling/v2", "HorizontalPodAutoscaler", name, scaler))
    if number % 4 == 0:
        found.append(resource("policy/v1", "PodDisruptionBudget", name, {"minAvailable": "50%", "selector": {"matchLabels": labels}}))
    return found


def main() -> None:
    """Print the seconds of each size, and what one workload costs compared to the smallest size."""
    versions = newest()
    unit = 0.0
    for size in SIZES:
        cluster = Cluster(tuple(one for number in range(size) for one in application(number)), whole=True)
        start = time.perf_counter()
        made = plan(cluster, versions)
        seconds = time.perf_counter() - start
        assert len(made.workloads) == size
        each = seconds / size
        unit = unit or each
        print(f"  {size:>6} workloads {seconds:>7.2f} s {each * 1e6:>7.0f} us each {each / unit:>6.2f} x")


if __name__ == "__main__":
    main()
