"""A file holds bytes that are not valid in its encoding.

kubectl puts U+FFFD, the replacement character, in their place, so a label, a password or a command may differ from what was written.
Save the file as UTF-8.
"""

from rollproof.rule import fact

report = fact(
    "yaml-encoding",
    severity="warning",
)
