"""A DaemonSet surges although its pods take a port of the node.

With `maxSurge` the new pod of a node starts beside the old one, and the old one goes when the new one is available. A `hostPort` (or any
port of a pod on the host's network) can be taken once a node, so the new pod is never scheduled and the rollout stops at the first node.

```yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: web
spec:
  updateStrategy:
    rollingUpdate:
      maxSurge: 1 # problem: port 9100
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
          ports:
            - containerPort: 9100
              hostPort: 9100
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: web
spec:
  updateStrategy:
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
            - containerPort: 9100
              hostPort: 9100
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```
"""

from collections.abc import Iterator
from dataclasses import replace

from rollproof.rule import Problem, WorkloadPlan, rule


@rule(
    "daemonset-surge-host-port",
    severity="warning",
    on=WorkloadPlan,
    kinds=["DaemonSet"],
    see=["https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/"],
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    if not plan.surges:
        return
    for port, place in plan.host_ports():
        text = f"the new pod of a node starts beside the old one, which holds port {port} of the node, so the rollout stops there"
        yield Problem(plan.limit("maxSurge"), text, (replace(place, note="the port of the node"),))
        return
