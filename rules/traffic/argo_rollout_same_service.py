"""An Argo Rollout names one Service for both versions.

The active and the preview Service, or the stable and the canary one, must differ: the controller gives each the hash of its version. It
refuses a Rollout that names one Service twice (`InvalidSpec`).

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
      previewService: web-active # problem
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

from rollproof.rule import Problem, Resource, rule

_PAIRS = (
    (("blueGreen", "activeService"), ("blueGreen", "previewService")),
    (("canary", "stableService"), ("canary", "canaryService")),
    (("canary", "pingPong", "pingService"), ("canary", "pingPong", "pongService")),
)


@rule(
    "argo-rollout-same-service",
    severity="error",
    on=Resource,
    kinds=["Rollout"],
    see=["https://argo-rollouts.readthedocs.io/en/stable/features/bluegreen/"],
)
def check(rollout: Resource) -> Iterator[Problem]:
    for first, second in _PAIRS:
        name = rollout.get("spec", "strategy", *first)
        if rollout.group == "argoproj.io" and isinstance(name, str) and name and name == rollout.get("spec", "strategy", *second):
            said = f"{first[-1]} and {second[-1]} are both '{name}', so the controller refuses this Rollout"
            yield Problem(rollout.at("spec", "strategy", *second), said, (rollout.at("spec", "strategy", *first, note="the same Service"),))
