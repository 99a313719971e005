"""The rows that the explorer's views share: one an item, one a visit, one a strip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.charts import axes, visit_views
from vsmlib.charts.frame import fit, plain, width
from vsmlib.charts.variants import steps
from vsmlib.charts.views import LABEL
from vsmlib.words import DAY, duration

MOST_BARS, MOST_STEPS, MOST_WAYS = 40, 145, 8
OTHER, NAME = "other ways", 96.0
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
            "item": items["item_id"].map(plain),
            "type": items["item_type"].fillna("(none)").map(plain),
            "when": _ms(local),
            "came": _ms(came),
            "when_by": _step(_ms(local), step_ms),
            "came_by": _step(_ms(came), step_ms),
            "begins": _ms(begins),
            "ends": _ms(begins + pd.Timedelta(weeks=weeks) * 0.86),
            "seconds": items["lead_time_s"].round(3),
            "lasted": items["lead_time_s"].map(axes.lasted),
            "way": ways(items, stages),
            "lead time": items["lead_time_s"].map(duration),
            "rework": again.map({True: "yes", False: "no"}),
            "weight": weight.round(4),
            "lead_s": (weight * items["lead_time_s"]).round(1),
            "work_s": (weight * items["process_time_s"]).round(1),
            "again_n": (weight * again).round(4),
        }
    )


def ways(items: pd.DataFrame, stages: Sequence[str]) -> pd.Series[str]:
    """Write each item's way as the numbers of its stages; the rarer ones share one name."""
    numbers = {
        path: " ".join(str(step + 1) for step in steps(path, stages))
        for path in items["path"].unique()
    }
    frequent = items.groupby("path")["weight"].sum().nlargest(MOST_WAYS).index
    made: pd.Series[str] = items["path"].map({path: numbers[path] for path in frequent})
    return made.fillna(OTHER)


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
    about = data[CHOSEN_BY].assign(item_id=items["item_id"], entered=items["first_entered_at"])
    visits = strips[strips["kind"] != "blocked"].merge(about, on="item_id")
    left = visits["entered"] + pd.to_timedelta(visits["end_s"], unit="s")
    local = left.dt.tz_convert(zone)
    place = visits["stage"].map(places)
    to = place.groupby(visits["item_id"]).shift(-1)
    to = to.fillna(visits["item_id"].map(_delivering(visits, items, list(places))))
    slot = local.dt.day_of_week * 24 + local.dt.hour
    # One number a group: Vega makes a text of all that it groups by, row by row, at every move.
    visits = visits.assign(
        spent=((visits["end_s"] - visits["start_s"]) * visits["weight"]).round(1),
        move=(place * visit_views.PLACES + to).fillna(-1).astype(int),
        slot=slot.where(visits["kind"] == "wait", -1),
    )
    return visits[[*CHOSEN_BY, "stage", "spent", "weight", "move", "slot"]]


def _delivering(
    visits: pd.DataFrame, items: pd.DataFrame, stages: Sequence[str]
) -> dict[object, int]:
    """Find where each item's way led after the visits before its delivery, as a place from 1."""
    before = visits["item_id"].value_counts()
    ways = items.set_index("item_id")["path"].loc[before.index]
    paths = (steps(path, stages) for path in ways)
    return {
        item: path[done] + 1
        for (item, done), path in zip(before.items(), paths, strict=True)
        if done < len(path)
    }


def of_strips(strips: pd.DataFrame, items: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Make one row an item, its strip as lists that the view lays out for those it draws."""
    parts = pd.DataFrame(
        {
            "item_id": strips["item_id"],
            "stages": strips["stage"].map(plain),
            "kinds": strips["kind"],
            "starts": strips["start_s"] / DAY,
            "ends": strips["end_s"] / DAY,
        }
    )
    # Strips come item by item.
    starts = np.flatnonzero(parts["item_id"] != parts["item_id"].shift())
    spans = [*pairwise([*starts, len(parts)])]
    packed = pd.DataFrame({"item_id": parts["item_id"].to_numpy()[starts]})
    for name in ("stages", "kinds", "starts", "ends"):
        values = parts[name].tolist()
        packed[name] = [values[start:end] for start, end in spans]
    about = data[["i", "item", *CHOSEN_BY]].assign(item_id=items["item_id"])
    made = packed.merge(about, on="item_id")
    names = _short_names(made["item"].unique())
    return made.assign(name=made["item"].map(names)).drop(columns="item_id")


def _short_names(items: Iterable[str]) -> dict[str, str]:
    """Make names of items that fit, without the words that all of them begin with where need be."""
    words = {item: re.findall(r"\W?\w*", item) for item in items}
    same = takewhile(lambda column: len(set(column)) == 1, zip(*words.values(), strict=False))
    cut = sum(len(column[0]) for column in same)
    if all(width(item, 10) <= NAME for item in words):
        cut = 0
    return {item: fit("…" * (cut > 0) + item[cut:], NAME, 10) for item in words}
