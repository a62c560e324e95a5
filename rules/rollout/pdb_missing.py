"""No PodDisruptionBudget covers a workload behind a Service.

Without a budget draining a node, or several at once, may evict every pod of a workload together.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3 # problem
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

from rollproof.rule import Cluster, Problem, WorkloadPlan, rule


@rule(
    "pdb-missing",
    severity="info",
    on=WorkloadPlan,
    kinds=["Deployment", "StatefulSet", "Rollout"],
    see=["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
    default=False,
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    high = plan.replicas.high
    if (high is not None and high < 2) or cluster.budgets_of(plan.workload) or not cluster.services_of(plan.workload):
        return
    resource = plan.workload.resource
    text = f"no PodDisruptionBudget covers {resource.identity}, so all of its {plan.replicas} pods may be evicted at once"
    yield Problem(resource.at("spec", "replicas"), text)
