"""What can be promised, and what to change first, in plain sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd

from vsmlib.engine import records
from vsmlib.errors import ParameterError
from vsmlib.evidence import outlook
from vsmlib.evidence.deliveries import history
from vsmlib.evidence.forecast import Forecast, forecast
from vsmlib.flow import Flow
from vsmlib.measure import periods, summary
from vsmlib.sentences.evidence import outlook as told
from vsmlib.sentences.prose import Points, Prose
from vsmlib.words import DAY, count, duration, percent

__all__ = ["lever", "promise", "rests"]

NEXT_DAYS = 28
BURSTS = 0.5  # of the last periods without a delivery
SURE = {"p50": "50% sure", "p85": "85%", "p95": "95%"}


def rests(flow: Flow) -> str:
    """Say that work is delivered in bursts, such as releases; empty where it is not.

    It is where nothing was delivered in half of the last periods or more, but in one at least.
    """
    table = periods(flow)
    idle = int((table["delivered"] == 0).sum())
    if idle == len(table) or idle < len(table) * BURSTS:
        return ""
    return (
        f"Work is delivered in bursts: nothing was in {idle} of the last {len(table)} periods of "
        "four weeks."
    )


def promise(flow: Flow) -> Prose:
    """Say when what is in progress will be done, and how many items the next four weeks bring.

    Parameters
    ----------
    flow : Flow
        The visits; what was delivered in its window is the past that the forecast stands on.
    """
    waiting = summary(flow)["in_progress"]
    try:
        made = [forecast(flow, items=waiting)] if waiting else []
        made.append(forecast(flow, until=history(flow)[1] + timedelta(days=NEXT_DAYS)))
    except ParameterError as error:
        return Prose([f"Nothing can be promised yet: {error.what}."])
    # That a burst was not to be expected by the weeks before it is no news.
    warnings = [rests(flow)] if rests(flow) else _warnings(made)
    return Points(
        [
            "From the stream's own past, if nothing is changed:",
            *([_until(made[0], waiting)] if waiting else []),
            f"In the next four weeks at least so many are delivered: {_all(made[-1], str)}.",
            *([_kept(made[0])] if waiting else []),
            *(told(outlook(flow)) if waiting else []),
            *warnings,
        ]
    )


def _warnings(made: list[Forecast]) -> list[str]:
    told = dict.fromkeys(warning for each in made for warning in each["warnings"])
    return [f"Beware: {warning}." for warning in told]


def _until(made: Forecast, items: int) -> str:
    return f"As many items as are in progress ({items:,}) are delivered by {_all(made, _day)}."


def _all(made: Forecast, worded: Callable[[Any], str]) -> str:
    return ", ".join(f"{worded(made[name])} ({sure})" for name, sure in SURE.items())


def _day(told: str | None) -> str:
    if told is None:
        return "no date within ten years"
    day = date.fromisoformat(told)
    return f"{day.day} {day:%B %Y}"


def _kept(made: Forecast) -> str:
    test = made["backtest"]
    if not test["windows"]:
        return "The past is too short to tell how often such a promise was kept."
    kept = percent(test["coverage"]["p85"])
    return f"In {count(test['windows'], 'past window')} the 85% promise was kept in {kept}."


def lever(table: pd.DataFrame) -> Prose:
    """Say which one thing to change first.

    Parameters
    ----------
    table : pandas.DataFrame
        As `vsmlib.waste.opportunities` makes it.
    """
    rows = records(table.dropna(subset="days_per_item").head(1))
    if not rows:
        return Prose(["No time was lost in what was delivered: there is nothing to pull first."])
    top = rows[0]
    owner = "" if pd.isna(top["owner"]) else f" Talk to: {top['owner']}."
    size = f"{duration(top['days_per_item'] * DAY)}, {percent(top['share'])} of its lead time"
    return Prose(
        [
            f"Look first at “{top['stage']}”: {_what(top)} costs a delivered item {size}.{owner}",
            "Try it with vsm simulate before you do: a wait that goes may come back elsewhere.",
        ]
    )


def _what(top: dict[str, Any]) -> str:
    kinds = {"waiting": "waiting", "rework": "work", "switching": "work left lying:"}
    return f"{kinds[top['waste']]} ({top['what']})"
