"""Flow, the third core object: the visits table, from which everything is measured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import narwhals as nw
import pandas as pd

from vsmlib import calendar, visits
from vsmlib.engine import scalar, size, to_pandas
from vsmlib.errors import ParameterError, StreamError
from vsmlib.log import EventLog
from vsmlib.stream import KINDS, ValueStream

__all__ = ["KINDS", "Flow"]

Frame = nw.LazyFrame[Any]
Day = str | date | datetime
T = TypeVar("T")


class Flow:
    """The visits of a log's items to a value stream's stages.

    Parameters
    ----------
    log : EventLog
        What happened.
    stream : ValueStream
        What it means.
    start, end : str or date, optional
        The window, half-open, local dates of the stream's zone. Delivered-item statistics take
        the items delivered in it; work in progress and age are as of ``end``, after which nothing
        exists.

    Attributes
    ----------
    frame : narwhals.LazyFrame
        One row a visit, coded: ``item, stage, kind, position, visit, t0, t1, open, from_stage,
        to_stage, to_kind, actor_in, actor_out, blocked_us, working_us, blocked_working_us``.
        Times in microseconds; ``kind`` is a place in `KINDS`; ``stage`` a place in
        ``stream.stage_names``; working times are null without a calendar.
    ends : narwhals.LazyFrame
        One row an item: ``item``, ``status`` (2 delivered, 3 cancelled, 0 in progress),
        ``ended_us``.
    observed_us : int
        Where open visits are censored.

    Raises
    ------
    StreamError
        If no event of the log enters any stage.
    ParameterError
        If the window is empty or holds no event.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> flow.visits.columns[:4].tolist()
    ['item_id', 'stage', 'kind', 'position']
    """

    def __init__(
        self,
        log: EventLog,
        stream: ValueStream,
        *,
        start: Day | None = None,
        end: Day | None = None,
    ) -> None:
        self.log, self.stream, self.engine = log, stream, log.engine
        self._made: dict[str, Any] = {}
        self.start_us = self._midnight(start, "--from")
        self.end_us = self._midnight(end, "--to")
        if self.start_us is not None and self.end_us is not None and self.start_us >= self.end_us:
            raise ParameterError(
                f"--from {start} is not before --to {end}", hint="give an earlier --from"
            )
        self.observed_us = log.observed_until_us
        if self.end_us is not None:
            self.observed_us = min(self.observed_us, self.end_us)
        if self.start_us is not None and self.start_us > self.observed_us:
            what = f"--from {start} is after the last event, on {log.observed_until:%Y-%m-%d}"
            raise ParameterError(what, where=log.name, hint="give an earlier --from")
        self.frame, self.ends = self._visits()

    def _midnight(self, day: Day | None, option: str) -> int | None:
        if day is None or day == "":
            return None
        return calendar.local_midnight_us(calendar.parse_day(day, option), self.stream.zone)

    def _visits(self) -> tuple[Frame, Frame]:
        codes, entering = self.codes(), self._entering()
        if self.start_us is None:
            made = self._with_times(visits.visits(codes, entering, self.observed_us))
            ends = self.engine.table(visits.endings(made))
            self.mapped_items = size(ends)
        else:
            made, ends = self._alive(codes, entering, self.start_us)
        if size(ends) == 0:
            raise ParameterError(
                "no item was under way in this window",
                where=self.log.name,
                hint=f"the log ends on {self.log.observed_until.date()}; move --from or --to",
            )
        return made, ends

    def _alive(self, codes: Frame, entering: Frame, start_us: int) -> tuple[Frame, Frame]:
        """Make the visits of the items alive in the window; most others are left out at once."""
        reach = self.engine.table(visits.reach(codes, entering))
        self.mapped_items = size(reach)
        codes = codes.join(visits.lasting(reach, start_us), on="item", how="semi")
        made = self._with_times(visits.visits(codes, entering, self.observed_us))
        ends = self.engine.table(visits.endings(made))
        over = ends.filter(nw.col("ended_us") < start_us).select("item")
        gone = self.engine.table(over)
        if size(gone):
            made, ends = (self.engine.without(frame, gone, "item") for frame in (made, ends))
        for helper in (reach, gone):
            self.engine.drop(helper)
        return made, ends

    def codes(self) -> Frame:
        """Codes of the log's events in the stream's scope, up to the window's end."""
        codes = self.log.codes
        for column, values in (self.stream.applies_to or {}).items():
            codes = codes.join(self.log.where(column, values), on="item", how="semi")
        if self.end_us is not None:
            codes = codes.filter(nw.col("t") < self.end_us)
        return codes

    def _coded(self, events: dict[str, int], column: str) -> pd.DataFrame:
        known = {name: code for code, name in enumerate(self.log.event_names)}
        rows = [(known[name], value) for name, value in events.items() if name in known]
        return pd.DataFrame(rows, columns=["event", column], dtype="int32")

    def _entering(self) -> Frame:
        entering = self._coded(self.stream.event_to_stage(), "stage")
        if entering.empty:
            raise StreamError(
                "no event of the log enters any stage of the stream",
                where=self.log.name,
                accepted="stream events " + ", ".join(self.stream.event_to_stage()),
                hint="log events are " + ", ".join(self.log.event_names[:20]),
            )
        kinds = [KINDS.index(kind) for kind in self.stream.kinds]
        kind = entering["stage"].map(dict(enumerate(kinds))).astype("int32")
        return self.engine.table(entering.assign(kind=kind))

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
        blocked = self.stream.blocked
        marks = dict.fromkeys(blocked.clear, 0) | dict.fromkeys(blocked.set, 1) if blocked else {}
        coded = self.engine.table(self._coded(marks, "mark"))
        spans = visits.blocked_spans(self.codes(), coded, self.observed_us)
        return visits.add_blocked(made, spans).drop_nulls("item")

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

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Make something for this flow at first use and keep it."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def unmapped(self) -> Frame:
        """Items of the stream's scope that have no event which enters a stage."""
        items = self.codes().group_by("item").agg()
        mapped = self.codes().join(self._entering().select("event"), on="event").select("item")
        return items.join(mapped, on="item", how="anti")

    @property
    def unmapped_items(self) -> int:
        """How many items `unmapped` has."""
        scope = self.once("scope", lambda: size(self.codes().group_by("item").agg()))
        return scope - self.mapped_items

    @property
    def visits(self) -> pd.DataFrame:
        """The visits table as a pandas frame, by item and position.

        Columns ``item_id, stage, kind, position, visit, entered_at, left_at`` (null: still
        there), ``elapsed_s, working_s, blocked_s, blocked_working_s`` (float64 seconds; open
        visits run to ``observed_until``), ``from_stage, to_stage, entered_by, left_by``.
        """
        return to_pandas(self.decoded())

    def decoded(self) -> Frame:
        """Return the visits in words, seconds and UTC timestamps, lazily."""
        made = self.frame.join(self.log.items_frame.select("item", "item_id"), on="item")
        names, actors = self.stream.stage_names, self.log.actor_names
        stages = dict.fromkeys(("stage", "from_stage", "to_stage"), names)
        people = dict.fromkeys(("entered_by", "left_by"), actors)
        made = made.rename({"actor_in": "entered_by", "actor_out": "left_by"})
        made = self.engine.decode(made, kind=list(KINDS), **stages, **people)
        made = made.sort("item", "position")
        seconds = {
            "elapsed_s": nw.col("t1") - nw.col("t0"),
            "working_s": nw.col("working_us"),
            "blocked_s": nw.col("blocked_us"),
            "blocked_working_s": nw.col("blocked_working_us"),
        }
        if not (self.stream.blocked or self.stream.calendars()):  # what is known is not sorted
            zero = nw.lit(0).cast(nw.Int64)
            none = nw.lit(None).cast(nw.Int64)
            seconds |= {"working_s": none, "blocked_s": zero, "blocked_working_s": none}
        left = nw.when(nw.col("open") == 0).then(nw.col("t1"))
        made = made.with_columns(
            entered_at=nw.col("t0"),
            left_at=left,
            **{name: expr.cast(nw.Float64) / 1e6 for name, expr in seconds.items()},
        )
        made = self.engine.timestamps(made, "entered_at", "left_at")
        order = ("item_id", "stage", "kind", "position", "visit", "entered_at", "left_at")
        rest = ("from_stage", "to_stage", "entered_by", "left_by")
        return made.select(*order, *seconds, *rest)
