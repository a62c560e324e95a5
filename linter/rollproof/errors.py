"""The two kinds of failure: the caller's, who can mend it, and ours, which is a bug."""

from __future__ import annotations


class UserError(Exception):
    """Something the caller can mend: a wrong option, a missing path, a bad settings file (exit status 2).

    ``message`` is one sentence; ``hint`` says what to do, where that is known.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
