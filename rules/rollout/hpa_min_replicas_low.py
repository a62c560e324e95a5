"""An autoscaler may go down to a single pod.

When the load is low one pod is left, and its node going away, or an eviction, is an outage. `minReplicas` is 1 where it is absent.

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
  minReplicas: 1 # problem: down to 1
  maxReplicas: 10
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
  minReplicas: 2
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
    "hpa-min-replicas-low",
    severity="info",
    on=Resource,
    kinds=["HorizontalPodAutoscaler"],
    see=["https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/"],
    default=False,
)
def check(autoscaler: Resource) -> Iterator[Problem]:
    low = autoscaler.get("spec", "minReplicas")
    if low is None or (isinstance(low, int) and not isinstance(low, bool) and low < 2):
        text = f"this autoscaler may go down to {1 if low is None else low}, so that the loss of one pod is an outage"
        yield Problem(autoscaler.at("spec", "minReplicas"), text)
