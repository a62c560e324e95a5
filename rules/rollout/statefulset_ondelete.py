"""A StatefulSet is updated only where somebody deletes its pods.

With `OnDelete` the controller replaces no pod by itself. A change of the template takes effect pod by pod, as each is deleted by hand, by
a node that goes away, or by an operator that does so on purpose, so old and new versions run side by side for an unknown time.

```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  replicas: 3
  serviceName: web
  updateStrategy:
    type: OnDelete # problem
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
kind: StatefulSet
metadata:
  name: web
spec:
  replicas: 3
  serviceName: web
  updateStrategy:
    type: RollingUpdate
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
    "statefulset-ondelete",
    severity="info",
    on=Resource,
    kinds=["StatefulSet"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#on-delete"],
    default=False,
)
def check(resource: Resource) -> Iterator[Problem]:
    if resource.get("spec", "updateStrategy", "type") == "OnDelete":
        yield Problem(resource.at("spec", "updateStrategy", "type"), "a changed template reaches a pod only when somebody deletes the pod")
