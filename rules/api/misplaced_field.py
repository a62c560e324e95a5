"""A field stands at the wrong level: this kind has it, but elsewhere.

To the API server it is an unknown field like any other: refused under strict validation, silently dropped without. The message names the
path where the field belongs.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  strategy:
    maxSurge: 1 # problem: spec.strategy.rollingUpdate.maxSurge
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
    rollingUpdate:
      maxSurge: 1
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
    "misplaced-field",
    severity="error",
    see=["https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation"],
)
