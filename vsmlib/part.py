"""Another window of a flow, or fewer items: cut from its visits, where a flow makes them anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw

from vsmlib import visits
from vsmlib.engine import scalar, size
from vsmlib.flow import KINDS, Day, Flow
from vsmlib.stream import ValueStream
from vsmlib.sums import BEGUN, of_items
from vsmlib.timed import Frame

__all__ = ["Part", "cut_at"]

FLOWING = KINDS.index("active"), KINDS.index("wait")
UNKNOWN = {name: nw.lit(None).cast(nw.Int32) for name in ("to_stage", "to_kind", "actor_out")}


class Part(Flow):
    """A flow whose visits are cut from those of another, and equal to those made from events.

    Parameters
    ----------
    whole : Flow
        Of the same log, with the same stages and all items of the part, in a window that spans its.
    stream : ValueStream
        That of the whole, which may apply to fewer items.
    start, end : str or date, optional
        The window, as of `Flow`.
    """

    def __init__(
        self, whole: Flow, stream: ValueStream, start: Day | None, end: Day | None
    ) -> None:
        self._whole = whole
        self._last: Frame | None = None
        super().__init__(whole.log, stream, start=start, end=end)

    @property
    def whole(self) -> Flow:  # noqa: D102
        return self._whole

    def _visits(self) -> Frame:
        whole, end_us = self.whole, self.end_us
        if end_us is None or end_us == whole.end_us or end_us > whole.observed_us:
            return self._uncut()
        return self._cut(end_us)

    def _uncut(self) -> Frame:
        return self.engine.table(self._alive_of(self.whole.ends))

    def _alive_of(self, ends: Frame) -> Frame:
        return self._under_way(self.scoped(ends))

    def _under_way(self, ends: Frame) -> Frame:
        """Leave out the items that were over when the window began."""
        ended = nw.col("ended_us")
        if self.start_us is None:
            return ends
        return ends.filter(ended.is_null() | (ended >= self.start_us))

    def _cut(self, end_us: int) -> Frame:
        """Say how items had ended by the window's end, which cuts their last visits."""
        ends = self._alive_of(self.whole.ends)  # some of these are not yet, or no more
        last = _of(self.whole.frame.filter(self.lasting(end_us)), ends)
        last = self._ended(last.select(*BEGUN, moved=1 - nw.col("open")), end_us)
        moved, self._last = nw.col("moved") == 1, last
        self._anew = last.filter(moved | nw.col("kind").is_in(FLOWING)).select("item")
        same, other = _of(ends, last.filter(~moved)), visits.endings(self.of(last.filter(moved)))
        ends = nw.concat([same, other.select("item", "status", "ended_us")])
        ends = self.engine.table(self._alive_of(ends))
        self._last = _of(last, ends)
        return ends

    @staticmethod
    def lasting(moment_us: int) -> nw.Expr:
        """Choose the visits that last at a moment: one of each item under way or over by then."""
        return (nw.col("t0") < moment_us) & (nw.col("t1") >= moment_us)

    def _ended(self, last: Frame, end_us: int) -> Frame:
        """End the visits that last at the window's end."""
        return self._with_times(last.with_columns(**cut_at(end_us)))

    def of(self, items: Frame) -> Frame:  # noqa: D102
        made = self.whole.frame
        if self._last is None:
            return _of(made, items)
        left = _of(made.filter(nw.col("t1") < self.end_us), items)
        return nw.concat([left, _of(self.still, items)])

    @property
    def still(self) -> Frame:  # noqa: D102
        if self._last is not None:
            return self._last.select(self.whole.frame.collect_schema().names())
        whole = self.whole
        return _of(whole.once("still", lambda: whole.engine.table(whole.still)), self.ends)

    def _sums(self) -> Frame:
        known = _of(self.whole.sums, self.ends)
        if self._last is None:
            return known
        some = self.engine.table(of_items(self.of(self._anew), self.ends, self.stream))
        return nw.concat([known.join(self._anew, on="item", how="anti"), some])

    @property
    def first_us(self) -> int:  # noqa: D102
        return self.once("first", lambda: int(scalar(self.lives.select(nw.col("first_us").min()))))

    @property
    def longest(self) -> int:  # noqa: D102
        return self.whole.longest

    def _spans(self) -> Frame:
        whole = self.whole
        return whole.once("spans", lambda: whole.engine.table(whole._spans()))

    def _days(self, specs: list[Any]) -> tuple[Frame, int]:
        return self.whole.once("days", lambda: self.whole._days(specs))

    def _count_mapped(self) -> int:
        if self.whole.start_us is not None:  # it lacks those that were over by then
            return super()._count_mapped()
        return self._count(self._wanted("entered", self._entered))

    def _scope(self) -> int:
        return self._count(self._wanted("began", self._began))

    def _count(self, firsts: Frame) -> int:
        before = firsts if self.end_us is None else firsts.filter(nw.col("t") < self.end_us)
        return size(before)

    def _wanted(self, what: str, make: Callable[[], Frame]) -> Frame:
        """Give the rows of the part's items of what is kept of the whole."""
        return self.scoped(self.whole.once(what, lambda: self.whole.engine.table(make())))

    def _entered(self) -> Frame:
        first = self.whole.frame.filter(nw.col("position") == 1)
        return first.select("item", t=nw.col("t0"))

    def _began(self) -> Frame:
        return self.whole.codes().group_by("item").agg(nw.col("t").min())


def cut_at(end_us: int) -> dict[str, nw.Expr]:
    """Say what is known of a visit that lasts when the window ends."""
    return {"t1": nw.lit(end_us), "open": nw.lit(1), **UNKNOWN}


def _of(frame: Frame, items: Frame) -> Frame:
    """Keep the rows of items, each of which is there once."""
    return frame.join(items.select("item"), on="item")
