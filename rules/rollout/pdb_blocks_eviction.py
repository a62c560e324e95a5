"""A PodDisruptionBudget lets no pod be evicted, whatever the number of replicas.

A budget is meant to slow evictions down. One that asks for as many healthy pods as there are refuses every one of them: draining a node
waits until somebody intervenes, and so does every upgrade of the cluster. Percentages of a budget are rounded up, so 90% of 5 are all 5.

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
  minAvailable: 3 # problem: 3 of 3
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
  minAvailable: 2
  selector:
    matchLabels:
      app: web
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, WorkloadPlan, rule


@rule(
    "pdb-blocks-eviction",
    severity="warning",
    on=WorkloadPlan,
    see=["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    if plan.replicas.high == 0 or plan.replicas.high is None:
        return
    for budget in plan.budgets:
        if plan.over(budget.at_rest)[1] != 0 or cluster.covered(budget.resource)[0] != plan.workload:
            continue
        field = str(budget.place.path[-1])
        written = budget.resource.get("spec", field)
        n = max(plan.replicas.low, 1)
        one = plan.workload.resource.identity
        wants = f"{budget.desired.at(n)} of {n}" if plan.replicas.low == plan.replicas.high else f"as many as there are of {plan.replicas}"
        text = f"{field} {written} keeps {wants} pods of {one}, so no pod may ever be evicted and draining a node waits for ever"
        yield Problem(budget.place, text, (plan.workload.resource.at("spec", "replicas", note="the number of replicas"),))
