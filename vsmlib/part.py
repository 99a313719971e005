"""Another window of a flow, or fewer items: cut from its visits, where a flow makes them anew."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from vsmlib import visits
from vsmlib.engine import size
from vsmlib.flow import KINDS, Day, Flow, Frame
from vsmlib.stream import ValueStream

__all__ = ["Part"]

FLOWING = KINDS.index("active"), KINDS.index("wait")
UNKNOWN = {name: nw.lit(None).cast(nw.Int32) for name in ("to_stage", "to_kind", "actor_out")}
TIMES = ("working_us", "blocked_us", "blocked_working_us")


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
        self._anew: Frame | None = None
        super().__init__(whole.log, stream, start=start, end=end)

    @property
    def whole(self) -> Flow:  # noqa: D102
        return self._whole

    @property
    def anew(self) -> Frame | None:  # noqa: D102
        return self._anew

    def _visits(self) -> tuple[Frame, Frame]:
        whole, end_us, ends = self.whole, self.end_us, self.scoped(self.whole.ends)
        if end_us is None or end_us == whole.end_us or end_us > whole.observed_us:
            ends = self.engine.table(self._alive_of(ends))
            return _of(whole.frame, ends), ends
        begun = whole.frame.filter(nw.col("t0") < end_us)
        return self._cut(begun, self._alive_of(ends), end_us)

    def _alive_of(self, ends: Frame) -> Frame:
        if self.start_us is None:
            return ends
        ended = nw.col("ended_us")
        return ends.filter(ended.is_null() | (ended >= self.start_us))

    def _cut(self, begun: Frame, ends: Frame, end_us: int) -> tuple[Frame, Frame]:
        """End the visits that begin before the window's end, and say how their items then ended."""
        columns, at_end = begun.collect_schema().names(), nw.col("t1") >= end_us
        last = _of(begun.filter(at_end), ends).drop(TIMES)
        now = {"moved": 1 - nw.col("open"), "t1": nw.lit(end_us), "open": nw.lit(1)}
        last = self._with_times(last.with_columns(**now, **UNKNOWN))
        moved, still = nw.col("moved") == 1, last.select(columns)
        self._anew = last.filter(moved | nw.col("kind").is_in(FLOWING)).select("item")

        def ended(items: Frame) -> Frame:
            return nw.concat([_of(begun.filter(~at_end), items), _of(still, items)])

        same, other = _of(ends, last.filter(~moved)), visits.endings(ended(last.filter(moved)))
        ends = nw.concat([same, other.select("item", "status", "ended_us")])
        ends = self.engine.table(self._alive_of(ends))
        return ended(ends), ends

    def _spans(self) -> Frame:
        whole = self.whole
        return whole.once("spans", lambda: whole.engine.table(whole._spans()))

    def _days(self, specs: list[Any]) -> tuple[Frame, int]:
        return self.whole.once("days", lambda: self.whole._days(specs))

    def _count_mapped(self) -> int:
        if self.whole.start_us is not None:  # it lacks those that were over by then
            return super()._count_mapped()
        entered = self.whole.frame.filter(nw.col("position") == 1)
        return size(self.scoped(self._before_end(entered, "t0")))

    def _scope(self) -> int:
        return size(self.scoped(self._before_end(self.whole.once("began", self._began), "t")))

    def _before_end(self, frame: Frame, moment: str) -> Frame:
        return frame if self.end_us is None else frame.filter(nw.col(moment) < self.end_us)

    def _began(self) -> Frame:
        first = self.whole.codes().group_by("item").agg(nw.col("t").min())
        return self.engine.table(first)


def _of(frame: Frame, items: Frame) -> Frame:
    """Keep the rows of items."""
    return frame.join(items.select("item"), on="item", how="semi")
