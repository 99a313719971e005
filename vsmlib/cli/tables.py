"""Commands that draft a stream and write tables: suggest, measure, waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from vsmlib.cli.shared import (
    DAYS,
    JSON,
    READING,
    STREAM,
    WINDOW,
    cli,
    flow_of,
    print_json,
    read,
    tell,
)
from vsmlib.errors import ParameterError
from vsmlib.progress import working


@cli.command()
@READING
@click.option("-o", "--out", metavar="FILE", help="Where to write the draft; else it is printed.")
@click.option("--force", is_flag=True, help="Overwrite FILE, tags and all.")
@JSON
def suggest(out: str | None, force: bool, as_json: bool, **options: Any) -> int:
    """Draft a value stream: which states there are, and which of them are waiting."""
    from vsmlib.waits import suggest as run

    if out and not force and Path(out).is_file() and Path(out).stat().st_size:
        raise ParameterError(
            "there is a stream already", where=out, hint="give --force to lose it, or another -o"
        )
    log = read(options)
    with working("drafting a stream"):
        draft = run(log)
    if out:
        draft.stream.save(out)
    if as_json:
        evidence = json.loads(draft.evidence.to_json(orient="records"))
        print_json({"stream": out, "evidence": evidence})
    elif out:
        click.echo(f"{out}: {len(draft.stream.stages)} stages; read it, then correct the tags")
    else:
        click.echo(draft.stream.to_yaml(), nl=False)
    return 0


@cli.command()
@READING
@STREAM
@WINDOW
@click.option("--out", metavar="DIR", default="out", show_default=True, help="Folder for tables.")
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True
)
@JSON
def measure(out: str, as_json: bool, **options: Any) -> int:
    """Write visits, items, stages, transitions, wip, variants (Parquet) and summary.json."""
    from vsmlib.measure import write
    from vsmlib.sentences import headline
    from vsmlib.waste import figures

    flow = flow_of(options)
    with working("measuring"):
        summary = write(flow, out, options["by"], {"waste": figures(flow, quick=True)})
    if as_json:
        print_json(summary)
    else:
        for line in headline(summary):
            click.echo(line)
        click.echo(f"Tables: {out}")
    return 0


@cli.command()
@READING
@STREAM
@DAYS
@click.option("--out", metavar="DIR", default="out", show_default=True, help="Folder for tables.")
@click.option("--instances", is_flag=True, help="Activities run in parallel: split each by itself.")
@JSON
def waits(out: str, instances: bool, as_json: bool, **options: Any) -> int:
    """Write causes.parquet (what waits were for), waste.parquet and opportunities.parquet."""
    from vsmlib import sentences, waste
    from vsmlib.engine import records
    from vsmlib.measure import summary
    from vsmlib.waits import instances as split
    from vsmlib.waits import missing, write

    flow = flow_of(options)
    with working("looking for wastes"):
        wastes, ranked = waste.write(flow, out), waste.opportunities(flow)
        told = sentences.opportunities(ranked, summary(flow))
    with working("looking for causes"):
        flow = split(flow) if instances else flow
        table, said = write(flow, out), missing(flow)
    tell([f"note: {sentence}" for sentence in said])
    if as_json:
        tables = {"causes": table, "waste": wastes, "opportunities": ranked}
        known = {k: records(t.astype(object).where(t.notna(), None)) for k, t in tables.items()}
        print_json(known | {"missing": said})
    else:
        for row in records(table.head(10)):
            days, share = row["seconds"] / 86400, row["share"]
            click.echo(f"{share:5.0%}  {days:10,.1f} days  {row['cause']:15}  {row['stage']}")
        for line in told:
            click.echo(line)
        click.echo(f"Tables: {out}")
    return 0
