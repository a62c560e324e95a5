"""How long the questions across files take as a project grows: 1,000, 10,000 and 100,000 documents, a fifth of them Services.

``python -m tests.benchmarks.cluster`` builds the resources in memory (parsing is measured elsewhere), runs every rule that looks across
files and the traffic of the plan, and prints seconds of processor time, the ratio to the size before, and the greatest memory used.
The collector of cycles is off, as its passes over all living objects are no work of these rules.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

from rollproof import catalog
from rollproof.model.cluster import Cluster
from rollproof.model.resource import Identity, Resource
from rollproof.model.workload import workload_of
from rollproof.rollout.target import Target
from rollproof.rollout.traffic import service_plans
from rollproof.rule import takes_cluster

SIZES = (1_000, 10_000, 100_000)

TEAM = 50
"""Applications of one namespace and folder."""


def resources(count: int) -> Iterator[Resource]:
    """Applications of five objects: blue and green Deployments, a Service (every hundredth misspelt), a ConfigMap, an autoscaler."""
    for number in range(count // 5):
        team, app = number // TEAM, f"app-{number}"
        labels = {"app": app, "team": f"team-{team}", "app.kubernetes.io/part-of": "shop"}
        yield _made("apps/v1", "Deployment", f"{app}-blue", team, number, _deployment(app, {**labels, "color": "blue"}))
        yield _made("apps/v1", "Deployment", f"{app}-green", team, number, _deployment(app, {**labels, "color": "green"}))
        wanted = {"app": app if number % 100 else f"{app}x", "color": "blue", "app.kubernetes.io/part-of": "shop"}
        ports = [{"port": 80, "targetPort": "http"}]
        yield _made("v1", "Service", app, team, number, {"spec": {"selector": wanted, "ports": ports}})
        yield _made("v1", "ConfigMap", app, team, number, {"data": {"mode": "fast"}})
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"{app}-blue"}
        spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5}
        yield _made("autoscaling/v2", "HorizontalPodAutoscaler", app, team, number, {"spec": spec})


def _deployment(app: str, labels: dict[str, str]) -> dict[str, Any]:
    container = {
        "name": "web",
        "image": f"example.com/{app}:1",
        "ports": [{"name": "http", "containerPort": 8080}],
        "envFrom": [{"configMapRef": {"name": app}}],
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {"spec": {"replicas": 2, "selector": {"matchLabels": dict(labels)}, "template": template}}


def _made(api_version: str, kind: str, name: str, team: int, number: int, data: dict[str, Any]) -> Resource:
    namespace = f"team-{team}"
    whole = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **data}
    return Resource(Identity(api_version, kind, namespace, name), whole, f"team-{team}/app-{number}.yaml", 0)


def work(cluster: Cluster) -> tuple[int, int]:
    """Run every cross-file rule on resources and workloads, then work out the traffic; the numbers of problems and of Services."""
    found = 0
    for entry in catalog.built_in().entries.values():
        if entry.scope != "cluster" or entry.subject not in ("Resource", "Workload", "Cluster"):
            continue
        check = entry.rule.check
        assert check is not None
        if entry.subject == "Cluster":
            found += sum(1 for _ in check(cluster))
            continue
        for one in cluster.resources:
            if entry.applies_to(one.kind):
                subject: Any = workload_of(one) if entry.subject == "Workload" else one
                if subject is not None:
                    found += sum(1 for _ in (check(subject, cluster) if takes_cluster(check) else check(subject)))
    targets = {workload: Target(workload, (2, 2), (1, 2), (3, 3)) for workload in cluster.workloads}
    return found, sum(1 for _ in service_plans(cluster, targets))


def main() -> None:
    """Print one line for each size."""
    before: float | None = None
    for size in SIZES:
        everything = tuple(resources(size))
        gc.collect()
        gc.disable()
        start = time.process_time()
        problems, services = work(Cluster(everything, whole=True))
        seconds = time.process_time() - start
        gc.enable()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ratio = f"{seconds / before:5.1f} times the size before" if before else ""
        print(f"{size:>7} documents, {services:>6} Services: {seconds:7.2f} s, {problems:>6} problems, {peak:6.0f} MiB  {ratio}")
        before = seconds
        sys.stdout.flush()


if __name__ == "__main__":
    main()
