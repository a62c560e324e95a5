"""A document is not YAML.

kubectl stops at the first mistake and names the line where its parser gave up, which is often not the line to change: after a key
without its colon the complaint is about the next line. rollproof points at the cause. The other documents of the file are still checked.

```yaml
apiVersion: v1
kind: ConfigMap
metadata # problem
  name: web
data:
  color: blue
```

How to mend it:

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
    "yaml-syntax",
    severity="error",
    see=["https://yaml.org/spec/1.1/"],
)
