"""A Service sends a port to a number that no container declares.

That is allowed: `containerPort` is informative, and a container may listen on any port. Whoever declares all ports on purpose can have the
others told.

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
      targetPort: 8000 # problem: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
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
            - name: http
              containerPort: 8080
```

How to mend it:

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
      targetPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
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
            - name: http
              containerPort: 8080
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Resource, rule


@rule(
    "service-port-undeclared",
    severity="info",
    on=Resource,
    kinds=["Service"],
    see=["https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports"],
    default=False,
)
def check(service: Resource, cluster: Cluster) -> Iterator[Problem]:
    targets = cluster.targets_of(service)
    numbers = (port.get("containerPort") for one in targets for _, _, port in one.serving_ports())
    declared = {number for number in numbers if isinstance(number, int)}
    if not declared or not all(cluster.together(service, one.resource) for one in targets):
        return
    for index, port in enumerate(service.items("spec", "ports")):
        number = port.get("targetPort", port.get("port")) if isinstance(port, dict) else None
        if isinstance(number, int) and number not in declared:
            have = ", ".join(map(str, sorted(declared)))
            said = f"no container that this Service selects declares port {number} (declared: {have})"
            field = "targetPort" if "targetPort" in port else "port"
            related = tuple(one.pod("spec", "containers", key=True, note="the containers") for one in targets[:5])
            yield Problem(service.at("spec", "ports", index, field), said, related)
