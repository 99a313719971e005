"""What a flow says of the stream, read into arrays; by which hours each stage works."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vsmlib import calendar
from vsmlib.engine import to_pandas
from vsmlib.flow import KINDS, Flow
from vsmlib.stream_parts import CalendarSpec
from vsmlib.whole.history import ACTIVE, AHEAD, History, Labels
from vsmlib.whole.shifts import shifts
from vsmlib.whole.spans import Clock, worked

__all__ = ["read"]

OUTSIDE = 0.1  # with so much of the work outside its hours, a calendar is not how people work
LABELS = ("item_type", "priority")  # columns of the items by which work may be taken up
COLUMNS = "item stage t0 t1 open blocked_us working_us blocked_working_us actor_in actor_out"


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
        clock=_clock(flow.stream.calendars(), now, float(start.min(initial=0.0))),
        since=(flow.start_us - now) / 1e6 if flow.start_us else float(start.min(initial=0.0)),
        labels=_labels(flow),
    )
    return _by_found_hours(_around_the_clock(made), flow)


def _labels(flow: Flow) -> dict[str, Labels]:
    """Read what the log says of each item of a flow, in the order of their codes."""
    ours = flow.log.items_frame.select("item", *LABELS).join(flow.ends.select("item"), on="item")
    table, made = to_pandas(ours.sort("item")), {}
    for column in LABELS:
        values = table[column].astype("string").astype("category").cat
        made[column] = Labels(
            column, values.codes.to_numpy().astype(np.int64), [*values.categories]
        )
    return made


def _clock(specs: list[CalendarSpec], now: int, earliest: float) -> Clock:
    """Lay calendars out as spans, from the first visit to three years from now."""
    parts = []
    for spec in specs:
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


def _by_found_hours(made: History, flow: Flow) -> History:
    """Give stages that have no hours, or do not keep them, those at which their work moves.

    Found once from the whole log, as a stream's own hours are said once.
    """
    without = made.cal < 0
    rows = np.flatnonzero((without & (made.kind == ACTIVE))[made.stage])
    moves = np.r_[made.start[rows], made.end[rows[~made.still[rows]]]]
    found = shifts((moves * 1e6).astype(np.int64) + flow.observed_us, flow.stream.zone)
    if found is None:
        return made
    specs = [*flow.stream.calendars(), found]
    clock = _clock(specs, flow.observed_us, float(made.start.min(initial=0.0)))
    made = replace(made, clock=clock, hours=found, cal=np.where(without, len(specs) - 1, made.cal))
    elapsed, inside = made.end - made.start, made.between(made.start, made.end)
    part = (elapsed - made.blocked) / np.maximum(elapsed, 1e-9)  # blocks lie as work does
    return _around_the_clock(
        replace(made, work=np.where(without[made.stage], inside * part, made.work))
    )
