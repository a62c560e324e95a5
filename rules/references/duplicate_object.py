"""A file defines one object twice.

`kubectl apply` takes the objects one after another, so that the last definition wins and nothing of the first remains but the fields that
the last one leaves out. Often a block was copied and its name left as it was. Objects in different files may be alternatives, so they are
not compared.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  mode: fast
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web # problem: defined above
data:
  mode: slow
```

How to mend it:

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  mode: fast
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-slow
data:
  mode: slow
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Resource, rule


@rule(
    "duplicate-object",
    severity="warning",
    on=Cluster,
    see=["https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"],
)
def check(cluster: Cluster) -> Iterator[Problem]:
    seen: dict[tuple[object, ...], Resource] = {}
    for one in cluster.resources:
        if one.name is None:
            continue
        key = (one.source, one.group, one.kind, one.namespace, one.name)
        first = seen.setdefault(key, one)
        if first is not one and first.data != one.data:
            where = f" in {one.namespace}" if one.namespace else ""
            said = f"{one.identity}{where} is defined above already, and this definition replaces that one"
            yield Problem(one.at("metadata", "name"), said, (first.at("metadata", "name", note="the first definition"),))
