"""Commands that open something to work in: JupyterLab, a workshop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vsmlib.cli.shared import READING_OPTIONS, STREAM, both, cli


@cli.command()
@click.option("--folder", metavar="DIR", default=".", show_default=True, help="Where to work.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def lab(folder: str, no_browser: bool) -> int:
    """Open JupyterLab on the notebooks (copied into the folder if they are not there)."""
    from vsmlib.lab import run

    return run(Path(folder), browser=not no_browser)


@cli.command()
@click.argument("source", required=False)
@READING_OPTIONS
@STREAM
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

    log, stream = both(options)
    figures = Figures(log, stream, options["start_day"], options["end_day"])
    told = by_event(evidence(log, stream), stream)
    room = prepare(Path(folder), stream, ip=ip, port=port, evidence=told)
    return run(room, click.echo, figures=figures)
