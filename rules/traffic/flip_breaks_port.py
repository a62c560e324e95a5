"""A flip to another colour would leave a port of the Service without endpoints.

The Service sends the port to a name, and the idle colour has no port of that name and protocol. Nothing is wrong until the flip; then every
connection is refused.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
    color: blue
  ports:
    - port: 80
      targetPort: http # problem: web-green
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-blue
spec:
  replicas: 2
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
            - name: web
              containerPort: 8080
```

How to mend it: give the port one name in both colours.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
    color: blue
  ports:
    - port: 80
      targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-blue
spec:
  replicas: 2
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

from collections.abc import Iterator, Mapping
from typing import Any

from rollproof.rule import Cluster, Problem, ServicePlan, Workload, rule


@rule(
    "flip-breaks-port",
    severity="warning",
    on=ServicePlan,
    see=["https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"],
)
def check(service: ServicePlan, cluster: Cluster) -> Iterator[Problem]:
    colours = service.blue_green
    if colours is None or not service.targets:
        return
    for index, port in enumerate(service.resource.items("spec", "ports")):
        name = port.get("targetPort") if isinstance(port, dict) else None
        if not isinstance(name, str) or not all(_has(target.workload, name, port) for target in service.targets):
            continue
        for candidate in colours.candidates:
            for target in candidate.targets:
                other = target.workload.resource
                if _has(target.workload, name, port) or not cluster.together(service.resource, other):
                    continue
                if cluster.services_of(target.workload):
                    continue
                flip = f"after a flip to {colours.key}={candidate.value}"
                yield Problem(
                    service.resource.at("spec", "ports", index, "targetPort"),
                    f"{flip} this port has no endpoints, as {other.identity} has none named '{name}'",
                    (target.workload.pod("spec", "containers", key=True, note=f"no port '{name}' here"),),
                )
                return


def _has(workload: Workload, name: str, port: Mapping[str, Any]) -> bool:
    wanted = port.get("protocol") or "TCP"
    return any(one.get("name") == name and (one.get("protocol") or "TCP") == wanted for _, _, one in workload.serving_ports())
