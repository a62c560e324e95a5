"""Nothing keeps the pods of a workload off the same node.

Without an anti-affinity (or a topology spread constraint) on the host name several pods may share a node, and go with it.

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
    spec: # problem
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
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector:
                  matchLabels:
                    app: web
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
    "anti-affinity-missing",
    severity="info",
    on=WorkloadPlan,
    kinds=["Deployment", "StatefulSet", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity"],
    default=False,
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    workload = plan.workload
    high = plan.replicas.high
    if (high is not None and high < 2) or not workload.pod_spec or not cluster.services_of(workload):
        return
    affinity = workload.pod_spec.get("affinity")
    constraints = workload.resource.items(*workload.template, "spec", "topologySpreadConstraints")
    by_host = any(isinstance(one, dict) and one.get("topologyKey") == "kubernetes.io/hostname" for one in constraints)
    if not by_host and not (isinstance(affinity, dict) and affinity.get("podAntiAffinity")):
        text = f"nothing keeps the {plan.replicas} pods of {workload.resource.identity} off the same node"
        yield Problem(workload.pod("spec", key=True), text)
