"""A Service sends traffic to two colours at once, while another Service tells them apart.

That is wanted for a canary, and for a Service that only discovers pods. It is a mistake where the Service was meant to follow the flip:
half of its traffic stays with the old colour.

```yaml
apiVersion: v1
kind: Service
metadata:
  name: web-all
spec:
  selector: # problem: blue, green
    app: web
  ports:
    - port: 80
      targetPort: http
---
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
```

How to mend it: name the colour in the selector too.

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
```
"""

from collections.abc import Iterator

from rollproof.rule import Cluster, Problem, ServicePlan, rule


@rule(
    "service-spans-colours",
    severity="info",
    on=ServicePlan,
    see=["https://kubernetes.io/docs/concepts/cluster-administration/manage-deployment/"],
    default=False,
)
def check(service: ServicePlan, cluster: Cluster) -> Iterator[Problem]:
    colours = service.blue_green
    if colours is None or not service.targets:
        return
    values = ", ".join([colours.active, *(candidate.value for candidate in colours.candidates)])
    for other in colours.both:
        if cluster.together(other, service.resource):
            said = f"this Service sends traffic to every {colours.key} ({values}), while {service.resource.identity} tells them apart"
            related = service.resource.at("spec", "selector", colours.key, note="this one selects one of them")
            yield Problem(other.at("spec", "selector", key=True), said, (related,))
