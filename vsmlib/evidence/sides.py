"""What is compared with what: before and after a date, two periods, or two groups of items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.calendar import parse_day
from vsmlib.engine import to_pandas
from vsmlib.errors import ParameterError, one_of, shown
from vsmlib.flow import Day, Flow
from vsmlib.log import from_us
from vsmlib.measure.groups import NO_VALUE
from vsmlib.visits import DAY_US

__all__ = ["WEEK_US", "Sides", "around", "groups", "midnight", "periods", "texts"]

WEEK_US = 7 * DAY_US


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


def around(flow: Flow, at: Day, ramp_up: int = 0, **more: Any) -> Sides:
    """Set the sides before and after a date; before it, as the log stood on that day.

    Raises
    ------
    ParameterError
        If the date is not one, or not inside the log.
    """
    at_us, first = midnight(flow, at), flow.begin_us
    then = flow.between(end=parse_day(at, "--at"))
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
    first = flow.begin_us
    ends[0] = max(ends[0], first)
    if not first <= ends[0] < ends[1] <= ends[2] < ends[3] or ends[2] >= flow.observed_us:
        raise ParameterError(
            f"the periods {days[0]} to {days[1]} and {days[2]} to {days[3]} cannot be compared",
            where=flow.log.name, accepted="two periods of the log, one after the other",
        )  # fmt: skip
    then, now = (flow.between(end=day) for day in (days[1], days[3]))
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
    span = flow.begin_us, flow.observed_us
    if one == other:
        raise ParameterError(f"--groups names {shown(one)} twice", accepted="two different values")
    for value in (one, other):
        texts(flow, column, value)
    return Sides(flow, flow, span, span, groups=(column, one, other), **more)


def midnight(flow: Flow, at: Day) -> int:
    """Return when a local day of the log begins, in microseconds.

    Raises
    ------
    ParameterError
        If it is no date, or outside the log.
    """
    day, first = parse_day(at, "--at"), flow.begin_us
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


def texts(flow: Flow, column: str, value: str) -> pd.Series[str]:
    """Return the texts of an item column by item, of which one has to be the value."""
    flow.log.check_column(column)
    text = nw.col(column).cast(nw.String).fill_null(NO_VALUE).alias("text")
    items = to_pandas(flow.log.items_frame.select("item", text)).set_index("item")["text"]
    if value not in set(items):
        what, accepted, hint = one_of(f"{column}", value, sorted(set(items)))
        raise ParameterError(what, where="--control or --groups", accepted=accepted, hint=hint)
    return items
