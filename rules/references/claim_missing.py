"""A pod mounts a PersistentVolumeClaim that is not there, while one of nearly the same name is.

The pod stays pending until the claim exists. A name that resembles no claim of the same manifests is left alone, for it may be made
elsewhere, or by the volumeClaimTemplates of a StatefulSet.

```yaml
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: mysql-data
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
---
apiVersion: v1
kind: Pod
metadata:
  name: mysql
spec:
  containers:
    - name: mysql
      image: example.com/mysql:8
  volumes:
    - name: data
      persistentVolumeClaim:
        claimName: msyql-data # problem: mysql-data
```

How to mend it:

```yaml
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: mysql-data
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
---
apiVersion: v1
kind: Pod
metadata:
  name: mysql
spec:
  containers:
    - name: mysql
      image: example.com/mysql:8
  volumes:
    - name: data
      persistentVolumeClaim:
        claimName: mysql-data
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Workload, rule


@rule(
    "claim-missing",
    severity="warning",
    on=Workload,
    see=["https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    for one in cluster.references(workload, "PersistentVolumeClaim"):
        if cluster.exists(one.kind, one.name, workload.resource):
            continue
        near = cluster.misspelt(one.kind, one.name, workload.resource)
        if near is not None:
            said = f"no claim is called '{one.name}' here; did you mean '{near.name}'?"
            yield Problem(one.place, said, (near.at("metadata", "name", note="this claim"),), suggestion=near.name)
