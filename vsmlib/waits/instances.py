"""Classical logs, with start and end of each activity, where activities of an item run in parallel.

A visit ends when the next activity begins, so what waits beside a running activity has no visit of
its own. Here each activity instance becomes an item: it waits from when it was possible, then runs.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from vsmlib.engine import to_pandas
from vsmlib.errors import StreamError
from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.sources import Extract
from vsmlib.stream import ValueStream
from vsmlib.visits import ORDER
from vsmlib.waits.diary import Bools
from vsmlib.waits.order import Ints, before

__all__ = ["instances", "overlapping"]

FEW, RARE = 5, 0.02  # so many instances, such a share, that overlap are no accident
NEAR = 0.9  # of the heuristics miner: above it one activity depends on, or alternates with, another


def instances(flow: Flow) -> Flow:
    """Make a flow of which each item is one instance of an activity.

    An instance is possible from the end of the last instance of its item that was over when it
    began and is of no activity that runs parallel to its own; without such a one it waits for
    nothing that anyone saw. Two activities run parallel if they follow each other directly in both
    orders, neither order prevails and they do not alternate (heuristics miner, thresholds 0.9), or
    if they are seen to overlap (5 times, and in 2 % of their direct successions).

    Parameters
    ----------
    flow : Flow
        Of a log whose events are ``X start`` and ``X end``; its calendars stay.

    Returns
    -------
    Flow
        Stages ``Before X`` (wait) and ``X`` (active) of each activity, and ``Done``. Items are
        called ``ITEM/N``, N counting an item's instances by their start; instances that have not
        ended are left out.

    Raises
    ------
    StreamError
        If the log has no such events.

    Examples
    --------
    >>> import pandas as pd, vsmlib as vsm
    >>> hours = pd.to_datetime(["2026-01-05 09:00Z", "2026-01-05 11:00Z"])
    >>> log = vsm.read(pd.DataFrame({"case": ["A", "A"], "activity": ["X", "Y"],
    ...     "start": hours, "end": hours + pd.Timedelta("1h")}))
    >>> made = instances(vsm.Flow(log, vsm.suggest(log).stream))
    >>> made.visits.query("kind == 'wait'")[["item_id", "stage", "elapsed_s"]].values.tolist()
    [['A/2', 'Before Y', 3600.0]]
    """
    table, names = _paired(flow)
    item, activity, start, end = (
        table[name].to_numpy() for name in ("item", "activity", "start", "end")
    )
    overlap = np.r_[start[1:] < end[:-1], False][: len(start)]
    parallel = _parallel(item, activity, overlap, len(names))
    possible = _possible(item, start, end, activity, parallel)
    events = _events(flow, table.assign(possible=possible), names)
    log = EventLog(Extract(events, None, [], flow.log.observed_until, flow.log.name),
                   pseudonymous=False)  # fmt: skip
    return Flow(log, _stream(flow, names))


def overlapping(flow: Flow) -> tuple[int, int]:
    """Count the activity instances during which another of their item began, and all of them."""
    if not _timed(flow):
        return 0, 0
    table, _ = _paired(flow)
    item, start, end = (table[name].to_numpy() for name in ("item", "start", "end"))
    return int(((start[1:] < end[:-1]) & (item[1:] == item[:-1])).sum()), len(table)


def _events(flow: Flow, table: pd.DataFrame, names: list[str]) -> pa.Table:
    """Write each instance as an item of its own: possible (if that is known), start and end."""
    ids = to_pandas(flow.log.items_frame.select("item", "item_id").sort("item"))["item_id"]
    number = (table.groupby("item").cumcount() + 1).astype(str)
    own = ids.iloc[table["item"]].reset_index(drop=True) + "/" + number
    actors = pd.Series([*flow.log.actor_names, None], dtype=object)
    who = actors.iloc[table["actor"]].reset_index(drop=True)
    label = pd.Series(names, dtype=object).iloc[table["activity"]].reset_index(drop=True)
    parts = {"possible": label + " possible", "start": label + " start", "end": "end"}
    columns = {"item_id": own, "actor": who, "source": "", "actor_type": None}
    made = pd.concat(
        pd.DataFrame({**columns, "t": table[part], "event": event, "seq": seq})
        for seq, (part, event) in enumerate(parts.items())
    )
    schema = [("t", pa.int64()), ("seq", pa.int64())]
    schema += [(c, pa.string()) for c in ("item_id", "event", "actor", "actor_type", "source")]
    made = made[(made["seq"] > 0) | (made["t"] >= 0)]
    return pa.Table.from_pandas(made, pa.schema(schema), preserve_index=False)


def _stream(flow: Flow, names: list[str]) -> ValueStream:
    stages: list[dict[str, Any]] = []
    entered = {event: stage for stage in flow.stream.stages for event in stage.enter}
    for name in names:
        stage = entered.get(f"{name} start")
        own = {"calendar": stage.calendar} if stage and stage.calendar else {}
        stages.append({"name": f"Before {name}", "kind": "wait", "enter": [f"{name} possible"]})
        stages.append({"name": name, "kind": "active", "enter": [f"{name} start"], **own})
    stages.append({"name": "Done", "kind": "done", "enter": ["end"]})
    stream = {"name": flow.stream.name, "calendar": flow.stream.calendar, "stages": stages}
    return ValueStream.from_dict(stream)


def _timed(flow: Flow) -> list[str]:
    """Name the activities of which the log has starts and ends."""
    known = set(flow.log.event_names)
    starts = [
        name.removesuffix(" start") for name in flow.log.event_names if name.endswith(" start")
    ]
    return [name for name in starts if f"{name} end" in known]


def _paired(flow: Flow) -> tuple[pd.DataFrame, list[str]]:
    """Activity instances by item and start: ``item, activity, start, end, actor``."""
    known = {name: code for code, name in enumerate(flow.log.event_names)}
    names = _timed(flow)
    if not names:
        raise StreamError(
            "no activity has a start and an end",
            where=flow.log.name,
            accepted="events such as 'Review start' and 'Review end'",
            hint="read the log with --start and --end",
        )
    rows = [(known[f"{name} {side}"], n, s) for n, name in enumerate(names)
            for s, side in enumerate(("start", "end"))]  # fmt: skip
    coded = flow.engine.table(pd.DataFrame(rows, columns=["event", "activity", "side"]))
    marked = flow.codes().join(coded, on="event").with_columns(one=nw.lit(1))
    nth = nw.col("one").cum_sum().over("item", "activity", "side", order_by=ORDER)
    marked = marked.with_columns(nth=nth.cast(nw.Int64))
    keys = ["item", "activity", "nth"]
    begun = marked.filter(nw.col("side") == 0).select(
        *keys, nw.col("t").alias("start"), nw.col("actor").fill_null(-1)
    )
    ended = marked.filter(nw.col("side") == 1).select(*keys, nw.col("t").alias("end"))
    both = begun.join(ended, on=keys).filter(nw.col("end") >= nw.col("start"))
    table = to_pandas(both.sort("item", "start", "end", "activity", "nth"))
    return table.astype("int64"), names


def _parallel(item: Ints, activity: Ints, overlap: Bools, size: int) -> Any:
    """Whether two activities run parallel, as a matrix."""
    next_one, next_but_one = item[1:] == item[:-1], item[2:] == item[:-2]
    back = next_but_one & (activity[2:] == activity[:-2])
    follows, beside, loops = (
        _counts(activity[:-1][rows], activity[1:][rows], size)
        for rows in (next_one, next_one & overlap[:-1], np.r_[back, False][: len(next_one)])
    )
    both = follows + follows.T
    either = (np.minimum(follows, follows.T) > 0) & (
        np.abs(follows - follows.T) / (both + 1) < NEAR
    )
    loops = loops + loops.T
    seen = beside + beside.T
    return (either & (loops / (loops + 1) < NEAR)) | (seen >= np.maximum(FEW, RARE * both))


def _counts(one: Ints, other: Ints, size: int) -> Any:
    return np.bincount(one * size + other, minlength=size * size).reshape(size, size)


def _possible(item: Ints, start: Ints, end: Ints, activity: Ints, parallel: Any) -> Ints:
    """When each instance was possible, -1 unseen; a round steps back over one parallel instance."""
    order = np.lexsort((end, item))
    place = before(item[order], end[order], item, start + 1) - 1
    made, left = np.full(len(item), -1), np.arange(len(item))
    while len(left):
        place = np.maximum(place, 0)
        other = order[place]
        left_ok = (item[other] == item[left]) & (end[other] <= start[left])
        beside = parallel[activity[other], activity[left]] | (other == left)
        found = left_ok & ~beside
        made[left[found]] = end[other[found]]
        on = left_ok & beside & (place > 0)
        left, place = left[on], place[on] - 1
    return made
