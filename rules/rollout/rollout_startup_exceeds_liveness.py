"""The liveness probe restarts the container before readiness is first asked for.

`initialDelaySeconds` of a readiness probe says how long the program needs before it can answer. A liveness probe that asks the same
question and gives up earlier kills the container while it starts, again and again, and no rollout ends. A startup probe holds both
others back until the program is up.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
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
          livenessProbe:
            initialDelaySeconds: 5
            periodSeconds: 5
            failureThreshold: 3 # problem: fails for 15 s
            httpGet:
              path: /healthz
              port: 8080
          readinessProbe:
            initialDelaySeconds: 60
            httpGet:
              path: /healthz
              port: 8080
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
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
            periodSeconds: 5
            failureThreshold: 30
            httpGet:
              path: /healthz
              port: 8080
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
          readinessProbe:
            httpGet:
              path: /healthz
              port: 8080
```
"""

from collections.abc import Iterator
from typing import Any

from rollproof.rule import Problem, Workload, rule


@rule(
    "rollout-startup-exceeds-liveness",
    severity="warning",
    on=Workload,
    see=["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"],
)
def check(workload: Workload) -> Iterator[Problem]:
    for container in workload.containers():
        liveness, readiness = container.data.get("livenessProbe"), container.data.get("readinessProbe")
        if not isinstance(liveness, dict) or not isinstance(readiness, dict) or container.data.get("startupProbe") is not None:
            continue
        if _question(liveness) != _question(readiness):
            continue
        # The first attempt is made after the delay; the last of failureThreshold attempts decides (SetDefaults_Probe for the defaults).
        attempts = _seconds(liveness, "failureThreshold", 3) - 1
        given_up = _seconds(liveness, "initialDelaySeconds", 0) + attempts * _seconds(liveness, "periodSeconds", 10)
        asked = _seconds(readiness, "initialDelaySeconds", 0)
        if given_up < asked:
            yield Problem(
                container.at("livenessProbe", "failureThreshold"),
                f"the liveness probe restarts a container that fails for {given_up} s, but the same question is first asked for readiness "
                f"after {asked} s; a startupProbe holds both back until the program is up",
                (container.at("readinessProbe", "initialDelaySeconds", note="readiness is asked for from here on"),),
            )


def _question(probe: dict[str, Any]) -> dict[str, Any]:
    return {kind: probe[kind] for kind in ("exec", "httpGet", "tcpSocket", "grpc") if kind in probe}


def _seconds(probe: dict[str, Any], field: str, default: int) -> int:
    value = probe.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default
