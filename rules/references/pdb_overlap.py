"""Two PodDisruptionBudgets cover the same pods.

The eviction API serves a pod under one budget only; under two it answers every eviction with an error, so that a node with such a pod
cannot be drained.

```yaml
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: web
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: frontend
spec:
  minAvailable: 1
  selector: # problem: PodDisruptionBudget/web
    matchLabels:
      tier: frontend
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
      tier: frontend
  template:
    metadata:
      labels:
        app: web
        tier: frontend
    spec:
      containers:
        - name: web
          image: example.com/web:1
```

How to mend it:

```yaml
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: web
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
      tier: frontend
  template:
    metadata:
      labels:
        app: web
        tier: frontend
    spec:
      containers:
        - name: web
          image: example.com/web:1
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Workload, rule


@rule(
    "pdb-overlap",
    severity="warning",
    on=Workload,
    see=["https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/#how-api-initiated-eviction-works"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    budgets = [one for one, _ in cluster.budgets_of(workload) if cluster.together(one, workload.resource)]
    if len(budgets) < 2 or workload.resource.kind in ("Job", "CronJob"):
        return
    first, second = budgets[:2]
    if first.identity == second.identity or not cluster.joined(first, second):
        return
    yield Problem(
        second.at("spec", "selector", key=True),
        f"the pods of {workload.resource.identity} are under {first.identity} too, and pods under two budgets cannot be evicted",
        (first.at("spec", "selector", key=True, note="the other budget"), workload.pod("metadata", "labels", key=True, note="the pods")),
    )
