"""A spread constraint counts other pods than the workload's own.

The selector of a topology spread constraint says which pods are counted. Where it does not match the pods it stands in, they are placed
as if none of them existed, and all may land in one zone. The usual cause is a label that was renamed in one of the two places.

Silent where the selector matches the pods of another workload: spreading with regard to those may be meant.

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
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app: wbe # problem: app=wbe
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
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app: web
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

from rollproof.kube.selector import LabelSelector
from rollproof.rule import Cluster, Problem, Workload, rule


@rule(
    "spread-selector-mismatch",
    severity="warning",
    on=Workload,
    kinds=["Deployment", "StatefulSet", "ReplicaSet", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    labels = cluster.pod_labels(workload)
    constraints = workload.resource.items(*workload.template, "spec", "topologySpreadConstraints")
    for index, constraint in enumerate(constraints):
        selector = LabelSelector.parse(constraint.get("labelSelector")) if isinstance(constraint, dict) else None
        if selector is None or selector.is_empty or selector.matches(labels) or not cluster.shows(selector.pairs):
            continue
        if not labels or cluster.matching(selector, workload.resource):
            continue
        failing = selector.failing(labels)[0]
        have = f"{failing.key}={labels[failing.key]}" if failing.key in labels else f"no label {failing.key}"
        path = ("spec", "topologySpreadConstraints", index, "labelSelector")
        inner = ("matchLabels", failing.key) if constraint["labelSelector"].get("matchLabels", {}).get(failing.key) else ()
        text = f"the constraint counts pods with {failing}, but the pods of {workload.resource.identity} have {have}: they are not spread"
        yield Problem(workload.pod(*path, *inner), text, (workload.pod("metadata", "labels", key=True, note="the labels of the pods"),))
