"""An autoscaler measures utilization of a resource that a container does not request.

Utilization is usage divided by the request. If one container of the pod has no request (and no limit to copy it from), the autoscaler
cannot compute it (`FailedGetResourceMetric: missing request for cpu`) and does not scale. A LimitRange with defaults, where the manifests
hold one, fills the request in.

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  maxReplicas: 5
  metrics:
    - type: Resource
      resource:
        name: cpu # problem: web
        target:
          type: Utilization
          averageUtilization: 70
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example.com/web:1
```

How to mend it:

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  maxReplicas: 5
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example.com/web:1
          resources:
            requests:
              cpu: 100m
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Place, Problem, Resource, Workload, rule


@rule(
    "hpa-utilization-without-request",
    severity="warning",
    on=Workload,
    kinds=["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"],
    see=["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#how-does-a-horizontalpodautoscaler-work"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    autoscaler = cluster.autoscaler_of(workload)
    if autoscaler is None or autoscaler.resource.kind != "HorizontalPodAutoscaler" or "LimitRange" in cluster.by_kind:
        return
    # Since 1.34 a pod may have requests of its own, which count for all of its containers.
    if isinstance(workload.pod_spec.get("resources"), dict) or not cluster.together(workload.resource, autoscaler.resource):
        return
    for name, place in _measured(autoscaler.resource):
        for container in workload.containers():
            if container.serves and not _requests(container.data.get("resources"), name):
                said = f"utilization of {name} cannot be computed, as container '{container.name}' of {workload.resource.identity}"
                related = container.at("resources", note=f"requests no {name}")
                yield Problem(place, f"{said} requests none", (related,))
                break


def _measured(autoscaler: Resource) -> Iterator[tuple[str, Place]]:
    """The resources of which an autoscaler measures the utilization over whole pods."""
    if autoscaler.get("spec", "targetCPUUtilizationPercentage") is not None:
        yield "cpu", autoscaler.at("spec", "targetCPUUtilizationPercentage")
    for index, metric in enumerate(autoscaler.items("spec", "metrics")):
        name = autoscaler.get("spec", "metrics", index, "resource", "name")
        measured = autoscaler.mapping("spec", "metrics", index, "resource", "target").get("averageUtilization")
        old = autoscaler.get("spec", "metrics", index, "resource", "targetAverageUtilization")
        if isinstance(metric, dict) and metric.get("type") == "Resource" and isinstance(name, str) and (measured or old):
            yield name, autoscaler.at("spec", "metrics", index, "resource", "name")


def _requests(resources: object, name: str) -> bool:
    if not isinstance(resources, dict):
        return False
    return any(isinstance(resources.get(field), dict) and resources[field].get(name) is not None for field in ("requests", "limits"))
