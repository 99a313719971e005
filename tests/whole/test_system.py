"""The system laid out for the kernel: classes of items, and the line of each before each pool."""

import numpy as np
import pytest

from tests.whole import worlds
from vsmlib.whole import fit
from vsmlib.whole.floor import NO_LIMIT
from vsmlib.whole.order import Order
from vsmlib.whole.system import System

LEVELS = (("a",), ("b",), ("c",))


@pytest.fixture(scope="module")
def fitted():
    stages = (worlds.Stage(6, 1), worlds.Stage(4, 1, limit=2))
    world = worlds.World(stages, per_week=26, release=7, items=600)
    return fit(worlds.flow(worlds.past(world))).fitted


def classes(fitted, orders, first):
    made = System(np.array([1, 1]), np.zeros(0, np.int64), {}, orders)
    paths = len(fitted.past.first) - 1 + len(fitted.past.open_items)
    return made.classes(fitted.past, np.arange(paths) % 2 == 0 if first else np.zeros(paths, bool))


def test_without_an_order_all_are_alike(fitted):
    order, kind = classes(fitted, {}, first=False)
    assert order.tolist() == [[0], [0]]
    assert not kind.any()


def test_who_goes_first_does_so_everywhere(fitted):
    order, kind = classes(fitted, {}, first=True)
    assert order[:, kind[:4]].tolist() == [[0, 1, 0, 1]] * 2


def test_an_order_is_that_of_its_pool_and_comes_after_who_goes_first(fitted):
    level = np.arange(len(fitted.past.first) - 1) % 3
    orders = {1: Order("item_type", LEVELS, level)}
    order, kind = classes(fitted, orders, first=False)
    assert order[:, kind[:6]].tolist() == [[0] * 6, [0, 1, 2, 0, 1, 2]]
    order, kind = classes(fitted, orders, first=True)
    assert order[:, kind[:6]].tolist() == [[0, 1, 0, 1, 0, 1], [0, 4, 2, 3, 1, 5]]


def test_without_pools_there_are_no_lines(fitted):
    paths = len(fitted.past.first) - 1 + len(fitted.past.open_items)
    made = System(np.zeros(0, np.int64), np.zeros(0, np.int64), {}, {})
    order, kind = made.classes(fitted.past, np.arange(paths) % 2 == 0)
    assert order.shape == (0, 2)
    assert set(kind) == {0, 1}


def test_what_was_found_is_laid_out(fitted):
    past, now = fitted.past, fitted.now
    order, _ = now.classes(past, np.zeros(len(past.first) - 1 + len(past.open_items), bool))
    net = now.net(past, fitted.queues, order)
    assert net.servers.tolist() == [1, 1]
    assert net.limit[past.names.index("Wait 1")] == 2
    assert (net.limit == NO_LIMIT).sum() == len(past.names) - 1
    assert net.train[past.names.index("For release")] == 0
    assert (net.train >= 0).sum() == 1
