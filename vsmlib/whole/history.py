"""What the log says of the stream, as arrays: the visits of each item, in seconds before now."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vsmlib.flow import KINDS
from vsmlib.stream_parts import CalendarSpec
from vsmlib.whole.arrays import Bools, Floats, Ints
from vsmlib.whole.spans import Clock, worked

__all__ = ["ACTIVE", "AHEAD", "CANCELLED", "DONE", "WAIT", "History", "Labels"]


ACTIVE, WAIT, DONE, CANCELLED = (KINDS.index(k) for k in ("active", "wait", "done", "cancelled"))
AHEAD = 3 * 366 * 86_400.0  # calendars are laid out for so long, in seconds


@dataclass(frozen=True)
class Labels:
    """A column of the items: the place of each item's value among the names, -1 for none."""

    column: str
    code: Ints
    names: list[str]


@dataclass(frozen=True)
class History:
    """Visits by item and position; times in seconds from the moment of the fit, so mostly negative.

    Attributes
    ----------
    first : array
        Where each item's visits begin; one more at the end.
    stage, start, end, still, blocked, work, actor : array, by visit
        ``still``: nobody has left it (``end`` is 0). ``work``: seconds by the stage's calendar,
        without what was blocked. ``actor``: who moved the item in, else out, else -1.
    names, kind, cal : by stage
        ``cal`` is the place of its calendar in ``clock``, -1 for round the clock.
    clock : Clock
        Working hours of each calendar.
    since : float
        When the arrivals that are known of begin.
    hours : CalendarSpec or None
        Hours of the last of the calendars, where they were found from the log.
    labels : by column
        What the log says of the items: ``item_type`` and ``priority``.
    """

    first: Ints
    stage: Ints
    start: Floats
    end: Floats
    still: Bools
    blocked: Floats
    work: Floats
    actor: Ints
    names: list[str]
    kind: Ints
    cal: Ints
    clock: Clock
    since: float
    labels: dict[str, Labels]
    hours: CalendarSpec | None = None

    @property
    def item(self) -> Ints:
        """The item of each visit."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @property
    def last(self) -> Ints:
        """Each item's last visit."""
        return self.first[1:] - 1

    @property
    def open_items(self) -> Ints:
        """Items that are neither delivered nor cancelled."""
        return np.flatnonzero(~np.isin(self.kind[self.stage[self.last]], (DONE, CANCELLED)))

    @property
    def flowing(self) -> Bools:
        """Stages whose time counts as lead time."""
        return np.isin(self.kind, (ACTIVE, WAIT))

    def until(self, moment: float) -> History:
        """Return what was known at an earlier moment, which becomes the present."""
        known = self.start < moment
        cut = known & (self.end > moment)
        stage = self.stage[known]
        made = replace(
            self,
            first=np.r_[0, np.cumsum(np.bincount(self.item[known], minlength=len(self.first) - 1))],
            stage=stage,
            start=self.start[known] - moment,
            end=np.minimum(self.end, moment)[known] - moment,
            still=(cut | self.still)[known],
            actor=self.actor[known],
            clock=self.clock._replace(
                opens=self.clock.opens - moment, closes=self.clock.closes - moment
            ),
            since=self.since - moment,
        )
        part = (made.end - made.start) / np.maximum((self.end - self.start)[known], 1e-9)
        blocked = self.blocked[known] * np.clip(part, 0, 1)
        work = np.where(cut[known], made.between(made.start, made.end) - blocked, self.work[known])
        kept = np.diff(made.first) > 0  # an item that began later has no visit yet
        first = np.r_[made.first[:-1][kept], made.first[-1]]
        own = {c: replace(label, code=label.code[kept]) for c, label in self.labels.items()}
        return replace(made, first=first, blocked=blocked, work=np.maximum(work, 0.0), labels=own)

    def between(self, start: Floats, end: Floats, by: Ints | None = None) -> Floats:
        """Working seconds between moments by calendars; else, of each visit, by its stage's."""
        made, by = end - start, self.cal[self.stage] if by is None else by
        for number in range(len(self.clock.first) - 1):
            rows = by == number
            made[rows] = worked(self.clock, number, end[rows]) - worked(
                self.clock, number, start[rows]
            )
        return made
