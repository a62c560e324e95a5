"""A placeholder stands where a number, a name or another checked value belongs.

Manifests for Flux, envsubst or kustomize hold markers such as `${REPLICAS}` or `$(NAME)`, which a later tool fills in. Nobody knows their
values before that, so they are neither refused nor taken for anything: a plan treats them as unknown. This note says so, once for each
file, so that a clean result is not taken for more than it is. To have every value checked, check what the tool renders.

```yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: ${REPLICAS} # problem: placeholder
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
          image: example.com/web:1.0
          ports:
            - containerPort: ${PORT}
```

Where any text may stand, a marker is just text, as in the arguments of a container, where Kubernetes itself replaces `$(NAME)`:

```yaml
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example.com/web:1.0
      args: ["--region=$(REGION)"]
      env:
        - name: REGION
          value: eu-west-1
```
"""

from rollproof.rule import fact

report = fact(
    "placeholder",
    severity="info",
    see=["https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution"],
)
