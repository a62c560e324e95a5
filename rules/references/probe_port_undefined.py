"""A probe or lifecycle hook names a port that its container does not have.

The API server takes it, and the kubelet looks the name up among the ports of the same container: a readiness probe then never succeeds,
so the pod gets no traffic and a rollout stops there; a liveness probe restarts the container for ever.

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example.com/web:1
      ports:
        - name: http
          containerPort: 8080
      readinessProbe:
        httpGet:
          port: htpp # problem: 'http'
```

How to mend it:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example.com/web:1
      ports:
        - name: http
          containerPort: 8080
      readinessProbe:
        httpGet:
          port: http
```
"""

from collections.abc import Iterator

from rollproof.kube.names import port_name
from rollproof.kube.placeholder import is_placeholder
from rollproof.kube.suggest import nearest
from rollproof.rule import Problem, Workload, rule

PLACES = (
    ("readinessProbe",),
    ("livenessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)


@rule(
    "probe-port-undefined",
    severity="error",
    on=Workload,
    see=["https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#use-a-named-port"],
)
def check(workload: Workload) -> Iterator[Problem]:
    for container in workload.containers():
        names = [port["name"] for _, port in container.ports() if isinstance(port.get("name"), str)]
        for path in PLACES:
            for handler in ("httpGet", "tcpSocket"):
                name = container.get(*path, handler, "port")
                # ResolveContainerPort, Kubernetes pkg/probe/util.go; a name that is none is refused, which is reported as such.
                if not isinstance(name, str) or name in names or port_name(name) is not None or is_placeholder(name):
                    continue
                near = nearest(name, names)
                have = f"; its ports are {', '.join(map(repr, names))}" if names else ", which names none of its ports"
                yield Problem(
                    container.at(*path, handler, "port"),
                    f"no port named '{name}' in container '{container.name}'{have}",
                    tuple(
                        container.at("ports", index, "name", note="a port it has") for index, port in container.ports() if "name" in port
                    ),
                    suggestion=near,
                )
