"""Commands about what was changed and what will be: simulate, compare, forecast."""

from __future__ import annotations

from typing import Any

import click

from vsmlib.cli.shared import DAYS, JSON, READING, STREAM, cli, flow_of, print_json
from vsmlib.errors import ParameterError
from vsmlib.progress import working


@cli.command()
@READING
@STREAM
@DAYS
@click.option("--scenario", metavar="F", help="YAML of what would be different; else as it is.")
@click.option("--horizon", metavar="DAYS", type=float, default=180.0, show_default=True)
@click.option("--replications", metavar="N", type=int, default=200, show_default=True)
@click.option("--seed", metavar="K", type=click.IntRange(0), default=1, show_default=True)
@JSON
def simulate(
    scenario: str | None,
    horizon: float,
    replications: int,
    seed: int,
    as_json: bool,
    **options: Any,
) -> int:
    """Predict what a change does to the end-to-end time: the stream as it is and as it would be."""
    from vsmlib.sentences.whole import simulated
    from vsmlib.whole import Scenario, fit

    chosen = Scenario.load(scenario) if scenario else Scenario()
    flow = flow_of(options)
    with working("simulating"):
        made = fit(flow).run(chosen, horizon_days=horizon, replications=replications, seed=seed)
    if as_json:
        print_json(made.to_dict())
    else:
        for line in simulated(made.to_dict(), chosen.name):
            click.echo(line)
    return 0


@cli.command()
@READING
@STREAM
@DAYS
@click.option("--at", metavar="DATE", help="Local day on which the change began.")
@click.option(
    "--before", metavar="FROM..TO", help="With --after: two periods; TO is the day after."
)
@click.option("--after", metavar="FROM..TO", help="The second period.")
@click.option("--groups", metavar="COLUMN=A,B", help="Two groups of items in place of a date.")
@click.option("--metric", "metrics", metavar="M", multiple=True, default=["lead_time"],
              show_default=True, help="lead_time, cycle_time, flow_efficiency, throughput, rework, "
              "wait:STAGE or a DORA key; may be given several times.")  # fmt: skip
@click.option("--control", metavar="COLUMN=VALUE", help="Items that the change does not touch.")
@click.option("--weeks", type=int, help="Weeks on each side; default: 13, or what 150 items take.")
@click.option(
    "--ramp-up", default=0, show_default=True, help="Weeks after the change to leave out."
)
@JSON
def compare(metrics: list[str], control: str | None, as_json: bool, **options: Any) -> int:
    """Say whether the change at a date worked, how sure that is, and what it rests on."""
    from vsmlib.evidence import compare_all

    more = {name: options.pop(name) for name in ("at", "weeks", "ramp_up")}
    more |= {name: _period(options.pop(name), f"--{name}") for name in ("before", "after")}
    more |= {"groups": _groups(options.pop("groups")), "control": _pair(control, "--control")}
    flow = flow_of(options)
    with working("comparing"):
        made = compare_all(flow, metrics=metrics, **more)
    if as_json:
        print_json(made[0] if len(made) == 1 else {"comparisons": made})
        return 0
    for one in made:
        click.echo(one.sentence)
        for line in filter(None, [one.origin, *one["assumptions"]]):
            click.echo(f"  - {line}")
    return 0


def _period(text: str | None, option: str) -> tuple[str, str] | None:
    first, sign, last = (text or "").partition("..")
    if text and not sign:
        accepted = f"{option} 2026-01-01..2026-04-01"
        raise ParameterError(f"{option} is {text!r}", accepted=accepted)
    return (first, last) if text else None


def _groups(text: str | None) -> tuple[str, str, str] | None:
    column, _, values = (text or "").partition("=")
    one, sign, other = values.partition(",")
    if text and not sign:
        raise ParameterError(f"--groups is {text!r}", accepted="--groups COLUMN=VALUE,VALUE")
    return (column, one, other) if text else None


def _pair(text: str | None, option: str) -> tuple[str, str] | None:
    column, sign, value = (text or "").partition("=")
    if text and not (column and sign):
        raise ParameterError(f"{option} is {text!r}", accepted=f"{option} COLUMN=VALUE")
    return (column, value) if text else None


@cli.command()
@READING
@STREAM
@DAYS
@click.option("--items", type=int, metavar="N", help="When will that many more be delivered?")
@click.option("--until", metavar="DATE", help="How many will be delivered before that day begins?")
@click.option(
    "--for-item", "this", metavar="KEY", help="When will this item, now in progress, be delivered?"
)
@click.option("--growth", type=float, default=0.0, help="Items a week by which N grows meanwhile.")
@JSON
def forecast(as_json: bool, **options: Any) -> int:
    """Say when, or how many, with how often such forecasts held in the past."""
    from vsmlib.evidence import forecast as run

    asked = {"item": options.pop("this")}
    asked |= {name: options.pop(name) for name in ("items", "until")}
    if sum(value is not None for value in asked.values()) != 1:
        what = "give either --items or --until or --for-item"
        raise ParameterError(what, hint="vsm forecast --help")
    growth = options.pop("growth")
    flow = flow_of(options)
    with working("forecasting"):
        made = run(flow, growth=growth, **asked)
    if as_json:
        print_json(made)
        return 0
    click.echo(made.sentence)
    for line in [*(f"careful: {text}" for text in made["warnings"]), *made["assumptions"]]:
        click.echo(f"  - {line}")
    return 0
