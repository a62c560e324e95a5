"""A workload's selector does not match the labels of its own pod template.

The API server refuses the object: such a workload would never find the pods it creates, and would create them for ever.

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
        app: wep # problem
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
    "selector-mismatch",
    severity="error",
    see=["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector"],
)
