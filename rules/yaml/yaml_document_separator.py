"""Text around a document separator is not what kubectl takes it for.

kubectl splits a file at every line that starts with `---`, even inside a block scalar, and accepts nothing but spaces or a comment behind
it. And it stops reading at `...`: what follows, up to the next `---`, is never sent and never mentioned.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: blue
... # problem
apiVersion: v1
kind: ConfigMap
metadata:
  name: green
```

How to mend it: separate documents with `---`.

```yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: blue
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: green
```
"""

from rollproof.rule import fact

report = fact(
    "yaml-document-separator",
    severity="warning",
    see=["https://github.com/kubernetes/apimachinery/blob/master/pkg/util/yaml/decoder.go"],
)
