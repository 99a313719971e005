"""The four wastes of software delivery, each with its size, its places and the items behind it.

A waste is a sum of parts of visits, so nothing in it is estimated. The wastes overlap each other: a
wait in a rework visit is both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import aside, scalar, to_pandas
from vsmlib.flow import KINDS, Flow
from vsmlib.measure import stages, summary
from vsmlib.visits import DAY_US
from vsmlib.waits.causes import CAUSES, split_waits
from vsmlib.waits.order import running_max
from vsmlib.waits.seen import look

__all__ = ["Waste", "overproduction", "rework", "switching", "table", "waiting", "write"]

Frame = nw.LazyFrame[Any]
ACTIVE, WAIT = KINDS.index("active"), KINDS.index("wait")
GROUP = 5  # people; below it nothing is said about how people work
TOP = 20


@dataclass(frozen=True)
class Waste:
    """One waste.

    Attributes
    ----------
    name : str
    days : float
        Its size; null where the log is too small to say.
    share : float
        Of all days that items spent in active and wait visits, delivered or not.
    trend : pandas.DataFrame
        ``month`` (UTC, in which the visit ended), ``days``, ``share`` of that month's.
    places : pandas.DataFrame
        ``stage, what, days, share`` (of this waste)``, items``: where it is, the largest first.
    items : pandas.DataFrame
        ``item_id, days``: the items that lost most.
    figures : dict
        What else is known of it.
    wrong_if : str
        What would have to be true for it to be no waste.
    """

    name: str
    days: float
    share: float
    trend: pd.DataFrame
    places: pd.DataFrame
    items: pd.DataFrame
    figures: dict[str, Any] = field(default_factory=dict)
    wrong_if: str = ""


def table(flow: Flow) -> pd.DataFrame:
    """All four wastes by place: ``waste, stage, what, days, share`` (of the waste)``, items``.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> flow = vsm.Flow(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> table(flow)["waste"].unique().tolist()
    ['waiting', 'overproduction', 'rework', 'switching']
    """
    every: list[Callable[[Flow], Waste]] = [waiting, overproduction, rework, switching]
    made = [waste(flow) for waste in every]
    return pd.concat([w.places.assign(waste=w.name) for w in made], ignore_index=True)[
        ["waste", "stage", "what", "days", "share", "items"]
    ]


def write(flow: Flow, out: Path | str) -> pd.DataFrame:
    """Write `table` as ``waste.parquet`` into a folder, and return it.

    Raises
    ------
    RunError
        If the folder cannot be written; an old file is then as it was.
    """
    made = table(flow)
    with aside(out) as folder:
        flow.engine.write_parquet(flow.engine.table(made), folder / "waste.parquet")
    return made


def waiting(flow: Flow) -> Waste:
    """Time in wait visits, and blocked time in active ones, by stage and cause.

    ``figures``: ``owners`` (days by the stage's owner), ``queue`` (items in each wait stage now),
    ``queue_growth`` (arrivals less leavings of the last four weeks, a week).
    """
    split = split_waits(flow).rename({"cause": "what"})
    rows = split.join(flow.frame.select("item", "position", "t1"), on=["item", "position"])
    made = _sized(flow, "waiting", rows.select("item", "stage", "what", "t1", "us"), CAUSES)
    owners = {stage.name: stage.owner or "(nobody named)" for stage in flow.stream.stages}
    by_owner = made.places.groupby(made.places["stage"].map(owners))["days"].sum()
    queue, growth = _queues(flow)
    made.figures.update(owners=by_owner.to_dict(), queue=queue, queue_growth=growth)
    return made


def overproduction(flow: Flow) -> Waste:
    """Work on items that were cancelled, and finished items that nobody has yet.

    Its days are active time of cancelled items, and the time that open items have now spent in a
    wait after the last active stage. ``figures``: ``inventory`` (such items),
    ``inventory_age_p50_s, arrivals_per_week, throughput_per_week``.
    """
    last = max((n for n, k in enumerate(flow.stream.kinds) if k == "active"), default=-1)
    items = flow.frame.join(flow.ends.select("item", "status"), on="item")
    dropped = (nw.col("status") == KINDS.index("cancelled")) & (nw.col("kind") == ACTIVE)
    over = (nw.col("kind") == WAIT) & (nw.col("open") == 1) & (nw.col("stage") > last)
    stock = over if last >= 0 else over & (nw.col("open") == 0)
    rows = items.filter(dropped | stock).select(
        *("item", "stage", "t1"),
        what=nw.when(nw.col("kind") == ACTIVE).then(0).otherwise(1),
        us=nw.col("t1") - nw.col("t0"),
    )
    labels = ("work on cancelled items", "finished, not released")
    made = _sized(flow, "overproduction", rows, labels)
    told = summary(flow)
    ages = to_pandas(rows.filter(nw.col("what") == 1).select("us"))["us"]
    weeks = _weeks(flow)
    entered = int(scalar(flow.frame.filter(nw.col("position") == 1).select(nw.len())))
    made.figures.update(
        inventory=len(ages),
        inventory_age_p50_s=float(ages.median() / 1e6) if len(ages) else None,
        arrivals_per_week=entered / weeks if weeks else None,
        throughput_per_week=told["throughput_per_week"],
    )
    return made


def rework(flow: Flow) -> Waste:
    """Time in active and wait visits to a stage that the item had left before.

    Its places are the stages that items came back to, and ``what`` where they came from.
    ``figures``: ``first_pass_yield`` (delivered items without a rework visit), ``reopened`` (visits
    that left a done stage) and ``percent_complete_accurate`` by stage.
    """
    flowing = nw.col("kind").is_in([ACTIVE, WAIT])
    again = flow.frame.filter(flowing & (nw.col("visit") > 1))
    rows = again.select(
        *("item", "stage", "t1"),
        what=nw.col("from_stage"),
        us=nw.col("t1") - nw.col("t0"),
    )
    names = tuple(f"back from {name}" for name in flow.stream.stage_names)
    made = _sized(flow, "rework", rows, names)
    share, known = summary(flow)["rework_share"], stages(flow)
    undone = (nw.col("kind") == KINDS.index("done")) & (nw.col("open") == 0)
    undone &= nw.col("to_kind") != KINDS.index("done")
    accurate = known.set_index("stage")["percent_complete_accurate"].dropna()
    made.figures.update(
        first_pass_yield=None if share is None else 1 - share,
        reopened=int(scalar(flow.frame.filter(undone).select(nw.len()))),
        percent_complete_accurate=accurate.to_dict(),
    )
    return made


def switching(flow: Flow) -> Waste:
    """Time that active items lay while their person was in another item that was begun before.

    ``figures``: ``people``; ``parallel_items`` (in work per person, while they had any);
    ``switches_per_day`` (a piece of work begun on another item than the one before, a person and
    day with work); ``pieces_per_item`` (active visits); ``relation`` (rank correlation of an item's
    lying share and its active and wait time, over items). With fewer than five people there is
    nothing but ``people``: it would be about persons.
    """
    seen = look(flow)
    work = seen.work
    rows = np.flatnonzero((work.actor >= 0) & (work.end > work.start))
    rows = rows[np.lexsort((work.end[rows], work.start[rows], work.actor[rows]))]
    piece = work.take(rows)
    people = len(np.unique(piece.actor))
    if people < GROUP:
        rows, piece = rows[:0], work.take(rows[:0])
    top = running_max(piece.actor, piece.end)
    follows = np.r_[False, piece.actor[1:] == piece.actor[:-1]][: len(rows)]
    since = np.where(follows, np.r_[0, top[:-1]][: len(rows)], piece.start)
    own = np.maximum(piece.end - np.maximum(piece.start, since), 0)
    lying = piece.end - piece.start - own
    parts = {"item": seen.item[rows], "stage": piece.stage, "what": 0, "t1": piece.end, "us": lying}
    frame = pd.DataFrame(parts, dtype="int64")
    made = _sized(flow, "switching", flow.engine.table(frame), ("person at another item",))
    made.figures["people"] = people
    if people < GROUP:
        return Waste(made.name, np.nan, np.nan, *_parts(made), made.figures, made.wrong_if)
    item = seen.item[rows]
    switched = follows & np.r_[False, item[1:] != item[:-1]][: len(rows)]
    days = len(np.unique(np.column_stack([piece.actor, piece.start // DAY_US]), axis=0))
    made.figures.update(
        parallel_items=float((piece.end - piece.start).sum() / own.sum()),
        switches_per_day=float(switched.sum() / days),
        pieces_per_item=float(len(rows) / len(np.unique(item))),
        relation=_relation(flow, frame.assign(span=piece.end - piece.start)),
    )
    return made


def _parts(waste: Waste) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return waste.trend, waste.places, waste.items


WRONG_IF = {
    "waiting": "an item gains nothing from being done sooner, or a wait stage is really work",
    "overproduction": "the cancelled work taught something worth its days, or the finished items"
    " are in use already",
    "rework": "going back is how the work is meant to be done, such as review in planned rounds",
    "switching": "people really work at several items at once, or items stay in an active stage"
    " while nobody is meant to work on them",
}


def _sized(flow: Flow, name: str, rows: Frame, labels: tuple[str, ...]) -> Waste:
    """Sum rows of ``item, stage, what, t1, us`` up; ``what`` is a place in the labels."""
    rows = rows.filter(nw.col("us") > 0).with_columns(day=nw.col("t1") // DAY_US)
    days = (nw.col("us").cast(nw.Float64).sum() / DAY_US).alias("days")
    spent = flow.frame.filter(nw.col("kind").is_in([ACTIVE, WAIT])).select(
        day=nw.col("t1") // DAY_US, us=nw.col("t1") - nw.col("t0")
    )
    whole = _months(to_pandas(spent.group_by("day").agg(days)))
    trend = _months(to_pandas(rows.group_by("day").agg(days)))
    trend = whole[["month"]].merge(trend, how="left").fillna({"days": 0.0})
    trend["share"] = trend["days"] / whole["days"].where(whole["days"] > 0)
    size, total = trend["days"].sum(), whole["days"].sum()
    counted = nw.col("item").n_unique().alias("items")
    places = to_pandas(rows.group_by("stage", "what").agg(days, counted))
    places["stage"] = places["stage"].map(dict(enumerate(flow.stream.stage_names)))
    places["what"] = places["what"].map(dict(enumerate(labels)))
    places["share"] = places["days"] / size if size else np.nan
    places = places.sort_values(["days", "stage", "what"], ascending=False, ignore_index=True)
    ids = flow.log.items_frame.select("item", "item_id")
    lost = rows.group_by("item").agg(days).join(ids, on="item").select("item_id", "days")
    lost = lost.sort("days", "item_id", descending=[True, False]).head(TOP)
    share = size / total if total else np.nan
    order = ["stage", "what", "days", "share", "items"]
    return Waste(name, size, share, trend, places[order], to_pandas(lost), wrong_if=WRONG_IF[name])


def _months(table: pd.DataFrame) -> pd.DataFrame:
    month = pd.to_datetime(table["day"].astype("int64"), unit="D").dt.strftime("%Y-%m")
    return table.groupby(month.rename("month"))["days"].sum().reset_index()


def _weeks(flow: Flow) -> float:
    first = int(scalar(flow.frame.select(nw.col("t0").min())))
    return (flow.observed_us - first) / (7 * DAY_US)


def _queues(flow: Flow) -> tuple[dict[str, int], dict[str, float]]:
    """Items in each wait stage, and by how many a week it grew in the last four weeks."""
    weeks = 4
    recent = flow.observed_us - weeks * 7 * DAY_US
    one = nw.when(nw.col("open") == 1).then(1).otherwise(0)
    came = nw.when(nw.col("t0") >= recent).then(1).otherwise(0)
    went = nw.when((nw.col("t1") >= recent) & (nw.col("open") == 0)).then(1).otherwise(0)
    waits = flow.frame.filter(nw.col("kind") == WAIT).with_columns(one=one, grew=came - went)
    sums = to_pandas(waits.group_by("stage").agg(nw.col("one").sum(), nw.col("grew").sum()))
    names = sums["stage"].map(dict(enumerate(flow.stream.stage_names)))
    queue = dict(zip(names, sums["one"].astype(int).tolist(), strict=True))
    return queue, dict(zip(names, (sums["grew"].astype(float) / weeks).tolist(), strict=True))


def _relation(flow: Flow, pieces: pd.DataFrame) -> float | None:
    """Rank correlation of the share of its active time that an item lay, and its whole time."""
    sums = pieces.groupby("item")[["us", "span"]].sum()
    flowing = flow.frame.filter(nw.col("kind").is_in([ACTIVE, WAIT]))
    time = (nw.col("t1") - nw.col("t0")).cast(nw.Float64)
    whole = to_pandas(flowing.with_columns(time=time).group_by("item").agg(nw.col("time").sum()))
    both = sums.join(whole.set_index("item"), how="inner")
    ranks = pd.DataFrame({"lay": both["us"] / both["span"], "time": both["time"]}).rank()
    found = ranks["lay"].corr(ranks["time"])
    return None if pd.isna(found) else float(found)
