"""A Deployment is paused in its manifest, so no change of it rolls out.

`paused: true` is a switch for a moment: several changes are made, and then one rollout brings all of them. Committed, it makes every
later change of the template do nothing, without any error, until somebody resumes it.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  paused: true # problem
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
    "rollout-paused",
    severity="info",
    on=Resource,
    kinds=["Deployment", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment"],
    default=False,
)
def check(resource: Resource) -> Iterator[Problem]:
    if resource.get("spec", "paused") is True:
        yield Problem(resource.at("spec", "paused"), f"{resource.identity} is paused: no change of it rolls out before it is resumed")
