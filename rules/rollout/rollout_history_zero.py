"""A Deployment keeps no old ReplicaSet, so there is nothing to roll back to.

`revisionHistoryLimit: 0` removes the old ReplicaSet as soon as a rollout is over, and `kubectl rollout undo` then finds no revision.
Opt-in, because where every change comes from version control the way back is a revert there.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  revisionHistoryLimit: 0 # problem
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
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  revisionHistoryLimit: 2
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
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, Resource, rule


@rule(
    "rollout-history-zero",
    severity="info",
    on=Resource,
    kinds=["Deployment", "StatefulSet", "DaemonSet", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#clean-up-policy"],
    default=False,
)
def check(resource: Resource) -> Iterator[Problem]:
    limit = resource.get("spec", "revisionHistoryLimit")
    if limit == 0 and not isinstance(limit, bool):
        text = "revisionHistoryLimit 0 keeps no old revision, so 'kubectl rollout undo' has nothing to go back to"
        yield Problem(resource.at("spec", "revisionHistoryLimit"), text)
