"""A container asks for more, or less, than the LimitRange of its namespace lets a container have.

The workload itself is accepted; its pods are refused one by one when the controller tries to create them. A new version never gets a pod,
and the rollout rests until somebody looks at the events of its ReplicaSet.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
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
              memory: 512Mi
            limits:
              memory: 2Gi # problem: 2Gi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: v1
kind: LimitRange
metadata:
  name: limits
spec:
  limits:
    - type: Container
      max:
        memory: 1Gi
      min:
        cpu: 50m
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
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
              memory: 512Mi
            limits:
              memory: 1Gi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: v1
kind: LimitRange
metadata:
  name: limits
spec:
  limits:
    - type: Container
      max:
        memory: 1Gi
      min:
        cpu: 50m
```
"""

from collections.abc import Iterator
from typing import Any

from rollproof.kube import quantity
from rollproof.rule import Cluster, Problem, Resource, Workload, rule


@rule(
    "rollout-outside-limit-range",
    severity="warning",
    on=Workload,
    see=["https://kubernetes.io/docs/concepts/policy/limit-range/"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    for limit_range in cluster.by_kind.get("LimitRange", ()):
        if not cluster.share_namespace(limit_range, workload.resource):
            continue
        for index, item in enumerate(limit_range.items("spec", "limits")):
            if isinstance(item, dict) and item.get("type") == "Container":
                yield from _outside(workload, limit_range, index, item)


def _outside(workload: Workload, limit_range: Resource, index: int, item: dict[str, Any]) -> Iterator[Problem]:
    """What a container states itself; what it leaves out is filled in within the limits (PodValidateLimitFunc, admission/limitranger)."""
    for container in workload.containers():
        resources = container.data.get("resources")
        for field in ("requests", "limits"):
            for name, value in _mapping(resources, field).items():
                amount = quantity.parse(value)
                for end in ("max", "min"):
                    bound = quantity.parse(_mapping(item, end)[name]) if name in _mapping(item, end) else None
                    if amount is None or bound is None or (amount <= bound if end == "max" else amount >= bound):
                        continue
                    text = (
                        f"{field} {name} {value} is {'above the' if end == 'max' else 'below the'} {bound} of {limit_range.identity}, "
                        "so no pod of this template is ever created"
                    )
                    place = limit_range.at("spec", "limits", index, end, name, note="the limit of the namespace")
                    yield Problem(container.at("resources", field, name), text, (place,))


def _mapping(data: object, key: str) -> dict[str, Any]:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}
