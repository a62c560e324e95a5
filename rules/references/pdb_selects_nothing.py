"""A PodDisruptionBudget protects no pod.

Its selector matches no pod, so that a drain may evict every pod of the application at once. It is reported where a label is nearly that
of some pod, or where the manifests beside the budget are the whole picture.

```yaml
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: wbe # problem: app=web
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
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
```

How to mend it:

```yaml
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: web
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
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
```
"""

from collections.abc import Iterator

from rollproof.kube.selector import LabelSelector
from rollproof.rule import Cluster, Problem, Resource, rule


@rule(
    "pdb-selects-nothing",
    severity="warning",
    on=Resource,
    kinds=["PodDisruptionBudget"],
    see=["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
)
def check(budget: Resource, cluster: Cluster) -> Iterator[Problem]:
    selector = LabelSelector.parse(budget.get("spec", "selector"))
    if selector is None or selector.is_empty or not cluster.shows(selector.pairs) or cluster.matching(selector, budget):
        return
    near = cluster.nearest(budget, selector.pairs) if selector.pairs else None
    said = f"no pod has {selector}, so this budget protects none"
    if near is not None and near.how == "slip" and near.wanted in budget.mapping("spec", "selector", "matchLabels"):
        key = near.key
        meant = f"{key}={near.values[0]}"
        related = tuple(
            one.pod("metadata", "labels", key, key=True, note=f"the labels of {one.resource.identity}'s pods") for one in near.workloads[:5]
        )
        place = budget.at("spec", "selector", "matchLabels", near.wanted, key=key != near.wanted)
        yield Problem(place, f"{said}; did you mean {meant}?", related, suggestion=key if key != near.wanted else near.values[0])
    elif cluster.is_complete(budget):
        yield Problem(budget.at("spec", "selector", key=True), said)
