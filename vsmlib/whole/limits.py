"""Limits to the work in progress that people keep: stages that take only so many items.

Where a stage has a limit, items enter it at the very moment another leaves, and never are more in
it than so many; meanwhile they stay where they were, though they are done there. In a stage that
has a capacity both are one: the capacity.
"""

from __future__ import annotations

import numpy as np

from vsmlib.whole.arrays import Bools, Floats, Ints
from vsmlib.whole.history import History
from vsmlib.whole.queues import Desk, Queues, at_once, levels

__all__ = ["bound", "find"]

CHANCE = 1e-3  # of so few entries at the limit where there is none


def find(past: History, queues: Queues) -> dict[int, int]:
    """Find the limits, by stage."""
    made = {}
    for stage in np.unique(past.stage):
        if queues.pool[stage] >= 0 or not past.flowing[stage]:
            continue
        rows = np.flatnonzero(past.stage == stage)
        entered, slack = _entries(past, int(stage)), _slack(past, rows)
        # Who passes through at once makes no room for another.
        stayed = rows[~past.still[rows] & (past.end[rows] - past.start[rows] > slack)]
        if not len(entered) or not len(stayed):
            continue
        moment, level = levels(past, rows)
        limit = at_once(moment, level, entered, np.sort(past.end[stayed]), slack)
        if limit and _kept(past, (moment, level), entered, limit):
            made[int(stage)] = limit
    return made


def _slack(past: History, rows: Ints) -> float:
    return 1.0 + 0.001 * float(np.median(past.end[rows] - past.start[rows]))


def _forward(past: History) -> Bools:
    """Visits after which the item went on to a later stage: a return asks for no room."""
    follows = past.item[1:] == past.item[:-1]
    made: Bools = np.r_[follows & (past.stage[1:] > past.stage[:-1]), False]
    return made


def _entries(past: History, stage: int) -> Floats:
    leads = np.flatnonzero(_forward(past)[:-1] & (past.stage[1:] == stage))
    return past.start[leads + 1]


def _kept(past: History, levels: tuple[Floats, Ints], entered: Floats, limit: int) -> bool:
    """Tell whether at the limit fewer enter than chance would have it.

    Time is counted in moves of anybody anywhere, for none are made at night. While there is room
    so many of the moves enter; were there no limit, as many would at the limit.
    """
    from scipy.special import bdtr  # scipy.stats takes a second to load

    moment, level = levels
    moves = np.sort(past.start)
    before = np.searchsorted(moment, moves, "left") - 1  # a leaving at that moment makes room
    full = np.where(before >= 0, level[np.maximum(before, 0)], 0) >= limit
    entries, gone = np.isin(moves, entered), np.isin(moves, moment[np.diff(level, prepend=0) < 0])
    at_limit, room = full & ~gone, ~full | gone
    share = entries[room].mean() if room.any() else 0.0
    return bool(bdtr((entries & at_limit).sum(), at_limit.sum(), share) < CHANCE)


def bound(past: History, queues: Queues, limits: dict[int, int]) -> None:
    """Say of items that were kept out of a stage when they were done at the earliest."""
    forward = _forward(past)
    to = np.r_[past.stage[1:], -1]
    for stage, limit in limits.items():
        rows = np.flatnonzero(past.stage == stage)
        moment, level = levels(past, rows)
        desk = Desk(moment, level, limit, -1, _slack(past, rows))
        leads = forward & (to == stage)
        usual = np.bincount(past.stage[leads], minlength=len(past.kind))
        others = np.bincount(past.stage[~past.still], minlength=len(past.kind)) - usual
        kept = np.flatnonzero(leads | (past.still & (usual > others)[past.stage]))
        asked = past.end[kept] - desk.slack
        room = desk.idle_until(past, asked)
        kept, room = kept[room < asked - desk.slack], room[room < asked - desk.slack]
        until = np.maximum(room, past.start[kept])
        least = past.between(past.start[kept], until, queues.cal[past.stage[kept]])
        least = np.maximum(least - past.blocked[kept], 0.0)
        queues.low[kept] = np.minimum(queues.low[kept], least)
