"""Every check of the repository, in the order in which a mistake is cheapest to see: ``python -m tests``."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

STEPS: tuple[tuple[str, ...], ...] = (
    (str(BIN / "ruff"), "check", "."),
    (str(BIN / "ruff"), "format", "--check", "."),
    (str(BIN / "mypy"),),
    (str(BIN / "lint-imports"),),
    (sys.executable, "-m", "pytest", "-q"),
)


def main() -> int:
    """Run every step, say which failed, and return 1 where one did."""
    failed = []
    for step in STEPS:
        words = " ".join(Path(word).name if Path(word).is_absolute() else word for word in step)
        print(f"\n$ {words}", flush=True)
        start = time.monotonic()
        if subprocess.run(step, cwd=REPOSITORY).returncode:
            failed.append(words)
        print(f"({time.monotonic() - start:.1f} s)", flush=True)
    print(f"\nFAILED: {', '.join(failed)}" if failed else "\nall passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
