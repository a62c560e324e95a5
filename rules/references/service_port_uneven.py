"""A Service sends a port to a name that only some of the workloads it selects have.

The pods of the others are left out of that port: they get none of its traffic, however many there are.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: http # problem: web-canary
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-stable
spec:
  selector:
    matchLabels:
      app: web
      track: stable
  template:
    metadata:
      labels:
        app: web
        track: stable
    spec:
      containers:
        - name: web
          image: example.com/web:1
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-canary
spec:
  selector:
    matchLabels:
      app: web
      track: canary
  template:
    metadata:
      labels:
        app: web
        track: canary
    spec:
      containers:
        - name: web
          image: example.com/web:1
          ports:
            - name: web
              containerPort: 8080
```

How to mend it: give the port one name in all of them.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-stable
spec:
  selector:
    matchLabels:
      app: web
      track: stable
  template:
    metadata:
      labels:
        app: web
        track: stable
    spec:
      containers:
        - name: web
          image: example.com/web:1
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-canary
spec:
  selector:
    matchLabels:
      app: web
      track: canary
  template:
    metadata:
      labels:
        app: web
        track: canary
    spec:
      containers:
        - name: web
          image: example.com/web:1
          ports:
            - name: http
              containerPort: 8080
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Resource, Workload, rule


@rule(
    "service-port-uneven",
    severity="warning",
    on=Resource,
    kinds=["Service"],
    see=["https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"],
)
def check(service: Resource, cluster: Cluster) -> Iterator[Problem]:
    targets = [one for one in cluster.targets_of(service) if one.resource.kind not in ("Job", "CronJob")]
    if len(targets) < 2 or not all(cluster.together(service, one.resource) for one in targets):
        return
    for index, port in enumerate(service.items("spec", "ports")):
        name = port.get("targetPort") if isinstance(port, dict) else None
        if not isinstance(name, str):
            continue
        protocol = port.get("protocol") or "TCP"
        lacking = [one for one in targets if not _has(one, name, protocol)]
        if lacking and len(lacking) < len(targets):
            who = ", ".join(str(one.resource.identity) for one in lacking[:5])
            has, its = ("has", "its") if len(lacking) == 1 else ("have", "their")
            said = f"{who} {has} no {protocol} port named '{name}', so {its}"
            related = tuple(one.pod("spec", "containers", key=True, note=f"no port '{name}' here") for one in lacking[:5])
            yield Problem(service.at("spec", "ports", index, "targetPort"), f"{said} pods get none of this port's traffic", related)


def _has(workload: Workload, name: str, protocol: str) -> bool:
    return any(port.get("name") == name and (port.get("protocol") or "TCP") == protocol for _, _, port in workload.serving_ports())
