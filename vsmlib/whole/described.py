"""What a fit says of itself: what it found and assumed, and what the log could not tell it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vsmlib.whole.choices import SERIAL
from vsmlib.whole.fitted import Fitted
from vsmlib.whole.floor import NO_LIMIT
from vsmlib.whole.history import ACTIVE, DONE, WAIT
from vsmlib.whole.order import Order

__all__ = ["described"]

DAY, WEEK = 86_400.0, 604_800.0


def described(fitted: Fitted) -> dict[str, Any]:
    """Say what a fit found, assumed, and could not identify."""
    past = fitted.past
    ends = past.kind[past.stage[past.last]]
    return {
        "items": len(ends),
        "delivered": int((ends == DONE).sum()),
        "in_progress": len(past.open_items),
        "arrivals_per_week": fitted.arrivals.rate * WEEK,
        "stages": [_stage(fitted, s) for s in range(len(past.names)) if past.flowing[s]],
        "assumed": _assumed(fitted),
        "found": _found(fitted),
        "unidentified": _unidentified(fitted),
    }


def _stage(fitted: Fitted, stage: int) -> dict[str, Any]:
    past, found = fitted.past, fitted.queues
    pool = found.pools[found.pool[stage]] if found.pool[stage] >= 0 else None
    train, limit = fitted.now.trains.get(stage), int(fitted.now.limit[stage])
    order = fitted.now.orders.get(int(found.pool[stage]))
    rows = (past.stage == stage) & ~past.still
    spent = np.where(past.kind[past.stage] == WAIT, past.end - past.start, past.work)[rows]
    return {
        "stage": past.names[stage],
        "kind": "wait" if past.kind[stage] == WAIT else "active",
        "visits": int(rows.sum()),
        "mean_s": float(spent.mean()) if len(spent) else None,
        "capacity": pool.servers if pool else None,
        "queued_share": pool.queued if pool else None,
        "first": [list(level) for level in order.levels] if order and order.levels else None,
        "wip_limit": limit if limit < NO_LIMIT else None,
        "released_every_s": train.gap if train else None,
        "released_size": train.size if train and train.size > 1 else None,
    }


def _assumed(fitted: Fitted) -> list[str]:
    past = fitted.past
    blocks = {7 * DAY: "whole weeks of the past, drawn again", DAY: "whole days, drawn again"}
    block = blocks.get(fitted.arrivals.block, "single gaps, drawn again")
    made = [
        f"items arrive as in the past: {block}",
        "an item goes the whole way of a past item; who gives up does so as often as before",
    ]
    if len(past.open_items):
        made.append("an open item goes on like one that stayed as long in its stage")
    return made


def _found(fitted: Fitted) -> list[str]:
    """Say what the log shows of capacity, order and limits."""
    past, found, made = fitted.past, fitted.queues, [*_hours(fitted)]
    for place, pool in enumerate(found.pools):
        names, order = _names(fitted, place), fitted.now.orders[place]
        made.append(f"{names}: {pool.servers} at once ({pool.why})")
        if order.levels:
            levels = ", then ".join(" and ".join(level) for level in order.levels)
            made.append(
                f"{names}: by {order.column} first {levels}, in {order.share:.0%} of the choices"
            )
        if _in_turn(order):
            made.append(f"{names}: first come, first served, in {order.serial:.0%} of the choices")
    for stage in np.flatnonzero(fitted.now.limit < NO_LIMIT):
        made.append(
            f"{past.names[stage]}: no more than {fitted.now.limit[stage]} in it; who is done "
            "before waits there for room"
        )
    return made


def _hours(fitted: Fitted) -> Iterator[str]:
    past = fitted.past
    if past.hours and past.hours.hours:
        rule = "; ".join(f"{d} {', '.join(h)}" for d, h in past.hours.hours.items())
        kept = past.flowing & (past.cal == len(past.clock.first) - 2)
        names = ", ".join(past.names[s] for s in np.flatnonzero(kept))
        yield f"{names}: at work {rule} ({past.hours.timezone}), for then work begins and ends"


def _in_turn(order: Order) -> bool:
    return order.serial is not None and order.serial >= SERIAL


def _names(fitted: Fitted, pool: int) -> str:
    return ", ".join(fitted.past.names[s] for s in fitted.queues.pools[pool].stages)


def _unidentified(fitted: Fitted) -> list[str]:
    past, found = fitted.past, fitted.queues
    made = []
    visits = np.bincount(past.stage, minlength=len(past.kind))
    if not visits[past.kind == WAIT].any():
        made.append(
            "the stream has no wait stage, so queues inside the work cannot be told from it"
        )
    for place, order in fitted.now.orders.items():
        name = _names(fitted, place)
        if order.doubt:
            made.append(f"{name}: {order.doubt}; {order.column} is left out of the order")
        if not _in_turn(order):
            made.append(f"{name}: in which order people take up what waits; first come, first "
                        "served is taken")  # fmt: skip
    for stage in np.flatnonzero(past.kind == ACTIVE):
        name = past.names[stage]
        if visits[stage] == 1:
            made.append(f"{name}: seen once, so every visit is taken to last as long")
        elif visits[stage] and found.pool[stage] < 0:
            made.append(f"{name}: no capacity, for no queue shows in the log")
    return made
