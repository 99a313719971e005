"""Parts of a flow that is looked at again and again, cut from what is kept for that."""

from __future__ import annotations

import narwhals as nw

from vsmlib.flow import Day, Flow
from vsmlib.part import Part
from vsmlib.stream import ValueStream
from vsmlib.sums import at_last, before
from vsmlib.timed import Frame

__all__ = ["Look", "part"]

LOOKS = 2  # what is kept costs more than two parts do without it


def part(whole: Flow, stream: ValueStream, start: Day | None, end: Day | None) -> Part:
    """Cut a part from a flow, of which more is kept from the third part on."""
    looks: list[None] = whole.once("looks", list)
    looks.append(None)
    made = Look if len(looks) > LOOKS else Part
    return made(whole, stream, start, end)


class Look(Part):
    """A part whose items are known at any moment by the visits that last then.

    Of the whole it keeps `vsmlib.sums.before` of all visits, in order of when their items ended
    or, until then, they do.
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
