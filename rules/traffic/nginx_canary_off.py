"""A canary Ingress has a weight, a header or a cookie, and is not switched on.

ingress-nginx reads `canary-weight` and its kin only beside `canary: "true"`. Without it the Ingress is an ordinary one, and its host and
path collide with those of the main one.

```yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-canary
  annotations:
    nginx.ingress.kubernetes.io/canary-weight: "10" # problem
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

from rollproof.rule import Problem, Resource, rule

_PREFIX = "nginx.ingress.kubernetes.io/canary"


@rule(
    "nginx-canary-off",
    severity="warning",
    on=Resource,
    kinds=["Ingress"],
    see=["https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary"],
)
def check(ingress: Resource) -> Iterator[Problem]:
    if _PREFIX in ingress.annotations:
        return
    for key in ("canary-weight", "canary-by-header", "canary-by-cookie"):
        name = f"nginx.ingress.kubernetes.io/{key}"
        if name in ingress.annotations:
            said = f"'{key}' has no effect without nginx.ingress.kubernetes.io/canary: \"true\""
            yield Problem(ingress.at("metadata", "annotations", name, key=True), said)
            return
