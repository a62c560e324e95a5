"""An Argo Rollout names a Service that is not there, while one of nearly the same name is.

The controller then reports `InvalidSpec` and does nothing: the rollout stands still. A name that resembles no Service is left alone, for it
may be made elsewhere.

```yaml
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  strategy:
    blueGreen:
      activeService: web-actve # problem: web-active
      previewService: web-preview
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: web-active
spec:
  selector:
    app: web
  ports:
    - port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web-preview
spec:
  selector:
    app: web
  ports:
    - port: 80
```

How to mend it:

```yaml
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  strategy:
    blueGreen:
      activeService: web-active
      previewService: web-preview
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: web-active
spec:
  selector:
    app: web
  ports:
    - port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web-preview
spec:
  selector:
    app: web
  ports:
    - port: 80
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Resource, rule

_FIELDS = (
    ("blueGreen", "activeService"),
    ("blueGreen", "previewService"),
    ("canary", "stableService"),
    ("canary", "canaryService"),
    ("canary", "pingPong", "pingService"),
    ("canary", "pingPong", "pongService"),
)


@rule(
    "argo-rollout-service-missing",
    severity="error",
    on=Resource,
    kinds=["Rollout"],
    see=["https://argo-rollouts.readthedocs.io/en/stable/features/specification/"],
)
def check(rollout: Resource, cluster: Cluster) -> Iterator[Problem]:
    for field in _FIELDS:
        path = ("spec", "strategy", *field)
        name = rollout.get(*path)
        if rollout.group != "argoproj.io" or not isinstance(name, str) or not name or cluster.exists("Service", name, rollout):
            continue
        near = cluster.misspelt("Service", name, rollout)
        if near is not None:
            said = f"no Service is called '{name}' here, so the rollout stands still; did you mean '{near.name}'?"
            yield Problem(rollout.at(*path), said, (near.at("metadata", "name", note="this Service"),), suggestion=near.name)
