"""What is to happen, the earliest first: a binary heap in an array, which costs less than a list.

Row 0 has how many there are; the others a moment and what happens then. At a tie the smaller goes
first.
"""

from __future__ import annotations

import numpy as np

from vsmlib.whole.arrays import Floats, part, step

__all__ = ["agenda", "next_at", "pop", "push"]


@part
def agenda(most: int) -> Floats:
    """Return an empty agenda with room for so many."""
    heap = np.empty((most + 1, 2))
    heap[0, 0] = 0.0
    return heap


@step
def next_at(heap: Floats) -> float:
    """When the next is due, infinite for none."""
    return heap[1, 0] if heap[0, 0] else np.inf


@step
def push(heap: Floats, t: float, what: float) -> None:
    """Put something on the agenda."""
    heap[0, 0] += 1
    hole = int(heap[0, 0])
    while hole > 1:
        above = hole >> 1
        if heap[above, 0] < t or (heap[above, 0] == t and heap[above, 1] <= what):
            break
        heap[hole, 0], heap[hole, 1] = heap[above, 0], heap[above, 1]
        hole = above
    heap[hole, 0], heap[hole, 1] = t, what


@step
def pop(heap: Floats) -> int:
    """Take the first off the agenda."""
    first, count = heap[1, 1], int(heap[0, 0])
    t, what = heap[count, 0], heap[count, 1]
    heap[0, 0] = count - 1
    hole, below = 1, 2
    while below < count:
        if below + 1 < count and (
            heap[below + 1, 0] < heap[below, 0]
            or (heap[below + 1, 0] == heap[below, 0] and heap[below + 1, 1] < heap[below, 1])
        ):
            below += 1
        if t < heap[below, 0] or (t == heap[below, 0] and what <= heap[below, 1]):
            break
        heap[hole, 0], heap[hole, 1] = heap[below, 0], heap[below, 1]
        hole, below = below, 2 * below
    heap[hole, 0], heap[hole, 1] = t, what
    return int(first)
