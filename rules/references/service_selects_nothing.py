"""A Service selects no pod.

It then has no endpoints, and every connection to it is refused. The commonest causes are a misspelt label, a label on the Deployment
where the pods' own labels count (`spec.template.metadata.labels`), and a blue/green flip to a colour that is not there.

This is an error where some pod nearly matches: its label is spelt almost the same, or it is another colour of the same application,
or it is in the same file or has the Service's name and nothing else selects it. Where no pod comes near it is a warning, and only if the
manifests beside it are the whole picture: a folder was given (or the project around a file is known), every document of it parsed, and
no custom resource or operator could run the pods. Otherwise nothing is said, for the pods may well come from elsewhere.

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

from collections.abc import Iterator, Sequence

from rollproof.rule import Cluster, Problem, Resource, Workload, rule


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
    complete = cluster.is_complete(service)
    said = f"no pod has {wanted}, so this Service has no endpoints"
    if near is None:
        if complete:
            yield Problem(service.at("spec", "selector", key=True), said, severity="warning")
        return
    beside = any(workload.resource.source == service.source for workload in near.workloads)
    sure = near.how == "slip" or (near.how == "label" and (beside or _are_colours(near.workloads))) or (near.how == "kin" and complete)
    if not sure and not complete:
        return
    key, have = near.key, near.values
    seen = f"have {key}={have[0]}" if len(have) == 1 else f"have {key} {', '.join(have[:8])}" if have else f"have no label '{key}'"
    others = ", ".join(f"{other}={value}" for other, value in labels.items() if other != near.wanted)
    who = f"the pods with {others}" if others and near.how != "kin" else f"the pods of {near.workloads[0].resource.identity}"
    related = tuple(
        workload.pod("metadata", "labels", key, key=True, note=f"the labels of {workload.resource.identity}'s pods")
        for workload in near.workloads[:5]
    )
    meant = key if key != near.wanted else have[0] if len(have) == 1 else None
    yield Problem(
        service.at("spec", "selector", near.wanted, key=key != near.wanted),
        f"{said}; {who} {seen}",
        related,
        suggestion=meant,
        severity=None if sure else "warning",
    )


def _are_colours(workloads: Sequence[Workload]) -> bool:
    """Whether several workloads are variants of one application: they run the same containers."""
    names = {frozenset(one.name for one in workload.containers() if not one.init) for workload in workloads}
    return len(workloads) > 1 and len(names) == 1
