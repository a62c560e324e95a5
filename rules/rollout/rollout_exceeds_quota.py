"""A rollout needs more than the quota of its namespace has.

A ResourceQuota counts every pod until it is gone, those of the old version too. Where the pods of a rollout at its peak request more than
the quota has, the API server refuses the last of them. If the strategy lets no old pod go before a new one is available, that is a
deadlock: the rollout waits for a pod that is never created.

The quota is held against one workload alone; whatever else lives in the namespace makes the room smaller still.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 4 # problem: room for 4 of 5 pods
  strategy:
    rollingUpdate:
      maxUnavailable: 0
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
              cpu: 500m
              memory: 64Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: v1
kind: ResourceQuota
metadata:
  name: team
spec:
  hard:
    requests.cpu: "2"
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 4
  strategy:
    rollingUpdate:
      maxUnavailable: 0
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
              cpu: 500m
              memory: 64Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
---
apiVersion: v1
kind: ResourceQuota
metadata:
  name: team
spec:
  hard:
    requests.cpu: "3"
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, WorkloadPlan, rule


@rule(
    "rollout-exceeds-quota",
    severity="warning",
    on=WorkloadPlan,
    see=["https://kubernetes.io/docs/concepts/policy/resource-quotas/"],
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    most, peak, needed = plan.replicas.high, plan.max_pods[1], plan.room_needed
    if plan.bounds is None or most is None or peak is None:
        return
    short = [line for line in plan.quotas if line.pods < peak]
    for line in sorted(short, key=lambda line: line.pods)[:1]:
        place = plan.workload.resource.at("spec", "replicas")
        who = line.resource.identity
        related = (line.resource.at("spec", "hard", line.key, note="the quota"),)
        room = f"{who} ({line.key}: {line.hard}) has room for {line.pods} of {peak} pods at {line.each} each"
        if line.pods < most:
            yield Problem(place, f"{room}, fewer than the {most} replicas", related)
        elif line.pods < (needed or 0):
            text = f"too little for a rollout to get on, as no old pod goes before new ones are available: it needs room for {needed}"
            yield Problem(place, f"{room}, {text}", related)
        else:
            yield Problem(place, f"{room}, so a rollout goes on in smaller steps than maxSurge allows", related, severity="info")
