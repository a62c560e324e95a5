"""Batches do not change truth: what is said of a file does not depend on which other files were named with it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from rollproof import catalog, engine, source
from rollproof.config import Settings
from rollproof.engine import Input
from rollproof.finding import Finding
from rollproof.source import Source, Unreadable
from tests.conftest import SHARED, needs_shared

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
    color: gren
  ports:
    - port: 80
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-COLOR
spec:
  selector:
    matchLabels:
      app: web
      color: COLOR
  template:
    metadata:
      labels:
        app: web
        color: COLOR
    spec:
      serviceAccountName: web-raeder
      containers:
        - name: web
          image: example.com/web:1
"""
ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web-reader
"""
PROJECT = {
    "k8s/service.yaml": SERVICE,
    "k8s/blue.yaml": DEPLOYMENT.replace("COLOR", "blue"),
    "k8s/green.yaml": DEPLOYMENT.replace("COLOR", "green"),
    "k8s/account.yaml": ACCOUNT,
}
SETTINGS = Settings(select=("all",))
REPOSITORIES = (
    "Azure-Samples+aks-store-demo",
    "ContainerSolutions+kubernetes-examples",
    "collabnix+kubelabs",
    "dockersamples+example-voting-app",
    "spring-petclinic+spring-petclinic-cloud",
    "yannh+kubeconform",
)


def findings(sources: list[Source | Unreadable], named: set[str]) -> list[Finding]:
    targets = tuple(one for one in sources if one.name in named)
    context = tuple(one for one in sources if one.name not in named)
    return list(engine.lint(Input(targets, True, context), SETTINGS, catalog.built_in()).findings)


def touching(found: list[Finding], named: set[str]) -> list[Finding]:
    return [one for one in found if one.path in named or any(other.path in named for other in one.related)]


def assert_batches_agree(sources: list[Source | Unreadable], seed: int, rounds: int) -> None:
    everything = findings(sources, {one.name for one in sources})
    order = random.Random(seed)
    for _ in range(rounds):
        names = {one.name for one in sources if order.random() < 0.4}
        assert findings(sources, names) == touching(everything, names)


def test_any_part_of_a_project_has_the_findings_of_the_whole_that_touch_it() -> None:
    sources: list[Source | Unreadable] = [source.decode(name, text.encode()) for name, text in PROJECT.items()]

    assert findings(sources, set(PROJECT))
    assert_batches_agree(sources, seed=1, rounds=30)


@needs_shared
@pytest.mark.parametrize("repository", REPOSITORIES)
def test_any_part_of_a_real_repository_has_the_findings_of_the_whole_that_touch_it(repository: str) -> None:
    sources = [source.read(name, path) for name, path in source.walk(str(SHARED / "manifests" / "real" / repository))]

    assert_batches_agree(sources, seed=len(repository), rounds=4)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in PROJECT.items():
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(tmp_path / "project")], check=True)
    return tmp_path / "project"


def run(folder: Path, *arguments: str, stdin: str | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "rollproof", "lint", "-f", "json", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if stdin is not None and process.stdin is not None:
        process.stdin.write(stdin)
    return process


def said(process: subprocess.Popen[str]) -> set[tuple[str, str, int]]:
    report = json.loads(process.communicate()[0])
    return {(one["rule"], one["path"], one["line"]) for one in report["findings"]}


def test_two_processes_beside_each_other_say_together_what_one_says_of_all(project: Path) -> None:
    whole = said(run(project, "."))

    first, second = run(project, "k8s/service.yaml", "k8s/blue.yaml"), run(project, "k8s/green.yaml", "k8s/account.yaml")

    assert said(first) | said(second) == whole
    assert {rule for rule, _, _ in whole} >= {"service-selects-nothing", "service-account-missing"}


def test_a_single_file_of_a_git_work_tree_is_read_with_the_rest_of_its_project(project: Path) -> None:
    assert ("service-selects-nothing", "k8s/service.yaml", 8) in said(run(project, "k8s/service.yaml"))


def test_a_finding_in_another_file_that_touches_the_named_one_is_reported(project: Path) -> None:
    assert ("service-selects-nothing", "k8s/service.yaml", 8) in said(run(project, "k8s/green.yaml"))


def test_context_is_named_as_the_files_are(project: Path) -> None:
    found = said(run(project / "k8s", "green.yaml"))

    assert ("service-selects-nothing", "service.yaml", 8) in found


def test_standard_input_takes_the_place_of_the_file_it_is_called(project: Path) -> None:
    process = run(project, "--stdin-filename", "k8s/service.yaml", "-", stdin=SERVICE.replace("gren", "green"))

    assert {rule for rule, _, _ in said(process)} & {"service-selects-nothing"} == set()


def test_a_file_outside_any_project_has_no_context(tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    for name, text in PROJECT.items():
        (outside / Path(name).name).write_text(text, encoding="utf-8")

    assert said(run(outside, "service.yaml")) == set()


def test_a_rendered_stream_is_the_whole_picture_and_no_part_of_the_project(project: Path) -> None:
    rendered = SERVICE.replace("app: web", "app: shop").replace("name: web", "name: shop") + "---\n" + ACCOUNT.replace("web", "shop")

    assert said(run(project, "-", stdin=rendered)) == set()
    assert {rule for rule, _, _ in said(run(project, "-", stdin=rendered + "---\n" + PROJECT["k8s/blue.yaml"]))} == {
        "service-selects-nothing"
    }


def test_settings_from_elsewhere_make_no_project(project: Path, tmp_path: Path) -> None:
    settings = tmp_path / "elsewhere.yaml"
    settings.write_text("ignore: [yaml]\n", encoding="utf-8")

    found = said(run(project, "--config", str(settings), "k8s/green.yaml"))

    assert ("service-selects-nothing", "k8s/service.yaml", 8) in found


def test_a_settings_file_makes_a_project_too(tmp_path: Path) -> None:
    for name, text in PROJECT.items():
        (tmp_path / Path(name).name).write_text(text, encoding="utf-8")
    (tmp_path / ".rollproof.yaml").write_text("exclude: [account.yaml]\n", encoding="utf-8")

    found = {rule for rule, _, _ in said(run(tmp_path, "green.yaml"))}

    assert "service-selects-nothing" in found
    assert "service-account-missing" not in found
