"""An API version is no longer served by the chosen Kubernetes version.

Manifests that were applied years ago keep working inside the cluster, which converts them, and fail on the next apply, in a new cluster
or after the upgrade. The message names the version that removed it and what to use; the fields are checked against that replacement.

```yaml
apiVersion: policy/v1beta1 # problem: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: web
```

How to mend it:

```yaml
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: web
```
"""

from rollproof.rule import fact

report = fact(
    "removed-api",
    severity="error",
    see=["https://kubernetes.io/docs/reference/using-api/deprecation-guide/"],
)
