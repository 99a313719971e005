"""When, or how many: a forecast of deliveries, with how often such forecasts held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from vsmlib import calendar
from vsmlib.errors import ParameterError, shown
from vsmlib.evidence.backtest import AHEAD, LEAST_ITEMS, LEVELS, backtest, days_until, warnings
from vsmlib.evidence.deliveries import history
from vsmlib.evidence.outlook import Visits, coverage, day_of, item_record, place_of
from vsmlib.evidence.rates import History
from vsmlib.flow import Day, Flow
from vsmlib.log import from_us
from vsmlib.words import count, duration, number, percent

__all__ = ["Forecast", "forecast"]

LEAST_DAYS = 28
GRID = np.arange(1, 100) / 100  # probabilities of which a chart is drawn


class Forecast(dict[str, Any]):
    """An answer of `forecast`: its keys are those of ``vsm forecast --json``.

    Attributes
    ----------
    chances : pandas.DataFrame
        ``date`` (or ``items``) and ``chance``: with which probability it is met by the end of that
        date, or that many or more are delivered.
    past : pandas.DataFrame
        The windows of the back-test, as `vsmlib.evidence.backtest.backtest` makes them.
    """

    chances: pd.DataFrame
    past: pd.DataFrame

    @property
    def sentence(self) -> str:
        """The forecast in one sentence, with how often such forecasts held."""
        return _sentence(self)

    def __str__(self) -> str:
        return self.sentence


def forecast(
    flow: Flow,
    *,
    items: int | None = None,
    until: Day | None = None,
    item: str | None = None,
    growth: float = 0.0,
    seed: int = 1,
) -> Forecast:
    """Forecast when so many more items are delivered, or how many are by a date.

    Parameters
    ----------
    flow : Flow
        The visits. With a window, what was delivered in it.
    items : int, optional
        When will that many more be delivered?
    until : str or date, optional
        How many will be delivered before that local date begins?
    item : str, optional
        When will this item be delivered, which is in progress? By its stage and how long it is
        there, as of `vsmlib.evidence.outlook`.
    growth : float
        Items by which ``items`` grows a week while they are worked on.
    seed : int
        Of the plain Monte Carlo that the back-test compares with.

    Returns
    -------
    Forecast
        ``question``, ``as_of`` (the first day of the future), ``p50, p85, p95``: the date by whose
        end it is met with that probability (None: not within ten years), or the number that is
        met with it. ``backtest``: ``windows``, ``coverage`` (share of past windows in which pNN
        was met), ``sharpness`` (mean width from p50 to p95, over p50), ``pinball_ratio`` (loss
        over that of the plain Monte Carlo), ``plain`` (its coverage). ``warnings, assumptions``.

    Raises
    ------
    ParameterError
        If not exactly one of ``items``, ``until`` and ``item`` is given, it makes no sense, or the
        past is too short.

    Notes
    -----
    The rate is that of the last weeks, on a clock that runs by weekdays and the calendar's days
    off. Around it lies how wrong such guesses were in the stream's own past, mixed with the errors
    of the same guesses in other projects as long as the past has few windows. A date is met if so
    many are delivered until then: both questions have one answer.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> made = forecast(flow, items=40)
    >>> made["p50"] <= made["p85"] <= made["p95"]
    True
    """
    if sum(asked is not None for asked in (items, until, item)) != 1:
        raise ParameterError("give either --items or --until or --for-item", hint="--items 40")
    if growth and items is None:
        raise ParameterError(f"--growth {growth:g} without --items", hint="give --items, too")
    if item is not None:
        return _of_item(flow, item)
    past, today = _enough(flow)
    made = Forecast(as_of=today.isoformat())
    if items is not None:
        days = None
        _when(made, past, today, items, growth)
    else:
        assert until is not None
        days = _how_many(made, past, today, calendar.parse_day(until, "--until"), flow.log.name)
    begin = today - timedelta(days=past.days)
    made["backtest"], made.past = backtest(past, begin, items=items, days=days, seed=seed)
    made["warnings"] = warnings(past, made["backtest"])
    made["assumptions"] = _assumptions(flow, growth)
    return made


def _enough(flow: Flow) -> tuple[History, date]:
    """Return the history, which has to be long enough."""
    past, today = history(flow)
    if past.days < LEAST_DAYS or past.total[-1] < LEAST_ITEMS:
        was = f"{count(past.total[-1], 'item')} delivered in {count(past.days, 'day')}"
        raise ParameterError(
            f"too little to forecast from: {was}", where=flow.log.name,
            accepted=f"{LEAST_ITEMS} items in {LEAST_DAYS} days or more",
            hint="forecast from a longer log",
        )  # fmt: skip
    return past, today


def _when(made: Forecast, past: History, today: date, items: int, growth: float) -> None:
    """Answer when so many are delivered."""
    if items < 1 or not 0 <= growth < np.inf:
        asked = f"--items {items} with --growth {growth:g}"
        raise ParameterError(asked, accepted="1 or more, and a number from 0")
    made["question"] = f"When will {count(items, 'more item')} be delivered?"

    levels = [*LEVELS.values(), *GRID]
    days = [
        None if day is None else today + timedelta(days=day - 1)
        for day in days_until(past, items, levels, growth)
    ]
    made |= {name: day and day.isoformat() for name, day in zip(LEVELS, days, strict=False)}
    made.chances = _dates(days[len(LEVELS) :])


def _dates(days: Sequence[date | None]) -> pd.DataFrame:
    """Table the dates of the probabilities of a chart, as far as they come within reach."""
    chances = [(day, q) for day, q in zip(days, GRID, strict=True) if day]
    return pd.DataFrame(chances, columns=["date", "chance"])


def _how_many(made: Forecast, past: History, today: date, end: date, where: str) -> int:
    """Answer how many are delivered before a date; return how many days that leaves."""
    ahead = (end - today).days
    if not 1 <= ahead <= AHEAD:
        near, far = (today + timedelta(days=n) for n in (1, AHEAD))
        raise ParameterError(
            f"--until {end} is not in the future of the log", where=where,
            accepted=f"dates from {near} to {far}",
        )  # fmt: skip
    made["question"] = f"How many items will be delivered before {end}?"
    guess = past.how_many(ahead)
    made |= {name: round(guess.quantile(1 - q)) for name, q in LEVELS.items()}
    chances = [(round(guess.quantile(1 - q)), q) for q in GRID]
    made.chances = pd.DataFrame(chances, columns=["items", "chance"])
    return ahead


def _of_item(flow: Flow, item: str) -> Forecast:
    """Answer when one item is delivered."""
    stage, stayed = place_of(flow, item)
    name, visits = flow.stream.stage_names[stage], Visits.of(flow)
    made = Forecast(as_of=str(from_us(flow.observed_us).astimezone(flow.stream.zone).date()))
    made["question"] = f"When will {shown(item)} be delivered?"
    grid = visits.promise(stage, stayed, flow.observed_us, [*LEVELS.values(), *GRID])
    days = [day_of(flow, left) for left in grid]
    made |= {level: day and day.isoformat() for level, day in zip(LEVELS, days, strict=False)}
    made.chances = _dates(days[len(LEVELS) :])
    record = item_record(flow, visits)
    made["backtest"], made.past = coverage(record), record[record["came"].notna()]
    left, known = visits.left(stage, stayed, flow.observed_us)
    made["warnings"] = [] if made["p85"] else ["too few such items were delivered to promise it"]
    made["assumptions"] = [
        f"it is in “{name}” for {duration(stayed / 1e6)}; {count(len(left), 'visit')} of the last "
        f"three years lasted as long, {number(int(known.sum()), 0)} of their items are delivered",
        "it is not cancelled",
    ]
    return made


def _assumptions(flow: Flow, growth: float) -> list[str]:
    off = flow.stream.calendar is not None
    return [
        "days are " + ("weekdays and the calendar's days off" if off else "weekdays")
        + " of the stream's zone, each as busy as it was",
        f"the scope grows by {growth:g} items a week" if growth else "the scope does not grow",
        "the future is as unsteady as the past was",
    ]  # fmt: skip


def _sentence(made: Mapping[str, Any]) -> str:
    test = made["backtest"]
    kept = test["coverage"]["p85"]
    held = f"in {test['windows']} past windows p85 was met in {percent(kept)}"
    if not test["windows"] or kept is None:
        held = "the past is too short to test this"
    never = "not within ten years"
    parts = ", ".join(
        f"{never if made[name] is None else made[name]} ({name[1:]}%)" for name in LEVELS
    )
    return f"{made['question']} {parts}; {held}."
