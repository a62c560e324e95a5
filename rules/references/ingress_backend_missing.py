"""An Ingress sends requests to a Service, or to a port of it, that is not there.

The controller answers them with 503. It is an error where a Service of nearly that name is there, or where the Service is there and lacks
the port: an Ingress names a port of the Service (`port`, or its `name`), not the `targetPort` of the pods. Where no Service comes near, it
is a warning, and only if the manifests beside it are the whole picture.

```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  number: 8080 # problem: 80
---
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
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  number: 80
---
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
from typing import Any

from rollproof.kube.suggest import nearest
from rollproof.rule import Cluster, Problem, Resource, rule

Path = tuple[str | int, ...]


@rule(
    "ingress-backend-missing",
    severity="error",
    on=Resource,
    kinds=["Ingress"],
    see=["https://kubernetes.io/docs/concepts/services-networking/ingress/#the-ingress-resource"],
)
def check(ingress: Resource, cluster: Cluster) -> Iterator[Problem]:
    for path in _backends(ingress):
        backend = ingress.mapping(*path)
        if isinstance(backend.get("service"), dict):
            name, port = backend["service"].get("name"), backend["service"].get("port")
            key, where = (*path, "service", "name"), (*path, "service", "port")
            field = "name" if isinstance(port, dict) and "name" in port else "number"
            wanted, where = (port.get(field), (*where, field)) if isinstance(port, dict) else (None, where)
        else:
            name, wanted = backend.get("serviceName"), backend.get("servicePort")
            key, where = (*path, "serviceName"), (*path, "servicePort")
        # The AWS controller's actions are named as if they were Services (kubernetes-sigs aws-load-balancer-controller, ingress guide).
        if isinstance(name, str) and name and wanted != "use-annotation":
            yield from _judge(ingress, cluster, name, key, wanted, where)


def _judge(ingress: Resource, cluster: Cluster, name: str, key: Path, wanted: Any, where: Path) -> Iterator[Problem]:
    if not cluster.exists("Service", name, ingress):
        near = cluster.misspelt("Service", name, ingress)
        said = f"no Service is called '{name}' here, so these requests are answered with 503"
        if near is not None:
            related = near.at("metadata", "name", note="this Service")
            yield Problem(ingress.at(*key), f"{said}; did you mean '{near.name}'?", (related,), suggestion=near.name)
        elif cluster.is_complete(ingress):
            yield Problem(ingress.at(*key), said, severity="warning")
        return
    found = cluster.referents("Service", name, ingress)
    if not found or wanted is None or not all(cluster.together(one, ingress) for one in found):
        return
    ports = [port for one in found for port in one.items("spec", "ports") if isinstance(port, dict)]
    if not ports or any(wanted in (port.get("port"), port.get("name")) for port in ports):
        return
    have = ", ".join(f"{port.get('port')} ('{port['name']}')" if port.get("name") else str(port.get("port")) for port in ports[:8])
    said = f"Service '{name}' has no port {wanted!r} (there {'is' if len(ports) == 1 else 'are'} {have})"
    meant = _meant(wanted, ports)
    patched = any(cluster.is_patched(one) for one in (ingress, *found))
    yield Problem(
        ingress.at(*where),
        f"{said}, so these requests are answered with 503",
        (found[0].at("spec", "ports", key=True, note="the ports of this Service"),),
        suggestion=meant,
        severity="warning" if patched else None,
    )


def _meant(wanted: Any, ports: list[dict[str, Any]]) -> str | None:
    """The port that was meant: the one whose target is named instead, or the one of nearly that name."""
    behind = [port.get("port") for port in ports if port.get("targetPort") == wanted]
    if len(behind) == 1:
        return str(behind[0])
    names = [port["name"] for port in ports if isinstance(port.get("name"), str)]
    return nearest(wanted, names) if isinstance(wanted, str) else str(ports[0].get("port")) if len(ports) == 1 else None


def _backends(ingress: Resource) -> Iterator[Path]:
    for field in ("defaultBackend", "backend"):
        if ingress.mapping("spec", field):
            yield ("spec", field)
    for number, _ in enumerate(ingress.items("spec", "rules")):
        for index, _ in enumerate(ingress.items("spec", "rules", number, "http", "paths")):
            yield ("spec", "rules", number, "http", "paths", index, "backend")
