"""What the log says of the stream, as arrays: the visits of each item, in seconds before now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from vsmlib import calendar
from vsmlib.engine import to_pandas
from vsmlib.flow import KINDS, Flow
from vsmlib.whole.arrays import Bools, Floats, Ints
from vsmlib.whole.spans import Clock, worked

__all__ = ["ACTIVE", "AHEAD", "CANCELLED", "DONE", "WAIT", "History", "read"]


ACTIVE, WAIT, DONE, CANCELLED = (KINDS.index(k) for k in ("active", "wait", "done", "cancelled"))
DAY_US = 86_400_000_000
AHEAD = 3 * 366 * 86_400.0  # calendars are laid out for so long, in seconds
OUTSIDE = 0.1  # with so much of the work outside its hours, a calendar is not how people work
COLUMNS = "item stage t0 t1 open blocked_us working_us blocked_working_us actor_in actor_out"


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
    type, types : by item, and names
        The place of its type among ``types``, -1 for none.
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
    type: Ints
    types: list[str]

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
        own = self.type[kept]
        return replace(made, first=first, blocked=blocked, work=np.maximum(work, 0.0), type=own)

    def between(self, start: Floats, end: Floats, by: Ints | None = None) -> Floats:
        """Working seconds between moments by calendars; else, of each visit, by its stage's."""
        made, by = end - start, self.cal[self.stage] if by is None else by
        for number in range(len(self.clock.first) - 1):
            rows = by == number
            made[rows] = worked(self.clock, number, end[rows]) - worked(
                self.clock, number, start[rows]
            )
        return made


def read(flow: Flow) -> History:
    """Read a flow's visits; one row a visit, items in the order of their codes."""
    visits = to_pandas(flow.frame.select("position", *COLUMNS.split()).sort("item", "position"))
    now = flow.observed_us
    item = visits["item"].to_numpy()
    first = np.r_[0, np.flatnonzero(np.diff(item)) + 1, len(item)].astype(np.int64)
    stage = visits["stage"].to_numpy(np.int64)
    start, end = ((visits[c].to_numpy(np.int64) - now) / 1e6 for c in ("t0", "t1"))
    elapsed, blocked = end - start, visits["blocked_us"].to_numpy(np.float64) / 1e6
    worked_us, idle_us = (
        visits[c].to_numpy(np.float64, na_value=np.nan)
        for c in ("working_us", "blocked_working_us")
    )
    index = np.array([-1 if c is None else c for c in flow.stream.stage_calendar_index()])
    kinds = _types(flow)
    actor = visits["actor_in"].fillna(visits["actor_out"]).fillna(-1).to_numpy(np.int64)
    made = History(
        first=first,
        stage=stage,
        start=start,
        end=end,
        still=visits["open"].to_numpy() == 1,
        blocked=blocked,
        work=np.where(index[stage] < 0, elapsed - blocked, (worked_us - idle_us) / 1e6),
        actor=actor,
        names=flow.stream.stage_names,
        kind=np.array([KINDS.index(kind) for kind in flow.stream.kinds]),
        cal=index,
        clock=_clock(flow, float(start.min(initial=0.0))),
        since=(flow.start_us - now) / 1e6 if flow.start_us else float(start.min(initial=0.0)),
        type=kinds.cat.codes.to_numpy().astype(np.int64),
        types=[*kinds.cat.categories],
    )
    return _around_the_clock(made)


def _types(flow: Flow) -> pd.Series[Any]:
    """Type of each item of a flow, in the order of their codes."""
    ours = flow.log.items_frame.select("item", "item_type").join(
        flow.ends.select("item"), on="item"
    )
    return to_pandas(ours.sort("item"))["item_type"].astype("category")


def _clock(flow: Flow, earliest: float) -> Clock:
    """Lay the stream's calendars out as spans, from the first visit to three years from now."""
    now, parts = flow.observed_us, []
    for spec in flow.stream.calendars():
        days = calendar.day_table(spec, int(now + earliest * 1e6), int(now + AHEAD * 1e6))
        sides = [
            days[[c for c in map(str, days) if c[0] == side and c[1:].isdigit()]].to_numpy().ravel()
            for side in "se"
        ]
        real = sides[1] > sides[0]
        opens, closes = ((side[real] - now) / 1e6 for side in sides)
        touching = np.r_[False, opens[1:] <= closes[:-1]]  # night work, cut at midnight
        ends = np.r_[~touching[1:], True]
        parts.append((opens[~touching], closes[ends]))
    before = [np.r_[0.0, np.cumsum(closes - opens)[:-1]] for opens, closes in parts]
    empty = np.zeros(0)
    return Clock(
        np.r_[0, np.cumsum([len(opens) for opens, _ in parts])].astype(np.int64),
        np.concatenate([empty, *(opens for opens, _ in parts)]),
        np.concatenate([empty, *(closes for _, closes in parts)]),
        np.concatenate([empty, *before]),
    )


def _around_the_clock(made: History) -> History:
    """Take the calendar from the stages in which people plainly work outside it."""
    moved = ~made.still & (made.cal[made.stage] >= 0)
    outside = np.zeros(len(made.stage), bool)
    for number in range(len(made.clock.first) - 1):
        rows = np.flatnonzero(moved & (made.cal[made.stage] == number))
        minute = [worked(made.clock, number, made.end[rows] + by) for by in (-1.0, 1.0)]
        outside[rows] = minute[1] - minute[0] <= 0
    seen = np.bincount(made.stage[moved], minlength=len(made.kind))
    share = np.bincount(made.stage[outside], minlength=len(made.kind)) / np.maximum(seen, 1)
    cal = np.where(share > OUTSIDE, -1, made.cal)
    elapsed = made.end - made.start - made.blocked
    return replace(made, cal=cal, work=np.where(cal[made.stage] < 0, elapsed, made.work))
