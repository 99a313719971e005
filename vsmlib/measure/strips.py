"""What happened to single items, visit by visit, along the time since they entered."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from vsmlib.flow import KINDS, Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import finished
from vsmlib.measure.items import delivered
from vsmlib.measure.sample import thinned

__all__ = ["strips"]

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
    chosen = flow.engine.table(thinned(done, "lead", items))
    met = flow.frame.filter(nw.col("open") == 0).join(chosen.select("item"), on="item", how="semi")
    blocked = flow.blocked_parts(met).join(
        met.select("item", "position", "visit"), on=["item", "position"]
    )
    columns = ["item", "position", "stage", "kind", "visit", "t0", "t1"]
    # No kind of a stage: its number is the one after the last of them.
    blocked = blocked.filter(nw.col("t0") < nw.col("t1"))
    parts = blocked.with_columns(kind=nw.lit(len(KINDS)).cast(nw.Int64)).select(columns)
    made = nw.concat([met.with_columns(nw.col("kind").cast(nw.Int64)).select(columns), parts])
    made = made.join(chosen, on="item").filter(nw.col("t0") < nw.col("delivered"))
    made = made.join(flow.log.items_frame.select("item", "item_id"), on="item")
    made = made.with_columns(over=nw.when(nw.col("kind") == len(KINDS)).then(1).otherwise(0))
    made = flow.engine.decode(made, stage=flow.stream.stage_names, kind=[*KINDS, "blocked"])
    made = made.sort("lead", "item", "over", "t0", "position", descending=[True, *[False] * 4])
    seconds = {"lead_time_s": nw.col("lead")}
    seconds |= {end: nw.col(t) - nw.col("first_us") for end, t in ENDS.items()}
    made = made.with_columns(**{c: x.cast(nw.Float64) / 1e6 for c, x in seconds.items()})
    columns = ["item_id", "lead_time_s", "weight", "stage", "kind", "visit", *ENDS]
    return finished(made.select(columns), None)
