"""What happened to single items, visit by visit, along the time since they entered."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import KINDS, Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import finished, labelled
from vsmlib.measure.items import delivered
from vsmlib.measure.sample import thinned

__all__ = ["strips"]

Frame = nw.LazyFrame[Any]
ENDS = {"start_s": "t0", "end_s": "t1"}


@kept
def strips(flow: Flow, items: int = 40) -> pd.DataFrame:
    """Visits of a sample of delivered items, as parts of each one's strip of time.

    Parameters
    ----------
    flow : Flow
        The visits.
    items : int
        How many items at most: the slowest tenth of that number, and of the others an even choice.

    Returns
    -------
    pandas.DataFrame
        ``item_id, lead_time_s, weight, stage, kind, visit, start_s, end_s``: one row a visit
        until the item's delivery, its ends in elapsed seconds since the item entered the stream,
        and one row of the kind ``blocked`` for each time that it was blocked within. The item of
        the longest lead time comes first; blocked rows follow the visits of their item; ``weight``
        is how many delivered items this one stands for.
    """
    lead = nw.col("process_us") + nw.col("wait_us")
    done = delivered(flow)
    done = done.select("item", "first_us", delivered="ended_us", lead=lead)
    chosen = flow.engine.table(done.join(thinned(flow.engine, done, "lead", items), on="item"))
    made = _parts(flow, flow.passed.join(chosen.select("item"), on="item"))
    made = made.join(chosen, on="item").filter(nw.col("t0") < nw.col("delivered"))
    made = made.join(flow.log.items_frame.select("item", "item_id"), on="item")
    made = made.with_columns(over=nw.when(nw.col("kind") == len(KINDS)).then(1).otherwise(0))
    made = made.sort("lead", "item", "over", "t0", "position", descending=[True, *[False] * 4])
    seconds = {"lead_time_s": nw.col("lead")}
    seconds |= {end: nw.col(t) - nw.col("first_us") for end, t in ENDS.items()}
    made = made.with_columns(**{c: x.cast(nw.Float64) / 1e6 for c, x in seconds.items()})
    columns = ["item_id", "lead_time_s", "weight", "stage", "kind", "visit", *ENDS]
    table = finished(made.select(columns), None)
    names = {"stage": flow.stream.stage_names, "kind": [*KINDS, "blocked"]}
    return table.assign(**{c: labelled(table[c], names[c]) for c in names})


def _parts(flow: Flow, visits: Frame) -> Frame:
    """Give closed visits, and under a kind of their own the times that they were blocked."""
    met, columns = visits.filter(nw.col("open") == 0), ["item", "position", "stage", "visit"]
    kind = nw.col("kind").cast(nw.Int64)
    made = met.select(*columns, kind, "t0", "t1")
    if not flow.stream.blocked:
        return made
    blocked = flow.blocked_parts(met).filter(nw.col("t0") < nw.col("t1"))
    blocked = blocked.join(met.select("item", "position", "visit"), on=["item", "position"])
    # No kind of a stage: its number is the one after the last of them.
    number = nw.lit(len(KINDS)).cast(nw.Int64).alias("kind")
    return nw.concat([made, blocked.select(*columns, number, "t0", "t1")])
