"""A workload's selector also matches the pods of another workload.

Kubernetes asks for selectors that no other controller shares. An autoscaler or `kubectl rollout` that goes by such a selector counts the
other one's pods too, and a pod that loses its owner is adopted by either. Only workloads of one file or one kustomization are compared, for
others may be alternatives.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: # problem: Deployment/worker
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example.com/web:1
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
      tier: worker
  template:
    metadata:
      labels:
        app: web
        tier: worker
    spec:
      containers:
        - name: worker
          image: example.com/worker:1
```

How to mend it: give each workload a label that no other has.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
      tier: front
  template:
    metadata:
      labels:
        app: web
        tier: front
    spec:
      containers:
        - name: web
          image: example.com/web:1
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
      tier: worker
  template:
    metadata:
      labels:
        app: web
        tier: worker
    spec:
      containers:
        - name: worker
          image: example.com/worker:1
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Workload, rule

_CONTROLLERS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout")


@rule(
    "selector-overlap",
    severity="warning",
    on=Workload,
    kinds=["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    selector, resource = workload.selector, workload.resource
    if selector is None or not selector.pairs or not selector.matches(cluster.pod_labels(workload)):
        return
    for other in cluster.matching(selector, resource):
        one = other.resource
        if one.kind not in _CONTROLLERS or one.identity == resource.identity or one.name == resource.name:
            continue
        if not cluster.joined(one, resource) or not cluster.share_namespace(one, resource):
            continue
        said = f"this selector ({selector}) also matches the pods of {one.identity}"
        related = other.pod("metadata", "labels", key=True, note=f"the labels of {one.identity}'s pods")
        yield Problem(resource.at("spec", "selector", "matchLabels", key=True), said, (related,))
        return
