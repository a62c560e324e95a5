"""A pod may take longer to start than the rollout has before it is flagged as failed.

`progressDeadlineSeconds` is the time a Deployment may go without progress, and a pod that is still starting is none. Where a startup
probe grants a container more than that, or no readiness is asked for before it, a rollout that goes well is reported as failed, and
tools that wait for it give up. Nothing is rolled back.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  progressDeadlineSeconds: 60
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
          startupProbe:
            periodSeconds: 10
            failureThreshold: 30 # problem: 300 s
            httpGet:
              path: /ready
              port: 8080
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  progressDeadlineSeconds: 600
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
          startupProbe:
            periodSeconds: 10
            failureThreshold: 30
            httpGet:
              path: /ready
              port: 8080
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```
"""

from collections.abc import Iterator
from typing import Any

from rollproof.rule import Problem, WorkloadPlan, rule


@rule(
    "rollout-deadline-too-short",
    severity="warning",
    on=WorkloadPlan,
    kinds=["Deployment", "Rollout"],
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds"],
)
def check(plan: WorkloadPlan) -> Iterator[Problem]:
    deadline = plan.progress_deadline
    if deadline is None or plan.strategy_name == "OnDelete":
        return
    related = (plan.workload.resource.at("spec", "progressDeadlineSeconds", note="the deadline"),)
    for container in plan.workload.containers():
        startup, readiness = container.data.get("startupProbe"), container.data.get("readinessProbe")
        if not container.serves:
            continue
        if isinstance(startup, dict):
            # The defaults of a probe: SetDefaults_Probe, Kubernetes pkg/apis/core/v1/defaults.go.
            delay = _seconds(startup, "initialDelaySeconds", 0)
            budget = delay + _seconds(startup, "periodSeconds", 10) * _seconds(startup, "failureThreshold", 3)
            if budget >= deadline:
                text = f"the startup probe grants {budget} s, but a rollout is flagged as failed after {deadline} s without progress"
                yield Problem(container.at("startupProbe", "failureThreshold"), text, related)
                continue
        if isinstance(readiness, dict) and (delay := _seconds(readiness, "initialDelaySeconds", 0)) >= deadline:
            text = f"readiness is first asked for after {delay} s, but a rollout is flagged as failed after {deadline} s without progress"
            yield Problem(container.at("readinessProbe", "initialDelaySeconds"), text, related)


def _seconds(probe: dict[str, Any], field: str, default: int) -> int:
    value = probe.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default
