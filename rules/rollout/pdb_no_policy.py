"""A PodDisruptionBudget says neither how many pods must stay nor how many may go.

The API server accepts it, and the controller then expects 0 pods and allows 0 disruptions: every eviction of the pods it selects is
refused, and draining a node waits for ever.

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
spec: # problem: every eviction
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

from rollproof.rule import Problem, Resource, rule


@rule(
    "pdb-no-policy",
    severity="warning",
    on=Resource,
    kinds=["PodDisruptionBudget"],
    see=["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
)
def check(budget: Resource) -> Iterator[Problem]:
    spec = budget.get("spec")
    if isinstance(spec, dict) and spec.get("selector") and spec.get("minAvailable") is None and spec.get("maxUnavailable") is None:
        yield Problem(budget.at("spec", key=True), "neither minAvailable nor maxUnavailable is set, and then every eviction is refused")
