"""The visits as arrays, and the work that they tell of: what the rules of causes look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import narwhals as nw
import numpy as np

from vsmlib.engine import to_pandas
from vsmlib.flow import Flow
from vsmlib.stream_parts import KINDS
from vsmlib.waits.diary import Bools, Diary, Work, diary
from vsmlib.waits.order import Ints

__all__ = ["ACTIVE", "WAIT", "Parts", "Seen", "look"]

MANY = 3  # pieces of work at once, on average
MANY_ALONE, BUSY = 20, 0.3  # pieces, and share of the time: that none overlap is no accident
UNSEEN = np.int64(-(2**62))
ACTIVE, WAIT = KINDS.index("active"), KINDS.index("wait")


@dataclass(frozen=True)
class Parts:
    """Parts of waits: the row of the wait in `Seen.waits`, from, until."""

    row: Ints
    low: Ints
    high: Ints


@dataclass(frozen=True)
class Seen:
    """Visits by item and position; times in microseconds, what is unknown is -1.

    ``work`` has one piece a visit, which takes no time unless the visit is active.
    ``waits`` are the places of the wait visits.
    """

    item: Ints
    position: Ints
    stage: Ints
    low: Ints
    high: Ints
    to_stage: Ints
    doer: Ints
    work: Work
    started: Bools  # work, or a visit that a wait led to
    waits: Ints
    following: Ints  # of each wait: the place of the next visit, -1 while it is open
    parts: Parts  # of the waits, without what is blocked
    possible: Ints  # of each wait: when it could have ended first

    def diary(self) -> Diary:
        """Lay out the work that lasts and whose doer is known.

        How long an item's first work had been possible nobody has seen; nothing says it overtook.
        """
        work = replace(self.work, enabled=np.where(self.position > 1, self.work.enabled, UNSEEN))
        lasting = (work.actor >= 0) & (work.end > work.start)
        work = work.take(lasting & ~np.isin(work.actor, self.shared()))
        return diary(work, work.actor)

    def shared(self) -> Ints:
        """Find the actors that had more than three pieces of work at once, on average.

        Such a one is an account of several people, or leaves most of the work lying: busy or not
        says nothing.
        """
        work = self.work.take((self.work.actor >= 0) & (self.work.end > self.work.start))
        laid, size = diary(work, work.actor), int(work.actor.max(initial=-1)) + 1
        alone = np.bincount(laid.key, laid.end - laid.start, size)
        return np.flatnonzero(np.bincount(work.actor, work.end - work.start, size) > MANY * alone)


def look(flow: Flow) -> Seen:
    """Bring a flow's visits into arrays."""
    plain = ["item", "position", "stage", "kind", "t0", "t1", "open"]
    unknown = ["to_stage", "actor_in", "actor_out"]
    frame = flow.frame.select(*plain, *(nw.col(c).fill_null(-1) for c in unknown))
    table = to_pandas(frame.sort("item", "position")).astype("int64")
    v = {str(name): column.to_numpy() for name, column in table.items()}
    kind, start = v["kind"], v["t0"]
    before = np.r_[-1, kind[:-1]][: len(kind)]
    queued = (before == WAIT) & (v["position"] > 1)
    waits = np.flatnonzero(kind == WAIT)
    parts = _unblocked(flow, v, waits)
    possible = _possible(parts, v["t0"][waits])
    first = start.copy()
    first[waits] = possible
    enabled = np.where(queued, np.r_[0, first[:-1]][: len(start)], start)
    end = np.where(kind == ACTIVE, v["t1"], start)
    # Who ended the work did it, where nobody is known to have begun it.
    ended = (kind == ACTIVE) & (v["actor_in"] < 0)
    who = np.where(ended, v["actor_out"], v["actor_in"])
    work = Work(who, v["stage"], enabled, start, end)
    work = replace(work, actor=_single_files(work, len(flow.log.actor_names)))
    following = np.where(v["open"][waits] == 0, waits + 1, -1)
    return Seen(
        item=v["item"],
        position=v["position"],
        stage=v["stage"],
        low=start,
        high=v["t1"],
        to_stage=v["to_stage"],
        doer=np.where(v["open"] == 0, np.r_[work.actor[1:], -1][: len(start)], -1),
        work=work,
        started=(kind == ACTIVE) | queued,
        waits=waits,
        following=following,
        parts=parts,
        possible=possible,
    )


def _single_files(work: Work, people: int) -> Ints:
    """Give stages where nobody is known, but only one item at a time is at work, a server each."""
    rows = np.flatnonzero((work.actor < 0) & (work.end > work.start))
    piece, size = work.take(rows), int(work.stage.max(initial=-1)) + 1
    laid = diary(piece, piece.stage)
    alone = np.bincount(laid.key, laid.end - laid.start, size)
    count, first = np.bincount(piece.stage, minlength=size), np.full(size, 2**62)
    np.minimum.at(first, piece.stage, piece.start)
    last = np.zeros(size, np.int64)
    np.maximum.at(last, piece.stage, piece.end)
    often = (count >= MANY_ALONE) & (alone >= BUSY * (last - first))
    file = often & (np.bincount(piece.stage, piece.end - piece.start, size) == alone)
    made = work.actor.copy()
    chosen = rows[file[piece.stage]]
    made[chosen] = people + work.stage[chosen]
    return made


def _possible(parts: Parts, low: Ints) -> Ints:
    """When each wait was first not blocked: its start, unless it began blocked."""
    made, lasting = np.full(len(low), 2**62, np.int64), parts.high > parts.low
    np.minimum.at(made, parts.row[lasting], parts.low[lasting])
    return np.where(made < 2**62, made, low)


def _unblocked(flow: Flow, v: dict[str, Ints], waits: Ints) -> Parts:
    """Take the blocked time out of the waits."""
    row, low, high = np.arange(len(waits)), v["t0"][waits], v["t1"][waits]
    if flow.stream.blocked is None:
        return Parts(row, low, high)
    made = flow.blocked_parts(flow.frame.filter(nw.col("kind") == WAIT))
    parts = to_pandas(made.select("item", "position", "t0", "t1"))
    width = int(v["position"].max(initial=0)) + 1
    own = parts["item"] * width + parts["position"]
    of = np.searchsorted((v["item"] * width + v["position"])[waits], own.to_numpy(np.int64))
    b0, b1 = parts["t0"].to_numpy(np.int64), parts["t1"].to_numpy(np.int64)
    begin = np.lexsort((np.r_[low, b1], np.r_[row, of]))
    until = np.lexsort((np.r_[b0, high], np.r_[of, row]))
    return Parts(np.r_[row, of][begin], np.r_[low, b1][begin], np.r_[b0, high][until])
