"""When, or how many: a forecast of deliveries, with how often such forecasts held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from vsmlib import calendar
from vsmlib.engine import to_pandas
from vsmlib.errors import ParameterError
from vsmlib.evidence.rates import Guess, History, plain
from vsmlib.evidence.survival import Floats
from vsmlib.flow import Day, Flow
from vsmlib.measure.items import facts
from vsmlib.measure.wip import local_days, span
from vsmlib.visits import DAY_US
from vsmlib.words import count, percent

__all__ = ["Forecast", "forecast", "history"]

LEVELS = {"p50": 0.50, "p85": 0.85, "p95": 0.95}
AHEAD = 3653  # days, after which a date is not told
LEAST_DAYS, LEAST_ITEMS = 28, 10
BEGIN, WINDOWS = 60, 80  # day of the first window of a back-test, and how many there are at most
RUNS, PAST = 1000, 90  # of the plain Monte Carlo beside it, and days that it resamples
FEW, OFF = 10, 0.1  # windows that say something, and coverage that is not what it should be
EPOCH = date(1970, 1, 1)


class Forecast(dict[str, Any]):
    """An answer of `forecast`: its keys are those of ``vsm forecast --json``."""

    @property
    def sentence(self) -> str:
        """The forecast in one sentence, with how often such forecasts held."""
        return _sentence(self)

    def __str__(self) -> str:
        return self.sentence


def history(flow: Flow) -> tuple[History, date]:
    """Return deliveries by local day until the last one observed, and the day after it."""
    done = facts(flow).filter(nw.col("status") == 2).select("ended_us")
    days = span(flow)
    ended = to_pandas(local_days(flow, done, day="ended_us").select("day"))["day"].to_numpy()
    kept = ended[(ended >= days.start) & (ended < days.stop)] - days.start
    counts = np.bincount(kept, minlength=len(days)).astype(np.float64)
    return History(counts, _sorts(flow, days.start, days.stop + AHEAD)), _day(days.stop)


def _day(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def _sorts(flow: Flow, start: int, stop: int) -> NDArray[np.int64]:
    """Weekday of each day, 7 for a day off of the stream's calendar."""
    days = np.arange(start, stop)
    sorts = (days + 3) % 7
    spec = flow.stream.calendar
    if spec is not None and spec.hours is not None:
        local = spec.model_copy(update={"timezone": "UTC"})  # its days are then the table's
        table = calendar.day_table(local, start * DAY_US, stop * DAY_US)
        works = np.diff(table["cum"].to_numpy()) > 0
        off = ~works[np.searchsorted(table["uday"].to_numpy(), days)]
        sorts = np.where(off, 7, sorts)
    return np.asarray(sorts, dtype=np.int64)


def forecast(
    flow: Flow,
    *,
    items: int | None = None,
    until: Day | None = None,
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
        If not exactly one of ``items`` and ``until`` is given, either makes no sense, or the past
        is too short.

    Notes
    -----
    The rate is that of the last weeks, on a clock that runs by weekdays and the calendar's days
    off. Around it lies how wrong such guesses were in the stream's own past, mixed with the errors
    of the same guesses in other projects as long as the past has few windows.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> made = forecast(flow, items=40)
    >>> made["p50"] <= made["p85"] <= made["p95"]
    True
    """
    if (items is None) == (until is None):
        raise ParameterError("give either --items or --until", hint="--items 40")
    past, today = history(flow)
    if past.days < LEAST_DAYS or past.total[-1] < LEAST_ITEMS:
        raise ParameterError(
            f"{count(past.total[-1], 'item')} delivered in {count(past.days, 'day')} are too "
            "little to forecast from", where=flow.log.name,
            accepted=f"{LEAST_ITEMS} items in {LEAST_DAYS} days or more",
        )  # fmt: skip
    made = Forecast(as_of=today.isoformat())
    if items is not None:
        if items < 1 or growth < 0:
            raise ParameterError(f"--items {items}, growth {growth}", accepted="1 or more, from 0")
        made["question"] = f"When will {count(items, 'more item')} be delivered?"
        days = {name: _days(past, items, q, growth) for name, q in LEVELS.items()}
        made |= {n: d and (today + timedelta(days=d - 1)).isoformat() for n, d in days.items()}
        made["backtest"] = _backtest(past, items=items, seed=seed)
    else:
        assert until is not None
        end = calendar.parse_day(until, "--until")
        ahead = (end - today).days
        if not 1 <= ahead <= AHEAD:
            near, far = (today + timedelta(days=n) for n in (1, AHEAD))
            raise ParameterError(
                f"--until {end} is not in the future of the log", where=flow.log.name,
                accepted=f"dates from {near} to {far}",
            )  # fmt: skip
        made["question"] = f"How many items will be delivered before {end}?"
        guess = past.how_many(ahead)
        made |= {name: round(guess.quantile(1 - q)) for name, q in LEVELS.items()}
        made["backtest"] = _backtest(past, days=ahead, seed=seed)
    made["warnings"] = _warnings(past, made["backtest"])
    made["assumptions"] = _assumptions(flow, growth)
    return made


def _days(past: History, items: float, q: float, growth: float = 0.0) -> int | None:
    """Find the day by whose end so many are delivered with a probability; 1 is the first."""
    wanted, days = float(items), None
    for _ in range(60):
        usual = past.how_long(wanted).quantile(q)
        clock = past.clock[past.days + 1 :] - past.clock[past.days]
        found = int(np.searchsorted(clock, usual - 1e-9)) + 1
        if found > len(clock):
            return None
        if found == days or not growth:
            return found
        wanted, days = items + growth * found / 7, found
    return None


def _backtest(
    past: History, *, items: int | None = None, days: int | None = None, seed: int = 1
) -> dict[str, Any]:
    """Make the same forecast on many days of the past, and see what came."""
    last = past.days - (days or 1)
    if last <= BEGIN:
        return _scored(*(np.empty(0),) * 3, more=True)
    origins = np.unique(np.linspace(BEGIN, last, WINDOWS).astype(int))
    ours, theirs, seen = [], [], []
    for origin in origins:
        then = past.until(int(origin))
        if then.total[-1] < LEAST_ITEMS:
            continue
        if days is not None:
            seen.append(past.total[origin + days] - past.total[origin])
            guess = then.how_many(days)
            ours.append([float(round(guess.quantile(1 - q))) for q in LEVELS.values()])
        else:
            assert items is not None
            end = int(np.searchsorted(past.total, past.total[origin] + items))
            if end > past.days:
                break
            seen.append(end - origin)
            ours.append([float(_days(then, items, q) or AHEAD) for q in LEVELS.values()])
        runs = plain(then.counts[-PAST:], days=days, items=items, runs=RUNS, seed=seed)
        levels = [1 - q if days is not None else q for q in LEVELS.values()]
        theirs.append(np.quantile(runs, levels).tolist())
    return _scored(np.array(ours), np.array(theirs), np.array(seen), more=days is not None)


def _scored(ours: Floats, theirs: Floats, seen: Floats, *, more: bool) -> dict[str, Any]:
    if not len(seen):
        none = dict.fromkeys(LEVELS)
        return {"windows": 0, "coverage": none, "sharpness": None, "pinball_ratio": None,
                "plain": none}  # fmt: skip
    loss, cover = [], []
    for made in (ours, theirs):
        met = seen[:, None] >= made if more else seen[:, None] <= made
        cover.append(dict(zip(LEVELS, met.mean(axis=0).tolist(), strict=True)))
        level = np.array([1 - q if more else q for q in LEVELS.values()])
        apart = seen[:, None] - made
        loss.append(float(np.maximum(level * apart, (level - 1) * apart).mean()))
    wide = np.abs(ours[:, 2] - ours[:, 0]) / np.maximum(ours[:, 0], 1)
    return {
        "windows": len(seen),
        "coverage": cover[0],
        "sharpness": float(wide.mean()),
        "pinball_ratio": loss[0] / loss[1] if loss[1] else None,
        "plain": cover[1],
    }


def _warnings(past: History, backtest: Mapping[str, Any]) -> list[str]:
    """Say where the forecast should not be trusted."""
    made = []
    if backtest["windows"] < FEW:
        made.append(
            f"only {count(backtest['windows'], 'past window')} to test on: the width is mostly "
            "that of other projects"
        )
    else:
        kept = backtest["coverage"]["p85"]
        if abs(kept - LEVELS["p85"]) > OFF:
            made.append(f"in the past p85 was met in {percent(kept)} of windows, not in 85%")
    recent = 28
    if past.days >= 5 * recent:
        before: Guess = past.until(past.days - recent).how_many(recent)
        seen = past.total[-1] - past.total[-1 - recent]
        if not before.quantile(0.025) <= seen <= before.quantile(0.975):
            made.append(
                f"the last 4 weeks brought {count(seen, 'item')}, where {round(before.expected)} "
                "were to be expected: the stream may have changed"
            )
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
    if not test["windows"]:
        held = "the past is too short to test this"
    parts = ", ".join(f"{made[name] or 'not within ten years'} ({name[1:]}%)" for name in LEVELS)
    return f"{made['question']} {parts}; {held}."
