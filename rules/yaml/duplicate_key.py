"""A mapping holds the same key twice.

kubectl turns YAML into JSON before it sends anything, and of two equal keys only the later one survives. Not even
`kubectl apply --validate=strict` can see the loss: a second `strategy:` replaces the first as a whole, a second `labels:` drops labels.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  color: blue
  color: green # problem
```

How to mend it: keep one of the two.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  color: green
```
"""

from rollproof.rule import fact

report = fact(
    "duplicate-key",
    severity="error",
    see=["https://github.com/kubernetes/kubernetes/issues/125885"],
)
