"""A pod runs as a service account that is not there, while one of nearly the same name is.

The API server refuses the pod, so that its Deployment makes none: the reason is only in the events of the ReplicaSet. A name that
resembles no service account of the same manifests is left alone, for it may be made elsewhere.

```yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web-reader
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  serviceAccountName: web-raeder # problem: web-reader
  containers:
    - name: web
      image: example.com/web:1
```

How to mend it:

```yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web-reader
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  serviceAccountName: web-reader
  containers:
    - name: web
      image: example.com/web:1
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Workload, rule


@rule(
    "service-account-missing",
    severity="warning",
    on=Workload,
    see=["https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    for one in cluster.references(workload, "ServiceAccount"):
        if one.name == "default" or cluster.exists(one.kind, one.name, workload.resource):
            continue
        near = cluster.misspelt(one.kind, one.name, workload.resource)
        if near is not None:
            said = f"no service account is called '{one.name}' here; did you mean '{near.name}'?"
            yield Problem(one.place, said, (near.at("metadata", "name", note="this service account"),), suggestion=near.name)
