"""A rule failed while it looked at a resource; this is a bug of rollproof.

The run goes on with the other rules and ends with exit status 3. Please report it with the message and, where possible, the manifest.
"""

from rollproof.rule import fact

report = fact(
    "rule-crashed",
    severity="error",
)
