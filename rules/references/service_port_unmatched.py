"""A Service sends a port to a name that none of its pods has.

A `targetPort` that is a name is looked up in each pod, among the ports that its containers declare, and must be of the same protocol.
A pod without such a port is left out. If no pod has it, the port has no endpoints, and every connection to it is refused.

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
      targetPort: htpp # problem: 'http'
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

The protocol counts as well:

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
      targetPort: dns # problem: UDP
---
apiVersion: v1
kind: Pod
metadata:
  name: dns
  labels:
    app: dns
spec:
  containers:
    - name: dns
      image: example.com/dns:1
      ports:
        - name: dns
          containerPort: 53
          protocol: UDP
```

How to mend it: use a name that the pods have, or the number. A sidecar's port (an init container with `restartPolicy: Always`) counts too.

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
    - name: metrics
      port: 9090
      targetPort: metrics
    - name: admin
      port: 9000
      targetPort: 9000
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
      initContainers:
        - name: exporter
          image: example.com/exporter:1
          restartPolicy: Always
          ports:
            - name: metrics
              containerPort: 9090
      containers:
        - name: web
          image: example.com/web:1
          ports:
            - name: http
              containerPort: 8080
```
"""

from collections.abc import Iterator

from rollproof.kube.names import port_name
from rollproof.kube.suggest import nearest
from rollproof.rule import Cluster, Problem, Resource, rule


@rule(
    "service-port-unmatched",
    severity="error",
    on=Resource,
    kinds=["Service"],
    see=["https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"],
)
def check(service: Resource, cluster: Cluster) -> Iterator[Problem]:
    wanted = [(index, one) for index, one in enumerate(service.items("spec", "ports")) if isinstance(one, dict)]
    wanted = [(index, one) for index, one in wanted if isinstance(one.get("targetPort"), str) and port_name(one["targetPort"]) is None]
    targets = cluster.targets_of(service) if wanted else ()
    if service.group or not targets or not all(cluster.together(service, target.resource) for target in targets):
        return
    declared = [
        (port["name"], port.get("protocol") or "TCP", container.at("ports", number, "name", note=f"a port of {target.resource.identity}"))
        for target in targets
        for container, number, port in target.serving_ports()
        if isinstance(port.get("name"), str)
    ]
    who = str(targets[0].resource.identity) if len(targets) == 1 else f"the {len(targets)} workloads that this Service selects"
    patched = any(cluster.is_patched(one) for one in (service, *(target.resource for target in targets)))
    for index, one in wanted:
        name, protocol = one["targetPort"], one.get("protocol") or "TCP"
        if any(other == name and kind == protocol for other, kind, _ in declared):
            continue
        others = sorted({other for other, kind, _ in declared if kind == protocol and other != name})
        near = nearest(name, others)
        same = [(kind, place) for other, kind, place in declared if other == name]
        if same:
            said = f"port '{name}' of {who} is {same[0][0]} and this one is {protocol}, so it has no endpoints"
        else:
            have = f" (there {'is' if len(others) == 1 else 'are'} {', '.join(map(repr, others[:8]))})" if others else ""
            said = f"no container of {who} has a {protocol} port named '{name}'{have}, so this port has no endpoints"
        places = [place for _, place in same] or [place for other, _, place in declared if near is None or other == near]
        if not places:
            places = [container.at(note="it declares no port with a name") for target in targets for container in target.containers()]
        yield Problem(
            service.at("spec", "ports", index, "targetPort"),
            said,
            tuple(places[:5]),
            suggestion=near,
            severity="warning" if patched and near is None else None,
        )
