"""The events that a stream reads of a log, and the blocked and the working time between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import narwhals as nw
import pandas as pd

from vsmlib import calendar, visits
from vsmlib.engine import Engine, scalar
from vsmlib.log import EventLog
from vsmlib.stream import ValueStream

__all__ = ["Frame", "Timed"]

Frame = nw.LazyFrame[Any]
T = TypeVar("T")


class Timed:
    """What a flow is made with: a log and a stream, up to a moment.

    Attributes
    ----------
    log : EventLog
        What happened.
    stream : ValueStream
        What it means.
    engine : Engine
        That of the log.
    end_us : int or None
        The end of the window; events at or after it do not exist.
    observed_us : int
        Where open visits are censored.
    """

    end_us: int | None
    observed_us: int

    def __init__(self, log: EventLog, stream: ValueStream) -> None:
        self.log, self.stream = log, stream
        self.engine: Engine = log.engine.scope()
        self._made: dict[str, Any] = {}

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Make something for this flow at first use and keep it."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def codes(self) -> Frame:
        """Codes of the log's events in the stream's scope, up to the window's end."""
        codes = self.scoped(self.log.codes)
        return codes if self.end_us is None else codes.filter(nw.col("t") < self.end_us)

    def scoped(self, frame: Frame) -> Frame:
        """Keep the rows of the ``item``s that the stream applies to."""
        for column, values in (self.stream.applies_to or {}).items():
            items = self.once(f"where {column}", partial(self._where, column, values))
            frame = frame.join(items, on="item", how="semi")
        return frame

    def _where(self, column: str, values: Iterable[str]) -> Frame:
        return self.engine.table(self.log.where(column, values))

    def _coded(self, events: dict[str, int], column: str) -> pd.DataFrame:
        known = {name: code for code, name in enumerate(self.log.event_names)}
        rows = [(known[name], value) for name, value in events.items() if name in known]
        return pd.DataFrame(rows, columns=["event", column], dtype="int32")

    def _with_times(self, made: Frame) -> Frame:
        """Make the visits, with the blocked and the working time of each."""
        blocked, none = self.stream.blocked, nw.lit(0).cast(nw.Int64)
        if blocked is None:
            null = nw.col("working_us") * 0
            made = self.with_working(made).with_columns(blocked_us=none, blocked_working_us=null)
            return self.engine.table(made)
        bare = self.engine.table(made)
        made = self.with_working(bare)
        parts = self.with_working(self.blocked_parts(made))
        parts = parts.with_columns(blocked_us=nw.col("t1") - nw.col("t0"))
        sums = parts.group_by("item", "position").agg(
            nw.col("blocked_us").sum().cast(nw.Int64),
            nw.col("working_us").sum().cast(nw.Int64).alias("blocked_working_us"),
        )
        made = made.join(sums, on=["item", "position"], how="left")
        working = nw.when(~nw.col("working_us").is_null()).then(
            nw.col("blocked_working_us").fill_null(0)
        )
        made = self.engine.table(
            made.with_columns(
                blocked_us=nw.col("blocked_us").fill_null(0), blocked_working_us=working
            )
        )
        self.engine.drop(bare)
        return made

    def blocked_parts(self, made: Frame) -> Frame:
        """Blocked time of visits: ``item, position, stage, t0, t1``, one row an overlap."""
        return visits.add_blocked(made, self._spans()).drop_nulls("item")

    def _spans(self) -> Frame:
        blocked = self.stream.blocked
        marks = dict.fromkeys(blocked.clear, 0) | dict.fromkeys(blocked.set, 1) if blocked else {}
        coded = self.engine.table(self._coded(marks, "mark"))
        return visits.blocked_spans(self.codes(), coded, self.observed_us)

    def with_working(self, made: Frame) -> Frame:
        """Add ``working_us`` to rows of ``stage, t0, t1``; null without a calendar."""
        specs = self.stream.calendars()
        if not specs:
            return made.with_columns(working_us=nw.lit(None).cast(nw.Int64))
        days, segments = self.once("days", lambda: self._days(specs))
        index = self.stream.stage_calendar_index()
        rows = [(s, c) for s, c in enumerate(index) if c is not None]
        table = self.once(
            "stage_calendars",
            lambda: self.engine.table(pd.DataFrame(rows, columns=["stage", "cal"], dtype="int32")),
        )
        return visits.add_working(made, days, table, segments)

    def _days(self, specs: list[Any]) -> tuple[Frame, int]:
        first = int(scalar(self.log.codes.select(nw.col("t").min())))
        tables = [calendar.day_table(spec, first, self.observed_us) for spec in specs]
        joined = pd.concat([t.assign(cal=c) for c, t in enumerate(tables)]).fillna(0)
        segments = sum(name.startswith("s") and name[1:].isdigit() for name in joined.columns)
        return self.engine.table(joined.astype("int64")), segments
