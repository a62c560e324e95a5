"""A new pod needs a port of the node that an old pod still holds.

A `hostPort` (and every port of a pod on the host's network) can be taken once a node. A rolling update that keeps all old pods until a new
one is available needs a node that runs none of them: with as many nodes as replicas the new pod stays Pending and the rollout rests.
Letting one pod go first is enough. Silent for a single replica, which any cluster of two nodes has room for.

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
          ports:
            - containerPort: 8080
              hostPort: 80 # problem: 4 nodes
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
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
          ports:
            - containerPort: 8080
              hostPort: 80
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, WorkloadPlan, rule


@rule(
    "rollout-host-port",
    severity="warning",
    on=WorkloadPlan,
    kinds=["Deployment", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/configuration/overview/#services"],
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    if not plan.surges or not plan.keeps_all or plan.replicas.high in (0, 1):
        return
    for port, place in plan.host_ports():
        needed = plan.room_needed
        nodes = f"{needed} nodes" if needed is not None else "one node more than replicas"
        yield Problem(place, f"each pod takes port {port} of its node and no old pod goes first, so a rollout needs {nodes} to get on")
        return
