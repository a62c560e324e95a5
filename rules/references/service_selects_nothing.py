"""A Service selects no pod.

It then has no endpoints, and every connection to it is refused. The commonest causes are a misspelt label, a label on the Deployment
where the pods' own labels count (`spec.template.metadata.labels`), and a blue/green flip to a colour that is not there.

This is an error where the manifests are the whole picture (a folder was given and every document of it parsed), or where some pod
nearly matches. For a file by itself nothing is said: its pods may well live in another file.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: wbe # problem: app=web
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
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
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
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

from rollproof.rule import Cluster, Problem, Resource, rule


@rule(
    "service-selects-nothing",
    severity="error",
    on=Resource,
    kinds=["Service"],
    see=["https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors"],
)
def check(service: Resource, cluster: Cluster) -> Iterator[Problem]:
    selector = service.mapping("spec", "selector")
    if service.group or not selector or service.get("spec", "type") == "ExternalName":
        return
    labels = {key: value for key, value in selector.items() if isinstance(value, str)}
    if len(labels) < len(selector) or not cluster.shows(labels) or cluster.targets_of(service):
        return
    wanted = ", ".join(f"{key}={value}" for key, value in labels.items())
    near = cluster.nearest(service, labels)
    if near is None:
        if cluster.is_complete(service):
            yield Problem(service.at("spec", "selector", key=True), f"no pod has {wanted}, so this Service has no endpoints")
        return
    beside = any(workload.resource.source == service.source for workload in near.workloads)
    if not (near.slip or beside or cluster.is_complete(service)):
        return
    key, have = near.key, near.values
    seen = f"have {key}={have[0]}" if len(have) == 1 else f"have {key} {', '.join(have[:8])}" if have else f"have no label '{key}'"
    others = ", ".join(f"{other}={value}" for other, value in labels.items() if other != near.wanted)
    who = f"the pods with {others}" if others else f"the pods of {near.workloads[0].resource.identity}"
    related = tuple(
        workload.pod("metadata", "labels", key, key=True, note=f"the labels of {workload.resource.identity}'s pods")
        for workload in near.workloads[:5]
    )
    meant = key if key != near.wanted else have[0] if len(have) == 1 else None
    yield Problem(
        service.at("spec", "selector", near.wanted, key=key != near.wanted),
        f"no pod has {wanted}, so this Service has no endpoints; {who} {seen}",
        related,
        suggestion=meant,
    )
