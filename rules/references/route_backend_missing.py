"""A route of the Gateway API sends requests to a Service, or to a port of it, that is not there.

The gateway answers them with 500. It is an error where a Service of nearly that name is there, or where the Service is there and lacks the
port: a route names the `port` of a Service, not the `targetPort` of its pods.

```yaml
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  annotations:
    rollproof/ignore: unknown-api
spec:
  parentRefs:
    - name: public
  rules:
    - backendRefs:
        - name: web
          port: 8080 # problem: 80
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
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  annotations:
    rollproof/ignore: unknown-api
spec:
  parentRefs:
    - name: public
  rules:
    - backendRefs:
        - name: web
          port: 80
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

from rollproof.rule import Cluster, Problem, Resource, rule


@rule(
    "route-backend-missing",
    severity="error",
    on=Resource,
    kinds=["HTTPRoute", "GRPCRoute"],
    see=["https://gateway-api.sigs.k8s.io/reference/spec/#backendobjectreference"],
)
def check(route: Resource, cluster: Cluster) -> Iterator[Problem]:
    for number, _ in enumerate(route.items("spec", "rules")):
        for index, one in enumerate(route.items("spec", "rules", number, "backendRefs")):
            if not isinstance(one, dict) or one.get("kind", "Service") != "Service" or one.get("group") or one.get("namespace"):
                continue
            name, port = one.get("name"), one.get("port")
            path = ("spec", "rules", number, "backendRefs", index)
            if not isinstance(name, str):
                continue
            if not cluster.exists("Service", name, route):
                near = cluster.misspelt("Service", name, route)
                if near is not None:
                    said = f"no Service is called '{name}' here; did you mean '{near.name}'?"
                    related = near.at("metadata", "name", note="this Service")
                    yield Problem(route.at(*path, "name"), said, (related,), suggestion=near.name)
                continue
            found = cluster.referents("Service", name, route)
            have = [entry.get("port") for service in found for entry in service.items("spec", "ports") if isinstance(entry, dict)]
            if not have or port is None or port in have or not all(cluster.together(service, route) for service in found):
                continue
            yield Problem(
                route.at(*path, "port"),
                f"Service '{name}' has no port {port} (there {'is' if len(have) == 1 else 'are'} {', '.join(map(str, have[:8]))})",
                (found[0].at("spec", "ports", key=True, note="the ports of this Service"),),
                suggestion=str(have[0]) if len(have) == 1 else None,
                severity="warning" if any(cluster.is_patched(one) for one in (route, *found)) else None,
            )
