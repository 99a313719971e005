"""What came of a replication, added up: by item, and by stage over the time to come."""

# ruff: noqa: PLR0917 - compiled functions take their arguments by position
from __future__ import annotations

import numpy as np

from vsmlib.whole.arrays import Bools, Floats, Ints, entry

__all__ = ["by_item", "by_stage"]


@entry
def by_item(
    first: Ints, stage: Ints, entered: Floats, left: Floats, flowing: Bools
) -> tuple[Floats, Bools]:
    """Return each item's lead time (seconds in flowing stages), and whether it came back to one."""
    lead, again = np.zeros(len(first) - 1), np.zeros(len(first) - 1, np.bool_)
    seen = np.full(len(flowing), -1, np.int64)
    for i in range(len(first) - 1):
        for v in range(first[i], first[i + 1]):
            if entered[v] == np.inf:
                break
            if flowing[stage[v]]:
                again[i] |= seen[stage[v]] == i
                seen[stage[v]] = i
                if left[v] < np.inf:
                    lead[i] += left[v] - entered[v]
    return lead, again


@entry
def by_stage(
    first: Ints,
    stage: Ints,
    entered: Floats,
    left: Floats,
    counted: Bools,
    stages: int,
    grid: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Add up times and items by stage.

    Parameters
    ----------
    counted : array, by item
        Whose time counts in ``spent``.
    stages : int
        How many there are.
    grid : array
        Evenly spaced moments from 0 to the horizon.

    Returns
    -------
    spent, inside : array, by stage
        Seconds in it: of the items counted, whenever; and of all within the grid.
    stock : array, moments by stages
        Items in it at each moment.
    """
    step, horizon = grid[1] - grid[0], grid[-1]
    spent, inside = np.zeros(stages), np.zeros(stages)
    stock = np.zeros((len(grid) + 1, stages))
    for i in range(len(first) - 1):
        for v in range(first[i], first[i + 1]):
            begun, over = entered[v], left[v]
            if begun == np.inf:
                break
            if counted[i] and over < np.inf:
                spent[stage[v]] += over - begun
            if begun <= horizon:
                inside[stage[v]] += max(min(over, horizon) - max(begun, 0.0), 0.0)
                stock[min(int(np.ceil(max(begun, 0.0) / step)), len(grid)), stage[v]] += 1
                over = min(max(over, 0.0), horizon + step)
                stock[min(int(np.ceil(over / step)), len(grid)), stage[v]] -= 1
    for moment in range(1, len(grid)):
        stock[moment] += stock[moment - 1]
    return spent, inside, stock[:-1]
