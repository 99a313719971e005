"""Flow, the third core object: the visits table, from which everything is measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import narwhals as nw
import pandas as pd

from vsmlib import calendar, sums, visits, worded
from vsmlib.engine import scalar, size, to_pandas
from vsmlib.errors import ParameterError, StreamError
from vsmlib.log import EventLog
from vsmlib.stream import KINDS, ValueStream
from vsmlib.timed import Frame, Timed

__all__ = ["KINDS", "Flow"]

Day = str | date | datetime


class Flow(Timed):
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
        super().__init__(log, stream)
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
        self.ends = self._visits()
        if size(self.ends.head(1)) == 0:
            raise ParameterError(
                "no item was under way in this window",
                where=self.log.name,
                hint=f"the log ends on {self.log.observed_until.date()}; move --from or --to",
            )

    def _midnight(self, day: Day | None, option: str) -> int | None:
        if day is None or day == "":
            return None
        return calendar.local_midnight_us(calendar.parse_day(day, option), self.stream.zone)

    def _visits(self) -> Frame:
        """Make the visits; return how items ended."""
        codes, entering = self.codes(), self._entering()
        if self.start_us is None:
            made = self._with_times(visits.visits(codes, entering, self.observed_us))
            ends = self.engine.table(visits.endings(made))
            self.once("mapped", lambda: size(ends))
        else:
            made, ends = self._alive(codes, entering, self.start_us)
        self.once("frame", lambda: made)
        return ends

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
    def frame(self) -> Frame:
        """All its visits; of a part, put together at first use."""
        return self.once("frame", lambda: self.of(self.ends))

    @property
    def still(self) -> Frame:
        """The visits that are open at the end of observation, one an item."""
        return self.frame.filter(nw.col("open") == 1)

    def of(self, items: Frame) -> Frame:
        """Visits of some of its items (``item``, each once)."""
        return self.frame.join(items.select("item"), on="item")  # a semi join costs half more

    @property
    def passed(self) -> Frame:
        """Visits of the delivered items."""
        return self.of(self.ends.filter(nw.col("status") == KINDS.index("done")))

    @property
    def present(self) -> Frame:
        """When its items were in which stage: ``item, stage, t0, t1, open``.

        Visits that were over before the window may be left out.
        """
        return self.frame.select("item", "stage", "t0", "t1", "open")

    @property
    def lives(self) -> Frame:
        """When its items began, and how they ended: ``item, status, ended_us, first_us``."""
        return self.sums.select("item", "status", "ended_us", "first_us")

    @property
    def sums(self) -> Frame:
        """The visits summed up by item (`vsmlib.sums.of_items`), once."""
        return self.once("items", self._sums)

    def _sums(self) -> Frame:
        return self.engine.table(sums.of_items(self.frame, self.ends, self.stream))

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
        from vsmlib.looks import part

        whole = self.whole or self
        if whole.spans(self._midnight(start, "--from"), self._midnight(end, "--to")):
            return part(whole, self.stream, start, end)
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
        from vsmlib.looks import part

        return part(self.whole or self, self.stream.only(values), *self.window)

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
    def visit_count(self) -> int:
        """How many visits there are."""
        return self.once("visit count", lambda: size(self.frame))

    @property
    def longest(self) -> int:
        """How many visits no item has more of."""
        place = nw.col("position")
        return self.once("longest", lambda: int(scalar(self.frame.select(place.max()))))

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
