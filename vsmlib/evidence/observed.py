"""What was observed: one row an item or visit, before and after a date, and over or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vsmlib.engine import to_pandas
from vsmlib.evidence import holidays
from vsmlib.evidence.drift import FAR
from vsmlib.evidence.laws import Floats
from vsmlib.evidence.metrics import Metric, rows_of
from vsmlib.evidence.sides import WEEK_US, Sides, texts
from vsmlib.flow import Flow
from vsmlib.measure.groups import NO_VALUE
from vsmlib.visits import DAY_US

__all__ = ["Sample", "earlier", "observe"]

# As long before its end as this share of items takes begins what a log of ended items lacks.
SLOW = 0.9
LEAST, MOST, COUNTED, GROUPED = 13, 20, 26, 52  # weeks on a side, of counts, of groups
GAP, STEP, DATES, HISTORY = 10, 8, 12, 10  # weeks to an earlier date, between them; most; before it
ENOUGH = 150  # items on a side, for which more weeks than the least are taken
OPEN = 3  # weeks of a side that are not shut
OFTEN = 10  # items of a type or weekday that each side needs, for it to be told apart


@dataclass(frozen=True)
class Sample:
    """Rows of ``item, value, part, known, after, week, day, control, holidays``, and how chosen.

    ``week`` counts 7 days from the change: -1 ends and 0 begins with it; those of the second of two
    groups are `FAR` away. ``part`` is the process time where ``value`` is the lead time of a share.
    """

    metric: Metric
    rows: pd.DataFrame
    numbers: tuple[NDArray[np.int64], NDArray[np.int64]]  # of the weeks on each side
    sides: Sides
    notes: tuple[str, ...]

    @property
    def weeks(self) -> tuple[int, int]:
        """How many weeks each side has."""
        return len(self.numbers[0]), len(self.numbers[1])

    @property
    def open_share(self) -> Floats:
        """How much of the work of a usual week each week has, before and then after.

        1 where both sides have the same weeks, or hardly one that is not shut.
        """
        weeks, sides = np.concatenate(self.numbers), self.sides
        change = sides.at_us - sides.ramp_up * WEEK_US
        share = holidays.open_share(sides.flow, change, weeks)
        left = min(np.count_nonzero(share[after]) for after in (weeks < 0, weeks >= 0))
        return np.ones(len(weeks)) if sides.groups or left < OPEN else share

    def side(self, *, after: bool, control: bool = False) -> pd.DataFrame:
        """Rows of one side and group."""
        rows = self.rows
        return rows[(rows["after"] == after) & (rows["control"] == control)]


def observe(sides: Sides, metric: Metric) -> Sample:
    """Gather what was observed on either side.

    Times are of what *entered* on either side; before the change, as the log stood on that day,
    so that what straddles it counts as not over. Shares and counts are of what was delivered.

    Raises
    ------
    ParameterError
        If the control group has no item.
    """
    rows = rows_of(sides.flow, metric)
    return _sample(sides, metric, rows if sides.groups else rows_of(sides.then, metric), rows)


def earlier(sides: Sides, metric: Metric) -> Iterator[Sample]:
    """Gather the same around earlier dates, each as the log stood then, and at the change."""
    rows, (first, end) = rows_of(sides.then, metric), sides.before
    for back in range(GAP, GAP + STEP * DATES, STEP):
        at = end - back * WEEK_US
        if at - first < HISTORY * WEEK_US:
            return
        then = rows[rows["at_us"] < at]
        if metric.kind == "time":
            over = then["ended_us"] <= at
            so_far = np.minimum(then["value"], (at - then["at_us"]) / 1e6)
            then = then.assign(value=then["value"].where(over, so_far), known=then["known"] & over)
        moved = replace(sides, before=(first, at), after=(at, end), ramp_up=0)
        yield _sample(moved, metric, then, rows)


def _sample(sides: Sides, metric: Metric, before: pd.DataFrame, after: pd.DataFrame) -> Sample:
    """Cut the rows of both sides out of what was known at the end of each."""
    flow, notes = sides.flow, []
    end = sides.after[1]
    if metric.kind == "time" and not metric.delivery and after["known"].all():
        end = max(sides.after[0], end - int(after["value"].quantile(SLOW) * 1e6))
        notes.append("the log has no item in progress, so its last entries are left out: of them "
                     "it knows the quick ones only")  # fmt: skip
    if sides.groups:
        parts = _groups(sides, metric, after, end)
    else:
        low, high = sides.before
        reach = sides.after[0], end
        if not sides.fixed:
            low, high, reach = _nearest(sides, metric, before, after, end)
        parts = [_cut(before, (low, high), sides, metric), _cut(after, reach, sides, metric)]
    rows = pd.concat([part.assign(after=bool(i)) for i, (part, _) in enumerate(parts)],
                     ignore_index=True)  # fmt: skip
    rows["known"] = rows["known"].astype(bool)
    rows["type"] = _often(_types(flow, rows), rows["after"])
    rows["day"] = _often(rows["day"], rows["after"])
    rows["control"] = _is_control(flow, rows, sides.control)
    rows["holidays"] = holidays.met(flow, rows, ahead=metric.begins)
    return Sample(metric, rows, (parts[0][1], parts[1][1]), sides, tuple(notes))


def _nearest(
    sides: Sides, metric: Metric, before: pd.DataFrame, after: pd.DataFrame, end: int
) -> tuple[int, int, tuple[int, int]]:
    """Bound both sides to the weeks nearest to the change that have enough."""
    at_us, begin = sides.before[1], sides.after[0]
    ages = (
        at_us - before.loc[before["at_us"] < at_us, "at_us"],
        after.loc[after["at_us"] >= begin, "at_us"] - begin,
    )
    wanted = [sides.weeks or _weeks(metric, each) for each in ages]
    low = max(sides.before[0], at_us - wanted[0] * WEEK_US)
    return low, at_us, (begin, max(begin, min(end, begin + wanted[1] * WEEK_US)))


def _weeks(metric: Metric, ages: pd.Series[float]) -> int:
    """As many weeks from the change as give enough items: what is further off tells less of it."""
    if metric.kind == "count":
        return COUNTED
    near = ages.nsmallest(ENOUGH)
    needed = MOST if len(near) < ENOUGH else int(near.iloc[-1] // WEEK_US) + 1
    return min(max(needed, LEAST), MOST)


def _groups(
    sides: Sides, metric: Metric, rows: pd.DataFrame, end: int
) -> list[tuple[pd.DataFrame, NDArray[np.int64]]]:
    """Cut the rows of either group from the last weeks, the second's numbers far away."""
    assert sides.groups
    column, *values = sides.groups
    named = texts(sides.flow, column, values[0])
    weeks = sides.weeks or (COUNTED if metric.kind == "count" else GROUPED)
    span = max(sides.before[0], end - weeks * WEEK_US), end
    made = []
    for value, far in zip(values, (0, FAR), strict=True):
        part, numbers = _cut(rows[(rows["item"].map(named) == value)], span, sides, metric)
        made.append((part.assign(week=part["week"] + far), numbers + far))
    return made


def _cut(
    rows: pd.DataFrame, span: tuple[int, int], sides: Sides, metric: Metric
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Take the rows of a span, whole weeks of it for counts, and number its weeks."""
    at, (low, high) = sides.at_us - sides.ramp_up * WEEK_US, span
    first, last = (low - at) // WEEK_US, -((at - high) // WEEK_US)
    if metric.kind == "count":
        first, last = -((at - low) // WEEK_US), (high - at) // WEEK_US
        low, high = at + first * WEEK_US, at + max(last, first) * WEEK_US
    kept = rows[(rows["at_us"] >= low) & (rows["at_us"] < high)]
    week = ((kept["at_us"] - at) // WEEK_US).astype("int64")
    day = ((kept["at_us"] - at) // DAY_US % 7).astype("int64").astype(str)
    return kept.assign(week=week, day=day), np.arange(first, max(last, first))


def _types(flow: Flow, rows: pd.DataFrame) -> pd.Series[str]:
    items = to_pandas(flow.log.items_frame.select("item", "item_type")).set_index("item")
    return rows["item"].map(items["item_type"]).fillna(NO_VALUE).astype(str)


def _often(values: pd.Series[Any], after: pd.Series[bool]) -> pd.Series[Any]:
    """Make those that are rare on a side one value together."""
    counted = pd.crosstab(values, after).reindex(columns=[False, True], fill_value=0)
    often = counted.index[(counted >= OFTEN).all(axis=1)]
    return values.where(values.isin(often), "other")


def _is_control(
    flow: Flow, rows: pd.DataFrame, control: tuple[str, str] | None
) -> NDArray[np.bool_]:
    if control is None:
        return np.zeros(len(rows), dtype=bool)
    column, value = control
    return (rows["item"].map(texts(flow, column, value)) == value).to_numpy(dtype=bool)
