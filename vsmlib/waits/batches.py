"""Batches: items that one person, or nobody known, takes up one straight after the other."""

from __future__ import annotations

import numpy as np

from vsmlib.waits.diary import Work
from vsmlib.waits.order import Ints, before, running_max

__all__ = ["find_batches"]


def find_batches(work: Work, gap_us: int = 0) -> Ints:
    """Find the batches in a list of pieces of work.

    A batch is two or more pieces of one person at one stage, each possible no later than the
    first of them began, with a pause of at most ``gap_us`` between them; what the person does at
    other stages meanwhile does not matter. Pieces of nobody known must begin at the same instant.

    Parameters
    ----------
    work : Work
        The pieces, in any order.
    gap_us : int
        The longest pause, in microseconds.

    Returns
    -------
    array
        The number of each piece's batch, -1 where it is in none.

    Examples
    --------
    >>> one, two = np.zeros(2, np.int64), np.array([1, 2])
    >>> find_batches(Work(one, one, two, np.array([3, 5]), np.array([5, 6]))).tolist()
    [0, 0]
    """
    if not len(work.start):
        return np.zeros(0, np.int64)
    order = np.lexsort((work.enabled, work.end, work.start, work.stage, work.actor))
    piece = work.take(order)
    group = _numbered((piece.actor, piece.stage))
    run = _runs(group, piece, gap_us)
    heads = _heads(run, piece)
    # Who was possible before the batch began belongs to it, though a later comer went between.
    place = before(run[heads], piece.start[heads], run, piece.enabled)
    head = heads[np.minimum(place, np.searchsorted(heads, np.arange(len(run)), "right") - 1)]
    inner = np.lexsort((np.arange(len(head)), head))
    batch = _runs(head[inner], piece.take(inner), gap_us)
    many = np.bincount(batch)[batch] > 1
    made = np.full(len(order), -1, np.int64)
    made[order[inner]] = np.where(many, batch, -1)
    return made


def _numbered(columns: tuple[Ints, ...]) -> Ints:
    """Count the runs of equal rows."""
    new = np.zeros(len(columns[0]), bool)
    for column in columns:
        new |= np.r_[True, column[1:] != column[:-1]]
    return np.cumsum(new) - 1


def _runs(group: Ints, piece: Work, gap_us: int) -> Ints:
    """Count the stretches of each group without a pause."""
    group = _numbered((group,))
    until = running_max(group, piece.end) + gap_us
    until = np.where(piece.actor < 0, piece.start, until)
    pause = np.r_[True, piece.start[1:] > until[:-1]]
    return np.cumsum(pause | np.r_[True, group[1:] != group[:-1]]) - 1


def _heads(run: Ints, piece: Work) -> Ints:
    """Places of the pieces that begin a batch: in each run the first, then who came too late."""
    latest = running_max(run, piece.enabled)
    late = before(run, latest, run, piece.start + 1)
    size = len(run)
    jump = np.r_[np.where(late < np.searchsorted(run, run, "right"), late, size), size]
    reached = np.r_[True, run[1:] != run[:-1], False]
    # Each round doubles the steps that all chains of heads have gone together.
    while (jump[:size] < size).any():
        reached[jump[reached]] = True
        reached[size] = False
        jump = jump[jump]
    return np.flatnonzero(reached[:size])
