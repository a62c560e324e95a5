"""A HorizontalPodAutoscaler names something that cannot be scaled.

A DaemonSet runs one pod on each node, a Pod is only itself, a Job counts completions: none has a number of replicas to set. The autoscaler
is accepted and then fails for ever (`FailedGetScale`).

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: agent
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: DaemonSet # problem
    name: agent
  maxReplicas: 5
```

How to mend it: scale a Deployment, a StatefulSet, a ReplicaSet, or a custom resource with a scale subresource.

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: agent
spec:
  scaleTargetRef:
    apiVersion: argoproj.io/v1alpha1
    kind: Rollout
    name: agent
  maxReplicas: 5
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, Resource, rule

_WITHOUT_SCALE = {
    ("apps", "DaemonSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("", "ConfigMap"),
    ("", "Pod"),
    ("", "Service"),
}
"""Built-in kinds without a scale subresource that are written here by mistake (Kubernetes pkg/registry/apps and pkg/registry/core)."""


@rule(
    "hpa-target-not-scalable",
    severity="error",
    on=Resource,
    kinds=["HorizontalPodAutoscaler"],
    see=["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
)
def check(autoscaler: Resource) -> Iterator[Problem]:
    target = autoscaler.mapping("spec", "scaleTargetRef")
    version, kind = target.get("apiVersion"), target.get("kind")
    if isinstance(version, str) and isinstance(kind, str) and (version.rpartition("/")[0], kind) in _WITHOUT_SCALE:
        said = f"a {kind} has no replicas to set, so this autoscaler scales nothing"
        yield Problem(autoscaler.at("spec", "scaleTargetRef", "kind"), said)
