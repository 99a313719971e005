"""What a fit says of itself: what it found and assumed, and what the log could not tell it."""

from __future__ import annotations

from typing import Any

import numpy as np

from vsmlib.whole.fitted import Fitted
from vsmlib.whole.history import ACTIVE, DONE, WAIT, History
from vsmlib.whole.queues import Queues

__all__ = ["described"]

DAY, WEEK = 86_400.0, 604_800.0


def described(fitted: Fitted) -> dict[str, Any]:
    """Say what a fit found, assumed, and could not identify."""
    past, found = fitted.past, fitted.queues
    ends = past.kind[past.stage[past.last]]
    return {
        "items": len(ends),
        "delivered": int((ends == DONE).sum()),
        "in_progress": len(past.open_items),
        "arrivals_per_week": fitted.arrivals.rate * WEEK,
        "stages": [_stage(fitted, s) for s in range(len(past.names)) if past.flowing[s]],
        "assumed": _assumed(fitted),
        "unidentified": _unidentified(past, found),
    }


def _stage(fitted: Fitted, stage: int) -> dict[str, Any]:
    past, found = fitted.past, fitted.queues
    pool = found.pools[found.pool[stage]] if found.pool[stage] >= 0 else None
    train = fitted.now.trains.get(stage)
    rows = (past.stage == stage) & ~past.still
    spent = np.where(past.kind[past.stage] == WAIT, past.end - past.start, past.work)[rows]
    return {
        "stage": past.names[stage],
        "kind": "wait" if past.kind[stage] == WAIT else "active",
        "visits": int(rows.sum()),
        "mean_s": float(spent.mean()) if len(spent) else None,
        "capacity": pool.servers if pool else None,
        "queued_share": pool.queued if pool else None,
        "released_every_s": train.gap if train else None,
        "released_size": train.size if train and train.size > 1 else None,
    }


def _assumed(fitted: Fitted) -> list[str]:
    past, found = fitted.past, fitted.queues
    blocks = {7 * DAY: "whole weeks of the past, drawn again", DAY: "whole days, drawn again"}
    block = blocks.get(fitted.arrivals.block, "single gaps, drawn again")
    made = [
        f"items arrive as in the past: {block}",
        "an item goes the whole way of a past item; who gives up does so as often as before",
    ]
    for pool in found.pools:
        names = ", ".join(past.names[s] for s in pool.stages)
        made.append(f"{names}: {pool.servers} at once, first come first served ({pool.why})")
    if len(past.open_items):
        made.append("an open item goes on like one that stayed as long in its stage")
    return made


def _unidentified(past: History, found: Queues) -> list[str]:
    made = []
    visits = np.bincount(past.stage, minlength=len(past.kind))
    if not visits[past.kind == WAIT].any():
        made.append(
            "the stream has no wait stage, so queues inside the work cannot be told from it"
        )
    if found.pools:
        made.append("in which order people took up what waited: first come first served is taken")
    for stage in np.flatnonzero(past.kind == ACTIVE):
        name = past.names[stage]
        if visits[stage] == 1:
            made.append(f"{name}: seen once, so every visit is taken to last as long")
        elif visits[stage] and found.pool[stage] < 0:
            made.append(f"{name}: no capacity, for no queue shows in the log")
    return made
