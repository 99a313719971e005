"""What each wait was for: batching, prioritization, contention, unavailability, blocked, the rest.

Everything is arrays over visits; sums over a person's work cost the same however long a wait is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib import calendar
from vsmlib.engine import aside, to_pandas
from vsmlib.flow import Flow
from vsmlib.stream import KINDS
from vsmlib.waits.batches import find_batches
from vsmlib.waits.diary import Bools, Diary, Work, diary
from vsmlib.waits.order import Ints

__all__ = ["CAUSES", "causes", "lazy_causes", "write"]

CAUSES = ("batching", "prioritization", "contention", "unavailability", "blocked", "unexplained")
ACTIVE, WAIT = KINDS.index("active"), KINDS.index("wait")
TOGETHER = 3  # so many that leave at once are a batch, whoever moved them


@dataclass(frozen=True)
class Parts:
    """Parts of the waits: the row of the wait, who ended it, from, until."""

    row: Ints
    who: Ints
    low: Ints
    high: Ints


@dataclass(frozen=True)
class Seen:
    """The visits as arrays, by item and place in it, and the work that they tell of."""

    visit: pd.DataFrame
    work: Work  # one piece a visit; it takes no time unless the visit is active

    @property
    def waits(self) -> Ints:
        """Places of the wait visits."""
        return np.flatnonzero(self.visit["kind"].to_numpy() == WAIT)


def causes(flow: Flow) -> pd.DataFrame:
    """Split every wait visit by what the item waited for.

    Parameters
    ----------
    flow : Flow
        The visits.

    Returns
    -------
    pandas.DataFrame
        One row a wait visit and cause: ``item_id, stage, position, cause, seconds``; the causes
        of a visit sum to its elapsed time, up to ``observed_until`` where it is open. Blocked
        time inside an active visit is a ``blocked`` row of that visit. The rules, exactly:
        ``docs/causes.md``.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> table = causes(flow)
    >>> waits = flow.visits.query("kind == 'wait'")
    >>> abs(table["seconds"].sum() - waits["elapsed_s"].sum()) < 1e-3
    True
    """
    return to_pandas(lazy_causes(flow))


def write(flow: Flow, out: Path | str) -> pd.DataFrame:
    """Write ``causes.parquet`` into a folder, and give the seconds by stage and cause.

    Returns
    -------
    pandas.DataFrame
        ``stage, cause, seconds, share`` (of all waiting), the largest first.

    Raises
    ------
    RunError
        If the folder cannot be written; an old file is then as it was.
    """
    made = flow.engine.table(lazy_causes(flow))
    with aside(out) as folder:
        flow.engine.write_parquet(made, folder / "causes.parquet")
    sums = to_pandas(made.group_by("stage", "cause").agg(nw.col("seconds").sum()))
    flow.engine.drop(made)
    sums["share"] = sums["seconds"] / (sums["seconds"].sum() or np.nan)
    return sums.sort_values(["seconds", "stage", "cause"], ascending=False, ignore_index=True)


def lazy_causes(flow: Flow) -> nw.LazyFrame[Any]:
    """Return the rows of `causes` lazily, by item and position."""
    made = flow.engine.table(coded(flow))
    made = made.join(flow.log.items_frame.select("item", "item_id"), on="item")
    made = made.with_columns(seconds=nw.col("us").cast(nw.Float64) / 1e6)
    made = made.sort("item", "position", "cause")
    made = flow.engine.decode(made, stage=flow.stream.stage_names, cause=list(CAUSES))
    return made.select("item_id", "stage", "position", "cause", "seconds")


def coded(flow: Flow) -> pd.DataFrame:
    """Split the waits, in codes: ``item, stage, position, cause`` (a place in `CAUSES`), ``us``."""
    seen = _seen(flow)
    split = _split(flow, seen)
    rows = seen.visit.loc[seen.waits, ["item", "stage", "position"]].reset_index(drop=True)
    known = split.sum(axis=1)
    whole = (seen.visit["t1"] - seen.visit["t0"]).to_numpy()[seen.waits]
    split[:, CAUSES.index("unexplained")] += whole - known
    wait, cause = np.nonzero((split > 0) | ((whole == 0)[:, None] & _only("unexplained")))
    made = rows.iloc[wait].assign(cause=cause, us=split[wait, cause])
    return pd.concat([made, _blocked_work(flow)], ignore_index=True)


def _only(cause: str) -> Bools:
    return np.array([name == cause for name in CAUSES])


def _seen(flow: Flow) -> Seen:
    columns = ["item", "position", "stage", "kind", "t0", "t1", "open", "to_stage", "to_kind"]
    frame = flow.frame.select(
        *columns, *(nw.col(c).fill_null(-1) for c in ("actor_in", "actor_out", "blocked_us"))
    )
    visit = to_pandas(frame.sort("item", "position"))
    visit[["to_stage", "to_kind"]] = visit[["to_stage", "to_kind"]].fillna(-1).astype("int64")
    start, kind = visit["t0"].to_numpy(), visit["kind"].to_numpy()
    queued = np.r_[False, kind[:-1] == WAIT] & (visit["position"].to_numpy() > 1)
    enabled = np.where(queued, np.r_[0, start[:-1]][: len(start)], start)
    end = np.where(kind == ACTIVE, visit["t1"].to_numpy(), start)
    who = visit["actor_in"].to_numpy().astype(np.int64)
    return Seen(visit, Work(who, visit["stage"].to_numpy().astype(np.int64), enabled, start, end))


def _split(flow: Flow, seen: Seen) -> Ints:
    """Microseconds of each wait by cause, without the rest: one row a wait."""
    waits, visit = seen.waits, seen.visit
    split = np.zeros((len(waits), len(CAUSES)), np.int64)
    low, high = (visit[c].to_numpy()[waits] for c in ("t0", "t1"))
    who = visit["actor_out"].to_numpy()[waits]
    pieces = diary(_people(seen.work), _people(seen.work).actor)
    since, companions = _batched(seen, pieces)
    parts = _unblocked(flow, visit, waits)
    row = parts.row
    free = np.bincount(row, parts.high - parts.low, len(waits)).astype(np.int64)
    split[:, CAUSES.index("blocked")] = high - low - free
    cut = np.clip(since[row], parts.low, parts.high)
    _add(split, "batching", row, cut - parts.low)
    parts = Parts(row, who[row], cut, parts.high)
    busy = pieces.busy(parts.who, parts.low, parts.high, _span)
    later = pieces.later(parts.who, parts.low, parts.high, np.maximum(since, low)[row])
    # Companions that were possible later than this one, and yet went before it, overtook it.
    later += np.minimum(_overtaking(seen, companions, waits)[row], busy - later)
    _add(split, "prioritization", row, later)
    _add(split, "contention", row, busy - later)
    _add(split, "unavailability", row, _closed(flow, visit, parts, pieces))
    return split


def _span(low: Ints, high: Ints) -> Ints:
    return high - low


def _add(split: Ints, cause: str, row: Ints, amount: Ints) -> None:
    np.add.at(split[:, CAUSES.index(cause)], row, amount)


def _people(work: Work) -> Work:
    """Take the work that lasts and whose doer is known."""
    return work.take((work.actor >= 0) & (work.end > work.start))


def _batched(seen: Seen, pieces: Diary) -> tuple[Ints, Ints]:
    """Until when each wait waited for companions, and the batch each visit began in (-1: none)."""
    work, waits = seen.work, seen.waits
    kind = seen.visit["kind"].to_numpy()
    queued = np.r_[False, kind[:-1] == WAIT] & (seen.visit["position"].to_numpy() > 1)
    rows = np.flatnonzero((kind == ACTIVE) | queued)
    piece = work.take(rows)
    batch = find_batches(piece)
    real = _real(piece, batch, pieces)
    batch = np.where(real[batch] & (batch >= 0), batch, -1)
    companions = np.full(len(kind) + 1, -1, np.int64)
    companions[rows] = batch
    last = np.full(len(real), -(2**62), np.int64)
    np.maximum.at(last, batch[batch >= 0], piece.enabled[batch >= 0])
    entered = np.where(seen.visit["open"].to_numpy() == 0, companions[1:], -1)[waits]
    return np.where(entered >= 0, last[entered], -(2**62)), companions[:-1]


def _real(piece: Work, batch: Ints, pieces: Diary) -> Bools:
    """Which batches no plain queue explains.

    Their person was at work elsewhere while the first of them was possible, and did not just take
    things up in the order in which they came; or three or more began at the same instant.
    """
    count = int(batch.max(initial=-1)) + 1
    rows = np.flatnonzero(batch >= 0)
    order = rows[np.lexsort((piece.start[rows], batch[rows]))]
    of, part = batch[order], piece.take(order)
    first = np.searchsorted(of, np.arange(count))
    low = np.full(count, 2**62, np.int64)
    np.minimum.at(low, of, part.enabled)
    begin, who, stage = part.start[first], part.actor[first], part.stage[first]
    same = np.r_[False, (of[1:] == of[:-1]) & (part.start[1:] == part.start[:-1])]
    swapped = np.r_[False, (of[1:] == of[:-1]) & (part.enabled[1:] < part.enabled[:-1])]
    together = np.bincount(of, same, count) >= TOGETHER - 1
    done = piece.take(piece.actor >= 0)
    width = int(piece.stage.max(initial=0)) + 1
    here = diary(done, done.actor * width + done.stage)
    busy = pieces.busy(who, low, begin, _span)
    elsewhere = busy - here.busy(who * width + stage, low, begin, _span)
    jumped = pieces.later(who, low, begin, low) > 0
    queue = ~jumped & ~(np.bincount(of, swapped, count) > 0) & (busy >= begin - low)
    made: Bools = np.r_[together | ((elsewhere > 0) & ~queue & (who >= 0)), False]
    return made


def _overtaking(seen: Seen, companions: Ints, waits: Ints) -> Ints:
    """Work on companions that came later than the item and went before it, in microseconds."""
    rows = np.flatnonzero(companions >= 0)
    mates = diary(seen.work.take(rows), companions[rows])
    entered = np.minimum(waits + 1, len(companions) - 1)
    batch = np.where(seen.visit["open"].to_numpy()[waits] == 0, companions[entered], -1)
    made, some = np.zeros(len(waits), np.int64), np.flatnonzero(batch >= 0)
    low, high = (seen.visit[c].to_numpy()[waits[some]] for c in ("t0", "t1"))
    made[some] = mates.later(batch[some], low, high, low)
    return made


def _unblocked(flow: Flow, visit: pd.DataFrame, waits: Ints) -> Parts:
    """Take the blocked time out of the waits."""
    row = np.arange(len(waits))
    who, low, high = (visit[c].to_numpy()[waits] for c in ("actor_out", "t0", "t1"))
    if flow.stream.blocked is None:
        return Parts(row, who, low, high)
    parts = to_pandas(flow.blocked_parts(flow.frame.filter(nw.col("kind") == WAIT)))
    key = visit[["item", "position"]].iloc[waits].assign(row=row)
    parts = parts.merge(key, on=["item", "position"])
    of, b0, b1 = (parts[c].to_numpy(np.int64) for c in ("row", "t0", "t1"))
    begin = np.lexsort((np.r_[low, b1], np.r_[row, of]))
    until = np.lexsort((np.r_[b0, high], np.r_[of, row]))
    row = np.r_[row, of][begin]
    return Parts(row, who[row], np.r_[low, b1][begin], np.r_[b0, high][until])


def _closed(flow: Flow, visit: pd.DataFrame, parts: Parts, pieces: Diary) -> Ints:
    """Time outside the calendar of those who do the next stage, without what they worked then."""
    wait = np.flatnonzero(visit["kind"].to_numpy() == WAIT)[parts.row]
    specs = flow.stream.calendars()
    made = np.zeros(len(wait), np.int64)
    index = [-1 if c is None else c for c in flow.stream.stage_calendar_index()]
    stage = visit["stage"].to_numpy()[wait]
    following = visit["to_stage"].to_numpy()[wait]
    of = np.array([*index, -1])
    own = np.where(of[following] >= 0, of[following], of[stage])
    first = int(min(parts.low.min(initial=2**62), pieces.start.min(initial=2**62)))
    for place, spec in enumerate(specs):
        rows = np.flatnonzero(own == place)
        if not len(rows):
            continue
        table = calendar.day_table(spec, first, flow.observed_us)

        def shut(start: Ints, end: Ints, table: pd.DataFrame = table) -> Ints:
            return end - start - calendar.worked(table, end) + calendar.worked(table, start)

        if table["cum"].iloc[-1] > 0:
            low, high = parts.low[rows], parts.high[rows]
            made[rows] = shut(low, high) - pieces.busy(parts.who[rows], low, high, shut)
    return made


def _blocked_work(flow: Flow) -> pd.DataFrame:
    """Blocked time inside active visits, in codes."""
    blocked = (nw.col("kind") == ACTIVE) & (nw.col("blocked_us") > 0)
    rows = flow.frame.filter(blocked).select("item", "stage", "position", us=nw.col("blocked_us"))
    return to_pandas(rows).assign(cause=CAUSES.index("blocked"))
