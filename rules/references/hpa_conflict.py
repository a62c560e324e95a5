"""Two autoscalers decide how many replicas one workload has.

Each undoes what the other did (`AmbiguousSelector`, or replicas that go up and down). Put both metrics into one autoscaler: it takes the
largest of what each metric asks for. Only autoscalers of one file or one kustomization are compared, for others may be alternatives.

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web-cpu
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  maxReplicas: 5
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web-memory
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web # problem: HorizontalPodAutoscaler/web-cpu
  maxReplicas: 5
```

How to mend it:

```yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  maxReplicas: 5
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, Resource, rule


@rule(
    "hpa-conflict",
    severity="warning",
    on=Cluster,
    see=["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#support-for-resource-metrics"],
)
def check(cluster: Cluster) -> Iterator[Problem]:
    seen: dict[tuple[str, str], list[Resource]] = {}
    for kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        for one in cluster.by_kind.get(kind, ()):
            target = one.mapping("spec", "scaleTargetRef")
            name = target.get("name")
            if not isinstance(name, str):
                continue
            others = seen.setdefault((str(target.get("kind", "Deployment")), name), [])
            for other in others:
                if other.identity != one.identity and cluster.may_meet(one, other) and cluster.joined(one, other):
                    said = f"{other.identity} decides how many replicas '{name}' has too, and each undoes what the other did"
                    place = other.at("spec", "scaleTargetRef", "name", note="the other one's target")
                    yield Problem(one.at("spec", "scaleTargetRef", "name"), said, (place,))
                    break
            others.append(one)
