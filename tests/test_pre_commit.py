"""Does pre-commit run the hooks as a stranger's repository would: installed from a clone, offline, on real commits?"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
    pytest.mark.slow,
]
pytest.importorskip("pre_commit", reason="pre-commit is not installed")

PARTS = (
    "linter",
    "rules",
    "schemas",
    "pyproject.toml",
    ".pre-commit-hooks.yaml",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
)

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  strategy:
    rollingUpdate:
      maxUnavailable: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          ports: [{name: http, containerPort: 80}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
"""
TYPO = DEPLOYMENT.replace("maxUnavailable", "maxUnavaliable")
TYPO_LINE = "k8s/web.yaml:9:7: error: unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?) [unknown-field]"


@pytest.fixture(scope="module")
def wheels() -> Path:
    """A folder with all that the hook's environment needs, filled once from the package index and then kept for runs without one."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    key = hashlib.sha256(repr((needed, sys.version_info[:2], sys.platform)).encode()).hexdigest()[:12]
    folder = REPOSITORY / ".pytest_cache" / f"wheels-{key}"
    if not folder.is_dir():
        filling = folder.with_suffix(".filling")
        filling.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:", "-d", str(filling), *needed]
        download = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if download.returncode:
            pytest.skip(f"the hook's dependencies cannot be had here: {(download.stderr.strip().splitlines() or ['?'])[-1][:200]}")
        filling.rename(folder)
    return folder


@dataclass(frozen=True)
class Consumer:
    """A stranger's repository that uses the hooks."""

    root: Path
    environment: dict[str, str]

    def call(self, *command: str, skip: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.root, env={**self.environment, "SKIP": skip}, capture_output=True, text=True, encoding="utf-8", timeout=300
        )

    def put(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert self.call("git", "add", ".").returncode == 0

    def commit(self, hook: str) -> tuple[int, str]:
        """Commit what is staged with only this hook switched on: the exit status, and all that was printed."""
        others = ",".join(sorted({"rollproof", "rollproof-all", "rollproof-fix"} - {hook}))
        done = self.call("git", "commit", "-m", "a change", skip=others)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def shared_environment(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings for git, pip and pre-commit that reach neither the network nor the caller's home."""
    home = tmp_path_factory.mktemp("home")
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(("GIT_", "PIP_", "PYTHON", "PRE_COMMIT"))}
    dead = "http://127.0.0.1:9"
    return {
        **inherited,
        "HOME": str(home),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))},
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), dead),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(scope="module")
def hook_repository(shared_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """This checkout as a repository of its own with one commit, and that commit's name."""
    root = tmp_path_factory.mktemp("hooks")
    for part in PARTS:
        if (REPOSITORY / part).is_dir():
            shutil.copytree(REPOSITORY / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(REPOSITORY / part, root / part)
    for command in (["git", "init", "-q"], ["git", "add", "."], ["git", "commit", "-q", "-m", "all"]):
        subprocess.run(command, cwd=root, env=shared_environment, check=True)
    name = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, env=shared_environment, check=True, capture_output=True, text=True)
    return root, name.stdout.strip()


@pytest.fixture
def consumer(hook_repository: tuple[Path, str], shared_environment: dict[str, str], tmp_path: Path) -> Consumer:
    """A fresh repository with the three hooks installed, and a first commit that is clean."""
    hooks, commit = hook_repository
    made = Consumer(tmp_path, shared_environment)
    assert made.call("git", "init", "-q").returncode == 0
    assert made.call("pre-commit", "install").returncode == 0
    ids = "".join(f"      - id: {name}\n" for name in ("rollproof", "rollproof-fix", "rollproof-all"))
    ids += "        args: [--fail-on, warning]\n"
    made.put(
        {
            ".pre-commit-config.yaml": f"repos:\n  - repo: {hooks}\n    rev: {commit}\n    hooks:\n{ids}",
            "k8s/web.yaml": DEPLOYMENT,
            "k8s/service.yaml": SERVICE,
            "k8s/worker.yaml": DEPLOYMENT.replace("web", "worker"),
            "package.json": '{"name": "shop"}\n',
        }
    )
    status, output = made.commit("rollproof")
    assert status == 0, output
    assert "Passed" in output
    return made


def test_the_manifest_of_the_hooks_is_valid() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(REPOSITORY / ".pre-commit-hooks.yaml")]

    assert subprocess.run(command, capture_output=True, text=True, timeout=60).returncode == 0


def test_a_commit_with_a_mistake_is_refused_with_its_line(consumer: Consumer) -> None:
    consumer.put({"k8s/web.yaml": TYPO})

    status, output = consumer.commit("rollproof")

    assert status != 0
    assert TYPO_LINE in output.splitlines()
    assert consumer.call("git", "rev-list", "--count", "HEAD").stdout == "1\n"


def test_a_commit_that_touches_half_of_what_belongs_together_is_not_blamed(consumer: Consumer) -> None:
    consumer.put({"k8s/service.yaml": SERVICE.replace("port: 80", "port: 8080")})

    status, output = consumer.commit("rollproof")

    assert status == 0, output


def test_excluded_files_are_left_alone(consumer: Consumer) -> None:
    consumer.put({".rollproof.yaml": "exclude: [vendor]\n", "vendor/web.yaml": TYPO})

    status, output = consumer.commit("rollproof")

    assert status == 0, output


def test_deleting_what_others_need_is_seen_by_the_hook_on_the_whole_repository(consumer: Consumer) -> None:
    assert consumer.call("git", "rm", "-q", "k8s/web.yaml").returncode == 0

    status, output = consumer.commit("rollproof-all")

    assert status != 0
    assert "k8s/service.yaml:6:3: warning: no pod has app=web" in output
    assert "[service-selects-nothing]" in output


def test_the_fixing_hook_mends_the_file_and_the_second_try_passes(consumer: Consumer) -> None:
    consumer.put({"k8s/web.yaml": TYPO})

    first, output = consumer.commit("rollproof-fix")

    assert first != 0
    assert "files were modified by this hook" in output
    assert (consumer.root / "k8s/web.yaml").read_text() == DEPLOYMENT
    consumer.put({"k8s/note.yaml": "# The fix left nothing else to commit.\n"})
    second, output = consumer.commit("rollproof-fix")
    assert second == 0, output


@pytest.mark.parametrize("hook", ["rollproof", "rollproof-all", "rollproof-fix"])
def test_every_hook_can_be_tried_without_a_settings_file(hook: str, consumer: Consumer, hook_repository: tuple[Path, str]) -> None:
    consumer.put({"k8s/web.yaml": TYPO})

    tried = consumer.call("pre-commit", "try-repo", str(hook_repository[0]), hook, "--all-files", "--verbose")

    assert tried.returncode == 1, tried.stderr
    if hook != "rollproof-fix":
        assert TYPO_LINE in tried.stdout.splitlines()
