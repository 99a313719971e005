"""The rows that the explorer's views share: one an item, one a visit, one a strip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vsmlib.charts import axes, visit_views
from vsmlib.charts.frame import each, fit, plain, width
from vsmlib.charts.variants import steps
from vsmlib.charts.views import LABEL
from vsmlib.words import DAY, duration

MOST_BARS, MOST_STEPS, MOST_WAYS = 40, 145, 8
OTHER, NAME = "other ways", 96.0
Places: TypeAlias = NDArray[np.intp]
Table = TypeVar("Table", pd.DataFrame, "pd.Series[Any]")
CHOSEN_BY = ["type", "when", "begins", "seconds", "lasted", "way", "rework"]


def of_items(items: pd.DataFrame, zone: str, stages: Sequence[str]) -> pd.DataFrame:
    """Make one row an item, its times as numbers, so that each view filters the same way.

    ``items`` are `measure.ways`; ``stages`` are the names of all stages in flow order.
    """
    local = items["delivered_at"].dt.tz_convert(zone).dt.tz_localize(None)
    monday = local.dt.normalize() - pd.to_timedelta(local.dt.day_of_week, unit="D")
    weeks = max(1, -(-(local.max() - local.min()).days // (7 * MOST_BARS)))
    step = (monday - monday.min()).dt.days // (7 * weeks)
    begins = monday.min() + step * pd.Timedelta(weeks=weeks)
    came = items["first_entered_at"].dt.tz_convert(zone).dt.tz_localize(None)
    weight, again = items["weight"], items["rework_visits"] > 0
    step_ms = max(1.0, float((_ms(local).max() - _ms(came).min()) / MOST_STEPS))
    # Products and steps here rather than in the browser, where each would copy all rows at a move.
    return pd.DataFrame(
        {
            "i": range(len(items)),
            "item": [plain(item) for item in items["item_id"].tolist()],
            "type": each(items["item_type"].fillna("(none)"), plain),
            "when": _ms(local),
            "came": _ms(came),
            "when_by": _step(_ms(local), step_ms),
            "came_by": _step(_ms(came), step_ms),
            "begins": _ms(begins),
            "ends": _ms(begins + pd.Timedelta(weeks=weeks) * 0.86),
            "seconds": items["lead_time_s"].round(3),
            "lasted": axes.binned(items["lead_time_s"]),
            "way": ways(items, stages),
            "lead time": [duration(lead_s) for lead_s in items["lead_time_s"].tolist()],
            "rework": np.where(again, "yes", "no"),
            "weight": weight.round(4),
            "lead_s": (weight * items["lead_time_s"]).round(1),
            "work_s": (weight * items["process_time_s"]).round(1),
            "again_n": (weight * again).round(4),
        }
    )


def ways(items: pd.DataFrame, stages: Sequence[str]) -> pd.Series[str]:
    """Write each item's way as the numbers of its stages; the rarer ones share one name."""
    frequent = items.groupby("path")["weight"].sum().nlargest(MOST_WAYS).index
    found = steps(frequent, stages)
    numbers = [" ".join(str(step + 1) for step in path) for path in found]
    named = dict(zip(frequent, numbers, strict=True))
    return each(items["path"], lambda path: named.get(path, OTHER))


def short(way: str) -> str:
    """Leave out the middle of a way that is too long for a label, and say how many stages it has.

    Examples
    --------
    >>> short("1 2 3 4 5 6 7 8 9")
    '1 2 3 4 5 6 7 8 9'
    >>> short(" ".join(map(str, range(1, 26))))
    '1 2 3 4 … 24 25 (25)'
    """
    if way == OTHER or width(way, 11) <= LABEL:
        return way
    steps = way.split()
    return f"{' '.join(steps[:4])} … {' '.join(steps[-2:])} ({len(steps)})"


def _ms(local: pd.Series[Any]) -> pd.Series[int]:
    """Milliseconds of local times, read as if they were UTC's."""
    made: pd.Series[int] = local.astype("datetime64[ms]").astype("int64")
    return made


def _step(moments_ms: pd.Series[int], step_ms: float) -> pd.Series[int]:
    """Put moments off to the end of their step."""
    made: pd.Series[int] = (-(-moments_ms // step_ms) * step_ms).round().astype("int64")
    return made


def of_visits(
    strips: pd.DataFrame,
    items: pd.DataFrame,
    data: pd.DataFrame,
    zone: str,
    places: Mapping[str, int],
) -> pd.DataFrame:
    """Make one row a visit, with all that its item is chosen by, and what it is counted by."""
    visits, at = _drawn(strips[strips["kind"] != "blocked"], items)
    spent, place = visits["end_s"] - visits["start_s"], each(visits["stage"], places.__getitem__)
    left = _of(items["first_entered_at"], at) + pd.to_timedelta(visits["end_s"], unit="s")
    local = left.dt.tz_convert(zone)
    ends = _ends(at)
    to = place.shift(-1)
    to.iloc[ends] = _delivering(_of(items["path"], at[ends]), np.diff(ends, prepend=-1), [*places])
    slot = local.dt.day_of_week * 24 + local.dt.hour
    # One number a group: Vega makes a text of all that it groups by, row by row, at every move.
    return _of(data[CHOSEN_BY], at).assign(
        stage=visits["stage"],
        spent=(spent * visits["weight"]).round(1),
        weight=visits["weight"],
        move=(place * visit_views.PLACES + to).fillna(-1).astype(int),
        slot=slot.where(visits["kind"] == "wait", -1),
    )


def _drawn(parts: pd.DataFrame, items: pd.DataFrame) -> tuple[pd.DataFrame, Places]:
    """Leave out parts of items that are not drawn; the others, and the row of each one's item."""
    at = pd.Index(items["item_id"]).get_indexer(parts["item_id"])
    return parts[at >= 0].reset_index(drop=True), at[at >= 0]


def _of(table: Table, at: Places) -> Table:
    """Return the rows of items, each as often as it is asked for."""
    return table.take(at).reset_index(drop=True)


def _ends(at: Places) -> Places:
    """Find where each item's parts end, as they come item by item."""
    return np.flatnonzero(np.diff(at, append=-1))


def _delivering(paths: Iterable[str], before: Places, stages: Sequence[str]) -> list[float]:
    """Find where each way led after so many visits, those before its delivery; places from 1."""
    ways = zip(steps(paths, stages), before, strict=True)
    return [way[done] + 1 if done < len(way) else np.nan for way, done in ways]


def of_strips(strips: pd.DataFrame, items: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Make one row an item, its strip as lists that the view lays out for those it draws."""
    parts, at = _drawn(strips, items)
    lists = {
        "stages": each(parts["stage"], plain),
        "kinds": parts["kind"],
        "starts": parts["start_s"] / DAY,
        "ends": parts["end_s"] / DAY,
    }
    ends = _ends(at)
    made = _of(data[["i", "item", *CHOSEN_BY]], at[ends])
    for name, column in lists.items():
        values = column.tolist()
        made[name] = [values[start:end] for start, end in pairwise([0, *(ends + 1)])]
    return made.assign(name=made["item"].map(_short_names(made["item"])))


def _short_names(items: Iterable[str]) -> dict[str, str]:
    """Make names of items that fit, without the words that all of them begin with where need be."""
    words = {item: re.findall(r"\W?\w*", item) for item in items}
    same = takewhile(lambda column: len(set(column)) == 1, zip(*words.values(), strict=False))
    cut = sum(len(column[0]) for column in same)
    if all(width(item, 10) <= NAME for item in words):
        cut = 0
    return {item: fit("…" * (cut > 0) + item[cut:], NAME, 10) for item in words}
