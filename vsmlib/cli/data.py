"""Commands about the data: check it, copy it from a service, make it fit to share."""

from __future__ import annotations

import os
from typing import Any

import click

from vsmlib.cli.shared import JSON, READING, STREAM, both, cli, print_json, read, tell
from vsmlib.errors import ParameterError
from vsmlib.progress import working


@cli.command()
@READING
@STREAM
@JSON
def check(as_json: bool, **options: Any) -> int:
    """Report what is in the data: rows read, repaired, refused, each with reason and examples.

    Exit code 0: usable; 1: rows were refused or a figure would mislead; 2: cannot be read.
    """
    from dataclasses import asdict

    from vsmlib.clean import check as run

    log, stream = both(options)
    with working("checking"):
        result = run(log, stream)
    if as_json:
        findings = [asdict(finding) for finding in result.findings]
        print_json({"source": result.name, "exit_code": result.exit_code, "findings": findings})
    else:
        for finding, sentence in zip(result.findings, result.sentences, strict=True):
            click.echo(f"{finding.level:8}{sentence}")
    return result.exit_code


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
@JSON
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
        print_json(receipt.facts())
    elif not quiet:
        for line in receipt.lines():
            click.echo(line)
    return 0


@cli.command()
@READING
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
    log = read(options, pseudonymous=False)
    columns, parts = ([n.strip() for n in names.split(",") if n.strip()] for names in (keep, hide))
    with working("writing"):
        table = run(log, out, key=key, keep=columns, hide=parts, shift=shift)
    for column, names in exposed(table, log.actor_names).items():
        tell([f"note: {names} names of people stand in {column} as well; --hide items,states"])
    click.echo(f"{out}: {len(table):,} events of {table['item_id'].nunique():,} items")
    return 0
