"""What is compared: one row an item or visit, before and after a date, and over or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vsmlib.calendar import parse_day
from vsmlib.engine import to_pandas
from vsmlib.errors import ParameterError, one_of
from vsmlib.evidence.survival import Floats
from vsmlib.flow import Day, Flow
from vsmlib.log import from_us
from vsmlib.measure.groups import NO_VALUE
from vsmlib.measure.items import facts
from vsmlib.visits import DAY_US

__all__ = [
    "METRICS",
    "Metric",
    "Sample",
    "Sides",
    "around",
    "first_us",
    "floats",
    "groups",
    "metric_of",
    "midnight",
    "observe",
    "periods",
    "rows_of",
]

WEEK_US = 7 * DAY_US
# As long before its end as this share of items takes begins what a log of ended items lacks.
SLOW = 0.9
FAR = 100_000  # weeks between two groups: neither's ups and downs are the other's
LEAST, MOST, COUNTED = 13, 52, 26  # weeks on a side, and of counts
ENOUGH = 150  # items on a side, for which more weeks than the least are taken
OFTEN = 10  # items of a type that each side needs, for the type to be told apart


@dataclass(frozen=True)
class Metric:
    """A figure that can be compared: its kind, its unit and which way is better."""

    name: str
    kind: str  # time, share or count
    unit: str
    better: int  # 1: more, -1: less
    noun: str
    stage: int | None = None


METRICS = {
    "lead_time": Metric("lead_time", "time", "s", -1, "lead time"),
    "cycle_time": Metric("cycle_time", "time", "s", -1, "cycle time"),
    "flow_efficiency": Metric("flow_efficiency", "share", "share", 1, "flow efficiency"),
    "throughput": Metric("throughput", "count", "items per week", 1, "throughput"),
    "rework": Metric("rework", "share", "share", -1, "share of items with rework"),
}


def metric_of(flow: Flow, name: str) -> Metric:
    """Find a metric by its name; ``wait:STAGE`` is the time of a visit to that stage.

    Raises
    ------
    ParameterError
        If there is no such metric or stage.
    """
    if name in METRICS:
        return METRICS[name]
    kind, _, stage = name.partition(":")
    timed = [s.name for s in flow.stream.stages if s.kind in ("active", "wait", "excluded")]
    if kind != "wait" or stage not in timed:
        what, accepted, hint = one_of("metric", name, [*METRICS, *(f"wait:{s}" for s in timed)])
        raise ParameterError(what, where="--metric", accepted=accepted, hint=hint)
    place = flow.stream.stage_names.index(stage)
    return Metric(name, "time", "s", -1, f"time in “{stage}”", place)


@dataclass(frozen=True)
class Sides:
    """What is compared: two periods, or two groups in one period.

    ``before`` and ``after`` are half-open, in microseconds, and ``then`` and ``flow`` the flow as
    it stood at the end of each. ``most`` is false for a side whose length was given. With groups
    (column, one value, the other), the sides are these.
    """

    then: Flow
    flow: Flow
    before: tuple[int, int]
    after: tuple[int, int]
    weeks: int | None = None
    fixed: bool = False
    ramp_up: int = 0
    control: tuple[str, str] | None = None
    groups: tuple[str, str, str] | None = None

    @property
    def at_us(self) -> int:
        """From when weeks are counted."""
        return self.before[1] if self.groups else self.after[0]


@dataclass(frozen=True)
class Sample:
    """Rows of ``item, value, part, known, after, week, control``, and how they were chosen.

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

    def side(self, *, after: bool, control: bool = False) -> pd.DataFrame:
        """Rows of one side and group."""
        rows = self.rows
        return rows[(rows["after"] == after) & (rows["control"] == control)]


def _times(flow: Flow) -> nw.LazyFrame[Any]:
    columns = ["status", "ended_us", "first_us", "committed_us", "process_us", "wait_us"]
    return facts(flow).select("item", *columns, "cycle_us", "rework_visits")


def rows_of(flow: Flow, metric: Metric) -> pd.DataFrame:
    """Rows of ``item, at_us, value, part, known, ended_us``: as the log stands at its end."""
    if metric.stage is not None:
        visits = flow.frame.filter(nw.col("stage") == metric.stage)
        made = to_pandas(visits.select("item", "t0", "t1", "open"))
        value = (made["t1"] - made["t0"]) / 1e6
        known = made["open"] == 0
        rows = pd.DataFrame({"at_us": made["t0"], "value": value, "part": 0.0, "known": known})
        return rows.assign(item=made["item"], ended_us=made["t1"])
    made = to_pandas(_times(flow))
    done, lead = made["status"] == 2, (made["process_us"] + made["wait_us"]) / 1e6
    if metric.kind == "time":
        cycle = metric.name == "cycle_time"
        value = made["cycle_us"] / 1e6 if cycle else lead
        at = made["committed_us" if cycle else "first_us"]
        rows = pd.DataFrame({"at_us": at, "value": value, "part": 0.0, "known": done})
    else:
        part = made["process_us"] / 1e6 if metric.name == "flow_efficiency" else 0.0
        value = (made["rework_visits"] > 0).astype(float) if metric.name == "rework" else lead
        rows = pd.DataFrame({"at_us": made["ended_us"], "value": value, "part": part})
        rows = rows[done].assign(known=True)
    return rows.assign(item=made["item"], ended_us=made["ended_us"]).dropna(subset="at_us")


def around(flow: Flow, at: Day, ramp_up: int = 0, **more: Any) -> Sides:
    """Set the sides before and after a date; before it, as the log stood on that day.

    Raises
    ------
    ParameterError
        If the date is not one, or not inside the log.
    """
    at_us, first = midnight(flow, at), first_us(flow)
    then = Flow(flow.log, flow.stream, end=parse_day(at, "--at"))
    begin = at_us + ramp_up * WEEK_US
    return Sides(then, flow, (first, at_us), (begin, flow.observed_us), ramp_up=ramp_up, **more)


def periods(flow: Flow, before: tuple[Day, Day], after: tuple[Day, Day], **more: Any) -> Sides:
    """Set two periods, each of a first day and the day after its last.

    Raises
    ------
    ParameterError
        If a date is none, or the periods are empty, overlap or lie outside the log.
    """
    days = [parse_day(day, name) for pair, name in ((before, "before"), (after, "after"))
            for day in pair]  # fmt: skip
    ends = [flow._midnight(day, "period") or 0 for day in days]
    first = first_us(flow)
    ends[0] = max(ends[0], first)
    if not first <= ends[0] < ends[1] <= ends[2] < ends[3] or ends[2] >= flow.observed_us:
        raise ParameterError(
            f"the periods {days[0]} to {days[1]} and {days[2]} to {days[3]} cannot be compared",
            where=flow.log.name, accepted="two periods of the log, one after the other",
        )  # fmt: skip
    then, now = (Flow(flow.log, flow.stream, end=day) for day in (days[1], days[3]))
    return Sides(
        then, now, (ends[0], ends[1]), (ends[2], min(ends[3], flow.observed_us)), fixed=True, **more
    )


def groups(flow: Flow, column: str, one: str, other: str, **more: Any) -> Sides:
    """Set two groups of items, by the values of an item column, in the same weeks.

    Raises
    ------
    ParameterError
        If there is no such column or value.
    """
    span = first_us(flow), flow.observed_us
    for value in (one, other):
        _texts(flow, column, value)
    return Sides(flow, flow, span, span, groups=(column, one, other), **more)


def observe(sides: Sides, metric: Metric) -> Sample:
    """Gather what was observed on either side.

    Times are of what *entered* on either side; before the change, as the log stood on that day,
    so that what straddles it counts as not over. Shares and counts are of what was delivered.

    Raises
    ------
    ParameterError
        If the control group has no item.
    """
    flow, notes = sides.flow, []
    after = rows_of(flow, metric)
    end = sides.after[1]
    if metric.kind == "time" and after["known"].all():
        end = max(sides.after[0], end - int(after["value"].quantile(SLOW) * 1e6))
        notes.append("the log has no item in progress, so its last entries are left out: of them "
                     "it knows the quick ones only")  # fmt: skip
    if sides.groups:
        parts = _groups(sides, metric, after, end)
    else:
        before = rows_of(sides.then, metric)
        low, high = sides.before
        reach = sides.after[0], end
        if not sides.fixed:
            low, high, reach = _nearest(sides, metric, before, after, end)
        parts = [_cut(before, (low, high), sides, metric), _cut(after, reach, sides, metric)]
    rows = pd.concat([part.assign(after=bool(i)) for i, (part, _) in enumerate(parts)],
                     ignore_index=True)  # fmt: skip
    rows["known"] = rows["known"].astype(bool)
    rows["type"] = _types(flow, rows)
    rows["control"] = _is_control(flow, rows, sides.control)
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
    texts = _texts(sides.flow, column, values[0])
    weeks = sides.weeks or (COUNTED if metric.kind == "count" else MOST)
    span = max(sides.before[0], end - weeks * WEEK_US), end
    made = []
    for value, far in zip(values, (0, FAR), strict=True):
        part, numbers = _cut(rows[(rows["item"].map(texts) == value)], span, sides, metric)
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
    return kept.assign(week=week), np.arange(first, max(last, first))


def midnight(flow: Flow, at: Day) -> int:
    """Return when a local day of the log begins, in microseconds.

    Raises
    ------
    ParameterError
        If it is no date, or outside the log.
    """
    day, first = parse_day(at, "--at"), first_us(flow)
    at_us = flow._midnight(day, "--at")
    assert at_us is not None
    if not first < at_us < flow.observed_us:
        zone = flow.stream.zone
        ends = [str(from_us(t).astimezone(zone).date()) for t in (first, flow.observed_us)]
        raise ParameterError(
            f"--at {day} is outside the log", where=flow.log.name,
            accepted=f"dates after {ends[0]} and until {ends[1]}",
        )  # fmt: skip
    return at_us


def first_us(flow: Flow) -> int:
    """Return when the flow begins: with its window, or its first event."""
    first = int(to_pandas(flow.frame.select(nw.col("t0").min()))["t0"].iloc[0])
    return first if flow.start_us is None else max(first, flow.start_us)


def _types(flow: Flow, rows: pd.DataFrame) -> Any:
    """Give each row its item's type; those that are rare on a side are one type together."""
    items = to_pandas(flow.log.items_frame.select("item", "item_type")).set_index("item")
    types = rows["item"].map(items["item_type"]).fillna(NO_VALUE).astype(str)
    counted = pd.crosstab(types, rows["after"]).reindex(columns=[False, True], fill_value=0)
    often = counted.index[(counted >= OFTEN).all(axis=1)]
    return types.where(types.isin(often), "other")


def _is_control(
    flow: Flow, rows: pd.DataFrame, control: tuple[str, str] | None
) -> NDArray[np.bool_]:
    if control is None:
        return np.zeros(len(rows), dtype=bool)
    column, value = control
    return (rows["item"].map(_texts(flow, column, value)) == value).to_numpy(dtype=bool)


def _texts(flow: Flow, column: str, value: str) -> pd.Series[str]:
    """Return the texts of an item column by item, of which one has to be the value."""
    flow.log.check_column(column)
    text = nw.col(column).cast(nw.String).fill_null(NO_VALUE).alias("text")
    items = to_pandas(flow.log.items_frame.select("item", text)).set_index("item")["text"]
    if value not in set(items):
        what, accepted, hint = one_of(f"{column}", value, sorted(set(items)))
        raise ParameterError(what, where="--control or --groups", accepted=accepted, hint=hint)
    return items


def floats(rows: pd.DataFrame, column: str) -> Floats:
    """Return a column as doubles."""
    return rows[column].to_numpy(dtype=np.float64)
