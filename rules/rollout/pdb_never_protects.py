"""A PodDisruptionBudget allows every pod to be evicted at once.

With `minAvailable: 0` or `maxUnavailable: 100%` each eviction is allowed, so the budget is there and protects nothing.

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
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 0 # problem
  selector:
    matchLabels:
      app: web
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
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
```
"""

from collections.abc import Iterator

from rollproof.kube.int_or_percent import parse
from rollproof.rule import Problem, Resource, rule


@rule(
    "pdb-never-protects",
    severity="warning",
    on=Resource,
    kinds=["PodDisruptionBudget"],
    see=["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
)
def check(budget: Resource) -> Iterator[Problem]:
    for field in ("minAvailable", "maxUnavailable"):
        number = parse(budget.get("spec", field))
        if number is None:
            continue
        if number.amount == 0 if field == "minAvailable" else number.percent and number.amount == 100:
            yield Problem(budget.at("spec", field), f"{field} {number} lets every pod be evicted at once: this budget protects nothing")
