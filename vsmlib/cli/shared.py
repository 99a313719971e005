"""What commands share: the group, common options, and how a log and its stream are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vsmlib import __version__
from vsmlib.progress import working

if TYPE_CHECKING:
    from vsmlib.flow import Flow
    from vsmlib.log import EventLog
    from vsmlib.stream import ValueStream

Command = TypeVar("Command", bound=Callable[..., Any])
INTERRUPTED, ALARM = 130, 3
READER = ("item", "time", "event", "actor", "start", "end", "timezone", "time_format", "git",
          "stitch")  # fmt: skip


def options_of(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Put options together to one decorator."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


READING_OPTIONS = options_of(
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
READING = options_of(click.argument("source"), READING_OPTIONS)
STREAM = click.option("--stream", metavar="S", help="A stream.yaml, or a ready-made stream's name.")
DAYS = options_of(
    click.option("--from", "start_day", metavar="DATE", help="First local day of the window."),
    click.option("--to", "end_day", metavar="DATE", help="Day after its last; observation ends."),
)
WINDOW = options_of(
    DAYS,
    click.option("--by", metavar="COLUMN", help="Item column that splits every table."),
)
JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable output on stdout.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="vsm")
@click.option("--debug", is_flag=True, help="Show the stack trace of an error.")
def cli(debug: bool) -> None:
    """Value streams from the events you have: check, map, measure, report.

    SOURCE is a table (CSV, Parquet, JSON lines, Excel), a folder or archive of GitHub objects, a
    git clone, duckdb:///FILE?table=NAME, or the word sample.
    """


def read(options: dict[str, Any], *, pseudonymous: bool = True) -> EventLog:
    """Read the log, and say what was guessed, repaired or refused."""
    from vsmlib import joined
    from vsmlib.sentences import notes

    given = reader_options(options) | {"engine": options.get("engine")}
    with working("reading"):
        log = joined.read(options["source"], pseudonymous=pseudonymous, **given)
    tell(notes(log.findings))
    return log


def tell(lines: list[str]) -> None:
    """Print lines beside the result, on stderr."""
    for line in lines:
        click.echo(line, err=True)


def reader_options(options: dict[str, Any]) -> dict[str, Any]:
    """Take the reader's options out of a command's, those not given left out."""
    given = {name: options.get(name) for name in READER}
    bots = options.get("bots")
    # the stream that needs it asks for it
    given["stitch"] = given["stitch"] or options.get("stream") == "idea-to-cash" or None
    given["bots"] = [b.strip() for b in bots.split(",") if b.strip()] if bots else None
    return {name: value for name, value in given.items() if value}


def both(options: dict[str, Any]) -> tuple[EventLog, ValueStream]:
    """Read the log and its stream; a given stream first, since it is quick to be wrong."""
    from vsmlib.sentences import notes
    from vsmlib.stream import ValueStream
    from vsmlib.waits import stream_for

    given = ValueStream.load(options["stream"]) if options["stream"] else None
    log = read(options)
    with working("looking for its stages"):
        stream, reason = stream_for(log, given, options["source"])
    tell(notes([], reason))
    return log, stream


def flow_of(options: dict[str, Any]) -> Flow:
    """Read the visits of the window."""
    from vsmlib.flow import Flow

    log, stream = both(options)
    with working("making visits"):
        return Flow(log, stream, start=options["start_day"], end=options["end_day"])


def print_json(data: Any) -> None:
    """Print a machine-readable result on stdout."""
    click.echo(json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False, default=str))
