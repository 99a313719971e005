"""The event loop against queueing theory."""

import math

import numpy as np
import pytest

from vsmlib.whole.floor import NO_LIMIT, Net, Paths
from vsmlib.whole.kernel import simulate
from vsmlib.whole.spans import Clock

NONE = Clock(np.zeros(1, np.int64), *(np.zeros(0) for _ in range(3)))
ITEMS = 20_000
RUNS = 10


def net(servers, **changes):
    """Stages wait, work, wait, work, … and done; one pool each."""
    stages, pools = 2 * len(servers) + 1, len(servers)
    pool = np.full(stages, -1)
    pool[1::2] = np.arange(pools)
    fields = {
        "pool": pool,
        "cal": np.full(stages, -1),
        "limit": np.full(stages, NO_LIMIT),
        "train": np.full(stages, -1),
        "gather": np.ones(stages, np.int64),
        "servers": np.array(servers),
        "pool_cal": np.full(pools, -1),
        "most": np.ones(pools, np.int64),
        "order": np.zeros((pools, 1), np.int64),
    }
    return Net(**fields | changes)


def run(the_net, seed, gap=1.0, work=0.8, items=ITEMS, trains=NONE, horizon=np.inf, kind=None):
    """Poisson arrivals, exponential work; times by item and visit."""
    rng, stages = np.random.default_rng(seed), len(the_net.pool)
    stage = np.tile(np.arange(stages), items)
    need = np.where(stage % 2 == 1, rng.exponential(work, len(stage)), 0.0)
    first = np.arange(items + 1) * stages
    kind = np.zeros(items, np.int64) if kind is None else kind
    paths = Paths(first, stage, need, kind)
    arrive = np.cumsum(rng.exponential(gap, items))
    *_, enter, leave = simulate(the_net, NONE, trains, paths, arrive, np.arange(items), horizon)
    return enter.reshape(items, stages), leave.reshape(items, stages)


def interval(the_net, measure, **keys):
    """90 % interval of a mean over independent runs, the first tenth of each warm-up."""
    found = [measure(*run(the_net, seed, **keys)) for seed in range(RUNS)]
    half = 1.833 * np.std(found, ddof=1) / math.sqrt(RUNS)
    return np.mean(found) - half, np.mean(found) + half


def wait(stage):
    return lambda enter, leave: (leave - enter)[ITEMS // 10 :, stage].mean()


def erlang_wait(servers, load, work):
    """Mean wait of M/M/c: Erlang's C formula."""
    top = load**servers / math.factorial(servers) * servers / (servers - load)
    chance = top / (sum(load**k / math.factorial(k) for k in range(servers)) + top)
    return chance * work / (servers - load)


@pytest.mark.parametrize(("servers", "work"), [(1, 0.8), (3, 2.4)])
def test_one_queue(servers, work):
    low, high = interval(net([servers]), wait(0), work=work)
    assert low <= erlang_wait(servers, work, work) <= high


def test_two_classes():
    """M/M/1 where some go first: Cobham's formula for each class."""
    kind = (np.random.default_rng(5).random(ITEMS) >= 0.4).astype(np.int64)
    busy, urgent, left = 0.8, 0.8 * (kind == 0).mean(), 0.8 * 0.8
    theory = {0: left / (1 - urgent), 1: left / (1 - urgent) / (1 - busy)}
    for who, expected in theory.items():
        late = np.flatnonzero((kind == who) & (np.arange(ITEMS) >= ITEMS // 10))
        ahead = net([1], order=np.array([[0, 1]]))
        low, high = interval(ahead, lambda e, x, k=late: (x - e)[k, 0].mean(), kind=kind)
        assert low <= expected <= high


def test_tandem():
    """By Burke's theorem the second queue is an M/M/1 of its own."""
    low, high = interval(net([1, 1]), wait(2), work=0.7)
    assert low <= erlang_wait(1, 0.7, 0.7) <= high


def test_batch_service():
    """Up to two are served together: L is that of the bulk queue M/M[1,2]/1."""
    rate, serve = 1.0, 1 / 1.5
    root = (-serve + math.sqrt(serve**2 + 4 * rate * serve)) / (
        2 * serve
    )  # of r + r^2 = rate/serve
    length = root / (1 - root)
    empty = 1 / (1 + (rate / serve) / (1 - root))
    waiting = empty * (rate / serve) * root / (1 - root) ** 2
    assert length > 0
    low, high = interval(net([1], most=np.array([2])), wait(0), work=1.5)
    assert low <= waiting / rate <= high


def test_littles_law():
    """Items in progress on average are the arrivals times the time they stay, in every run."""
    enter, leave = run(net([2, 1], limit=np.array([NO_LIMIT, 2, 3, 1, NO_LIMIT])), 7, work=0.7)
    start, end = enter[:, 0], leave[:, -1]
    moments = np.sort(np.r_[start, end])
    step = np.r_[np.ones(len(start)), -np.ones(len(end))][np.argsort(np.r_[start, end])]
    area = (np.cumsum(step)[:-1] * np.diff(moments)).sum()
    assert area == pytest.approx((end - start).sum())


def test_limits_hold_and_nobody_is_lost():
    enter, leave = run(net([2, 1], limit=np.array([NO_LIMIT, 2, 3, 1, NO_LIMIT])), 3, work=0.7)
    assert np.isfinite(leave).all()
    for stage, most in ((1, 2), (2, 3), (3, 1)):
        moments = np.r_[enter[:, stage], leave[:, stage]]
        step = np.r_[np.ones(ITEMS), -np.ones(ITEMS)][
            np.lexsort((np.r_[np.ones(ITEMS), np.zeros(ITEMS)], moments))
        ]
        assert np.cumsum(step).max() <= most


def test_a_train_takes_all_who_are_ready():
    moments = np.arange(10.0, 30_000, 10.0)
    trains = Clock(np.array([0, len(moments)]), moments, moments + 1, np.zeros(len(moments)))
    enter, leave = run(net([1], train=np.array([-1, -1, 0])), 1, work=0.5, trains=trains)
    waited = (leave - enter)[:, 2]
    assert (waited <= 10).all()
    assert waited.mean() == pytest.approx(0.9 * 4.5, abs=0.1)  # a tenth comes within the second


def test_at_work_in_hours_only():
    opens = np.arange(0, 40_000, 24.0)
    clock = Clock(np.array([0, len(opens)]), opens, opens + 8, np.arange(len(opens)) * 8.0)
    the_net = net([1], cal=np.array([-1, 0, -1]), pool_cal=np.array([0]))
    stage, items = np.tile([0, 1, 2], 200), 200
    need = np.where(stage == 1, 3.0, 0.0)
    paths = Paths(np.arange(items + 1) * 3, stage, need, np.zeros(items, np.int64))
    arrive = np.arange(items) * 12.0
    *_, enter, leave = simulate(the_net, clock, NONE, paths, arrive, np.arange(items), np.inf)
    begun, done = enter.reshape(-1, 3)[:, 1], leave.reshape(-1, 3)[:, 1]
    assert (begun % 24 < 8).all()
    assert ((done % 24 <= 8) & (done % 24 > 0)).all()
