"""The preStop hook sleeps through the whole grace period.

The grace period begins before the preStop hook runs, not after. A hook that sleeps as long leaves the program no time: it gets its signal
and is killed at once, with whatever it was still answering.

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
      terminationGracePeriodSeconds: 30
      containers:
        - name: web
          image: example.com/web:1
          lifecycle:
            preStop:
              exec:
                command: ["sleep", "30"] # problem: 30 of 30 s
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
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      terminationGracePeriodSeconds: 45
      containers:
        - name: web
          image: example.com/web:1
          lifecycle:
            preStop:
              exec:
                command: ["sleep", "30"]
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
```
"""

import re
from collections.abc import Iterator
from typing import Any

from rollproof.rule import Problem, Workload, rule

_SLEEP = re.compile(r"\s*(?:/usr)?(?:/bin/)?sleep\s+([0-9]{1,9})s?\s*(?:[;&\n].*)?", re.DOTALL)


@rule(
    "grace-shorter-than-prestop",
    severity="warning",
    on=Workload,
    see=["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"],
)
def check(workload: Workload) -> Iterator[Problem]:
    written = workload.pod_spec.get("terminationGracePeriodSeconds")
    grace = 30 if written is None else written
    if not isinstance(grace, int) or isinstance(grace, bool):
        return
    for container in workload.containers():
        lifecycle = container.data.get("lifecycle")
        hook = lifecycle.get("preStop") if isinstance(lifecycle, dict) else None
        found = _sleep(hook) if isinstance(hook, dict) else None
        if found is not None and found[0] >= grace > 0:
            seconds, path = found
            text = f"the preStop hook sleeps {seconds} of {grace} s, so the program is killed without time to end"
            grace_place = workload.pod("spec", "terminationGracePeriodSeconds", note="the grace period (30 s where it is absent)")
            yield Problem(container.at("lifecycle", "preStop", *path), text, (grace_place,))


def _sleep(hook: dict[str, Any]) -> tuple[int, tuple[str, ...]] | None:
    """How long a hook sleeps at least, and where it says so."""
    action, command = hook.get("sleep"), hook.get("exec")
    if isinstance(action, dict) and isinstance(action.get("seconds"), int):
        return action["seconds"], ("sleep", "seconds")
    words = command.get("command") if isinstance(command, dict) else None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    shell = len(words) == 3 and words[0].rpartition("/")[2] in ("sh", "bash", "ash", "dash") and words[1] == "-c"
    match = _SLEEP.fullmatch(words[2] if shell else " ".join(words))
    return (int(match[1]), ("exec", "command")) if match else None
