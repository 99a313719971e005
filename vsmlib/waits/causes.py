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

from vsmlib.engine import aside, to_pandas
from vsmlib.flow import Flow
from vsmlib.waits.batches import believable, find_batches
from vsmlib.waits.delays import Ends, delaying, delays
from vsmlib.waits.diary import Bools, Diary, diary, span
from vsmlib.waits.order import Ints
from vsmlib.waits.seen import ACTIVE, Parts, Seen, look
from vsmlib.waits.shut import Shut

__all__ = ["CAUSES", "causes", "lazy_causes", "split_waits", "write"]

CAUSES = ("batching", "prioritization", "contention", "unavailability", "blocked", "unexplained")
POOL = 0.8  # of the waits that ended while all were busy, to take people for one pool
NEVER = np.int64(-(2**62))


@dataclass(frozen=True)
class Delay:
    """What is known of each wait for something else than people, `NEVER` and 0 for none.

    ``until`` when, by how much ``less`` it may have lasted, and whether it is ``doubtful`` that the
    doer's work held the item up at all.
    """

    until: Ints
    less: Ints
    doubtful: Ints


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
    >>> bool(abs(table["seconds"].sum() / waits["elapsed_s"].sum() - 1) < 1e-9)
    True
    """
    return to_pandas(lazy_causes(flow))


def write(flow: Flow, out: Path | str) -> pd.DataFrame:
    """Write ``causes.parquet`` into a folder, and give the seconds by stage and cause.

    Returns
    -------
    pandas.DataFrame
        ``stage, cause, seconds, share`` (of all waiting), the largest first; for ``unexplained``
        also ``low_s, high_s``, between which the data leave it, null elsewhere.

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
    ranges = flow.once("causes", lambda: _coded(flow))[1]
    names = ranges["stage"].map(dict(enumerate(flow.stream.stage_names))).astype(str)
    ranges = ranges.assign(stage=names, cause="unexplained")
    sums = sums.merge(ranges, how="left", on=["stage", "cause"])
    sums["low_s"], sums["high_s"] = sums["seconds"] - sums["less"], sums["seconds"] + sums["more"]
    sums = sums.drop(columns=["less", "more"])
    return sums.sort_values(["seconds", "stage", "cause"], ascending=False, ignore_index=True)


def lazy_causes(flow: Flow) -> nw.LazyFrame[Any]:
    """Return the rows of `causes` lazily, by item and position."""
    made = split_waits(flow).join(flow.log.items_frame.select("item", "item_id"), on="item")
    made = made.with_columns(seconds=nw.col("us").cast(nw.Float64) / 1e6, turn=nw.col("cause"))
    made = flow.engine.decode(made, stage=flow.stream.stage_names, cause=list(CAUSES))
    made = made.sort("item", "position", "turn")
    return made.select("item_id", "stage", "position", "cause", "seconds")


def split_waits(flow: Flow) -> nw.LazyFrame[Any]:
    """Split the waits, in codes: ``item, stage, position, cause`` (a place in `CAUSES`), ``us``."""
    return flow.once("causes", lambda: _coded(flow))[0]


def _coded(flow: Flow) -> tuple[nw.LazyFrame[Any], pd.DataFrame]:
    """Rows of the causes, and by stage how much ``less`` or ``more`` (s) may be unexplained."""
    seen = look(flow)
    split, delay = _split(flow, seen)
    whole = seen.high[seen.waits] - seen.low[seen.waits]
    split["unexplained"] += whole - sum(split.values())
    cells = np.column_stack([split[cause] for cause in CAUSES])
    cells_kept = cells > 0
    cells_kept[:, CAUSES.index("unexplained")] |= whole == 0
    wait, cause = np.nonzero(cells_kept)
    place = seen.waits[wait]
    made = {"item": seen.item[place], "stage": seen.stage[place], "position": seen.position[place]}
    table = pd.DataFrame({**made, "cause": cause, "us": cells[wait, cause]})
    rows = pd.concat([table, _blocked_work(flow)], ignore_index=True)
    less = np.minimum(delay.less, split["unexplained"])
    more = np.where(delay.doubtful, split["contention"] + split["prioritization"], 0)
    parts = {"stage": seen.stage[seen.waits], "less": less / 1e6, "more": more / 1e6}
    ranges = pd.DataFrame(parts).groupby("stage", as_index=False).sum()
    return flow.engine.table(rows), ranges


def _split(flow: Flow, seen: Seen) -> tuple[dict[str, Ints], Delay]:
    """Microseconds of each wait by cause; what is left over is for the caller to explain."""
    low, high, who = (column[seen.waits] for column in (seen.low, seen.high, seen.doer))
    pieces, parts = seen.diary(), seen.parts
    first = int(min(low.min(initial=flow.observed_us), pieces.start.min(initial=2**62)))
    shut = Shut(flow, first, pieces.start)
    batch, since, train = _batches(seen, pieces, shut)
    delay = _delayed(flow, seen, pieces, shut, batch)
    row, who = parts.row, who[parts.row]
    cut = np.clip(since[row], parts.low, parts.high)
    free = np.clip(delay.until[row], cut, parts.high)
    busy = pieces.busy(who, free, parts.high, span)
    later = pieces.later(who, free, parts.high, np.maximum(since, seen.possible)[row])
    # Companions that were possible later than this one, and yet went before it, overtook it.
    later += _overtaking(seen, batch, parts, cut)
    # Who waits for something else than people is not overtaken by what they do meanwhile.
    later = np.where(delay.until[row] > NEVER, 0, np.minimum(later, busy))
    closed = _closed(seen, Parts(row, cut, free), pieces, shut)
    closed += _closed(seen, Parts(row, free, parts.high), pieces, shut, busy=True)

    def total(amount: Ints) -> Ints:
        return np.bincount(row, amount, len(seen.waits)).astype(np.int64)

    split = {
        "batching": total(cut - parts.low),
        "prioritization": total(later),
        "contention": total(busy - later),
        "unavailability": total(closed),
        "blocked": high - low - total(parts.high - parts.low),
        "unexplained": np.zeros(len(low), np.int64),
    }
    # What is left of a wait for trains is for the next one to go.
    split["batching"] += np.where(train, high - low - sum(split.values()), 0)
    return split, delay


def _batches(seen: Seen, pieces: Diary, shut: Shut) -> tuple[Ints, Ints, Bools]:
    """Find the batch of each visit; of each wait: companions until when, and if for trains."""
    rows = np.flatnonzero(seen.started)
    piece = seen.work.take(rows)
    number = find_batches(piece)
    real, train = believable(piece, number, pieces, shut)
    real, train = np.r_[real, False], np.r_[train, np.zeros(int(seen.stage.max()) + 2, bool)]
    number = np.where(real[number], number, -1)
    last = np.full(len(real), NEVER)
    np.maximum.at(last, number, np.where(number >= 0, piece.enabled, NEVER))
    batch = np.full(len(seen.item) + 1, -1, np.int64)
    batch[rows] = number
    mine = batch[seen.following]
    return batch[:-1], last[mine], train[seen.to_stage[seen.waits]]


def _delayed(flow: Flow, seen: Seen, pieces: Diary, shut: Shut, batch: Ints) -> Delay:
    """Find until when each wait was for something else than people."""
    number = np.r_[batch, -1][seen.following]
    rows = np.flatnonzero((seen.doer[seen.waits] >= 0) & (seen.following >= 0) & (number < 0))
    place = seen.waits[rows]
    low, high, who = seen.low[place], seen.high[place], seen.doer[place]
    begun = np.clip(pieces.free_since(who, high), low, high)
    held = np.clip(pieces.unbroken(who, high, shut.free) - low, 0, high - low)
    key = seen.stage[place] * len(flow.stream.stage_names) + seen.to_stage[place]
    passed = pieces.later(who, low, high, low)
    ends = Ends(key, high - low, shut.free(begun, high), held, passed)
    for number in np.flatnonzero(delaying(ends)):
        own = np.flatnonzero(key == number)
        taken = own[(ends.free[own] == 0) & (ends.span[own] > 0)]
        full = pieces.full_since(np.unique(who[own]), high[taken])
        if (full < high[taken]).sum() >= POOL * max(len(taken), 1):
            held[taken] = np.clip(full - low[taken], held[taken], ends.span[taken])
        order = own[np.argsort(high[own])]
        came = np.r_[low.min(), np.maximum.accumulate(low[order])]
        ahead = came[np.searchsorted(high[order], high[taken])]
        held[taken] = np.clip(ahead - low[taken], held[taken], ends.span[taken])
    estimate, known = delays(ends)
    made = Delay(np.full(len(seen.waits), NEVER), *np.zeros((2, len(seen.waits)), np.int64))
    made.until[rows[known]] = (low + estimate)[known]
    sure = (ends.free > 0) | (ends.span == 0)
    made.less[rows] = np.where(known & ~sure, estimate - ends.held, 0)
    made.doubtful[rows] = known | (ends.free > 0)
    return made


def _overtaking(seen: Seen, batch: Ints, parts: Parts, low: Ints) -> Ints:
    """Work on companions that came later than the item and went before it, in microseconds."""
    rows = np.flatnonzero(batch >= 0)
    mates = diary(seen.work.take(rows), batch[rows])
    number = np.r_[batch, -1][seen.following][parts.row]
    some, made = np.flatnonzero(number >= 0), np.zeros(len(low), np.int64)
    possible = seen.possible[parts.row[some]]
    made[some] = mates.later(number[some], low[some], parts.high[some], possible)
    return made


def _closed(seen: Seen, parts: Parts, pieces: Diary, shut: Shut, *, busy: bool = False) -> Ints:
    """Time outside the calendar of those who do the next stage; ``busy``: without their work."""
    place = seen.waits[parts.row]
    following = shut.of[seen.to_stage[place]]
    own = np.where(following >= 0, following, shut.of[seen.stage[place]])
    made = np.zeros(len(own), np.int64)
    for calendar in range(len(shut.tables)):
        rows, size = np.flatnonzero(own == calendar), shut.size(calendar)
        if len(rows) and size is not None:
            low, high = parts.low[rows], parts.high[rows]
            made[rows] = size(low, high)
            if busy:
                made[rows] -= pieces.busy(seen.doer[place[rows]], low, high, size)
    return made


def _blocked_work(flow: Flow) -> pd.DataFrame:
    """Blocked time inside active visits, in codes."""
    blocked = (nw.col("kind") == ACTIVE) & (nw.col("blocked_us") > 0)
    rows = flow.frame.filter(blocked).select("item", "stage", "position", us=nw.col("blocked_us"))
    return to_pandas(rows).assign(cause=CAUSES.index("blocked"))
