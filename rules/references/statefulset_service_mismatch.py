"""A StatefulSet's Service does not select its pods.

The Service that `serviceName` names gives each pod its DNS name (`db-0.db`). Where that Service selects other pods, or a Service of nearly
that name is there instead, the names resolve to nothing, and the members of the set cannot find each other.

```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: db # problem: app=db
  replicas: 3
  selector:
    matchLabels:
      app: db
  template:
    metadata:
      labels:
        app: db
    spec:
      containers:
        - name: db
          image: example.com/db:1
---
apiVersion: v1
kind: Service
metadata:
  name: db
spec:
  clusterIP: None
  selector:
    app: postgres
  ports:
    - port: 5432
---
apiVersion: v1
kind: Pod
metadata:
  name: postgres
  labels:
    app: postgres
spec:
  containers:
    - name: postgres
      image: example.com/postgres:1
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: db
  replicas: 3
  selector:
    matchLabels:
      app: db
  template:
    metadata:
      labels:
        app: db
    spec:
      containers:
        - name: db
          image: example.com/db:1
---
apiVersion: v1
kind: Service
metadata:
  name: db
spec:
  clusterIP: None
  selector:
    app: db
  ports:
    - port: 5432
```
"""

from collections.abc import Iterator

from rollproof.kube.placeholder import is_placeholder
from rollproof.rule import Cluster, Problem, Workload, rule


@rule(
    "statefulset-service-mismatch",
    severity="warning",
    on=Workload,
    kinds=["StatefulSet"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    resource = workload.resource
    name = resource.get("spec", "serviceName")
    if not isinstance(name, str) or not name or is_placeholder(name):
        return
    place = resource.at("spec", "serviceName")
    if not cluster.exists("Service", name, resource):
        near = cluster.misspelt("Service", name, resource)
        if near is not None:
            said = f"no Service is called '{name}' here, so the pods have no names of their own; did you mean '{near.name}'?"
            yield Problem(place, said, (near.at("metadata", "name", note="this Service"),), suggestion=near.name)
        return
    for service in cluster.referents("Service", name, resource):
        selector = service.mapping("spec", "selector")
        if not selector or not cluster.together(service, resource) or not cluster.shows(selector):
            return
        if workload in cluster.targets_of(service):
            return
        wanted = ", ".join(f"{key}={value}" for key, value in selector.items())
        have = ", ".join(f"{key}={value}" for key, value in cluster.pod_labels(workload).items())
        said = f"Service '{name}' selects {wanted}, not the pods of this StatefulSet ({have}), so these have no names of their own"
        yield Problem(place, said, (service.at("spec", "selector", key=True, note="what the Service selects"),))
        return
