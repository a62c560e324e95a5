"""A rolling update may take down every pod at once.

`maxUnavailable` counts against the number of replicas. Where it reaches that number the controller removes all old pods in its first
step, before one new pod is ready: a `Recreate` that does not wait. A percentage that is harmless at 10 replicas may do so at 2.

Said only of workloads of two pods or more that a Service sends traffic to: what nobody connects to may well be replaced in one go.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 2 # problem: 0 of 2 stay available
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
  replicas: 2
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
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
    "rollout-full-outage",
    severity="warning",
    on=WorkloadPlan,
    kinds=["Deployment", "StatefulSet", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable"],
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    if plan.strategy_name not in ("RollingUpdate", "Partitioned", "Canary") or plan.replicas.source == "unknown":
        return
    n = plan.outage_from(2)
    services = cluster.services_of(plan.workload) if n is not None else ()
    if n is None or not services:
        return
    keeps = plan.keeps_one_from
    more = f"; from {keeps} replicas on one is kept" if keeps is not None and keeps > n else ""
    yield Problem(
        plan.limit("maxUnavailable"),
        f"a rollout may take all pods down at once: with {plan.replicas} replicas 0 of {n} stay available{more}",
        (services[0].at(note="this Service has no endpoint then"),),
    )
