"""A HorizontalPodAutoscaler names a workload that is not there.

It then scales nothing (`FailedGetScale`), and nobody notices until the load comes. It is an error where a workload of that name exists
under another kind, or one of nearly that name; without either it is a warning, and only where the manifests beside it are the whole
picture.

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: wbe # problem: did you mean 'web'?
  minReplicas: 2
  maxReplicas: 5
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
          resources:
            requests:
              cpu: 100m
```

How to mend it:

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 2
  maxReplicas: 5
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
          resources:
            requests:
              cpu: 100m
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Resource, rule

_SCALABLE = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout")


@rule(
    "hpa-target-missing",
    severity="error",
    on=Resource,
    kinds=["HorizontalPodAutoscaler"],
    see=["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
)
def check(autoscaler: Resource, cluster: Cluster) -> Iterator[Problem]:
    target = autoscaler.mapping("spec", "scaleTargetRef")
    kind, name = target.get("kind"), target.get("name")
    if kind not in _SCALABLE or not isinstance(name, str) or not name or cluster.exists(kind, name, autoscaler):
        return
    place = autoscaler.at("spec", "scaleTargetRef", "name")
    for other in _SCALABLE:
        for one in cluster.referents(other, name, autoscaler):
            if cluster.together(one, autoscaler):
                said = f"no {kind} is called '{name}' here, but a {other} is, so this autoscaler scales nothing"
                where = autoscaler.at("spec", "scaleTargetRef", "kind")
                yield Problem(where, said, (one.at("kind", note=f"this {other}"),), suggestion=other)
                return
    near = cluster.misspelt(kind, name, autoscaler)
    if near is not None:
        said = f"no {kind} is called '{name}' here, so this autoscaler scales nothing; did you mean '{near.name}'?"
        yield Problem(place, said, (near.at("metadata", "name", note=f"this {kind}"),), suggestion=near.name)
    elif cluster.is_complete(autoscaler):
        yield Problem(place, f"no {kind} is called '{name}' here, so this autoscaler scales nothing", severity="warning")
