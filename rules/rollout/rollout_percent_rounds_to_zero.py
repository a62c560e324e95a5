"""A percentage of unavailable pods rounds down to 0, and the controller takes one down instead.

A Deployment rounds `maxUnavailable` down and `maxSurge` up. Where both come to 0 no pod could ever be replaced, so the controller counts
1 as unavailable. With few replicas that is far more than the percentage says: 10% of 5 is half a pod, and a whole one goes, which is 20%.
With one replica it is all there is.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 5
  strategy:
    rollingUpdate:
      maxSurge: 0
      maxUnavailable: 10% # problem: 4 of 5 stay available
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

How to mend it, if a pod more for a moment is no harm:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 5
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
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, WorkloadPlan, rule


@rule(
    "rollout-percent-rounds-to-zero",
    severity="warning",
    on=WorkloadPlan,
    kinds=["Deployment", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable"],
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    written = getattr(plan.strategy, "max_unavailable", None)
    if plan.bounds is None or written is None or not written.percent or plan.surges:
        return
    n = max(plan.replicas.low, 1)
    if plan.replicas.high == 0 or plan.replicas.source == "unknown" or written.resolve(n, "down") > 0:
        return
    left = plan.bounds.min_available.at(n)
    yield Problem(
        plan.limit("maxUnavailable"),
        f"{written} of {n} rounds down to 0; with maxSurge 0 the controller takes 1 pod down at a time: {left} of {n} stay available",
        (plan.limit("maxSurge"),) if plan.replicas.low == plan.replicas.high else (),
    )
