"""Microsoft's validator for SARIF, with the rules of the standard and of GitHub code scanning, from npm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

VERSION = "5.7.0"


class UnavailableError(Exception):
    """The judge is not here and cannot be fetched; the text says why."""


@cache
def executable() -> Path:
    """The validator, a program of about 100 MB that needs nothing else, fetched once into the cache folder. Raises UnavailableError."""
    platform = {"linux": "linux", "darwin": "darwin", "win32": "win32"}.get(sys.platform)
    if platform is None:
        raise UnavailableError(f"there is no sarif-multitool for {sys.platform}")
    package = f"@microsoft/sarif-multitool-{platform}"
    cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rollproof-judges" / f"sarif-multitool-{VERSION}"
    program = cached / "node_modules" / package / ("Sarif.Multitool.exe" if platform == "win32" else "Sarif.Multitool")
    if not program.exists():
        _fetch(f"{package}@{VERSION}", cached)
    # Its npm package sets this bit in an install script, and install scripts are not run.
    program.chmod(program.stat().st_mode | 0o100)
    return program


def _fetch(package: str, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise UnavailableError("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", package]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired as failure:
        raise UnavailableError(f"npm did not fetch {package} in {failure.timeout:.0f} s") from failure
    if run.returncode != 0:
        reasons = [line for line in run.stderr.splitlines() if line.startswith("npm error")]
        raise UnavailableError(f"npm cannot fetch {package}: {', '.join(reasons[:2]) or 'no reason given'}")


def complaints(log: str, folder: Path) -> list[str]:
    """Every error and warning the validator has for the text of a log, as ``RULE level: message``; ``folder`` is for its files."""
    written, answer = folder / "log.sarif", folder / "answer.sarif"
    written.write_text(log, encoding="utf-8")
    command = [str(executable()), "validate", str(written), "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"]
    command += ["--log", "ForceOverwrite", "-o", str(answer)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if not answer.exists():
        return [f"the validator gave no answer: {run.stdout}{run.stderr}"]
    # Its exit status is 0 even for text that is no JSON: only the log it writes tells.
    judged = json.loads(answer.read_text(encoding="utf-8-sig"))["runs"][0]
    found = [
        f"{result['ruleId']} {result.get('level', 'warning')}: {_words(result)}"
        for result in judged.get("results", [])
        if result.get("level", "warning") in ("error", "warning")
    ]
    for invocation in judged.get("invocations", []):
        failures = [note for note in invocation.get("toolExecutionNotifications", []) if note.get("level") == "error"]
        found += [f"the validator failed: {_words(note)}" for note in failures]
    return found


def _words(result: dict[str, dict[str, object]]) -> str:
    message = result["message"]
    return str(message.get("text") or f"{message.get('id')} {message.get('arguments')}")
