"""A new pod needs the volume that the old pod still holds.

A `ReadWriteOnce` volume is attached to one node, and a `ReadWriteOncePod` volume belongs to one pod. A rolling update that keeps every
old pod until a new one is available starts the new pod beside it: on another node it waits for the volume, for ever, and with
`ReadWriteOncePod` it waits wherever it lands. The rollout is flagged when the progress deadline has passed, and stays as it is.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: data # problem: ReadWriteOnce
      containers:
        - name: web
          image: example.com/web:1
          volumeMounts:
            - name: data
              mountPath: /data
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  accessModes:
    - ReadWriteOnce
  resources:
    requests:
      storage: 1Gi
```

How to mend it, as only one pod can have the volume:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  strategy:
    type: Recreate
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: data
      containers:
        - name: web
          image: example.com/web:1
          volumeMounts:
            - name: data
              mountPath: /data
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  accessModes:
    - ReadWriteOnce
  resources:
    requests:
      storage: 1Gi
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Resource, WorkloadPlan, rule


@rule(
    "rollout-rwo-volume",
    severity="warning",
    on=WorkloadPlan,
    kinds=["Deployment", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes"],
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    if not plan.surges or not plan.keeps_all or plan.replicas.high == 0 or _stays_on_one_node(plan):
        return
    spec = plan.workload.pod_spec
    for index, volume in enumerate(spec.get("volumes") if isinstance(spec.get("volumes"), list) else ()):  # type: ignore[arg-type]
        source = volume.get("persistentVolumeClaim") if isinstance(volume, dict) else None
        name = source.get("claimName") if isinstance(source, dict) else None
        if not isinstance(name, str) or source.get("readOnly") is True:  # type: ignore[union-attr]
            continue
        for claim in _claims(plan, cluster, name):
            modes = set(map(str, claim.items("spec", "accessModes")))
            place = plan.workload.pod("spec", "volumes", index, "persistentVolumeClaim", "claimName")
            related = (claim.at("spec", "accessModes", note="the access modes of the claim"),)
            if modes == {"ReadWriteOncePod"}:
                text = f"the volume {name} belongs to one pod (ReadWriteOncePod), and no old pod goes before a new one is up: none ever is"
                yield Problem(place, text, related, severity="error")
            elif modes and modes <= {"ReadWriteOnce", "ReadWriteOncePod"}:
                text = f"the volume {name} is attached to one node (ReadWriteOnce), and the old pod keeps it until a new one is available"
                yield Problem(place, f"{text}: on another node the new pod waits for ever", related)


def _claims(plan: WorkloadPlan, cluster: Cluster, name: str) -> list[Resource]:
    resource = plan.workload.resource
    found = cluster.find("PersistentVolumeClaim", cluster.namespace_of(resource), name)
    return [claim for claim in found if cluster.together(claim, resource)][:1]


def _stays_on_one_node(plan: WorkloadPlan) -> bool:
    """Whether the pods are tied to a node anyway, where a volume that one node mounts is no hindrance."""
    spec = plan.workload.pod_spec
    selector = spec.get("nodeSelector")
    return bool(spec.get("nodeName")) or (isinstance(selector, dict) and "kubernetes.io/hostname" in selector)
