"""A canary Ingress has no main Ingress with its host and path.

ingress-nginx adds a canary to the main Ingress of the same host and path. Where there is none, the canary serves nothing. It is reported
where a main Ingress with the same host is among the manifests.

```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-canary
  annotations:
    nginx.ingress.kubernetes.io/canary: "true"
    nginx.ingress.kubernetes.io/canary-weight: "10"
spec:
  rules:
    - host: example.com
      http:
        paths:
          - path: /shop # problem: /
            pathType: Prefix
            backend:
              service:
                name: web-canary
                port:
                  number: 80
---
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
    track: stable
  ports:
    - port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web-canary
spec:
  selector:
    app: web
    track: canary
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
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
          readinessProbe:
            tcpSocket:
              port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-canary
spec:
  replicas: 2
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
          readinessProbe:
            tcpSocket:
              port: 8080
```

How to mend it:

```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-canary
  annotations:
    nginx.ingress.kubernetes.io/canary: "true"
    nginx.ingress.kubernetes.io/canary-weight: "10"
spec:
  rules:
    - host: example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web-canary
                port:
                  number: 80
---
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
    track: stable
  ports:
    - port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web-canary
spec:
  selector:
    app: web
    track: canary
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
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
          readinessProbe:
            tcpSocket:
              port: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-canary
spec:
  replicas: 2
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
          readinessProbe:
            tcpSocket:
              port: 8080
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Place, Problem, Resource, rule


@rule(
    "nginx-canary-without-main",
    severity="warning",
    on=Resource,
    kinds=["Ingress"],
    see=["https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary"],
)
def check(canary: Resource, cluster: Cluster) -> Iterator[Problem]:
    if not _is_canary(canary):
        return
    mains = [one for one in cluster.by_kind.get("Ingress", ()) if not _is_canary(one) and cluster.may_meet(one, canary)]
    routes = {(host, path): place for one in mains for host, path, place in _routes(one)}
    for host, path, place in _routes(canary):
        if (host, path) in routes:
            continue
        near = [(other, found) for (name, other), found in routes.items() if name == host and cluster.together(found.resource, canary)]
        if near:
            paths = ", ".join(sorted(other for other, _ in near))
            said = f"no main Ingress has the path {path} of host {host}, so this canary serves nothing (there is {paths})"
            yield Problem(place, said, tuple(found for _, found in near[:5]))


def _is_canary(ingress: Resource) -> bool:
    return ingress.annotations.get("nginx.ingress.kubernetes.io/canary") == "true"


def _routes(ingress: Resource) -> Iterator[tuple[str, str, Place]]:
    for number, one in enumerate(ingress.items("spec", "rules")):
        host = one.get("host") if isinstance(one, dict) else None
        for index, _ in enumerate(ingress.items("spec", "rules", number, "http", "paths")):
            path = ingress.get("spec", "rules", number, "http", "paths", index, "path")
            yield (
                str(host or "*"),
                str(path or "/"),
                ingress.at("spec", "rules", number, "http", "paths", index, "path", note="a path of the main Ingress"),
            )
