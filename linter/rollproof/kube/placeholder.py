"""Text that a later tool fills in: ``${REPLICAS}``, ``$(NAME)``, ``{{ .Values.port }}``."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"\$\{[^{}]*\}"  # envsubst, flux post-build substitution, shell
    r"|\$\([^()]*\)"  # kustomize vars, Tekton
    r"|\{\{.*?\}\}"  # Helm, Jinja, Argo Workflows
    r"|\{%.*?%\}"  # Jinja
    r"|<%.*?%>"  # ERB
    r"|#\{[^{}]*\}#"  # Azure DevOps token replacement
    r"|^\$[A-Za-z_][A-Za-z0-9_]*$",  # envsubst without braces, where it is the whole text
    re.DOTALL,
)


def is_placeholder(text: object) -> bool:
    """Whether text is, wholly or in part, a substitution marker, so that its real value and type are unknown. False for any other value."""
    return isinstance(text, str) and ("$" in text or "{" in text or "<%" in text) and _PLACEHOLDER.search(text) is not None
