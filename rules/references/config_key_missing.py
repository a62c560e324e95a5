"""A pod asks for a key that its ConfigMap or Secret does not have.

The kubelet cannot build the container (`CreateContainerConfigError`) or mount the volume, and the pod never starts. Only objects that are
here, and that hold something, are looked into: a Secret without data is one that a controller fills in.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  log-level: info
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example.com/web:1
      env:
        - name: LOG_LEVEL
          valueFrom:
            configMapKeyRef:
              name: web
              key: loglevel # problem: 'log-level'
```

How to mend it:

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  log-level: info
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example.com/web:1
      env:
        - name: LOG_LEVEL
          valueFrom:
            configMapKeyRef:
              name: web
              key: log-level
        - name: COLOUR
          valueFrom:
            configMapKeyRef:
              name: web
              key: colour
              optional: true
```
"""

from collections.abc import Iterator

from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.suggest import nearest
from rollproof.rule import Cluster, Problem, Resource, Workload, rule


@rule(
    "config-key-missing",
    severity="error",
    on=Workload,
    see=["https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#restrictions"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    for one in cluster.references(workload, "ConfigMap", "Secret"):
        if not one.keys or is_placeholder(one.name) or cluster.is_made_elsewhere(one.kind, one.name, workload.resource):
            continue
        found = cluster.referents(one.kind, one.name, workload.resource)
        held = [_keys(resource) for resource in found]
        if not found or not all(held) or not all(cluster.together(resource, workload.resource) for resource in found):
            continue
        patched = any(cluster.is_patched(resource) for resource in found)
        for key, place in one.keys:
            if is_placeholder(key) or any(key in keys for keys in held):
                continue
            have = list(held[0])
            near = nearest(key, have)
            field = held[0][near or have[0]]
            there = ", ".join(map(repr, have[:8]))
            yield Problem(
                place,
                f"{one.kind} '{one.name}' has no key '{key}' (there {'is' if len(have) == 1 else 'are'} {there}), so the pod cannot start",
                (found[0].at(field, near, key=True, note="a key of it") if near else found[0].at(field, key=True, note="its keys"),),
                suggestion=near,
                severity="warning" if patched and near is None else None,
            )


def _keys(resource: Resource) -> dict[str, str]:
    """The keys of a ConfigMap or Secret, each with the field that it is in."""
    return {key: field for field in ("data", "binaryData", "stringData") for key in resource.mapping(field)}
