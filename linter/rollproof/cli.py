"""The command line: the only module that prints, reads the environment or exits."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

from rollproof import __version__
from rollproof.errors import UserError

if TYPE_CHECKING:
    # Everything below the command line loads when a command runs: `--help` and completion need none of it.
    from rollproof import source
    from rollproof.config import Settings
    from rollproof.engine import Input
    from rollproof.finding import Report

CLEAN, FINDINGS, CALLER, OURS, INTERRUPTED = 0, 1, 2, 3, 130

LINT_FORMATS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit")
PLAN_FORMATS = ("text", "json")
SEVERITIES = ("error", "warning", "info")


class Commands(click.Group):
    """Commands in the order of use, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which they were declared."""
        del ctx
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="rollproof")
def cli() -> None:
    """Lint Kubernetes manifests and work out what their rollouts will do, without a cluster."""


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that reads manifests."""
    for option in reversed(
        (
            click.argument("paths", nargs=-1, metavar="[PATH|-]...", type=click.Path(path_type=str, allow_dash=True)),
            click.option("--stdin-filename", metavar="PATH", help="What to call standard input (PATH -)."),
            click.option("--kubernetes-version", metavar="VERSION", help="A version or a range: 1.33, 1.29-1.34. Default: the newest."),
            click.option(
                "--schema",
                "schemas",
                multiple=True,
                metavar="DIR",
                type=click.Path(path_type=Path),
                help="Learn custom kinds from the CustomResourceDefinitions in DIR, without linting these; repeatable.",
            ),
            click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Read settings from FILE."),
            click.option("--no-config", is_flag=True, help="Read no settings file."),
            click.option("--force-exclude", is_flag=True, help="Leave excluded files out even when they are named."),
            click.option(
                "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the output. Default: auto."
            ),
            click.option("-v", "--verbose", is_flag=True, help="Say on stderr what was skipped, and why."),
        )
    ):
        command = option(command)
    return command


@cli.command()
@_shared
@click.option("-f", "--format", "format_", type=click.Choice(LINT_FORMATS), help="Default: full on a terminal, else concise.")
@click.option("-o", "--output", "outputs", multiple=True, metavar="FORMAT=FILE", help="Also write FORMAT to FILE; repeatable.")
@click.option("--select", multiple=True, metavar="RULE|CATEGORY", help="Only these rules; 'all' for every rule.")
@click.option("--ignore", multiple=True, metavar="RULE|CATEGORY", help="Not these rules.")
@click.option("--fail-on", type=click.Choice([*SEVERITIES, "never"]), default="error", help="Exit 1 from this severity on. Default: error.")
@click.option("--min-severity", type=click.Choice(SEVERITIES), default="info", help="Report from this severity on. Default: info.")
@click.option("--fix", is_flag=True, help="Make the safe fixes in the files, then report what is left.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--no-cache", is_flag=True, help="Accepted for scripts; results are computed afresh on every run.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="Accepted for scripts; one process does the work.")
def lint(
    paths: tuple[str, ...],
    format_: str | None,
    outputs: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    min_severity: Any,
    fix: bool,
    diff: bool,
    no_cache: bool,
    jobs: int,
    **shared: Any,
) -> None:
    """Report what the API server would refuse, drop or misread, and what breaks across files.

    PATH is a file or a folder; none means the current folder; - is standard input.
    """
    del no_cache, jobs
    from dataclasses import replace

    from rollproof import catalog, engine

    if diff and format_ is not None:
        raise UserError("--diff prints a diff and no report", "write the report to a file beside it: -o FORMAT=FILE")
    # Refused before --fix writes anything.
    files = [_output(output) for output in outputs]
    settings = _settings(paths, select=_words(select), ignore=_words(ignore), **shared)
    given = _read(paths, settings, **shared)
    rules = catalog.built_in()
    report = engine.lint(given, settings, rules)
    if fix or diff:
        report = _mend(report, given, settings, write=fix and not diff)
    report = replace(report, findings=tuple(engine.at_least(report.findings, min_severity)))
    _say_skipped(report, verbose=shared["verbose"])
    from rollproof.report import FORMATS, Context, relative_to

    enabled = tuple(rules.rules[name] for name in sorted(rules.choose(settings.select, settings.ignore)))
    relative = relative_to(_root(), Path.cwd())
    context = Context(enabled, given.by_name.get, _color(shared["color"]), relative)
    for name, file in files:
        _write(file, FORMATS[name](report, replace(context, color=False)))
    chosen = format_ or ("full" if sys.stdout.isatty() else "concise")
    if not diff:
        _say(FORMATS[chosen](report, context))
    failing = fail_on != "never" and bool(engine.at_least(report.findings, fail_on))  # type: ignore[arg-type]
    sys.exit(OURS if report.crashed else FINDINGS if failing else CLEAN)


@cli.command()
@_shared
@click.option("-f", "--format", "format_", type=click.Choice(PLAN_FORMATS), default="text", help="Default: text.")
@click.option("--summary", is_flag=True, help="One line for each workload (text only).")
@click.option("--trace", metavar="NAME", help="Follow the worst case of a workload step by step: web, Deployment/web.")
@click.option("--patch", "patches", multiple=True, metavar="KIND/NAME=PATCH", help="Show what this would change; repeatable.")
@click.option("--type", "patch_type", type=click.Choice(["merge", "json"]), default="merge", help="What --patch is. Default: merge.")
def plan(
    paths: tuple[str, ...],
    format_: str,
    summary: bool,
    trace: str | None,
    patches: tuple[str, ...],
    patch_type: Any,
    **shared: Any,
) -> None:
    """Say what each rollout will do: surge and availability bounds, waves, time, and what each Service targets.

    PATH is a file or a folder; none means the current folder; - is standard input.
    """
    from dataclasses import replace

    from rollproof import catalog, engine
    from rollproof.report import concise
    from rollproof.report import plan as plan_report

    settings = _settings(paths, select=(), ignore=(), **shared)
    given = _read(paths, settings, **shared)
    if patches:
        if summary or trace is not None:
            raise UserError("--patch shows a change as a whole: it goes with neither --summary nor --trace")
        _plan_patched(patches, patch_type, format_, given, settings, shared)
    made, report, documents = engine.plan(given, settings, catalog.built_in())
    _say_skipped(report, verbose=shared["verbose"])
    errors = engine.at_least(report.findings, "error")
    _say(concise.render(replace(report, findings=tuple(errors))), err=True)
    color = _color(shared["color"])
    if trace is not None:
        _check_trace(trace, plan_report.names(made, trace))
    if summary and format_ == "text":
        _say(plan_report.as_summary(made, color=color))
    else:
        render = plan_report.as_json if format_ == "json" else plan_report.as_text
        _say(render(made, documents.open, color=color, trace=trace))
    sys.exit(OURS if report.crashed else FINDINGS if errors else CLEAN)


def _plan_patched(
    patches: tuple[str, ...], patch_type: Any, format_: str, given: Input, settings: Settings, shared: dict[str, Any]
) -> NoReturn:
    """Show what patches would change, and exit."""
    from dataclasses import replace

    from rollproof import catalog, engine
    from rollproof.model import patch
    from rollproof.report import change, concise

    wanted = [patch.parse(text, patch_type) for text in patches]
    made, report, documents = engine.change(given, settings, catalog.built_in(), wanted)
    _say_skipped(report, verbose=shared["verbose"])
    errors = engine.at_least(report.findings, "error")
    _say(concise.render(replace(report, findings=tuple(errors))), err=True)
    render = change.as_json if format_ == "json" else change.as_text
    _say(render(made.before, made.after, made.problems, made.solved, documents.open, color=_color(shared["color"])))
    failing = errors or engine.at_least(made.problems, "error")
    sys.exit(OURS if report.crashed else FINDINGS if failing else CLEAN)


@cli.command()
@click.argument("rule", metavar="RULE")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the output. Default: auto.")
def explain(rule: str, color: str) -> None:
    """Show a rule's page: what it finds, why that matters, and how to mend it."""
    from rollproof import catalog
    from rollproof.report import pages

    found = catalog.built_in().get(rule)
    _say(pages.page(found, color=_color(color)))


@cli.command()
@click.option("-f", "--format", "format_", type=click.Choice(["table", "json", "markdown"]), default="table", help="Default: table.")
def rules(format_: str) -> None:
    """List every rule."""
    from rollproof import catalog
    from rollproof.report import pages

    _say(pages.listing(catalog.built_in(), format_))


def _check_trace(name: str, others: Sequence[str]) -> None:
    """Complain of a name that no workload has; ``others`` are the names there are."""
    from rollproof.kube.suggest import nearest

    if not others:
        return
    near = nearest(name, [form for other in others for form in (other, other.partition("/")[2])])
    raise UserError(f"no workload here is called {name}", f"did you mean {near}?" if near else "the table of --summary lists them all")


def _root() -> Path:
    """The root of the git work tree around the current folder, or that folder itself."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def _output(text: str) -> tuple[str, Path]:
    name, _, file = text.partition("=")
    if name not in LINT_FORMATS or not file:
        raise UserError(f"-o takes FORMAT=FILE, not {text!r}", f"the formats are {', '.join(LINT_FORMATS)}")
    return name, Path(file)


def _words(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _settings(
    paths: Sequence[str],
    *,
    config: Path | None,
    no_config: bool,
    kubernetes_version: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    stdin_filename: str | None,
    **_others: Any,
) -> Settings:
    from dataclasses import replace

    from rollproof import catalog
    from rollproof import config as settings_file
    from rollproof.kube.api import load_api
    from rollproof.kube.version import parse_version_range

    if config is not None and not config.is_file():
        raise UserError(f"no such settings file: {config}")
    file = None if no_config else config or settings_file.find([stdin_filename] if list(paths) == ["-"] and stdin_filename else paths)
    known = catalog.built_in()
    settings = settings_file.load(file, list(known.entries), known.categories) if file else settings_file.Settings()
    if kubernetes_version is not None:
        settings = replace(settings, versions=parse_version_range(kubernetes_version, load_api().versions))
    if select:
        settings = replace(settings, select=select)
    return replace(settings, ignore=(*settings.ignore, *ignore)) if ignore else settings


def _read(
    paths: Sequence[str], settings: Settings, *, stdin_filename: str | None, force_exclude: bool, schemas: Sequence[Path], **_others: Any
) -> Input:
    from rollproof import source
    from rollproof.engine import Input

    targets = list(paths) or ["."]
    sources: list[source.Source | source.Unreadable] = []
    if "-" in targets:
        if not (force_exclude and stdin_filename and settings.excludes(stdin_filename)):
            sources.append(source.decode(stdin_filename or "-", sys.stdin.buffer.read()))
        targets = [target for target in targets if target != "-"]
    whole = any(Path(target).is_dir() for target in targets)
    for name, path, named in source.find(targets, keep=lambda name: not settings.excludes(name)):
        if not (named and force_exclude and settings.excludes(name)):
            sources.append(source.read(name, path))
    # A stream without a name is what some tool rendered: it belongs to no project, and is the whole picture by itself.
    rendered = "-" in paths and not stdin_filename
    first = stdin_filename if "-" in paths else next(iter(paths), ".")
    root = None if rendered or first is None else _project(first, settings)
    context = _context(root, sources, settings) if root else ()
    return Input(tuple(sources), whole or rendered or root is not None, context, tuple(source.read_below(schemas)))


def _project(target: str, settings: Settings) -> Path | None:
    """The folder of the settings file, or the root of the git work tree around a target; None where there is neither."""
    start = Path(target).absolute()
    if settings.folder is not None and start.is_relative_to(settings.folder):
        return settings.folder
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), None)


def _context(
    root: Path, sources: Sequence[source.Source | source.Unreadable], settings: Settings
) -> tuple[source.Source | source.Unreadable, ...]:
    """The other manifests of the project, named as the sources are; none where no source holds an object that they could concern."""
    from rollproof import source

    if not any(isinstance(one, source.Source) and "kind" in one.text for one in sources):
        return ()
    named = {source.absolute(one.name) for one in sources}
    absolute = any(Path(one.name).is_absolute() for one in sources)
    found = ((name if absolute else os.path.relpath(name), path) for name, path in source.walk(str(root.absolute())))
    others = [(name, path) for name, path in found if source.absolute(name) not in named and not settings.excludes(name)]
    return tuple(source.read(name, path) for name, path in others)


def _mend(report: Report, given: Input, settings: Settings, *, write: bool) -> Report:
    """Make the safe fixes (or show them), and report what is left."""
    from rollproof import catalog, engine, fixes, source

    changed = fixes.apply(report.findings, given.by_name)
    for name, text in changed.items():
        before = given.by_name[name]
        if not write:
            _say(fixes.diff(before, text))
        elif before.path is None:
            raise UserError("--fix cannot write to standard input", "use --diff, or name the file")
        else:
            fixes.write(before, text)
    if not changed or not write:
        return report
    from dataclasses import replace

    mended = tuple(
        replace(one, text=changed[one.name]) if one.name in changed and not isinstance(one, source.Unreadable) else one
        for one in given.sources
    )
    return engine.lint(engine.Input(mended, given.whole, given.context, given.schemas), settings, catalog.built_in())


def _say_skipped(report: Report, *, verbose: bool) -> None:
    if not verbose:
        return
    from rollproof.report.printable import printable

    for skip in report.skipped:
        where = skip.path if skip.document is None else f"{skip.path} (document {skip.document})"
        _say(f"rollproof: skipped {printable(where)}: {skip.reason}\n", err=True)


def _say(text: str, *, err: bool = False) -> None:
    """Write text that is already coloured, or not, as it should be."""
    try:
        click.echo(text, nl=False, err=err, color=True)
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing more can be said, and the exit status stays what it would have been.
        stream = sys.stderr if err else sys.stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _color(wish: str) -> bool:
    """Whether to colour: the option, then NO_COLOR (no-color.org), then FORCE_COLOR, then whether stdout is a terminal."""
    if wish != "auto":
        return wish == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return sys.stdout.isatty()


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as failure:
        raise UserError(f"cannot write {file}: {(failure.strerror or 'unknown error').lower()}") from failure


def _complain(stream: IO[str], message: str, hint: str | None) -> None:
    from rollproof.report.printable import printable

    print(f"rollproof: {printable(message)}", file=stream)
    if hint:
        print(f"  {printable(hint)}", file=stream)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 the caller's mistake, 3 our own, 130 interrupted."""
    # A run makes millions of small objects that live to its end: collecting cycles among them only costs time.
    gc.set_threshold(200_000)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # File names may hold bytes that no encoding has, and a terminal may lack a character: never fail on output.
            stream.reconfigure(errors="backslashreplace")
    try:
        cli.main(args=list(arguments) if arguments is not None else None, prog_name="rollproof", standalone_mode=False)
    except UserError as error:
        _complain(sys.stderr, error.message, error.hint)
        sys.exit(CALLER)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(CALLER)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get("ROLLPROOF_TRACEBACK"):
            raise
        _complain(
            sys.stderr,
            f"internal error: {type(error).__name__}: {error}",
            "this is a bug of rollproof; please report it, with the output of ROLLPROOF_TRACEBACK=1",
        )
        sys.exit(OURS)
