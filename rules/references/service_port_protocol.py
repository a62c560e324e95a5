"""A Service sends a port to one that the pods declare for another protocol.

A port of a Service is TCP unless it says otherwise. The traffic arrives at a port number on which the container, as far as it says, only
listens for the other protocol.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: dns
spec:
  selector:
    app: dns
  ports:
    - port: 53
      targetPort: 53 # problem: UDP
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: dns
spec:
  selector:
    matchLabels:
      app: dns
  template:
    metadata:
      labels:
        app: dns
    spec:
      containers:
        - name: dns
          image: example.com/dns:1
          ports:
            - containerPort: 53
              protocol: UDP
```

How to mend it:

```yaml
apiVersion: v1
kind: Service
metadata:
  name: dns
spec:
  selector:
    app: dns
  ports:
    - port: 53
      targetPort: 53
      protocol: UDP
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: dns
spec:
  selector:
    matchLabels:
      app: dns
  template:
    metadata:
      labels:
        app: dns
    spec:
      containers:
        - name: dns
          image: example.com/dns:1
          ports:
            - containerPort: 53
              protocol: UDP
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Resource, rule


@rule(
    "service-port-protocol",
    severity="warning",
    on=Resource,
    kinds=["Service"],
    see=["https://kubernetes.io/docs/concepts/services-networking/service/#protocol-support"],
)
def check(service: Resource, cluster: Cluster) -> Iterator[Problem]:
    targets = cluster.targets_of(service)
    if not targets or not all(cluster.together(service, one.resource) for one in targets):
        return
    declared = [(container, index, port) for one in targets for container, index, port in one.serving_ports()]
    for index, port in enumerate(service.items("spec", "ports")):
        if not isinstance(port, dict):
            continue
        number, protocol = port.get("targetPort", port.get("port")), port.get("protocol") or "TCP"
        if not isinstance(number, int):
            continue
        same = [(container, at, entry) for container, at, entry in declared if entry.get("containerPort") == number]
        others = {entry.get("protocol") or "TCP" for _, _, entry in same}
        if same and protocol not in others:
            container, at, _ = same[0]
            said = f"the pods declare port {number} as {' and '.join(sorted(map(str, others)))}, and this Service sends {protocol} there"
            field = "targetPort" if "targetPort" in port else "port"
            yield Problem(service.at("spec", "ports", index, field), said, (container.at("ports", at, note="the port of the pods"),))
