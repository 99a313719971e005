"""Batches: items that one person, or nobody known, takes up one straight after the other."""

from __future__ import annotations

import numpy as np

from vsmlib.waits.diary import Bools, Diary, Work, diary, span
from vsmlib.waits.order import Ints, before, running_max
from vsmlib.waits.shut import Shut

__all__ = ["believable", "find_batches"]

TOGETHER = 3  # so many that begin at the same instant are a batch, whoever moved them
HABIT, ALL, SOME = 0.5, 0.9, 0.1  # shares of a stage's starts


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
    many = np.bincount(batch) > 1
    made = np.full(len(order), -1, np.int64)
    made[order[inner]] = np.where(many, np.cumsum(many) - 1, -1)[batch]
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


def believable(piece: Work, batch: Ints, pieces: Diary, shut: Shut) -> tuple[Bools, Bools]:
    """Tell the batches that no plain queue explains.

    A batch speaks against a queue if its person was at work elsewhere while its first item was
    possible and did not just take things up in the order in which they came; or stood free until
    its last item came; or, with three or more items, stood free at all. Stages at which half of
    all that begins is in such batches take things up in batches, and all of theirs count.

    Returns
    -------
    real : array of bool
        For each batch whether it counts.
    train : array of bool
        For each stage whether half of all that begins there begins in batches of one instant.
    """
    count = int(batch.max(initial=-1)) + 1
    rows = np.flatnonzero(batch >= 0)
    order = rows[np.lexsort((piece.start[rows], batch[rows]))]
    of, part = batch[order], piece.take(order)
    first = np.searchsorted(of, np.arange(count))
    low, last = np.full(count, 2**62, np.int64), np.full(count, -(2**62), np.int64)
    np.minimum.at(low, of, part.enabled)
    np.maximum.at(last, of, part.enabled)
    begin, who, stage = part.start[first], part.actor[first], part.stage[first]
    pair = np.r_[False, of[1:] == of[:-1]][: len(of)]
    same, swapped = (
        np.bincount(of[pair & rule], minlength=count)
        for rule in (_step(part.start) == 0, _step(part.enabled) < 0)
    )
    busy = pieces.busy(who, low, begin, span)
    queue = (pieces.later(who, low, begin, low) == 0) & (swapped == 0) & (busy >= begin - low)
    since = np.maximum(pieces.free_since(who, begin), low)
    waiting = (since < begin) & (last == begin)
    sweep = (np.bincount(of, minlength=count) >= TOGETHER) & (shut.free(since, begin) > 0)
    elsewhere = busy > _here(piece, who, stage, low, begin)
    against = (elsewhere & ~queue) | waiting | sweep
    together = same >= TOGETHER - 1
    starts = np.bincount(piece.stage, minlength=1)
    within, evident, trains = (
        np.bincount(part.stage[rule[of]], minlength=len(starts)) / np.maximum(starts, 1)
        for rule in (np.ones(count, bool), together | (against & (who >= 0)), together)
    )
    habit = (evident >= HABIT) | ((within >= ALL) & (evident >= SOME))
    real: Bools = together | (habit[stage] & ((who >= 0) | (trains >= HABIT)[stage]))
    return real, trains >= HABIT


def _step(column: Ints) -> Ints:
    return np.diff(column, prepend=column[:1])


def _here(piece: Work, who: Ints, stage: Ints, low: Ints, high: Ints) -> Ints:
    """Work of people at one stage between two moments."""
    done, width = piece.take(piece.actor >= 0), int(piece.stage.max(initial=0)) + 1
    here = diary(done, done.actor * width + done.stage)
    return here.busy(who * width + stage, low, high, span)
