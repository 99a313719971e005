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
    "first_us",
    "floats",
    "metric_of",
    "midnight",
    "observe",
    "rows_of",
]

WEEK_US = 7 * DAY_US
SLOW = (
    0.9  # of items are over by then: as long before the end begins what a log of ended items lacks
)

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
class Sample:
    """Rows of ``item, value, part, known, after, week, control``, and how they were chosen.

    ``week`` counts 7 days from the change: -1 ends and 0 begins with it. ``part`` is the process
    time where ``value`` is the lead time of a share.
    """

    metric: Metric
    rows: pd.DataFrame
    weeks: tuple[int, int]
    ramp_up: int
    control: tuple[str, str] | None
    notes: tuple[str, ...]

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


def observe(
    flow: Flow,
    at: Day,
    metric: Metric,
    *,
    weeks: int | None = None,
    ramp_up: int = 0,
    control: tuple[str, str] | None = None,
) -> Sample:
    """Gather what was observed before and after a date.

    Times are of what *entered* on either side; before the change, as the log stood on that day,
    so that what straddles it counts as not over. Shares and counts are of what was delivered.

    Raises
    ------
    ParameterError
        If the date is not one, or not inside the log, or the control group has no item.
    """
    day = parse_day(at, "--at")
    at_us, first, notes = midnight(flow, at), first_us(flow), []
    before = rows_of(Flow(flow.log, flow.stream, end=day), metric)
    after = rows_of(flow, metric)
    end_us = flow.observed_us
    if metric.kind == "time" and after["known"].all():
        end_us = max(at_us, end_us - int(after["value"].quantile(SLOW) * 1e6))
        notes.append("the log has no item in progress, so its last entries are left out: of them "
                     "it knows the quick ones only")  # fmt: skip
    begin_us = at_us + ramp_up * WEEK_US
    wanted = [weeks or _weeks(metric, ages) for ages in (
        at_us - before.loc[before["at_us"] < at_us, "at_us"],
        after.loc[after["at_us"] >= begin_us, "at_us"] - begin_us)]  # fmt: skip
    low, high = max(first, at_us - wanted[0] * WEEK_US), min(end_us, begin_us + wanted[1] * WEEK_US)
    if metric.kind == "count":  # whole weeks only
        low = at_us - (at_us - low) // WEEK_US * WEEK_US
        high = begin_us + max(0, high - begin_us) // WEEK_US * WEEK_US
    before = before[(before["at_us"] >= low) & (before["at_us"] < at_us)]
    after = after[(after["at_us"] >= begin_us) & (after["at_us"] < high)]
    rows = pd.concat([before.assign(after=False), after.assign(after=True)], ignore_index=True)
    rows["week"] = ((rows["at_us"] - at_us) // WEEK_US).astype("int64")
    rows["known"] = rows["known"].astype(bool)
    rows["type"] = _types(flow, rows)
    rows["control"] = _is_control(flow, rows, control)
    spans = (at_us - low + WEEK_US - 1) // WEEK_US, (high - begin_us + WEEK_US - 1) // WEEK_US
    return Sample(
        metric, rows, (int(spans[0]), int(max(spans[1], 0))), ramp_up, control, tuple(notes)
    )


def _weeks(metric: Metric, ages: pd.Series[float]) -> int:
    """As many weeks from the change as give enough items: what is further off tells less of it."""
    if metric.kind == "count":
        return COUNTED
    near = ages.nsmallest(ENOUGH)
    needed = MOST if len(near) < ENOUGH else int(near.iloc[-1] // WEEK_US) + 1
    return min(max(needed, LEAST), MOST)


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
    flow.log.check_column(column)
    text = nw.col(column).cast(nw.String).fill_null(NO_VALUE).alias("text")
    items = to_pandas(flow.log.items_frame.select("item", text)).set_index("item")["text"]
    if value not in set(items):
        what, accepted, hint = one_of(f"{column}", value, sorted(set(items)))
        raise ParameterError(what, where="--control", accepted=accepted, hint=hint)
    return (rows["item"].map(items) == value).to_numpy(dtype=bool)


def floats(rows: pd.DataFrame, column: str) -> Floats:
    """Return a column as doubles."""
    return rows[column].to_numpy(dtype=np.float64)
