"""Parts of a flow that is looked at again and again, cut from what is kept for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import narwhals as nw

from vsmlib.engine import Engine
from vsmlib.flow import KINDS, Day, Flow
from vsmlib.part import Part, cut_at
from vsmlib.stream import ValueStream
from vsmlib.sums import ABOUT, NEVER, NONE, SUMS, ZERO, at_last, before, stays
from vsmlib.timed import Frame

__all__ = ["Look", "part"]

DONE = KINDS.index("done")
LOOKS = 2  # what is kept costs more than two parts do without it
STORES = 3  # each is as large as the visits: all items, and those by the last columns asked for
UNTIMED = {"working_us": NONE, "blocked_us": ZERO, "blocked_working_us": NONE}


@dataclass
class Kept:
    """What is kept of a flow by some item columns, and the owner of that."""

    engine: Engine
    frames: dict[str, Frame] = field(default_factory=dict)


def part(whole: Flow, stream: ValueStream, start: Day | None, end: Day | None) -> Part:
    """Cut a part from a flow, of which more is kept from the third part on."""
    looks: list[None] = whole.once("looks", list)
    looks.append(None)
    made = Look if len(looks) > LOOKS else Part
    return made(whole, stream, start, end)


class Look(Part):
    """A part that is read off ranges of what is kept of its whole; nothing is made for it alone.

    Of every visit `vsmlib.sums.before`, in order of when items ended or, until then, visits do; and
    in order of the columns that tell which items are wanted: the visits of delivered items by
    delivery, the sums of items, their last visits.
    """

    def _uncut(self) -> Frame:
        whole = self.whole
        sums = self._wanted("sums", lambda: whole.sums) if self.stream.applies_to else whole.sums
        self._items = self._under_way(sums)
        return self._items.select("item", "status", "ended_us")

    def _cut(self, end_us: int) -> Frame:
        alive = nw.col("until_us") >= (-NEVER if self.start_us is None else self.start_us)
        last = self.whole.once("known", self._known).filter(self.lasting(end_us), alive)
        self._last = self._ended(self.scoped(last), end_us)
        return self._last.select("item", "status", "ended_us")

    def _known(self) -> Frame:
        whole = self.whole
        return whole.engine.clustered(before(whole.frame, whole.stream), "until_us")

    def _resumed(self, known: Frame) -> Frame:
        """Visits that lasted on after their items had ended, and were over some time."""
        over = nw.col("t1") < self.whole.observed_us
        return self.whole.engine.table(known.filter(nw.col("until_us") < nw.col("t1"), over))

    def _ended(self, last: Frame, end_us: int) -> Frame:
        if self._timed:
            return super()._ended(last, end_us)
        return last.with_columns(**cut_at(end_us), **UNTIMED)

    @property
    def _timed(self) -> bool:
        """Whether visits have more times than when they begin and end."""
        return bool(self.stream.blocked or self.stream.calendars())

    def _sums(self) -> Frame:
        if self._last is not None:
            return at_last(self._last, self.stream)
        return self._items.select(*ABOUT, *SUMS)

    @property
    def lives(self) -> Frame:  # noqa: D102
        made = self._items if self._last is None else self._last
        return made.select("item", "status", "ended_us", "first_us")

    @property
    def still(self) -> Frame:  # noqa: D102
        if self._last is not None:
            return super().still
        last = self._under_way(self._wanted("still", self._still))
        return last.select(self.whole.frame.collect_schema().names())

    def _still(self) -> Frame:
        return self.whole.still.join(self.whole.ends.select("item", "ended_us"), on="item")

    @property
    def present(self) -> Frame:  # noqa: D102
        if self._last is None:
            return self._there()
        known, over = self.whole.once("known", self._known), [nw.col("t1") < self.end_us]
        if self.start_us is None:
            made = self.scoped(known).filter(*over)
        else:
            until, over = nw.col("until_us"), [*over, nw.col("t1") >= self.start_us]
            made = self.scoped(known).filter(*over, until >= self.start_us)
            # Of items that had ended by then, those count which are under way again.
            again = self.scoped(self.whole.once("resumed", lambda: self._resumed(known)))
            again = again.filter(*over, until < self.start_us)
            made = nw.concat([made, again.join(self.ends.select("item"), on="item")])
        closed = made.select("item", "stage", "t0", "t1", open=nw.lit(0))
        return nw.concat([closed, self._last.select(*closed.collect_schema().names())])

    def _there(self) -> Frame:
        if not self.stream.applies_to:
            return super().present
        whole = self.whole
        ended = whole.ends.select("item", until_us=nw.col("ended_us").fill_null(NEVER))
        made = self._wanted("present", lambda: whole.present.join(ended, on="item"))
        if self.start_us is not None:
            made = made.filter(*(nw.col(t) >= self.start_us for t in ("t1", "until_us")))
        return made.select("item", "stage", "t0", "t1", "open")

    @property
    def passed(self) -> Frame:  # noqa: D102
        return self.once("passed", self._passed)

    def _passed(self) -> Frame:
        made, since = self._wanted("delivered", self._delivered, "since_us"), nw.col("since_us")
        began = [] if self.start_us is None else [since >= self.start_us]
        if self._last is None:
            return self._visited(made.filter(*began, nw.col("until_us") == NEVER))
        there = [since < self.end_us, nw.col("until_us") >= self.end_us]
        made = made.filter(*began, *there, nw.col("t1") < self.end_us)
        last = self._last.filter(nw.col("status") == DONE)
        return nw.concat([self._visited(made), self._visited(last)])

    def _visited(self, rows: Frame) -> Frame:
        """Give rows of what is kept the columns of visits."""
        lacking = {} if self._timed else UNTIMED
        names = self.whole.frame.collect_schema().names()
        return rows.select(*(lacking.get(name, nw.col(name)).alias(name) for name in names))

    def _delivered(self) -> Frame:
        """Visits up to each time that an item was delivered, and until when it was."""
        done = self.whole.frame.filter(nw.col("kind") == DONE)
        since = nw.when(~stays(self.stream)).then(nw.col("t0")).otherwise(-NEVER)
        until = nw.when(nw.col("open") == 0).then(nw.col("t1")).otherwise(NEVER)
        done = done.with_columns(since_us=since, until_us=until)
        turn = nw.col("since_us").cum_max().over("item", order_by="position")
        turns = done.with_columns(since_us=turn).group_by("item", "since_us")
        done = turns.agg(nw.col("until_us").max(), last=nw.col("position").max())
        made = self.whole.frame if self._timed else self.whole.frame.drop(*UNTIMED)
        made = made.join(done, on="item")
        return made.filter(nw.col("position") <= nw.col("last")).drop("last")

    def _wanted(self, what: str, make: Callable[[], Frame], *order: str) -> Frame:
        """Give the rows of the part's items of what is kept of the whole, by their columns."""
        columns = self.stream.applies_to or {}
        names, kept = [f"column_{number}" for number in range(len(columns))], self._kept
        if what not in kept.frames:
            made = self._told(make(), dict(zip(names, columns, strict=True)))
            kept.frames[what] = kept.engine.clustered(made, *names, *order)
        made = kept.frames[what]
        if not names:
            return made
        wanted = zip(names, columns.values(), strict=True)
        return made.filter(*(nw.col(name).is_in([*map(str, values)]) for name, values in wanted))

    @cached_property
    def _kept(self) -> Kept:
        """What is kept by the part's columns; it lives as long as a part that reads it."""
        stores: dict[tuple[str, ...], Kept] = self.whole.once("kept", dict)
        columns = tuple(self.stream.applies_to or ())
        stores[columns] = made = stores.pop(columns, None) or Kept(self.whole.engine.scope())
        for other in [*stores][:-STORES]:
            del stores[other]
        return made

    def _told(self, frame: Frame, columns: dict[str, str]) -> Frame:
        """Add item columns, as texts, under other names."""
        for column in columns.values():
            self.log.check_column(column)
        values = [nw.col(column).cast(nw.String).alias(name) for name, column in columns.items()]
        items = self.log.items_frame.select("item", *values)
        return frame.join(items, on="item") if columns else frame
