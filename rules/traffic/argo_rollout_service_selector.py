"""A Service of an Argo Rollout does not select the Rollout's pods.

The controller adds the hash of one version to the selector of the Service; the labels that are there already must match the pods. It
refuses the Rollout otherwise (`Service has unmatch label in rollout`).

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
      activeService: web-active # problem: app=wbe
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
    app: wbe
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
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Workload, rule

_FIELDS = (
    ("blueGreen", "activeService"),
    ("blueGreen", "previewService"),
    ("canary", "stableService"),
    ("canary", "canaryService"),
    ("canary", "pingPong", "pingService"),
    ("canary", "pingPong", "pongService"),
)


@rule(
    "argo-rollout-service-selector",
    severity="error",
    on=Workload,
    kinds=["Rollout"],
    see=["https://argo-rollouts.readthedocs.io/en/stable/features/specification/"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    rollout = workload.resource
    have = cluster.pod_labels(workload)
    for field in _FIELDS:
        name = rollout.get("spec", "strategy", *field)
        if not have or not isinstance(name, str) or not name:
            continue
        for service in cluster.referents("Service", name, rollout)[:1]:
            selector = service.mapping("spec", "selector")
            wrong = {key: value for key, value in selector.items() if have.get(key) != value}
            wrong.pop("rollouts-pod-template-hash", None)
            if not wrong or not cluster.shows(wrong) or not cluster.together(service, rollout):
                continue
            wanted = ", ".join(f"{key}={value}" for key, value in wrong.items())
            said = f"Service '{name}' selects {wanted}, which the pods of this Rollout do not have, so the controller refuses it"
            place = service.at("spec", "selector", next(iter(wrong)), note="what the Service selects")
            pods = workload.pod("metadata", "labels", key=True, note="the labels of its pods")
            yield Problem(rollout.at("spec", "strategy", *field), said, (place, pods))
