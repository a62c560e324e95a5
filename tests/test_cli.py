"""Does the command line keep its promises: exit codes, streams, formats, settings, fixes?"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from rollproof import __version__, catalog, engine
from rollproof.config import Settings
from tests.conftest import REPOSITORY, given, run

CASES = REPOSITORY / "tests" / "cases"
SHOP = REPOSITORY / "examples" / "shop"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 4
  strategy:
    rollingUpdate:
      maxUnavailable: 1 # one at a time
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1.27
"""
TYPO = DEPLOYMENT.replace("maxUnavailable", "maxUnavaliable")
TYPO_LINE = "9:7: error: unknown field 'maxUnavaliable' (did you mean 'maxUnavailable'?) [unknown-field]\n"
UNKNOWN_API = "apiVersion: example.com/v1\nkind: Robot\nmetadata: {name: a}\n"
FORMATS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit")

on_posix = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and byte names as POSIX has them")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in an empty folder that is the root of a project, so that no settings file above it counts."""
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    monkeypatch.chdir(project)
    return project


def process(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """The command line as a process of its own."""
    return subprocess.run([sys.executable, "-m", "rollproof", *arguments], env=environment(), capture_output=True, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


def environment(**more: str) -> dict[str, str]:
    names = ("NO_COLOR", "FORCE_COLOR", "ROLLPROOF_TRACEBACK")
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return {**inherited, "PYTHONPATH": str(REPOSITORY / "linter"), **more}


# Exit codes


def test_clean_manifests_are_silent_and_exit_0(folder: Path) -> None:
    (folder / "web.yaml").write_text(DEPLOYMENT)

    result = run("lint")

    assert (result.status, result.out, result.err) == (0, "", "")


def test_findings_exit_1_on_one_line_each(folder: Path) -> None:
    (folder / "web.yaml").write_text(TYPO)

    result = run("lint", "web.yaml")

    assert (result.status, result.out, result.err) == (1, f"web.yaml:{TYPO_LINE}", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lint", "nowhere.yaml"), "no such file or folder: nowhere.yaml"),
        (("plan", "nowhere"), "no such file or folder: nowhere"),
        (("lint", "--select", "unknwon-field"), "no such rule or category: unknwon-field\n  did you mean unknown-field?"),
        (("lint", "--ignore", "unknown-field,refrences"), "no such rule or category: refrences\n  did you mean references?"),
        (("explain", "service-select-nothing"), "no such rule: service-select-nothing\n  did you mean service-selects-nothing?"),
        (("lint", "--kubernetes-version", "1.9"), "Kubernetes 1.9 is not among the versions that rollproof knows"),
        (("lint", "--kubernetes-version", "latest"), "'latest' is not a Kubernetes version"),
        (("lint", "--kubernetes-version", "1.34-1.29"), "runs backwards"),
        (("lint", "--config", "nowhere.yaml"), "no such settings file: nowhere.yaml"),
        (("lint", "-o", "json"), "-o takes FORMAT=FILE, not 'json'"),
        (("lint", "-o", "yaml=x"), "-o takes FORMAT=FILE, not 'yaml=x'"),
        (("lint", "-f", "yaml"), "Invalid value for '-f'"),
        (("lint", "--nonsense"), "No such option"),
        (("lnit",), "No such command"),
        (("explain",), "Missing argument"),
    ],
)
def test_the_callers_mistake_exits_2_and_says_what_to_do(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)

    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert "Traceback" not in result.err


def test_a_path_cannot_smuggle_control_characters_into_a_complaint() -> None:
    result = run("lint", "a\x1b[31m.yaml")

    assert result.err == "rollproof: no such file or folder: a\\x1b[31m.yaml\n"


CRASHING_RULE = '''"""Crashes.

```yaml
kind: A # problem
```

```yaml
kind: A
```
"""

from collections.abc import Iterator

from rollproof.rule import Problem, Resource, rule


@rule("always-crashes", severity="error", on=Resource)
def check(resource: Resource) -> Iterator[Problem]:
    raise KeyError(resource.kind)
    yield
'''


def test_a_rule_that_crashes_is_a_finding_and_the_run_goes_on(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(REPOSITORY / "rules", rules, ignore=shutil.ignore_patterns("__pycache__"))
    (rules / "own").mkdir()
    (rules / "own" / "always_crashes.py").write_text(CRASHING_RULE)

    report = engine.lint(given({"web.yaml": TYPO}), Settings(), catalog.load(rules))

    assert report.crashed
    assert [finding.rule for finding in report.findings] == ["rule-crashed", "unknown-field"]
    assert "always-crashes crashed on Deployment/web (KeyError at always_crashes.py:19)" in report.findings[0].message


def test_our_own_mistake_exits_3(tmp_path: Path, folder: Path) -> None:
    # An installation as a wheel makes it: rules and schemas beside the modules.
    installed = tmp_path / "site" / "rollproof"
    no_cache = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "linter" / "rollproof", installed, ignore=no_cache)
    shutil.copytree(REPOSITORY / "rules", installed / "rules", ignore=no_cache)
    shutil.copytree(REPOSITORY / "schemas", installed / "schemas", ignore=no_cache)
    (installed / "rules" / "own").mkdir()
    (installed / "rules" / "own" / "always_crashes.py").write_text(CRASHING_RULE)
    (folder / "web.yaml").write_text(TYPO)

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rollproof", "lint", *arguments]
        return subprocess.run(command, env=environment(PYTHONPATH=str(installed.parent)), capture_output=True, text=True, timeout=60)

    crashed = ask("web.yaml", "--fail-on", "never")
    assert (crashed.returncode, crashed.stderr) == (3, "")
    assert "always-crashes crashed on Deployment/web" in crashed.stdout
    assert TYPO_LINE in crashed.stdout

    shutil.rmtree(installed / "schemas")
    broken = ask("web.yaml")
    assert (broken.returncode, broken.stdout) == (3, "")
    assert broken.stderr.startswith("rollproof: internal error: FileNotFoundError: the folder 'schemas' is neither in")
    assert "Traceback" not in broken.stderr


@on_posix
def test_an_interrupt_exits_130_without_a_traceback() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "rollproof", "lint", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        # A shell that runs the tests in the background makes its children ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert child.stdin is not None
    assert child.stderr is not None
    with child:
        # More than a pipe holds: once it is written the command is reading, and past its own start.
        child.stdin.write(b"# nothing\n" * 30_000)
        child.stdin.flush()
        child.send_signal(signal.SIGINT)
        # A signal that came just before the system call is seen when the call returns.
        child.stdin.close()

        assert child.wait(timeout=30) == 130
        assert b"Traceback" not in child.stderr.read()


@on_posix
@pytest.mark.parametrize("command", ["lint", "plan"])
def test_a_reader_that_leaves_early_is_no_failure(command: str, folder: Path) -> None:
    (folder / "many.yaml").write_text("---\n".join(TYPO.replace("name: web\nspec", f"name: web-{n}\nspec") for n in range(2000)))

    child = subprocess.Popen(
        [sys.executable, "-m", "rollproof", command, "many.yaml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if command == "lint" else subprocess.DEVNULL,
        env=environment(),
    )
    assert child.stdout is not None
    with child:
        child.stdout.readline()
        child.stdout.close()
        complaints = child.stderr.read() if child.stderr else b""

        assert (child.wait(timeout=60), complaints) == (1, b"")


# Standard input


def test_standard_input_is_called_a_dash_or_what_the_caller_says() -> None:
    assert run("lint", "-", stdin=TYPO).out == f"-:{TYPO_LINE}"
    assert run("lint", "--stdin-filename", "k8s/web.yaml", "-", stdin=TYPO).out == f"k8s/web.yaml:{TYPO_LINE}"
    assert run("plan", "-", stdin=DEPLOYMENT).out.startswith("Deployment web  (-:1)\n")


def test_standard_input_with_an_excluded_name_is_left_alone_when_exclusion_is_forced(folder: Path) -> None:
    (folder / ".rollproof.yaml").write_text("exclude: [vendor]\n")
    arguments = ("lint", "--stdin-filename", "vendor/web.yaml", "-")

    assert run(*arguments, stdin=TYPO).status == 1
    assert run(*arguments, "--force-exclude", stdin=TYPO) == run("lint", "-", stdin="")


def test_empty_input_is_clean() -> None:
    for text in ("", "\n", "# nothing\n", "---\n"):
        assert run("lint", "-", stdin=text).status == 0


# Formats


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", [TYPO, DEPLOYMENT], ids=["findings", "clean"])
def test_every_format_exits_alike_and_is_what_it_says(form: str, text: str) -> None:
    result = run("lint", "-f", form, "-", stdin=text)

    assert (result.status, result.err) == (1 if text is TYPO else 0, "")
    if form in ("json", "sarif", "gitlab"):
        assert json.loads(result.out) is not None
    elif form == "json-lines":
        assert [json.loads(line)["rule"] for line in result.out.splitlines()] == (["unknown-field"] if text is TYPO else [])
    elif form == "junit":
        assert ET.fromstring(result.out).tag == "testsuites"
    else:
        assert ("maxUnavaliable" in result.out) is (text is TYPO)


def test_reports_are_written_to_files_beside_the_output(folder: Path) -> None:
    result = run("lint", "-", "-o", "sarif=out/report.sarif", "-o", "json=report.json", "--color", "always", stdin=TYPO)

    assert result.out == f"-:{TYPO_LINE}"
    assert json.loads((folder / "out" / "report.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((folder / "report.json").read_text())["summary"]["error"] == 1


def test_a_report_that_cannot_be_written_is_the_callers_mistake(folder: Path) -> None:
    (folder / "taken").write_text("")

    result = run("lint", "-", "-o", "json=taken/report.json", stdin=TYPO)

    assert result.status == 2
    assert result.err.startswith("rollproof: cannot write taken/report.json: ")


def test_a_list_of_rules_is_there_for_programs() -> None:
    listed = json.loads(run("rules", "-f", "json").out)

    assert {rule["id"] for rule in listed} == set(catalog.built_in().rules)
    assert all({"id", "category", "severity", "default", "summary", "page"} <= set(rule) for rule in listed)


def test_every_rule_is_explained() -> None:
    for name in catalog.built_in().rules:
        result = run("explain", name)
        assert result.status == 0
        assert result.out.startswith(f"{name} (")


def test_the_version_is_the_packages() -> None:
    assert run("--version").out == f"rollproof, version {__version__}\n"
    assert process("-V").stdout == f"rollproof, version {__version__}\n".encode()


@pytest.mark.parametrize("arguments", [(), ("lint",), ("plan",), ("explain",), ("rules",)])
def test_help_is_there_in_short_and_long(arguments: tuple[str, ...]) -> None:
    result = run(*arguments, "-h")

    assert (result.status, result.err) == (0, "")
    assert result.out == run(*arguments, "--help").out
    assert result.out.startswith("Usage: rollproof")


# What is chosen, what counts


def test_severity_decides_what_is_shown_and_what_fails() -> None:
    text = f"{TYPO}---\n{UNKNOWN_API}"

    def status(*arguments: str) -> int:
        return run("lint", "-", *arguments, stdin=text).status

    assert "warning" in run("lint", "-", stdin=text).out
    assert "warning" not in run("lint", "-", "--min-severity", "error", stdin=text).out
    assert [status(), status("--fail-on", "never"), status("--ignore", "unknown-field")] == [1, 0, 0]
    assert [status("--ignore", "unknown-field", "--fail-on", level) for level in ("error", "warning", "info")] == [0, 1, 1]


def test_rules_are_chosen_by_id_category_or_all() -> None:
    def found(*arguments: str) -> set[str]:
        out = run("lint", "-", "-f", "json", *arguments, stdin=f"{TYPO}---\n{UNKNOWN_API}").out
        return {finding["rule"] for finding in json.loads(out)["findings"]}

    assert found() >= {"unknown-field", "unknown-api"}
    assert found("--select", "unknown-api") == {"unknown-api"}
    assert found("--select", "api", "--ignore", "unknown-field") == {"unknown-api"}
    assert found("--ignore", "api", "--ignore", "yaml") == found("--ignore", "api,yaml")
    assert found("--ignore", "api").isdisjoint({"unknown-field", "unknown-api"})
    assert found("--select", "all") >= found()


# Settings


def test_settings_are_found_upwards_to_the_root_of_the_project(folder: Path) -> None:
    (folder / "k8s").mkdir()
    (folder / "k8s" / "web.yaml").write_text(TYPO)
    (folder / ".rollproof.yaml").write_text("severity:\n  unknown-field: warning\n")
    (folder.parent / ".rollproof.yaml").write_text("nonsense: true\n")
    (folder / "other.yaml").write_text("severity: {unknown-field: info}\n")

    assert run("lint", "k8s/web.yaml").out.startswith("k8s/web.yaml:9:7: warning: ")
    assert run("lint", "--config", "other.yaml", "k8s").out.startswith("k8s/web.yaml:9:7: info: ")
    assert run("lint", "--no-config", "k8s").out == f"k8s/web.yaml:{TYPO_LINE}"
    assert run("lint", "--stdin-filename", "k8s/new.yaml", "-", stdin=TYPO).out.startswith("k8s/new.yaml:9:7: warning: ")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("selct: [api]\n", "1:1: unknown setting 'selct'\n  did you mean select?"),
        ("# x\nignore:\n  - api\n  - unknown-feild\n", "4:5: no such rule or category: unknown-feild\n  did you mean unknown-field?"),
        ("severity:\n  unknown-feild: info\n", "2:3: no such rule: unknown-feild\n  did you mean unknown-field?"),
        ("severity:\n  unknown-field: inof\n", "2:18: 'inof' is not one of error, warning, info\n  did you mean info?"),
        ("select: api\n", "1:1: the setting 'select' must be a list"),
        ("- api\n", "1:3: the settings file must be a mapping"),
        ("kubernetes-version: 1.9\n", "1:21: Kubernetes 1.9 is not among the versions that rollproof knows"),
        ("external: [web]\n", "1:12: 'web' is not of the form Kind/name or Kind/namespace/name"),
        ("select: [api\n", "1:9: "),
    ],
)
def test_a_mistake_in_the_settings_is_told_at_its_line(text: str, complaint: str, folder: Path) -> None:
    file = folder / ".rollproof.yaml"
    file.write_text(text)

    result = run("lint", "-", stdin=DEPLOYMENT)

    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"rollproof: {file}:{complaint}")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "null\n", "{}\n"])
def test_settings_may_say_nothing(text: str, folder: Path) -> None:
    (folder / ".rollproof.yaml").write_text(text)

    assert run("lint", "-", stdin=TYPO).out == f"-:{TYPO_LINE}"


def test_a_version_is_read_as_it_is_written(folder: Path) -> None:
    # To YAML, 1.30 is the number 1.3, and Kubernetes 1.3 is unknown to us.
    (folder / ".rollproof.yaml").write_text("kubernetes-version: 1.30\n")

    assert run("lint", "-", stdin=DEPLOYMENT).status == 0


def test_what_is_excluded_is_left_out_of_a_walk_and_of_names_when_forced(folder: Path) -> None:
    for name in ("web.yaml", "vendor/a.yaml", "tests/fixtures/b.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(TYPO)
    (folder / ".rollproof.yaml").write_text("exclude: [vendor, '*/fixtures/*']\n")

    assert run("lint").out == f"web.yaml:{TYPO_LINE}"
    assert run("lint", "vendor/a.yaml").out == f"vendor/a.yaml:{TYPO_LINE}"
    assert run("lint", "--force-exclude", "vendor/a.yaml", "tests/fixtures/b.yaml", "web.yaml").out == f"web.yaml:{TYPO_LINE}"


def test_what_is_skipped_is_told_on_demand(folder: Path) -> None:
    (folder / "package.json").write_text('{"name": "x"}\n')

    assert run("lint").err == ""
    assert "skipped package.json" in run("lint", "-v").err
    assert run("lint", "-v").out == ""


# Colour and characters


@pytest.mark.parametrize(
    ("arguments", "env", "colored"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_follows_the_option_then_the_environment(arguments: tuple[str, ...], env: dict[str, str], colored: bool) -> None:
    assert ("\x1b[" in run("lint", "-f", "full", "-", *arguments, stdin=TYPO, env=env).out) is colored
    assert ("\x1b[" in run("plan", "-", *arguments, stdin=DEPLOYMENT, env=env).out) is colored
    assert ("\x1b[" in run("explain", "unknown-field", *arguments, env=env).out) is colored


@pytest.mark.parametrize("form", FORMATS)
def test_machine_formats_have_no_colour(form: str) -> None:
    if form != "full":
        assert "\x1b" not in run("lint", "-f", form, "--color", "always", "-", stdin=TYPO).out


@on_posix
@pytest.mark.parametrize("form", FORMATS)
def test_a_file_name_that_is_no_text_is_shown_escaped(form: str, folder: Path) -> None:
    name = b"byte\xff.yaml"
    try:
        Path(os.fsdecode(name)).write_text(TYPO)
    except OSError:
        pytest.skip("this file system takes no such names")

    result = process("lint", "-f", form, "-o", f"{form}={folder / 'report'}", ".")

    assert (result.returncode, result.stderr) == (1, b"")
    assert b"xff" in result.stdout or b"%FF" in result.stdout or b"udcff" in result.stdout
    assert (folder / "report").read_text(encoding="utf-8") == result.stdout.decode()


def test_a_terminal_that_lacks_a_character_gets_an_escape(folder: Path) -> None:
    (folder / "web.yaml").write_text(TYPO.replace("maxUnavaliable", "ключ"), encoding="utf-8")
    env = {**environment(PYTHONIOENCODING="latin-1"), "PYTHONUTF8": "0"}

    result = subprocess.run([sys.executable, "-m", "rollproof", "lint", "web.yaml"], env=env, capture_output=True, timeout=60)

    assert (result.returncode, result.stderr) == (1, b"")
    assert b"'\\u043a\\u043b\\u044e\\u0447'" in result.stdout


# Fixes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (lambda text: text.encode(), "plain"),
        (lambda text: text.replace("\n", "\r\n").encode(), "CR LF"),
        (lambda text: b"\xef\xbb\xbf" + text.encode(), "byte order mark"),
        (lambda text: b"\xff\xfe" + text.encode("utf-16-le"), "UTF-16"),
        (lambda text: ("# ä 😀\t \n\n\n" + text + "# end").encode(), "comments, blank lines, no line end"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fix_touches_no_byte_outside_the_edit(before: Callable[[str], bytes], after: str, folder: Path) -> None:
    del after
    file = folder / "web.yaml"
    file.write_bytes(before(TYPO))
    file.chmod(0o640)

    result = run("lint", "--fix", "web.yaml")

    assert (result.status, result.out, result.err) == (0, "", "")
    assert file.read_bytes() == before(DEPLOYMENT)
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == [".git", "web.yaml"]


def test_a_fix_leaves_what_it_cannot_mend_and_reports_it(folder: Path) -> None:
    (folder / "web.yaml").write_text(TYPO.replace("replicas: 4", "replicas: four"))

    result = run("lint", "--fix", "web.yaml")

    assert result.status == 1
    assert "maxUnavaliable" not in result.out
    assert "web.yaml:6:13: error: " in result.out


def test_fixing_twice_changes_nothing_more(folder: Path) -> None:
    shutil.copytree(SHOP, folder / "shop")

    first = run("lint", "--fix", "shop")
    texts = {path: path.read_bytes() for path in (folder / "shop").iterdir()}
    second = run("lint", "--fix", "shop")

    assert first == second
    assert {path: path.read_bytes() for path in (folder / "shop").iterdir()} == texts


def test_a_diff_shows_the_fix_and_writes_nothing(folder: Path) -> None:
    file = folder / "web.yaml"
    file.write_text(TYPO)

    result = run("lint", "--diff", "web.yaml")

    assert result.status == 1
    assert result.out.splitlines()[:2] == ["--- a/web.yaml", "+++ b/web.yaml"]
    assert [line for line in result.out.splitlines()[2:] if line[0] in "+-"] == [
        "-      maxUnavaliable: 1 # one at a time",
        "+      maxUnavailable: 1 # one at a time",
    ]
    assert file.read_text() == TYPO


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_diff_is_one_that_git_applies(folder: Path) -> None:
    (folder / "web.yaml").write_text(TYPO)

    patch = run("lint", "--diff", "web.yaml").out
    shutil.rmtree(folder / ".git")
    subprocess.run(["git", "apply", "-"], input=patch.encode(), check=True, cwd=folder)

    assert (folder / "web.yaml").read_text() == DEPLOYMENT


def test_standard_input_cannot_be_fixed_but_shown() -> None:
    assert run("lint", "--fix", "-", stdin=TYPO).status == 2
    assert "+      maxUnavailable" in run("lint", "--diff", "-", stdin=TYPO).out


# Plans


def test_a_plan_is_made_and_exits_0(folder: Path) -> None:
    (folder / "web.yaml").write_text(DEPLOYMENT)

    result = run("plan", "-f", "json")

    assert (result.status, result.err) == (0, "")
    (workload,) = json.loads(result.out)["workloads"]
    assert workload["at"][0]["maxPods"] == 5
    assert workload["at"][0]["minAvailable"] == 3


def test_a_plan_of_what_the_api_server_refuses_says_so_on_stderr_and_exits_1(folder: Path) -> None:
    (folder / "web.yaml").write_text(TYPO)

    result = run("plan", "-f", "json")

    assert (result.status, result.err) == (1, f"web.yaml:{TYPO_LINE}")
    assert json.loads(result.out)["workloads"][0]["strategy"] == "RollingUpdate"


def test_nothing_to_roll_out_is_said() -> None:
    result = run("plan", "-", stdin="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")

    assert (result.status, result.out) == (0, "nothing here rolls out: no workload and no Service was found\n")


# Golden files


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
@pytest.mark.parametrize("form", ["full", "concise", "plan"])
def test_the_output_is_the_one_on_file(case: str, form: str, golden: Callable[[Path, str], None], folder: Path) -> None:
    # A project of its own: the other cases are no context of this one.
    for manifest in (CASES / case).glob("*.yaml"):
        shutil.copy(manifest, folder)

    result = run("plan", ".") if form == "plan" else run("lint", "-f", form, ".")

    golden(CASES / case / f"{form}.txt", f"{result.out}{result.err}exit status {result.status}\n")


def test_the_shop_is_clean_but_for_what_is_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)

    findings = json.loads(run("lint", "-f", "json", "examples/shop").out)["findings"]

    assert {finding["rule"] for finding in findings} >= {"unknown-field", "misplaced-field", "removed-api", "service-selects-nothing"}
    assert [finding for finding in findings if not Path(finding["path"]).name.startswith("seeded-")] == []


def test_a_format_that_does_not_exist_is_refused_before_anything_is_fixed(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndaat: {}\n", encoding="utf-8")

    result = run("lint", "--fix", "-o", "bad=x", str(file))

    assert result.status == 2
    assert "daat" in file.read_text(encoding="utf-8")
