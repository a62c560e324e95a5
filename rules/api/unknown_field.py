"""A field does not exist in the API of this kind.

`kubectl apply` refuses the object, because it asks the API server for strict validation. A controller, Helm or a bare request gets only
a warning, the field is dropped, and its default takes effect: with `maxUnavaliable: 0` a rollout may take 25 % of the pods down.

The same holds for a field that the chosen Kubernetes version does not have yet, or no longer has; the message then names the versions.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 4
  strategy:
    rollingUpdate:
      maxUnavaliable: 1 # problem: did you mean 'maxUnavailable'?
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
  replicas: 4
  strategy:
    rollingUpdate:
      maxUnavailable: 1
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
    "unknown-field",
    severity="error",
    see=["https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation"],
)
