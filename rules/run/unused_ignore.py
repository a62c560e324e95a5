"""An ignore comment or annotation silences nothing.

What it was written for has been mended, or it names another rule than the one that reports. Left in place it would hide the next mistake.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  color: blue # rollproof: ignore[duplicate-key] was written twice # problem
```

How to mend it: delete it.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  color: blue
```
"""

from rollproof.rule import fact

report = fact(
    "unused-ignore",
    severity="warning",
)
