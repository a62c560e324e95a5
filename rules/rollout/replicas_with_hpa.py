"""Each apply of the manifest resets the number of replicas that an autoscaler has chosen.

Where a HorizontalPodAutoscaler (or a KEDA ScaledObject) scales a workload, `replicas` in the manifest is a second answer to the same
question. Every apply writes it back: the surplus pods are removed at once, in the middle of the load that called for them, and the
autoscaler starts over.

When the line is taken out, the first apply after that may set 1 once, because kubectl removes what it applied before; to avoid that,
remove the field from the last-applied configuration first, or use server-side apply.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3 # problem: HorizontalPodAutoscaler/web
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
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 3
  maxReplicas: 10
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
```

How to mend it:

```yaml
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
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 3
  maxReplicas: 10
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Edit, Fix, Problem, WorkloadPlan, rule


@rule(
    "replicas-with-hpa",
    severity="warning",
    on=WorkloadPlan,
    see=["https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/"],
)
def check(plan: WorkloadPlan, cluster: Cluster) -> Iterator[Problem]:
    resource = plan.workload.resource
    written = resource.get("spec", "replicas")
    autoscaler = cluster.autoscaler_of(plan.workload)
    if autoscaler is None or not isinstance(written, int) or isinstance(written, bool) or plan.replicas.value == written:
        return
    if not cluster.together(autoscaler.resource, resource):
        return
    who = autoscaler.resource.identity
    yield Problem(
        resource.at("spec", "replicas"),
        f"{who} keeps {plan.replicas} replicas, and each apply of this manifest sets them back to {written}",
        (autoscaler.resource.at("spec", "scaleTargetRef", note="the autoscaler of this workload"),),
        fix=Fix("leave the number of replicas to the autoscaler", (Edit("remove-entry", ("spec", "replicas")),), safe=False),
    )
