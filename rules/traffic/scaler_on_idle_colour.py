"""The autoscaler scales the idle colour, and nothing scales the active one.

After a flip of the Service the autoscaler was left where it was. The colour that carries the load keeps the number of pods it has.

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
  replicas: 2
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
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web-green # problem: web-blue
  minReplicas: 2
  maxReplicas: 8
```

How to mend it: move the autoscaler along, or have one for each colour.

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
  replicas: 2
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
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web-blue
  minReplicas: 2
  maxReplicas: 8
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, ServicePlan, rule


@rule(
    "scaler-on-idle-colour",
    severity="warning",
    on=ServicePlan,
    see=["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
)
def check(service: ServicePlan, cluster: Cluster) -> Iterator[Problem]:
    colours = service.blue_green
    if colours is None or len(service.targets) != 1 or cluster.autoscaler_of(service.targets[0].workload) is not None:
        return
    active = service.targets[0].workload.resource
    for candidate in colours.candidates:
        for target in candidate.targets:
            scaler, idle = cluster.autoscaler_of(target.workload), target.workload
            if scaler is None or cluster.services_of(idle) or not cluster.together(active, idle.resource):
                continue
            said = f"this scales the idle colour, and nothing scales {active.identity}, which {service.resource.identity} sends traffic to"
            related = service.resource.at("spec", "selector", colours.key, note="the active colour")
            yield Problem(scaler.resource.at("spec", "scaleTargetRef", "name"), said, (related,))
            return
