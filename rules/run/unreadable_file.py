"""A file could not be read, so nothing in it was checked.

It may be missing its permissions, be no text at all, or be larger than any manifest can be. The other files are checked all the same.
"""

from rollproof.rule import fact

report = fact(
    "unreadable-file",
    severity="error",
)
