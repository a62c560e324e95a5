"""Pods behind a Service count as available as soon as they have started.

A rolling update removes an old pod when a new one is available, and without a readiness probe that is the moment its containers run.
The Service sends it traffic from then on, long before the program inside listens, and the bounds that `maxSurge` and `maxUnavailable`
promise hold for processes, not for answers.

Silent where no Service selects the pods, where a startup probe, a readiness gate or `minReadySeconds` says more than "started", and for a
single replica, of which nobody expects that it is always there.

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
      containers:
        - name: web # problem: no readiness probe
          image: example.com/web:1
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
    "rollout-unready-counts-as-available",
    severity="warning",
    on=WorkloadPlan,
    kinds=["Deployment", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#readiness-probe"],
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    if plan.bounds is None or plan.strategy_name == "Recreate" or plan.replicas.high in (0, 1) or plan.promises_readiness:
        return
    containers = [container for container in plan.workload.containers() if not container.init]
    services = cluster.services_of(plan.workload)
    if not containers or not services:
        return
    n = plan.replicas.low if plan.replicas.low == plan.replicas.high else None
    least = f"the {plan.bounds.min_available.at(n)} of {n} pods" if n is not None else "the pods"
    yield Problem(
        containers[0].at("name"),
        f"no readiness probe and no minReadySeconds, so {least} that a rollout keeps available count from their start, ready or not",
        (services[0].at("spec", "selector", note="this Service sends them traffic at once"),),
    )
