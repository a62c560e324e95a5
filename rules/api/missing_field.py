"""A field that the API server requires is absent.

A field that is written but empty (`template:` with nothing under it) is null, and null is absent too: often its children are indented
one step too little.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec: # problem: selector
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
    "missing-field",
    severity="error",
    see=["https://kubernetes.io/docs/reference/kubernetes-api/"],
)
