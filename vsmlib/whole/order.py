"""In which order people take up what waits for them, where the log shows it.

Whenever somebody takes up work from a queue there is a choice among those who wait. Were it blind
to a column of the items, each value would be chosen as often as its share of those who wait tells:
the log-rank test, on waits. What is left within a value is first come, first served.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vsmlib.whole.arrays import Ints
from vsmlib.whole.choices import FEWEST, Line, alike, in_turn, scores, share
from vsmlib.whole.history import History, Labels
from vsmlib.whole.queues import Queues, waits_for

__all__ = ["Order", "find"]

CHANCE = 1e-3  # of seeing such a preference where there is none
CLEAR = 0.75  # share of the choices between two levels that take the first
OTHERS = "others"


@dataclass(frozen=True)
class Order:
    """Who is served first by a pool.

    Attributes
    ----------
    column, levels : str, tuple of tuples
        Values of a column of the items, those served first in front; without any, all are alike.
    level : array, by item
        The place of each item's value among the levels.
    share : float
        Share of the choices between levels that went so, of the level where it is the least.
    serial : float or None
        Share of the choices within a level that took who came first, None without a choice.
    doubt : str
        What the log shows though it is not clear enough to be used.
    """

    column: str
    levels: tuple[tuple[str, ...], ...]
    level: Ints
    share: float = 1.0
    serial: float | None = None
    doubt: str = ""


def find(past: History, queues: Queues) -> dict[int, Order]:
    """Find the order before each pool."""
    made = {}
    for place, pool in enumerate(queues.pools):
        waits, left = waits_for(past, pool.stages)
        bounds, value = (queues.low[waits], queues.high[waits]), np.zeros(len(waits), np.int64)
        line = Line(past.start[waits], left, *bounds, value)
        orders = [_order(past, line, past.item[waits], labels) for labels in past.labels.values()]
        clear = max(orders, key=lambda one: (len(one.levels) > 1, one.share, bool(one.doubt)))
        rows = clear.level[past.item[waits]]
        made[place] = replace(clear, serial=in_turn(line, rows))
    return made


def _order(past: History, line: Line, item: Ints, labels: Labels) -> Order:
    """Tell the order by a column."""
    met = scores(line) != 0
    often = np.bincount(labels.code[item[met]] + 1, minlength=len(labels.names) + 1) >= FEWEST
    code = np.where(often[labels.code + 1], labels.code, -1)
    line = replace(line, value=code[item])
    parts, shares, doubts = [np.unique(line.value)], [1.0], list[str]()
    place = 0
    while place < len(parts):
        split = _split(line.of(np.isin(line.value, parts[place])))
        if split is None:
            place += 1
            continue
        first, share, like = split
        rest = np.setdiff1d(parts[place], first)
        said = ", ".join(_words(labels, first))
        if not like:
            doubts.append(f"{said} waits less, but perhaps not for being taken up first")
        elif share < CLEAR:
            doubts.append(f"{said} goes first in {share:.0%} of the choices only")
        if doubts:
            break
        parts[place : place + 1] = [first, rest]
        shares.append(share)
    level = np.full(len(labels.code), len(parts) - 1, np.int64)
    for number, part in enumerate(parts):
        level[np.isin(code, part)] = number
    levels = tuple(_words(labels, part) for part in parts) if len(parts) > 1 else ()
    return Order(labels.column, levels, level, min(shares), None, "; ".join(doubts))


def _words(labels: Labels, codes: Ints) -> tuple[str, ...]:
    return tuple(labels.names[c] if c >= 0 else OTHERS for c in sorted(codes, key=lambda c: c < 0))


def _split(line: Line) -> tuple[Ints, float, bool] | None:
    """Tell the values that are taken first, where that is no chance.

    Returns
    -------
    values, share, alike
        The share of the choices between them and the others that took them, and whether both wait
        alike where nobody is in the way.
    """
    from scipy.special import chdtrc  # scipy.stats takes a second to load

    score = scores(line)
    met = np.abs(score) > 0
    values, code = np.unique(line.value[met], return_inverse=True)
    if len(values) < 2 or met.sum() < 2 * FEWEST:
        return None
    size, sums = np.bincount(code), np.bincount(code, score[met])
    uneven = (met.sum() - 1) * (sums**2 / size).sum() / (score[met] ** 2).sum()
    if chdtrc(len(values) - 1, uneven) >= CHANCE:
        return None
    order = np.argsort(-sums / size)
    gain = np.cumsum(sums[order])[:-1]
    count = np.cumsum(size[order])[:-1]
    best = int(np.argmax(gain / np.sqrt(count * (met.sum() - count))))
    first = values[order[: best + 1]]
    ahead = np.isin(line.value, first)
    return first, share(line, ahead), alike(line, ahead)
