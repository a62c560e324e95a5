"""No two pods may share a node, and a rollout needs one node more.

With a required anti-affinity on the host name each pod needs a node of its own. A rolling update that keeps all old pods until a new one
is available therefore needs one node more than there are replicas; without it the new pod stays Pending and the rollout rests.
Opt-in, because how many nodes there are is not in the manifests.

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
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname # problem: 4 nodes
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

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  strategy:
    rollingUpdate:
      maxSurge: 0
      maxUnavailable: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
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
from rollproof.rule import Problem, WorkloadPlan, rule


@rule(
    "rollout-required-anti-affinity",
    severity="info",
    on=WorkloadPlan,
    kinds=["Deployment", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity"],
    default=False,
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    if not plan.surges or not plan.keeps_all or plan.replicas.high == 0:
        return
    path = ("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = plan.workload.resource.items(*plan.workload.template, "spec", *path)
    for index, term in enumerate(terms):
        if not isinstance(term, dict) or term.get("topologyKey") != "kubernetes.io/hostname":
            continue
        selector = LabelSelector.parse(term.get("labelSelector"))
        if selector is not None and selector.matches(plan.workload.pod_labels):
            needed = plan.room_needed
            nodes = f"{needed} nodes" if needed is not None else "one node more than replicas"
            place = plan.workload.pod("spec", *path, index, "topologyKey")
            yield Problem(place, f"each pod needs a node of its own and no old pod goes first, so a rollout needs {nodes} to get on")
