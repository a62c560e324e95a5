"""A Service sends its traffic to a colour that runs fewer pods than the idle one.

After a flip the old colour is scaled down, not the new one. If the active colour is the smaller one, it carries the whole load with fewer
pods than before. Colours that some other Service selects are in use and are left alone.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
    color: blue # problem: 1 pod
  ports:
    - port: 80
      targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-blue
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web
      color: blue
  template:
    metadata:
      labels:
        app: web
        color: blue
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-green
spec:
  replicas: 4
  selector:
    matchLabels:
      app: web
      color: green
  template:
    metadata:
      labels:
        app: web
        color: green
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
          ports:
            - name: http
              containerPort: 8080
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
    color: blue
  ports:
    - port: 80
      targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-blue
spec:
  replicas: 4
  selector:
    matchLabels:
      app: web
      color: blue
  template:
    metadata:
      labels:
        app: web
        color: blue
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
          ports:
            - name: http
              containerPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-green
spec:
  replicas: 4
  selector:
    matchLabels:
      app: web
      color: green
  template:
    metadata:
      labels:
        app: web
        color: green
    spec:
      containers:
        - name: web
          image: example.com/web:1
          readinessProbe:
            tcpSocket:
              port: 8080
          ports:
            - name: http
              containerPort: 8080
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, ServicePlan, rule


@rule(
    "active-colour-smaller",
    severity="warning",
    on=ServicePlan,
    see=["https://kubernetes.io/docs/concepts/cluster-administration/manage-deployment/"],
)
def check(service: ServicePlan, cluster: Cluster) -> Iterator[Problem]:
    colours = service.blue_green
    if colours is None or len(service.targets) != 1:
        return
    active = service.targets[0]
    for candidate in colours.candidates:
        idle = candidate.targets[0]
        if len(candidate.targets) > 1 or active.size is None or idle.size is None or not 0 < active.size < idle.size:
            continue
        if cluster.services_of(idle.workload) or not cluster.together(active.workload.resource, idle.workload.resource):
            continue
        mine, other = active.workload.resource, idle.workload.resource
        pods = "1 pod" if active.size == 1 else f"{active.size} pods"
        yield Problem(
            service.resource.at("spec", "selector", colours.key),
            f"the active colour, {mine.identity}, runs {pods}, and the idle one, {other.identity}, {idle.size}",
            (mine.at("spec", "replicas", note="the active colour"), other.at("spec", "replicas", note="the idle colour")),
        )
        return
