"""Pods behind a Service are not told to spread over zones.

Without a topology spread constraint (or an anti-affinity) several pods may well land in one zone, and go with it.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec: # problem
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app: web
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, WorkloadPlan, rule


@rule(
    "spread-missing",
    severity="info",
    on=WorkloadPlan,
    kinds=["Deployment", "StatefulSet", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"],
    default=False,
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    workload = plan.workload
    high = plan.replicas.high
    if (high is not None and high < 2) or not workload.pod_spec or not cluster.services_of(workload):
        return
    affinity = workload.pod_spec.get("affinity")
    if not workload.pod_spec.get("topologySpreadConstraints") and not (isinstance(affinity, dict) and affinity.get("podAntiAffinity")):
        text = f"nothing spreads the pods of {workload.resource.identity} over zones or nodes, so one failure may take them all"
        yield Problem(workload.pod("spec", key=True), text)
