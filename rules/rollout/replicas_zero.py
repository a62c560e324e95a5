"""A workload is set to run no pod.

`replicas: 0` keeps the object and removes its pods. That is a way to switch something off, and also what is left when it was done for an
hour and committed.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 0 # problem
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
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, WorkloadPlan, rule


@rule(
    "replicas-zero",
    severity="info",
    on=WorkloadPlan,
    kinds=["Deployment", "StatefulSet", "ReplicaSet", "Rollout"],
    default=False,
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    if plan.replicas.high == 0:
        yield Problem(plan.workload.resource.at("spec", "replicas"), f"{plan.workload.resource.identity} runs no pod: replicas is 0")
