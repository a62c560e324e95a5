"""Is what a stranger installs whole, and does it work away from the checkout?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from rollproof import __version__
from tests.conftest import REPOSITORY

PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  strategy:
    rollingUpdate:
      maxUnavaliable: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers: [{name: web, image: "nginx:1.27"}]
"""


def build(source: Path, target: str, into: Path) -> Path:
    """Build one distribution as a build frontend does, in a copy of nothing but what git or the archive holds."""
    into.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of the checkout."""
    pytest.importorskip("hatchling", reason="the build backend is not installed here")
    return build(REPOSITORY, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as PyPI's users build it."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (root,) = unpacked.iterdir()
    return build(root, "wheel", tmp_path_factory.mktemp("wheel"))


def data_files() -> set[str]:
    return {
        path.relative_to(REPOSITORY).as_posix()
        for room in ("rules", "schemas")
        for path in (REPOSITORY / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "refresh.py"
    }


def test_the_version_stands_in_two_places_and_is_the_same() -> None:
    assert __version__ == PYPROJECT["project"]["version"]
    assert f"## [{__version__}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_source_distribution_holds_what_it_takes_to_work_on_it(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml", ".pre-commit-hooks.yaml"} <= names
    assert {"tests/__main__.py", "tests/conftest.py", "linter/rollproof/cli.py", "schemas/refresh.py"} <= names
    assert data_files() <= names
    assert not any("__pycache__" in name or ".venv" in name for name in names)


def test_the_wheel_installs_one_package_with_all_rules_and_schemas(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    inside = {name for name in names if ".dist-info/" not in name}

    assert {name.split("/")[0] for name in inside} == {"rollproof"}
    assert {
        name.removeprefix("rollproof/") for name in inside if name.startswith(("rollproof/rules/", "rollproof/schemas/"))
    } == data_files()
    modules = {path.relative_to(REPOSITORY / "linter").as_posix() for path in (REPOSITORY / "linter").rglob("*.py")}
    assert modules <= inside
    assert "rollproof/py.typed" in inside


def test_the_wheel_says_what_it_needs_and_under_which_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (about,) = (archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
        (entry,) = (archive.read(name).decode() for name in archive.namelist() if name.endswith("/entry_points.txt"))

    assert "License-Expression: Apache-2.0" in about
    assert "Requires-Python: >=3.11" in about
    required = {
        re.split(r"[\[>=<; ]", line.split(": ", 1)[1])[0]
        for line in about.splitlines()
        if line.startswith("Requires-Dist") and "extra" not in line
    }
    assert required == {"click", "jsonschema", "pathspec", "ruamel-yaml", "sarif-om"}
    assert "rollproof = rollproof.cli:main" in entry


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an empty environment in which the wheel was installed."""
    root = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(root, with_pip=True)
    binaries = root / ("Scripts" if os.name == "nt" else "bin")
    install = subprocess.run(
        [str(binaries / "python"), "-m", "pip", "install", "-q", str(wheel)], capture_output=True, text=True, timeout=300, env=clean()
    )
    if install.returncode:
        pytest.skip(f"the wheel's dependencies cannot be had here: {install.stderr.strip().splitlines()[-1][:200]}")
    return binaries


def clean(**more: str) -> dict[str, str]:
    """The environment without what would let the checkout in."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ROLLPROOF"))} | more


def ask(binaries: Path, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    program, *arguments = command
    return subprocess.run([str(binaries / program), *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, env=clean())


def test_an_installed_wheel_lints_away_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(MANIFEST)

    linted = ask(installed, "rollproof", "lint", "web.yaml", cwd=tmp_path)
    planned = ask(installed, "rollproof", "plan", "web.yaml", cwd=tmp_path)
    reported = ask(installed, "rollproof", "lint", "-f", "sarif", "web.yaml", cwd=tmp_path)

    expected = "web.yaml:8:7: error: unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?) [unknown-field]\n"
    assert (linted.returncode, linted.stdout, linted.stderr) == (1, expected, "")
    assert (planned.returncode, planned.stderr) == (1, expected)
    assert '"semanticVersion": "' + __version__ in reported.stdout


def test_an_installed_wheel_is_a_module_too_and_knows_its_version(installed: Path, tmp_path: Path) -> None:
    assert ask(installed, "python", "-m", "rollproof", "--version", cwd=tmp_path).stdout == f"rollproof, version {__version__}\n"
    assert ask(installed, "rollproof", "--version", cwd=tmp_path).stdout == f"rollproof, version {__version__}\n"
    module = ask(installed, "python", "-c", "import rollproof; print(rollproof.__file__)", cwd=tmp_path).stdout
    assert str(REPOSITORY) not in module


def test_an_installed_wheel_has_every_rule_and_its_settings_schema(installed: Path, tmp_path: Path) -> None:
    here = subprocess.run(
        [sys.executable, "-m", "rollproof", "rules", "-f", "json"],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean(PYTHONPATH=str(REPOSITORY / "linter")),
    )
    (tmp_path / ".rollproof.yaml").write_text("selct: []\n")

    assert ask(installed, "rollproof", "rules", "-f", "json", cwd=tmp_path).stdout == here.stdout
    assert "unknown setting 'selct'" in ask(installed, "rollproof", "lint", cwd=tmp_path).stderr


def test_an_installed_wheel_brings_no_package_but_its_own(installed: Path, tmp_path: Path) -> None:
    listed = ask(installed, "python", "-m", "pip", "list", "--format", "freeze", cwd=tmp_path).stdout
    names = {line.partition("==")[0].lower() for line in listed.splitlines()}

    assert "rollproof" in names
    assert shutil.which("rollproof", path=str(installed)) is not None
    assert names.isdisjoint({"linter", "rules", "schemas", "tests", "pytest", "rich", "pydantic"})
