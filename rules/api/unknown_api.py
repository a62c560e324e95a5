"""No schema describes this apiVersion and kind.

Either it is a slip (kinds and versions are case sensitive: then the finding is an error and says what was meant), or a custom resource
whose CustomResourceDefinition is not among the manifests: then only its metadata is checked, and this says so once for each file.

```yaml
apiVersion: apps/v1
kind: Deploymnet # problem: did you mean 'Deployment'?
metadata:
  name: web
```

How to mend it:

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
```
"""

from rollproof.rule import fact

report = fact(
    "unknown-api",
    severity="warning",
    see=["https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/"],
)
