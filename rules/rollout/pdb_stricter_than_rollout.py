"""A rollout itself may leave fewer pods than the PodDisruptionBudget asks for.

Rollouts delete pods and do not evict them, so a budget does not hold them back. Where the strategy takes away more than the budget
would, the number that the budget promises is broken by every release, and no node can be drained while one runs.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 4
  strategy:
    rollingUpdate:
      maxSurge: 0
      maxUnavailable: 2
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
  minAvailable: 3 # problem: 2 of 4
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
  replicas: 4
  strategy:
    rollingUpdate:
      maxSurge: 0
      maxUnavailable: 1
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
  minAvailable: 3
  selector:
    matchLabels:
      app: web
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, WorkloadPlan, rule


@rule(
    "pdb-stricter-than-rollout",
    severity="info",
    on=WorkloadPlan,
    see=["https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-budgets"],
    default=False,
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    if plan.bounds is None or plan.replicas.source == "unknown" or plan.replicas.high == 0:
        return
    for budget in plan.budgets:
        n = plan.first_below(budget.desired)
        if n is not None:
            left, wanted = plan.bounds.min_available.at(n), budget.desired.at(n)
            text = f"a rollout may leave {left} of {n} pods, fewer than the {wanted} that this budget asks for; it holds no rollout back"
            yield Problem(budget.place, text, (plan.limit("maxUnavailable"),))
