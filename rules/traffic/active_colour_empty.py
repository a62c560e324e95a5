"""A Service sends its traffic to a colour that runs no pods, while another colour does.

It has no endpoints, though pods that could serve are there. Either the Service was flipped before the new colour was scaled up, or the
wrong colour was scaled down.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
    color: blue # problem: Deployment/web-green
  ports:
    - port: 80
      targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-blue
spec:
  replicas: 0
  selector:
    matchLabels:
      app: web
      color: blue
  template:
    metadata:
      labels:
        app: web
        color: blue
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-green
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
      color: green
  template:
    metadata:
      labels:
        app: web
        color: green
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
          ports:
            - name: http
              containerPort: 8080
```

How to mend it: scale the active colour up, or flip the Service to the one that runs.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
    color: green
  ports:
    - port: 80
      targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-blue
spec:
  replicas: 0
  selector:
    matchLabels:
      app: web
      color: blue
  template:
    metadata:
      labels:
        app: web
        color: blue
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-green
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
      color: green
  template:
    metadata:
      labels:
        app: web
        color: green
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
          ports:
            - name: http
              containerPort: 8080
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, ServicePlan, rule


@rule(
    "active-colour-empty",
    severity="error",
    on=ServicePlan,
    see=["https://kubernetes.io/docs/concepts/cluster-administration/manage-deployment/"],
)
def check(service: ServicePlan, cluster: Cluster) -> Iterator[Problem]:
    colours = service.blue_green
    if colours is None or not service.targets or any(target.replicas != (0, 0) for target in service.targets):
        return
    running = [target for candidate in colours.candidates for target in candidate.targets if target.replicas != (0, 0)]
    everyone = [target.workload.resource for target in (*service.targets, *running)]
    if not running or not all(cluster.together(service.resource, one) for one in everyone):
        return
    who = service.targets[0].workload.resource
    other = running[0].workload.resource
    said = f"{who.identity} has 0 replicas, so this Service has no endpoints, while {other.identity} ({colours.key}="
    yield Problem(
        service.resource.at("spec", "selector", colours.key),
        f"{said}{running[0].workload.pod_labels[colours.key]}) runs",
        (who.at("spec", "replicas", note="the colour it selects"), other.at("spec", "replicas", note="the colour that runs")),
        severity=None if cluster.joined(who, other) or not cluster.is_patched(who) else "warning",
    )
