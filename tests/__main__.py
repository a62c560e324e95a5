"""Every check of the repository, in the order in which a mistake is cheapest to see: ``python -m tests``."""

from __future__ import annotations

import subprocess
import sys
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
    """Run the steps until one fails, and hand on its exit status."""
    for step in STEPS:
        print(f"\n$ {' '.join(Path(word).name if word.startswith('/') else word for word in step)}", flush=True)
        status = subprocess.run(step, cwd=REPOSITORY).returncode
        if status:
            return status
    return 0


sys.exit(main())
