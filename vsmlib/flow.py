"""Flow, the third core object: the visits table, from which everything is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

import narwhals as nw
import pandas as pd

from vsmlib import calendar, visits, worded
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
        self.window = start, end
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
        if size(self.ends) == 0:
            raise ParameterError(
                "no item was under way in this window",
                where=self.log.name,
                hint=f"the log ends on {self.log.observed_until.date()}; move --from or --to",
            )

    def _midnight(self, day: Day | None, option: str) -> int | None:
        if day is None or day == "":
            return None
        return calendar.local_midnight_us(calendar.parse_day(day, option), self.stream.zone)

    def _visits(self) -> tuple[Frame, Frame]:
        codes, entering = self.codes(), self._entering()
        if self.start_us is None:
            made = self._with_times(visits.visits(codes, entering, self.observed_us))
            ends = self.engine.table(visits.endings(made))
            self.once("mapped", lambda: size(ends))
        else:
            made, ends = self._alive(codes, entering, self.start_us)
        return made, ends

    def _alive(self, codes: Frame, entering: Frame, start_us: int) -> tuple[Frame, Frame]:
        """Make the visits of the items alive in the window; most others are left out at once."""
        reach = self.engine.table(visits.reach(codes, entering))
        self.once("mapped", lambda: size(reach))
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

    @property
    def whole(self) -> Flow | None:
        """The flow that this one was cut from, if it was."""
        return None

    @property
    def anew(self) -> Frame | None:
        """Items (``item``) whose sums are not those of the whole, as the window's end cuts them."""
        return None

    def between(self, start: Day | None = None, end: Day | None = None) -> Flow:
        """Look at another window: the flow that ``Flow(log, stream, start=start, end=end)`` is.

        Its visits are cut from this flow's, where the window lies in its own, and its items summed
        up anew only where the end cuts them, which costs at most half of making them from events.

        Examples
        --------
        >>> import vsmlib as vsm
        >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
        >>> vsm.measure.summary(flow.between("2025-01-01", "2025-07-01"))["delivered"]
        29
        """
        from vsmlib.part import Part

        whole = self.whole or self
        if whole.spans(self._midnight(start, "--from"), self._midnight(end, "--to")):
            return Part(whole, self.stream, start, end)
        return Flow(self.log, self.stream, start=start, end=end)

    def spans(self, start_us: int | None, end_us: int | None) -> bool:
        """Say whether its window spans another; None reaches as far as the log."""
        begins = self.start_us is None or (start_us is not None and start_us >= self.start_us)
        ends = self.end_us is None or (end_us is not None and end_us <= self.end_us)
        return begins and ends

    def only(self, values: Mapping[str, str]) -> Flow:
        """Look at fewer items in the same window: the flow of ``stream.only(values)``.

        Raises
        ------
        ParameterError
            If the log has no such item column, or no such item was under way.
        StreamError
            If the stream leaves out all items with a value.

        Examples
        --------
        >>> import vsmlib as vsm
        >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
        >>> vsm.measure.summary(flow.only({"item_type": "pull_request"}))["delivered"]
        944
        """
        from vsmlib.part import Part

        return Part(self.whole or self, self.stream.only(values), *self.window)

    def codes(self) -> Frame:
        """Codes of the log's events in the stream's scope, up to the window's end."""
        codes = self.scoped(self.log.codes)
        return codes if self.end_us is None else codes.filter(nw.col("t") < self.end_us)

    def scoped(self, frame: Frame) -> Frame:
        """Keep the rows of the ``item``s that the stream applies to."""
        for column, values in (self.stream.applies_to or {}).items():
            frame = frame.join(self.log.where(column, values), on="item", how="semi")
        return frame

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

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Make something for this flow at first use and keep it."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def unmapped(self) -> Frame:
        """Items of the stream's scope that have no event which enters a stage."""
        items = self.codes().group_by("item").agg()
        return items.join(self._mapped(), on="item", how="anti")

    def _mapped(self) -> Frame:
        return self.codes().join(self._entering().select("event"), on="event").select("item")

    @property
    def first_us(self) -> int:
        """When the first of its visits begins."""
        return self.once("first", lambda: int(scalar(self.frame.select(nw.col("t0").min()))))

    @property
    def begin_us(self) -> int:
        """When the flow begins: with its window, or with its first visit if that is later."""
        return self.first_us if self.start_us is None else max(self.first_us, self.start_us)

    @property
    def unmapped_items(self) -> int:
        """How many items `unmapped` has."""
        return self.once("scope", self._scope) - self.once("mapped", self._count_mapped)

    def _scope(self) -> int:
        return size(self.codes().group_by("item").agg())

    def _count_mapped(self) -> int:
        return size(self._mapped().group_by("item").agg())

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
        return worded.visits(self.frame, self.log, self.stream)
