"""Times the stages and the whole process: ``python -m tests.benchmarks [--corpus FOLDER] [--quick]``.

Seconds differ from machine to machine, so every line is also a ratio to something measured in the same run: stages to the parser's own
time, processes to the bare interpreter.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rollproof import catalog, document, engine, source, tree
from rollproof.config import Settings, newest
from rollproof.conformance import fields, structure
from rollproof.document import Document
from rollproof.engine import Input
from rollproof.kube.api import Kind, load_api
from rollproof.source import Source

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "examples"

Objects = list[tuple[Kind, Document]]


def best(action: Callable[[], object], times: int = 5) -> float:
    """The least seconds of some runs: what the machine can do when nothing else disturbs it."""
    found = float("inf")
    for _ in range(times):
        gc.collect()
        start = time.perf_counter()
        action()
        found = min(found, time.perf_counter() - start)
    return found


def row(label: str, seconds: float, unit: float, count: int, noun: str) -> None:
    """One result: milliseconds, the ratio to the run's unit, and what one piece costs."""
    print(f"  {label:<34} {seconds * 1000:>9.1f} ms {seconds / unit:>8.2f} x {seconds / count * 1e6:>10.0f} us a {noun}")


def read(folder: Path) -> list[Source]:
    """Every manifest below a folder."""
    found = (source.read(name, path) for name, path, _named in source.find([str(folder)]))
    return [one for one in found if isinstance(one, Source)]


def objects(sources: list[Source]) -> Objects:
    """The documents whose kind has a schema."""
    api = load_api()
    return list(_known(api.kind, sources))


def _known(kind_of: Callable[[str, str], Kind | None], sources: list[Source]) -> Iterator[tuple[Kind, Document]]:
    for one in sources:
        for parsed in document.parse(one).documents:
            if isinstance(parsed.data, dict):
                api_version, name = parsed.data.get("apiVersion"), parsed.data.get("kind")
                kind = kind_of(api_version, name) if isinstance(api_version, str) and isinstance(name, str) else None
                if kind is not None:
                    yield kind, parsed


def stages(title: str, sources: list[Source], times: int) -> None:
    """What each stage costs on some files, by itself and all together."""
    size = sum(len(one.text) for one in sources)
    known = objects(sources)
    versions = newest()
    rules = catalog.built_in()
    count = max(1, len(known))
    print(f"\n{title}: {len(sources):,} files, {len(known):,} objects of known kinds, {size / 1e6:.2f} million characters")

    def compose() -> None:
        for one in sources:
            try:
                tree.compose("\n".join(line for line in one.text.splitlines() if not line.startswith("---")))
            except tree.YAMLSyntaxError:
                continue

    def parse() -> None:
        for one in sources:
            document.parse(one)

    unit = best(compose, times)
    row("compose (libyaml to nodes)", unit, unit, count, "object")
    row("parse (text to documents)", best(parse, times), unit, count, "object")
    row(
        "walk (structure against the API)",
        best(lambda: [structure.walk(one.data, kind, versions) for kind, one in known], times),
        unit,
        count,
        "object",
    )
    row(
        "field rules",
        best(lambda: [list(fields.check(kind, one.data, versions)) for kind, one in known if isinstance(one.data, dict)], times),
        unit,
        count,
        "object",
    )
    given = Input(tuple(sources), whole=True)
    row("lint (all of it, all default rules)", best(lambda: engine.lint(given, Settings(), rules), times), unit, count, "object")
    row("plan", best(lambda: engine.plan(given, Settings(), rules), times), unit, count, "object")


def processes(folders: dict[str, tuple[str, ...]], times: int) -> None:
    """What a whole process costs, against an interpreter that does nothing."""
    print("\nwhole processes")
    unit = _process(["-c", "pass"], times)
    row("python -c pass", unit, unit, 1, "run")
    for label, arguments in folders.items():
        row(label, _process(["-m", "rollproof", *arguments], times), unit, 1, "run")


def _process(arguments: list[str], times: int) -> float:
    # Compiled modules are kept, as an installation keeps them.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(REPOSITORY / "linter")
    command = [sys.executable, *arguments]
    return best(lambda: subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False), times)


def synthetic(count: int) -> list[Source]:
    """``count`` Deployments that differ by name, ten to a file, and the Services that select them."""
    text = (EXAMPLES / "shop" / "catalog.yaml").read_text(encoding="utf-8")
    deployment, service = (part.strip() + "\n" for part in text.split("---\n")[:2])
    parts = [(deployment if n % 2 else service).replace("catalog", f"app-{n // 2}") for n in range(count)]
    return [Source(f"{n:05}.yaml", "---\n".join(parts[n : n + 10])) for n in range(0, count, 10)]


def main() -> None:
    """Run every benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=EXAMPLES, help="a folder of manifests; default: examples")
    parser.add_argument("--quick", action="store_true", help="one run of each, and no large synthetic sets")
    options = parser.parse_args()
    times = 1 if options.quick else 5
    stages(str(options.corpus), read(options.corpus), times)
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "web.yaml"
        one.write_text((EXAMPLES / "shop" / "catalog.yaml").read_text(encoding="utf-8").split("---\n")[0], encoding="utf-8")
        processes(
            {
                "rollproof --version": ("--version",),
                "rollproof lint, one clean file": ("lint", str(one)),
                "rollproof plan, one file": ("plan", str(one)),
                "rollproof lint -f sarif, one file": ("lint", "-f", "sarif", str(one)),
                f"rollproof lint {options.corpus}": ("lint", str(options.corpus)),
            },
            times * 2,
        )
    for count in () if options.quick else (1_000, 10_000):
        stages("synthetic", synthetic(count), max(1, min(times, 3_000 // count)))


if __name__ == "__main__":
    main()
