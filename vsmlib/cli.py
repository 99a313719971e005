"""The command line: a thin layer over the functions that the notebooks call."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from vsmlib import __version__
from vsmlib.errors import ParameterError, VsmError

if TYPE_CHECKING:
    from vsmlib.flow import Flow
    from vsmlib.log import EventLog
    from vsmlib.stream import ValueStream

__all__ = ["cli", "main"]

Command = TypeVar("Command", bound=Callable[..., Any])
INTERRUPTED, ALARM = 130, 3
READER = ("item", "time", "event", "actor", "start", "end", "timezone", "time_format", "git",
          "stitch")  # fmt: skip


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_reader_options = _options(
    click.option("--item", metavar="COLUMN", help="Column with the item's id."),
    click.option("--time", metavar="COLUMN", help="Column with the time of the event."),
    click.option("--event", metavar="COLUMN", help="Column with the event or state."),
    click.option("--actor", metavar="COLUMN", help="Column with who did it."),
    click.option("--start", metavar="COLUMN", help="Column with the start of an activity."),
    click.option("--end", metavar="COLUMN", help="Column with the end of an activity."),
    click.option("--timezone", metavar="ZONE", help="Zone of times without offset: Europe/Berlin."),
    click.option("--time-format", metavar="FORMAT", help="Format of the times: '%d.%m.%Y %H:%M'."),
    click.option("--bots", metavar="NAMES", help="Accounts that are bots, separated by commas."),
    click.option("--git", metavar="CLONE", help="Clone whose tags say when GitHub items shipped."),
    click.option("--stitch", is_flag=True, help="One timeline of issues, changes, deployments."),
)
_reading = _options(click.argument("source"), _reader_options)
_stream = click.option(
    "--stream", metavar="S", help="A stream.yaml, or a ready-made stream's name."
)
_days = _options(
    click.option("--from", "start_day", metavar="DATE", help="First local day of the window."),
    click.option("--to", "end_day", metavar="DATE", help="Day after its last; observation ends."),
)
_window = _options(
    _days,
    click.option("--by", metavar="COLUMN", help="Item column that splits every table."),
)
_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable output on stdout.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="vsm")
@click.option("--debug", is_flag=True, help="Show the stack trace of an error.")
def cli(debug: bool) -> None:
    """Value streams from the events you have: check, map, measure, report.

    SOURCE is a table (CSV, Parquet, JSON lines, Excel), a folder or archive of GitHub objects, a
    git clone, duckdb:///FILE?table=NAME, or the word sample.
    """


def _read(options: dict[str, Any], *, pseudonymous: bool = True) -> EventLog:
    from vsmlib.joined import read
    from vsmlib.sentences import notes

    given = _reader(options) | {"engine": options.get("engine")}
    log = read(options["source"], pseudonymous=pseudonymous, **given)
    _tell(notes(log.findings))
    return log


def _tell(lines: list[str]) -> None:
    for line in lines:
        click.echo(line, err=True)


def _reader(options: dict[str, Any]) -> dict[str, Any]:
    """Take the reader's options out of a command's, those not given left out."""
    given = {name: options.get(name) for name in READER}
    bots = options.get("bots")
    # the stream that needs it asks for it
    given["stitch"] = given["stitch"] or options.get("stream") == "idea-to-cash" or None
    given["bots"] = [b.strip() for b in bots.split(",") if b.strip()] if bots else None
    return {name: value for name, value in given.items() if value}


def _both(options: dict[str, Any]) -> tuple[EventLog, ValueStream]:
    """Read the log and its stream; a given stream first, since it is quick to be wrong."""
    from vsmlib.sentences import notes
    from vsmlib.stream import ValueStream
    from vsmlib.waits import stream_for

    given = ValueStream.load(options["stream"]) if options["stream"] else None
    log = _read(options)
    stream, reason = stream_for(log, given, options["source"])
    _tell(notes([], reason))
    return log, stream


def _flow(options: dict[str, Any]) -> Flow:
    from vsmlib.flow import Flow

    return Flow(*_both(options), start=options["start_day"], end=options["end_day"])


def _print_json(data: Any) -> None:
    click.echo(json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False, default=str))


@cli.command()
@_reading
@_stream
@_json
def check(as_json: bool, **options: Any) -> int:
    """Report what is in the data: rows read, repaired, refused, each with reason and examples.

    Exit code 0: usable; 1: rows were refused or a figure would mislead; 2: cannot be read.
    """
    from dataclasses import asdict

    from vsmlib.clean import check as run

    result = run(*_both(options))
    if as_json:
        findings = [asdict(finding) for finding in result.findings]
        _print_json({"source": result.name, "exit_code": result.exit_code, "findings": findings})
    else:
        for finding, sentence in zip(result.findings, result.sentences, strict=True):
            click.echo(f"{finding.level:8}{sentence}")
    return result.exit_code


@cli.command()
@_reading
@click.option("-o", "--out", metavar="FILE", help="Where to write the draft; else it is printed.")
@click.option("--force", is_flag=True, help="Overwrite FILE, tags and all.")
@_json
def suggest(out: str | None, force: bool, as_json: bool, **options: Any) -> int:
    """Draft a value stream: which states there are, and which of them are waiting."""
    from vsmlib.waits import suggest as run

    if out and not force and Path(out).is_file() and Path(out).stat().st_size:
        raise ParameterError(
            "there is a stream already", where=out, hint="give --force to lose it, or another -o"
        )
    draft = run(_read(options))
    if out:
        draft.stream.save(out)
    if as_json:
        evidence = json.loads(draft.evidence.to_json(orient="records"))
        _print_json({"stream": out, "evidence": evidence})
    elif out:
        click.echo(f"{out}: {len(draft.stream.stages)} stages; read it, then correct the tags")
    else:
        click.echo(draft.stream.to_yaml(), nl=False)
    return 0


@cli.command()
@_reading
@_stream
@_window
@click.option("--out", metavar="DIR", default="out", show_default=True, help="Folder for tables.")
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True
)
@_json
def measure(out: str, as_json: bool, **options: Any) -> int:
    """Write visits, items, stages, transitions, wip, variants (Parquet) and summary.json."""
    from vsmlib.measure import write
    from vsmlib.sentences import headline
    from vsmlib.waste import figures

    flow = _flow(options)
    summary = write(flow, out, options["by"], {"waste": figures(flow, quick=True)})
    if as_json:
        _print_json(summary)
    else:
        for line in headline(summary):
            click.echo(line)
        click.echo(f"Tables: {out}")
    return 0


@cli.command()
@_reading
@_stream
@_days
@click.option("--out", metavar="DIR", default="out", show_default=True, help="Folder for tables.")
@click.option("--instances", is_flag=True, help="Activities run in parallel: split each by itself.")
@_json
def waits(out: str, instances: bool, as_json: bool, **options: Any) -> int:
    """Write causes.parquet (what waits were for), waste.parquet and opportunities.parquet."""
    from vsmlib import sentences, waste
    from vsmlib.engine import records
    from vsmlib.measure import summary
    from vsmlib.waits import instances as split
    from vsmlib.waits import missing, write

    flow = _flow(options)
    wastes, ranked = waste.write(flow, out), waste.opportunities(flow)
    told = sentences.opportunities(ranked, summary(flow))
    flow = split(flow) if instances else flow
    table, said = write(flow, out), missing(flow)
    _tell([f"note: {sentence}" for sentence in said])
    if as_json:
        tables = {"causes": table, "waste": wastes, "opportunities": ranked}
        known = {k: records(t.astype(object).where(t.notna(), None)) for k, t in tables.items()}
        _print_json(known | {"missing": said})
    else:
        for row in records(table.head(10)):
            days, share = row["seconds"] / 86400, row["share"]
            click.echo(f"{share:5.0%}  {days:10,.1f} days  {row['cause']:15}  {row['stage']}")
        for line in told:
            click.echo(line)
        click.echo(f"Tables: {out}")
    return 0


_batch = _options(
    click.option("--each", metavar="COLUMN", help="One report for each value of an item column."),
    click.option("--workers", type=click.IntRange(1), help="Reports at a time; default: as fit."),
    click.option("--timeout", default=900.0, show_default=True, help="Seconds for each report."),
    click.option("--retries", default=1, show_default=True, help="Tries more where a run failed."),
    click.option("--force", is_flag=True, help="Make also what has not changed."),
)


@cli.command()
@click.argument("source", required=False)
@_reader_options
@_stream
@_days
@click.option("--scenario", metavar="F", help="YAML of what would be different; else as it is.")
@click.option("--horizon", metavar="DAYS", type=float, default=180.0, show_default=True)
@click.option("--replications", metavar="N", type=int, default=200, show_default=True)
@click.option("--seed", metavar="K", type=click.IntRange(0), default=1, show_default=True)
@_json
def simulate(
    scenario: str | None,
    horizon: float,
    replications: int,
    seed: int,
    as_json: bool,
    **options: Any,
) -> int:
    """Predict what a change does to the end-to-end time: the stream as it is and as it would be."""
    from vsmlib.whole import Scenario, fit
    from vsmlib.whole.told import simulated

    chosen = Scenario.load(scenario) if scenario else Scenario()
    model = fit(_flow(options))
    made = model.run(chosen, horizon_days=horizon, replications=replications, seed=seed)
    if as_json:
        _print_json(made.to_dict())
    else:
        for line in simulated(made.to_dict(), chosen.name):
            click.echo(line)
    return 0


@cli.command()
@_reading
@_stream
@_window
@click.option("--out", metavar="DIR", help="Folder for the report; default out/NAME.")
@click.option("-p", "--parameter", "given", nargs=2, multiple=True, metavar="NAME VALUE")
@click.option("--pdf", is_flag=True, help="Print it to PDF as well (Playwright, Chromium).")
@click.option("--markdown", is_flag=True, help="Its words and tables as Markdown as well.")
@click.option("--alerts", is_flag=True, help="Write alerts.txt, alerts.json; exit 3 if any.")
@click.option("--help-parameters", is_flag=True, help="List the parameters of the report.")
@_batch
@_json
def report(
    source: str | None,
    given: list[tuple[str, str]],
    help_parameters: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Run the report notebook: one offline report.html, the executed notebook, the tables.

    With --each, or where SOURCE is a portfolio.yaml: many reports and an index.html over them;
    only what is missing or changed is made. Exit code 1: a report failed, as run.json tells; 3:
    with --alerts, something is beyond a threshold of the stream.
    """
    from vsmlib.report import is_portfolio
    from vsmlib.report import report as run

    if help_parameters:
        return _help_parameters()
    if not source:
        raise click.UsageError("Missing argument 'SOURCE'.", click.get_current_context())
    # Given even when empty: the notebook's own defaults are those of the sample.
    parameters = {
        "window_from": options["start_day"] or "",
        "window_to": options["end_day"] or "",
        "by": options["by"] or "",
        "reading": _reader(options),
        **dict(given),
    }
    options["source"] = source
    if options["each"] or is_portfolio(source):
        return _many(options, parameters, as_json)
    paths = run(
        source,
        stream=options["stream"],
        out=options["out"],
        parameters=parameters,
        forms=_forms(options),
    )
    _tell(paths.notes())
    if as_json:
        _print_json({name: str(value) for name, value in vars(paths).items()})
    else:
        click.echo(f"Report: {paths.html}")
    name = paths.html.parent.resolve().name
    return _alarm(options, [(name, paths.alerts())], paths.html.parent)


def _forms(options: dict[str, Any]) -> list[str]:
    return [form for form in ("pdf", "markdown") if options[form]]


def _alarm(options: dict[str, Any], found: list[tuple[str, Any]], out: Path) -> int:
    """Write and tell alerts where they are asked for; the exit code."""
    from vsmlib.report import write_alerts

    lines = write_alerts(found, out) if options["alerts"] else []
    _tell([f"alert: {line}" for line in lines])
    return ALARM if lines else 0


def _help_parameters() -> int:
    from vsmlib import shipped
    from vsmlib.report import parameters_of

    for parameter in parameters_of(shipped.notebook("report")).values():
        click.echo(f"{parameter.name}: {parameter.type} = {parameter.default!r}")
        click.echo(f"    {parameter.help}")
    return 0


def _many(options: dict[str, Any], parameters: dict[str, Any], as_json: bool) -> int:
    import signal

    from vsmlib.report import Bar, run_all

    source = options["source"]
    # A service manager's stop ends a run as Ctrl-C does: reports stopped, run.json written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    out = Path(options["out"] or Path("out") / Path(source).stem)
    jobs = _jobs(options, parameters, out)
    with Bar(jobs) as bar:
        made = run_all(
            jobs,
            out,
            title=f"{Path(source).stem}: {len(jobs)} reports",
            workers=options["workers"],
            timeout_s=options["timeout"],
            retries=options["retries"],
            force=options["force"],
            forms=_forms(options),
            progress=bar,
        )
    for row in made["reports"]:
        if row["status"] == "failed":
            click.echo(f"vsm: {row['name']}: {row['reason']}", err=True)
    if as_json:
        _print_json(made)
    else:
        click.echo(f"Index: {out / 'index.html'}")
    alarm = _alarm(options, [(r["name"], r.get("alerts", [])) for r in made["reports"]], out)
    return int(made["exit_code"]) or alarm


def _jobs(options: dict[str, Any], parameters: dict[str, Any], out: Path) -> list[Any]:
    from vsmlib.report import portfolio

    if not options["each"]:
        return portfolio.load(options["source"], parameters)
    log, stream = _both(options)
    values = log.values(options["each"])
    out.mkdir(parents=True, exist_ok=True)
    # All take the same stream, also where it is a draft.
    stream.save(out / "stream-used.yaml")
    return portfolio.each(
        options["source"], options["each"], values, str(out / "stream-used.yaml"), parameters
    )


@cli.command()
@_reading
@click.option("-o", "--out", metavar="FILE", required=True, help=".parquet, .csv or .csv.gz")
@click.option("--keep", metavar="COLUMNS", default="item_type", show_default=True)
@click.option("--hide", metavar="PARTS", default="", help="Pseudonyms also for items,states,teams.")
@click.option("--shift", is_flag=True, help="Move all times back by a secret number of weeks.")
@click.option("--key-from", metavar="VARIABLE", help="Environment variable that holds the key.")
def anonymise(
    out: str, keep: str, hide: str, shift: bool, key_from: str | None, **options: Any
) -> int:
    """Write a log without names or texts, to share it."""
    from vsmlib.pseudonyms import anonymise as run
    from vsmlib.pseudonyms import exposed

    key = None
    if key_from:
        key = os.environ.get(key_from, "").encode()
        if not key:
            raise ParameterError(
                f"environment variable {key_from} is not set", hint="export it, or leave it out"
            )
    log = _read(options, pseudonymous=False)
    columns, parts = ([n.strip() for n in names.split(",") if n.strip()] for names in (keep, hide))
    table = run(log, out, key=key, keep=columns, hide=parts, shift=shift)
    for column, names in exposed(table, log.actor_names).items():
        _tell([f"note: {names} names of people stand in {column} as well; --hide items,states"])
    click.echo(f"{out}: {len(table):,} events of {table['item_id'].nunique():,} items")
    return 0


def _no_secret(_: click.Context, option: click.Parameter, value: str | None) -> None:
    """Refuse a secret on the command line, where every process of the machine can read it."""
    if value is not None:
        raise ParameterError(
            f"{option.opts[0]} is not taken: others can read the command line",
            accepted="VSM_GITHUB_TOKEN, VSM_GITLAB_TOKEN, VSM_JIRA_TOKEN with VSM_JIRA_USER",
            hint="set it in the environment or the keyring, and renew the token you gave here",
        )


@cli.command()
@click.argument("service", metavar="github|gitlab|jira")
@click.argument("target", required=False, default="")
@click.option("--url", metavar="URL", help="Address of the service; needed for Jira.")
@click.option("--jql", metavar="QUERY", help="Choose issues of Jira, instead of or besides TARGET.")
@click.option("--since", metavar="DATE", help="First pull: only what changed since then (UTC).")
@click.option("--out", metavar="FOLDER", help="The copy; default pulled/SERVICE-TARGET.")
@click.option("--quiet", is_flag=True, help="No progress, no summary.")
@click.option("--token", "--password", "--user", hidden=True, expose_value=False, is_eager=True,
              callback=_no_secret)  # fmt: skip
@_json
def pull(service: str, target: str, quiet: bool, as_json: bool, **options: Any) -> int:
    """Copy items of a live service into a folder, which is then a SOURCE; again: what changed.

    \b
    vsm pull github OWNER/REPOSITORY
    vsm pull gitlab GROUP/PROJECT --url https://gitlab.example.org
    vsm pull jira KEY --url https://example.atlassian.net

    Tokens come from the environment (VSM_GITHUB_TOKEN, VSM_GITLAB_TOKEN, VSM_JIRA_TOKEN with
    VSM_JIRA_USER) or the keyring, never from options. Stopped or cut off, the same command goes on
    where it was. Exit code 1: it could not be finished; 2: refused, or asked wrongly.
    """  # noqa: D301  (click reads it: what follows is not to be reflowed)
    from vsmlib.pull import pull as run

    receipt = run(service, target, quiet=quiet or as_json, **options)
    if as_json:
        _print_json(receipt.facts())
    elif not quiet:
        for line in receipt.lines():
            click.echo(line)
    return 0


@cli.command()
@click.option("--folder", metavar="DIR", default=".", show_default=True, help="Where to work.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def lab(folder: str, no_browser: bool) -> int:
    """Open JupyterLab on the notebooks (copied into the folder if they are not there)."""
    from vsmlib.lab import run

    return run(Path(folder), browser=not no_browser)


def _pair(text: str | None, option: str) -> tuple[str, str] | None:
    column, sign, value = (text or "").partition("=")
    if text and not (column and sign):
        raise ParameterError(f"{option} is {text!r}", accepted=f"{option} COLUMN=VALUE")
    return (column, value) if text else None


@cli.command()
@_reading
@_stream
@_days
@click.option("--at", metavar="DATE", required=True, help="Local day on which the change began.")
@click.option("--metric", "metrics", metavar="M", multiple=True, default=["lead_time"],
              show_default=True, help="lead_time, cycle_time, flow_efficiency, throughput, rework "
              "or wait:STAGE; may be given several times.")  # fmt: skip
@click.option("--control", metavar="COLUMN=VALUE", help="Items that the change does not touch.")
@click.option("--weeks", type=int, help="Weeks on each side; default: 13, or what 150 items take.")
@click.option(
    "--ramp-up", default=0, show_default=True, help="Weeks after the change to leave out."
)
@_json
def compare(metrics: list[str], control: str | None, as_json: bool, **options: Any) -> int:
    """Say whether the change at a date worked, how sure that is, and what it rests on."""
    from vsmlib.evidence import compare_all

    pair = _pair(control, "--control")
    more = {name: options[name] for name in ("at", "weeks", "ramp_up")}
    made = compare_all(_flow(options), metrics=metrics, control=pair, **more)
    if as_json:
        _print_json(made[0] if len(made) == 1 else {"comparisons": made})
        return 0
    for one in made:
        click.echo(one.sentence)
        for line in one["assumptions"]:
            click.echo(f"  - {line}")
    return 0


@cli.command()
@_reading
@_stream
@_days
@click.option("--items", type=int, metavar="N", help="When will that many more be delivered?")
@click.option("--until", metavar="DATE", help="How many will be delivered before that day begins?")
@click.option("--growth", type=float, default=0.0, help="Items a week by which N grows meanwhile.")
@_json
def forecast(
    items: int | None, until: str | None, growth: float, as_json: bool, **options: Any
) -> int:
    """Say when, or how many, with how often such forecasts held in the past."""
    from vsmlib.evidence import forecast as run

    if (items is None) == (until is None):
        raise ParameterError("give either --items or --until", hint="vsm forecast --help")
    made = run(_flow(options), items=items, until=until, growth=growth)
    if as_json:
        _print_json(made)
        return 0
    click.echo(made.sentence)
    for line in [*(f"careful: {text}" for text in made["warnings"]), *made["assumptions"]]:
        click.echo(f"  - {line}")
    return 0


@cli.command()
@click.argument("source", required=False)
@_reader_options
@_stream
@click.option("--from", "start_day", metavar="DATE", help="First local day of the window.")
@click.option("--to", "end_day", metavar="DATE", help="Day after its last; observation ends.")
@click.option("--folder", metavar="DIR", default="workshop", show_default=True, help="Its files.")
@click.option("--ip", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
def workshop(folder: str, ip: str, port: int, **options: Any) -> int:
    """Tag together: prints a link for each participant's own browser. SOURCE may be left out."""
    from vsmlib.board.workshop import prepare, run

    if not options["source"]:
        from vsmlib.stream import ValueStream

        alone = ValueStream.load(options["stream"]) if options["stream"] else None
        return run(prepare(Path(folder), alone, ip=ip, port=port), click.echo)
    from vsmlib.board import Figures
    from vsmlib.board.widget import by_event
    from vsmlib.waits import evidence

    log, stream = _both(options)
    figures = Figures(log, stream, options["start_day"], options["end_day"])
    told = by_event(evidence(log, stream), stream)
    room = prepare(Path(folder), stream, ip=ip, port=port, evidence=told)
    return run(room, click.echo, figures=figures)


def run(arguments: list[str] | None = None) -> int:
    """Run a command line; every error is one line on stderr.

    Returns
    -------
    int
        0, 1 for a run that failed, 2 for bad input or usage.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        return int(cli.main(words, prog_name="vsm", standalone_mode=False) or 0)
    except VsmError as error:
        return _failed(str(error), error.exit_code, error, words)
    except click.ClickException as error:
        text = " ".join(error.format_message().split())
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "vsm"
        return _failed(f"{text}; next: {path} --help", 2, error, words)
    except (click.Abort, KeyboardInterrupt) as error:
        return _failed("stopped", INTERRUPTED, error, words)
    except BrokenPipeError:
        return 0
    except Exception as error:
        from vsmlib.engine import explained

        text = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        known = explained(error) or f"internal error: {text}; next: vsm --debug …"
        return _failed(str(known), 1, error, words)


def _failed(text: str, code: int, error: BaseException, words: list[str]) -> int:
    if "--debug" in words and not isinstance(error, click.ClickException):
        raise error
    click.echo(f"vsm: {text}", err=True)
    return code


def main() -> NoReturn:
    """Run as a program."""
    code = run()
    if engine := sys.modules.get("vsmlib.engine.duck"):
        engine.tidy()
    sys.stdout.flush()
    sys.stderr.flush()
    # DuckDB's bindings print leak warnings when the interpreter is taken down; every file is
    # closed by now, so nothing is lost by leaving at once.
    os._exit(code)
