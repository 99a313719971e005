"""What is under way now, and the pace at which delivered items once passed the same stages."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.flow import Flow
from vsmlib.kept import kept
from vsmlib.measure.groups import ACTIVE, WAIT, finished, grouped, keys, labelled, named, quantiles
from vsmlib.measure.items import facts
from vsmlib.measure.sample import thinned
from vsmlib.measure.stages import delivered_visits

__all__ = ["aging", "pace"]


@kept
def aging(
    flow: Flow, by: str | None = None, most: int | None = None, each: int | None = None
) -> pd.DataFrame:
    """One row an item in progress at the end of observation, oldest first.

    Parameters
    ----------
    flow : Flow
        The visits.
    by : str, optional
        An item column that becomes the first key.
    most : int, optional
        Rows at most: the oldest tenth of that number, and of the others an even choice.
    each : int, optional
        Rows at most of each stage: its oldest items.

    Returns
    -------
    pandas.DataFrame
        ``item_id, item_type, stage, position`` (of the stage, from 1), ``entered_stage_at``
        (UTC), ``stage_age_s, age_s`` (elapsed; age counts active and wait time only).
    """
    still = _in_progress(flow)
    if most:
        still = still.join(thinned(flow.engine, still, "age_us", most), on="item")
    if each:
        place = still.with_columns(younger=-nw.col("age_us"), one=nw.lit(1))
        place = place.with_columns(
            place=nw.col("one").cum_sum().over("stage", order_by=["younger", "item"])
        )
        still = place.filter(nw.col("place") <= each)
    still = still.join(flow.log.items_frame.select("item", "item_id", "item_type"), on="item")
    made = grouped(flow, still, by).with_columns(position=nw.col("stage") + 1)
    made = made.with_columns(
        entered_stage_at=nw.col("t0"),
        stage_age_s=(nw.col("t1") - nw.col("t0")).cast(nw.Float64) / 1e6,
        age_s=nw.col("age_us").cast(nw.Float64) / 1e6,
    )
    columns = ["item_id", "item_type", "stage", "position", "entered_stage_at", "stage_age_s"]
    made = flow.engine.timestamps(made, "entered_stage_at")
    made = made.sort("age_us", "item_id", descending=[True, False])
    table = finished(made.select(*keys(by), *columns, "age_s"), by)
    return table.assign(stage=labelled(table["stage"], flow.stream.stage_names))


def _in_progress(flow: Flow) -> nw.LazyFrame[Any]:
    """Open visits of the items in progress, with the item's ``age_us``, once for a flow."""
    age = facts(flow).filter(nw.col("status") == 0)
    age = age.select("item", age_us=nw.col("process_us") + nw.col("wait_us"))
    still = flow.still.select("item", "stage", "t0", "t1").join(age, on="item")
    made: nw.LazyFrame[Any] = flow.once("in progress", lambda: flow.engine.table(still))
    return made


@kept
def pace(flow: Flow, by: str | None = None) -> pd.DataFrame:
    """Age at which delivered items left each active or wait stage for the last time.

    Returns
    -------
    pandas.DataFrame
        ``stage, position, p50_s, p85_s, p95_s, late`` (items in progress in the stage that are
        older than its ``p85_s``), in flow order, stages that were visited only.
    """
    flowing = nw.col("kind").is_in([ACTIVE, WAIT])
    visits = delivered_visits(flow, by)
    visits = visits.with_columns(flow_us=nw.when(flowing).then(nw.col("span_us")).otherwise(0))
    visits = visits.with_columns(age=nw.col("flow_us").cum_sum().over("item", order_by="position"))
    left = visits.filter(flowing).group_by("item", "stage", *keys(by)).agg(nw.col("age").max())
    spread = left.group_by(*keys(by), "stage").agg(*quantiles("age")).sort(*keys(by), "stage")
    rows = finished(spread, None)
    rows["late"] = 0
    if len(rows):
        marks = flow.engine.table(rows[[*keys(by), "stage", "p85_s"]])
        late = grouped(flow, _in_progress(flow), by).join(marks, on=[*keys(by), "stage"])
        late = late.filter(nw.col("age_us").cast(nw.Float64) / 1e6 > nw.col("p85_s"))
        late = late.group_by(*keys(by), "stage").agg(nw.len().alias("late"))
        found = finished(late, None).set_index([*keys(by), "stage"])["late"]
        at = rows.set_index([*keys(by), "stage"]).index
        rows["late"] = found.reindex(at, fill_value=0).to_numpy()
    rows["position"] = rows["stage"] + 1
    rows["stage"] = labelled(rows["stage"], flow.stream.stage_names)
    return named(rows[[*keys(by), "stage", "position", "p50_s", "p85_s", "p95_s", "late"]], by)
