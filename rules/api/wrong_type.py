"""A value has another type than its field.

YAML decides the type before Kubernetes sees it: `yes` is a boolean, `1.10` the number 1.1, `08` the number 8. Where the field wants a
string, the API server refuses the object; quotes make it a string.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  debug: yes # problem
  version: 1.10 # problem
```

How to mend it:

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  debug: "yes"
  version: "1.10"
```
"""

from rollproof.rule import fact

report = fact(
    "wrong-type",
    severity="error",
    see=["https://kubernetes.io/docs/reference/kubernetes-api/"],
)
