"""The command that makes reports: one, or many with an index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vsmlib.cli.shared import (
    ALARM,
    JSON,
    READING_OPTIONS,
    STREAM,
    WINDOW,
    both,
    cli,
    options_of,
    print_json,
    reader_options,
    tell,
)

BATCH = options_of(
    click.option("--each", metavar="COLUMN", help="One report for each value of an item column."),
    click.option("--workers", type=click.IntRange(1), help="Reports at a time; default: as fit."),
    click.option("--timeout", default=900.0, show_default=True, help="Seconds for each report."),
    click.option("--retries", default=1, show_default=True, help="Tries more where a run failed."),
    click.option("--force", is_flag=True, help="Make also what has not changed."),
)


@cli.command()
@click.argument("source", required=False)
@READING_OPTIONS
@STREAM
@WINDOW
@click.option("--out", metavar="DIR", help="Folder for the report; default out/NAME.")
@click.option("-p", "--parameter", "given", nargs=2, multiple=True, metavar="NAME VALUE")
@click.option("--pdf", is_flag=True, help="Print it to PDF as well (Playwright, Chromium).")
@click.option("--markdown", is_flag=True, help="Its words and tables as Markdown as well.")
@click.option("--alerts", is_flag=True, help="Write alerts.txt, alerts.json; exit 3 if any.")
@click.option("--help-parameters", is_flag=True, help="List the parameters of the report.")
@BATCH
@JSON
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
        "reading": reader_options(options),
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
    tell(paths.notes())
    if as_json:
        print_json({name: str(value) for name, value in vars(paths).items()})
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
    tell([f"alert: {line}" for line in lines])
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
    jobs, supply = _jobs(options, parameters, out)
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
            supply=supply,
        )
    for row in made["reports"]:
        if row["status"] == "failed":
            click.echo(f"vsm: {row['name']}: {row['reason']}", err=True)
    if as_json:
        print_json(made)
    else:
        click.echo(f"Index: {out / 'index.html'}")
    alarm = _alarm(options, [(r["name"], r.get("alerts", [])) for r in made["reports"]], out)
    return int(made["exit_code"]) or alarm


def _jobs(options: dict[str, Any], parameters: dict[str, Any], out: Path) -> tuple[Any, Any]:
    """List the reports, and give what writes their sources, where that is ours to do."""
    from vsmlib.report import portfolio

    if not options["each"]:
        return portfolio.load(options["source"], parameters), None
    log, stream = both(options)
    used = str(out / "stream-used.yaml")
    made = portfolio.each(log, options["each"], used, out, parameters)
    out.mkdir(parents=True, exist_ok=True)
    # All take the same stream, also where it is a draft.
    stream.save(used)
    return made
