"""The stream as a system: its pools, limits, trains and orders, laid out for the kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vsmlib.whole.arrays import Bools, Ints
from vsmlib.whole.floor import NO_LIMIT, Net
from vsmlib.whole.history import History
from vsmlib.whole.order import Order
from vsmlib.whole.queues import Queues
from vsmlib.whole.trains import Train

__all__ = ["System", "as_it_is"]


@dataclass(frozen=True)
class System:
    """Pools, limits, trains and who goes first, as they are or as a scenario makes them."""

    servers: Ints
    limit: Ints
    trains: dict[int, Train]
    orders: dict[int, Order]
    notes: tuple[str, ...] = ()

    def timed(self) -> dict[int, Train]:
        """Return the trains that go by a timetable."""
        return {stage: made for stage, made in self.trains.items() if made.size == 1}

    def classes(self, past: History, first: Bools) -> tuple[Ints, Ints]:
        """Return the line of each class before each pool, and the class of each path.

        ``first`` says of each path whether a scenario lets it go before all others.
        """
        paths = np.r_[np.arange(len(past.first) - 1), past.open_items]
        ranked = {pool: order.level[paths] for pool, order in self.orders.items() if order.levels}
        keys = np.array([~first, *ranked.values()], np.int64)
        made, kind = np.unique(keys, axis=1, return_inverse=True)
        lines = np.tile(made[0] * (made.max(initial=0) + 1), (len(self.servers), 1))
        for pool, own in zip(ranked, made[1:], strict=True):
            lines[pool] += own
        # Numbered without gaps, for there are no more lines than classes.
        dense = [np.unique(row, return_inverse=True)[1] for row in lines]
        return np.array(dense, np.int64).reshape(lines.shape), kind.ravel()

    def net(self, past: History, queues: Queues, order: Ints) -> Net:
        """Lay it out for the kernel."""
        stages, pools = len(past.kind), len(self.servers)
        train, gather = np.full(stages, -1, np.int64), np.ones(stages, np.int64)
        timed = [*self.timed()]
        train[timed] = np.arange(len(timed))
        for stage, made in self.trains.items():
            gather[stage] = made.size
        cals = np.array([past.cal[pool.stages[0]] for pool in queues.pools], np.int64)
        one = np.ones(pools, np.int64)
        of_stage = queues.pool, queues.cal, self.limit, train, gather
        return Net(*of_stage, self.servers, cals, one, order)


def as_it_is(
    past: History,
    queues: Queues,
    trains: dict[int, Train],
    limits: dict[int, int],
    orders: dict[int, Order],
) -> System:
    """Return the system without any change."""
    servers = np.array([pool.servers for pool in queues.pools], np.int64)
    limit = np.full(len(past.kind), NO_LIMIT, np.int64)
    limit[[*limits]] = [*limits.values()]
    return System(servers, limit, trains, orders)
