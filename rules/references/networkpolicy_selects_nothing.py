"""A NetworkPolicy selects no pod, while some pod nearly matches.

The policy then isolates nothing, and the pods it was written for stay open to everyone. An empty `podSelector` selects every pod of the
namespace. A policy that comes near no pod is left alone, for its pods may well be in other manifests.

```yaml
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector:
    matchLabels:
      app: wbe # problem: app=web
  policyTypes: [Ingress]
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
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes: [Ingress]
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
    "networkpolicy-selects-nothing",
    severity="warning",
    on=Resource,
    kinds=["NetworkPolicy"],
    see=["https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource"],
)
def check(policy: Resource, cluster: Cluster) -> Iterator[Problem]:
    selector = LabelSelector.parse(policy.get("spec", "podSelector"))
    if policy.group != "networking.k8s.io" or selector is None or not selector.pairs or not cluster.shows(selector.pairs):
        return
    if cluster.matching(selector, policy):
        return
    near = cluster.nearest(policy, selector.pairs)
    if near is None or near.how != "slip" or near.wanted not in policy.mapping("spec", "podSelector", "matchLabels"):
        return
    related = tuple(
        one.pod("metadata", "labels", near.key, key=True, note=f"the labels of {one.resource.identity}'s pods")
        for one in near.workloads[:5]
    )
    yield Problem(
        policy.at("spec", "podSelector", "matchLabels", near.wanted, key=near.key != near.wanted),
        f"no pod has {selector}, so this policy isolates none; did you mean {near.key}={near.values[0]}?",
        related,
        suggestion=near.key if near.key != near.wanted else near.values[0],
    )
