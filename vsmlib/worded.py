"""The visits table in words, as people and files get it."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from vsmlib.log import EventLog
from vsmlib.stream import KINDS, ValueStream

__all__ = ["visits"]

Frame = nw.LazyFrame[Any]


def visits(frame: Frame, log: EventLog, stream: ValueStream) -> Frame:
    """Put visits in words, seconds and UTC timestamps, by item and position, lazily."""
    made = frame.join(log.items_frame.select("item", "item_id"), on="item")
    names, actors = stream.stage_names, log.actor_names
    stages = dict.fromkeys(("stage", "from_stage", "to_stage"), names)
    people = dict.fromkeys(("entered_by", "left_by"), actors)
    made = made.rename({"actor_in": "entered_by", "actor_out": "left_by"})
    made = log.engine.decode(made, kind=list(KINDS), **stages, **people)
    made = made.sort("item", "position")
    seconds = {
        "elapsed_s": nw.col("t1") - nw.col("t0"),
        "working_s": nw.col("working_us"),
        "blocked_s": nw.col("blocked_us"),
        "blocked_working_s": nw.col("blocked_working_us"),
    }
    if not (stream.blocked or stream.calendars()):  # what is known is not sorted
        zero = nw.lit(0).cast(nw.Int64)
        none = nw.lit(None).cast(nw.Int64)
        seconds |= {"working_s": none, "blocked_s": zero, "blocked_working_s": none}
    left = nw.when(nw.col("open") == 0).then(nw.col("t1"))
    made = made.with_columns(
        entered_at=nw.col("t0"),
        left_at=left,
        **{name: expr.cast(nw.Float64) / 1e6 for name, expr in seconds.items()},
    )
    made = log.engine.timestamps(made, "entered_at", "left_at")
    order = ("item_id", "stage", "kind", "position", "visit", "entered_at", "left_at")
    rest = ("from_stage", "to_stage", "entered_by", "left_by")
    return made.select(*order, *seconds, *rest)
