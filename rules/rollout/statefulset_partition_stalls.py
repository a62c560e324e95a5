"""The partition of a StatefulSet shields every pod, so nothing is ever updated.

Only pods whose ordinal is at least `partition` get a new template. Ordinals count from 0, so a partition that equals the number of
replicas, or exceeds it, leaves none: the API server accepts every change, and no pod changes.

```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  replicas: 3
  serviceName: web
  updateStrategy:
    rollingUpdate:
      partition: 3 # problem: the ordinals are 0 to 2
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
kind: StatefulSet
metadata:
  name: web
spec:
  replicas: 3
  serviceName: web
  updateStrategy:
    rollingUpdate:
      partition: 2
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
    "statefulset-partition-stalls",
    severity="warning",
    on=WorkloadPlan,
    kinds=["StatefulSet"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#partitions"],
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    most = plan.replicas.high
    if plan.strategy_name != "Partitioned" or plan.bounds is None or not most or plan.over(plan.bounds.updated)[1] != 0:
        return
    partition = plan.workload.resource.get("spec", "updateStrategy", "rollingUpdate", "partition")
    ordinals = "the only ordinal is 0" if most == 1 else f"the ordinals are 0 to {most - 1}"
    text = f"only pods from ordinal {partition} on are updated, but with {plan.replicas} replicas {ordinals}: no pod is ever updated"
    yield Problem(plan.limit("partition"), text)
