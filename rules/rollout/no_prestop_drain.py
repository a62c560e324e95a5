"""Pods behind a Service stop before the traffic to them does.

When a pod is deleted it gets its signal at once, while proxies and load balancers still learn that it is gone. For those seconds
connections are refused, unless the program goes on serving after its signal, or a preStop hook waits a little.

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
        - name: web # problem
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
          lifecycle:
            preStop:
              sleep:
                seconds: 5
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
    "no-prestop-drain",
    severity="info",
    on=WorkloadPlan,
    kinds=["Deployment", "StatefulSet", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"],
    default=False,
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    containers = [container for container in plan.workload.containers() if not container.init]
    services = cluster.services_of(plan.workload)
    if not services or not containers or any(isinstance(one.data.get("lifecycle"), dict) for one in containers):
        return
    text = "no preStop hook waits until the traffic has moved on, so connections may be refused while a pod ends"
    yield Problem(containers[0].at("name"), text, (services[0].at(note="this Service"),))
