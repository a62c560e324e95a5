"""A Deployment behind a Service is recreated, which is downtime.

`Recreate` removes every old pod, waits until the last one is gone, and only then starts new ones. From the first signal to the first
ready new pod the Service has no endpoint. That is right for what must not run twice (a volume that one node mounts, a lock, a schema
migration), which is why this is opt-in.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  strategy:
    type: Recreate # problem: 0 of 2
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
    type: RollingUpdate
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
    "rollout-recreate-behind-service",
    severity="info",
    on=WorkloadPlan,
    kinds=["Deployment"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#recreate-deployment"],
    default=False,
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    if plan.strategy_name != "Recreate" or plan.replicas.high == 0:
        return
    for service in cluster.services_of(plan.workload)[:1]:
        yield Problem(
            plan.workload.resource.at("spec", "strategy", "type"),
            f"while this rolls out 0 of {plan.replicas} pods are available, and the Service has no endpoint",
            (service.at(note="this Service"),),
        )
