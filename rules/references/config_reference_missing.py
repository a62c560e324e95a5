"""A pod names a ConfigMap or Secret that is not there, while one of nearly the same name is.

The pod then waits in `ContainerCreating` or `CreateContainerConfigError` until somebody makes it. Many ConfigMaps and Secrets are made
outside the manifests, so a name that resembles no other is left alone; so is a reference with `optional: true`. Objects that are made
elsewhere can be named in the settings, under `external`.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-settings
data:
  mode: fast
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example.com/web:1
      envFrom:
        - configMapRef:
            name: web-setings # problem: web-settings
        - secretRef:
            name: web-credentials
```

How to mend it:

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-settings
data:
  mode: fast
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example.com/web:1
      envFrom:
        - configMapRef:
            name: web-settings
        - configMapRef:
            name: web-setings
            optional: true
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Workload, rule


@rule(
    "config-reference-missing",
    severity="warning",
    on=Workload,
    see=["https://kubernetes.io/docs/concepts/configuration/configmap/#configmaps-and-pods"],
)
def check(workload: Workload, cluster: Cluster) -> Iterator[Problem]:
    for one in cluster.references(workload, "ConfigMap", "Secret"):
        if cluster.exists(one.kind, one.name, workload.resource):
            continue
        near = cluster.misspelt(one.kind, one.name, workload.resource)
        if near is not None:
            said = f"no {one.kind} is called '{one.name}' here; did you mean '{near.name}'?"
            yield Problem(one.place, said, (near.at("metadata", "name", note=f"this {one.kind}"),), suggestion=near.name)
