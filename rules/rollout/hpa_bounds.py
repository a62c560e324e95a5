"""An autoscaler has no room to scale.

With `minReplicas` equal to `maxReplicas` an autoscaler only holds a number, which `replicas` in the workload does more plainly. It is
often a leftover of an incident.

```yaml
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
              memory: 64Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 3
  maxReplicas: 3 # problem: 3
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
```

How to mend it:

```yaml
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
              memory: 64Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 3
  maxReplicas: 10
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, Resource, rule


@rule(
    "hpa-bounds",
    severity="info",
    on=Resource,
    kinds=["HorizontalPodAutoscaler"],
    see=["https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/"],
    default=False,
)
def check(autoscaler: Resource) -> Iterator[Problem]:
    low, high = autoscaler.get("spec", "minReplicas"), autoscaler.get("spec", "maxReplicas")
    low = 1 if low is None else low
    if isinstance(high, int) and not isinstance(high, bool) and low == high:
        place = autoscaler.at("spec", "maxReplicas")
        yield Problem(place, f"minReplicas and maxReplicas are both {high}, so this autoscaler never scales")
