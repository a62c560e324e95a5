"""A workload behind a Service runs a single pod.

One pod is enough until its node is drained, it is evicted, or it restarts: each is an outage of whatever the Service stands for.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1 # problem
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
    "single-replica",
    severity="info",
    on=WorkloadPlan,
    kinds=["Deployment", "StatefulSet", "Rollout"],
    default=False,
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    if plan.replicas.high == 1 and (services := cluster.services_of(plan.workload)):
        text = f"{plan.workload.resource.identity} runs 1 pod, so the loss of it is an outage"
        yield Problem(plan.workload.resource.at("spec", "replicas"), text, (services[0].at(note="this Service has no other endpoint"),))
