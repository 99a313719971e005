"""Parts of a flow that is looked at again and again, cut from what is kept for that."""

from __future__ import annotations

import narwhals as nw

from vsmlib.flow import KINDS, PASSED, Day, Flow
from vsmlib.part import Part
from vsmlib.stream import ValueStream
from vsmlib.sums import NEVER, at_last, before, stays
from vsmlib.timed import Frame

__all__ = ["Look", "part"]

DONE = KINDS.index("done")
LOOKS = 2  # what is kept costs more than two parts do without it


def part(whole: Flow, stream: ValueStream, start: Day | None, end: Day | None) -> Part:
    """Cut a part from a flow, of which more is kept from the third part on."""
    looks: list[None] = whole.once("looks", list)
    looks.append(None)
    made = Look if len(looks) > LOOKS else Part
    return made(whole, stream, start, end)


class Look(Part):
    """A part that is read off ranges of what is kept of its whole.

    Of every visit `vsmlib.sums.before`, in order of when items ended or, until then, visits do; and
    the visits of delivered items in order of the columns that tell which items are wanted, and of
    delivery.
    """

    def _cut(self, end_us: int) -> Frame:
        last = self.scoped(self.whole.once("known", self._known).filter(self.lasting(end_us)))
        if self.start_us is not None:
            last = last.filter(nw.col("until_us") >= self.start_us)
        self._last = self._ended(last.drop("until_us"), end_us)
        return self._last.select("item", "status", "ended_us")

    def _known(self) -> Frame:
        return self.engine.clustered(before(self.whole.frame, self.whole.stream), "until_us")

    def _sums(self) -> Frame:
        return super()._sums() if self._last is None else at_last(self._last, self.stream)

    @property
    def passed(self) -> Frame:  # noqa: D102
        wanted = self.stream.applies_to or {}
        made = self.whole.once(f"delivered {[*wanted]}", self._delivered)
        for number, values in enumerate(wanted.values()):
            made = made.filter(nw.col(f"column_{number}").is_in([*map(str, values)]))
        if self.start_us is not None:
            made = made.filter(nw.col("since_us") >= self.start_us)
        if self._last is None:
            return made.filter(nw.col("until_us") == NEVER).select(PASSED)
        end_us, since = self.end_us, nw.col("since_us")
        made = made.filter(since < end_us, nw.col("until_us") >= end_us, nw.col("t1") < end_us)
        last = self._last.filter(nw.col("status") == DONE)
        return nw.concat([made.select(PASSED), last.select(PASSED)])

    def _delivered(self) -> Frame:
        """Visits up to each time that an item was delivered, and until when it was."""
        names = {f"column_{n}": name for n, name in enumerate(self.stream.applies_to or {})}
        done = self.whole.frame.filter(nw.col("kind") == DONE)
        since = nw.when(~stays(self.stream)).then(nw.col("t0")).otherwise(-NEVER)
        until = nw.when(nw.col("open") == 0).then(nw.col("t1")).otherwise(NEVER)
        done = done.with_columns(since_us=since, until_us=until)
        turn = nw.col("since_us").cum_max().over("item", order_by="position")
        turns = done.with_columns(since_us=turn).group_by("item", "since_us")
        done = turns.agg(nw.col("until_us").max(), last=nw.col("position").max())
        if names:
            values = [nw.col(name).cast(nw.String).alias(made) for made, name in names.items()]
            done = done.join(self.log.items_frame.select("item", *values), on="item")
        made = self.whole.frame.select(*PASSED, "position").join(done, on="item")
        made = made.filter(nw.col("position") <= nw.col("last")).drop("position", "last")
        return self.engine.clustered(made, *names, "since_us")
