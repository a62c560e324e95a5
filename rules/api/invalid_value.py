"""A value has the right type, and the API server refuses it all the same.

Its validation knows more than its schema: names and labels have a syntax, ports and percentages a range, some fields exclude each other,
and some words are the only ones allowed. Schema validators let these pass; the apply then fails.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 0 # problem
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
```

How to mend it:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
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
```
"""

from rollproof.rule import fact

report = fact(
    "invalid-value",
    severity="error",
    see=["https://kubernetes.io/docs/reference/kubernetes-api/"],
)
