"""The four wastes of software delivery, each with its size, its places and the items behind it.

A waste is a sum of parts of visits, so nothing in it is estimated. The wastes overlap each other: a
wait in a rework visit is both. `vsmlib.waste.opportunities` counts every second once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import scalar, to_pandas
from vsmlib.flow import KINDS, Flow
from vsmlib.kept import kept
from vsmlib.measure import stages, summary
from vsmlib.measure.groups import ACTIVE, DELIVERED, WAIT
from vsmlib.visits import DAY_US
from vsmlib.waits.causes import CAUSES, split_waits
from vsmlib.waste.people import habits, lying, pieces, relation
from vsmlib.waste.sizes import FLOWING, Frame, Parts, Waste, days_by_end, sized

__all__ = ["EVERY", "overproduction", "rework", "switching", "waiting"]

SPAN = nw.col("t1") - nw.col("t0")
CANCELLED = KINDS.index("cancelled")
WEEKS = 4
GOES_BACK = 0.1  # of the visits to a wait: from there on what it holds is not finished
USED = ("used", "usage", "first_used", "feature_used")
# Marks of defects, by what they are called in logs.
SIGNS = {
    "pushes after review": ("pushed_after_review",),
    "failed builds": ("build failed", "build_failed", "failed", "failure", "FAILURE"),
    "failed changes": ("incident started", "rolled_back", "rollback", "reverted"),
    "hot fixes": ("hotfix", "hot fix", "hotfixed"),
}


@kept
def waiting(flow: Flow) -> Waste:
    """Time in wait visits, and blocked time in active ones, by stage and cause.

    ``figures``: ``owners`` (days by the stage's owner), ``queue`` (items in each wait stage now),
    ``queue_growth`` (arrivals less leavings of the last four weeks, a week).
    """
    queue, growth = _queues(flow)
    made = sized(flow, "waiting", waits(flow), {"queue": queue, "queue_growth": growth})
    owners = {stage.name: stage.owner or "(nobody named)" for stage in flow.stream.stages}
    by_owner = made.places.groupby(made.places["stage"].map(owners))["days"].sum()
    made.figures["owners"] = by_owner.to_dict()
    return made


def waits(flow: Flow) -> Parts:
    """Give the parts of waits by cause."""
    return Parts(split_waits(flow).rename({"cause": "what"}), CAUSES)


def uncaused(flow: Flow) -> Waste:
    """Size `waiting` by stage alone, which costs a fraction of finding the causes."""
    us = nw.when(nw.col("kind") == WAIT).then(SPAN).otherwise(nw.col("blocked_us"))
    rows = flow.frame.filter(FLOWING).select("item", "position", "stage", what=nw.lit(0), us=us)
    # The sums of all items are known.
    lost = days_by_end(flow, "wait_us")
    return sized(flow, "waiting", Parts(rows, ("waiting",)), {}, lost)


@kept
def overproduction(flow: Flow, *, used: Sequence[str] = USED) -> Waste:
    """Work on items that were cancelled or are not used, and finished items that nobody has yet.

    Its days are active time of cancelled items; the time that open items have now spent in a wait
    after the last active stage, from which fewer than a tenth of the visits went back; and, where
    the log has an event of ``used``, active time of delivered items that have none after their
    delivery.

    ``figures``: ``inventory`` (finished items), ``inventory_age_p50_s, arrivals_per_week,
    throughput_per_week, growth_per_week`` (arrivals less what ended), ``batch_size`` (mean items
    delivered at one moment: in the first and the second half of such moments), ``unused``
    (delivered items; null without usage events).
    """
    cancelled = flow.ends.filter(nw.col("status") == CANCELLED)
    cancelled = cancelled.select("item", cancelled=nw.lit(1))
    items, unused = flow.frame.join(cancelled, on="item", how="left"), _unused(flow, used)
    if unused is not None:
        items = items.join(unused.with_columns(unused=nw.lit(1)), on="item", how="left")
    else:
        items = items.with_columns(unused=nw.lit(None).cast(nw.Int64))
    active = nw.col("kind") == ACTIVE
    stock = (nw.col("open") == 1) & nw.col("stage").is_in(_final(flow) or [-1])
    what = nw.when(active & (nw.col("cancelled") == 1)).then(0).when(stock).then(1)
    what = what.when(active & (nw.col("unused") == 1)).then(2)
    rows = items.with_columns(what=what).filter(~nw.col("what").is_null())
    rows = rows.select("item", "position", "stage", "what", us=SPAN)
    labels = ("work on cancelled items", "finished, not released", "work on what nobody uses")
    told = summary(flow)
    ages = to_pandas(rows.filter(nw.col("what") == 1).select("us"))["us"]
    out = (told["delivered"] + told["cancelled"]) * 7 / (told["window"]["days"] or np.nan)
    arrivals = told["arrivals_per_week"]
    figures = {
        "inventory": len(ages),
        "inventory_age_p50_s": float(ages.median() / 1e6) if len(ages) else None,
        "arrivals_per_week": arrivals,
        "throughput_per_week": told["throughput_per_week"],
        "growth_per_week": None if arrivals is None else arrivals - out,
        "batch_size": _batch_size(flow),
        "unused": None if unused is None else int(scalar(unused.select(nw.len()))),
    }
    return sized(flow, "overproduction", Parts(rows, labels), figures)


def _final(flow: Flow) -> list[int]:
    """Find the waits after the last active stage from which hardly anything goes back."""
    kinds = flow.stream.kinds
    last = max((n for n, kind in enumerate(kinds) if kind == "active"), default=len(kinds))
    back = nw.when(nw.col("to_stage") < nw.col("stage")).then(1.0).otherwise(0.0)
    left = flow.frame.filter((nw.col("kind") == WAIT) & (nw.col("open") == 0))
    shares = to_pandas(left.with_columns(back=back).group_by("stage").agg(nw.col("back").mean()))
    known = dict(zip(shares["stage"].tolist(), shares["back"].tolist(), strict=True))
    after = range(last + 1, len(kinds))
    return [n for n in after if kinds[n] == "wait" and known.get(n, 0.0) < GOES_BACK]


def _unused(flow: Flow, used: Sequence[str]) -> Frame | None:
    """Find the delivered items without a usage event since; nothing if the log has none at all."""
    codes = [code for code, name in enumerate(flow.log.event_names) if name in used]
    if not codes:
        return None
    delivered = flow.ends.filter(nw.col("status") == DELIVERED)
    marks = flow.codes().filter(nw.col("event").is_in(codes)).join(delivered, on="item")
    since = marks.filter(nw.col("t") >= nw.col("ended_us")).group_by("item").agg()
    return delivered.select("item").join(since, on="item", how="anti")


def _batch_size(flow: Flow) -> dict[str, float] | None:
    delivered = flow.ends.filter(nw.col("status") == DELIVERED)
    sizes = to_pandas(delivered.group_by("ended_us").agg(nw.len().alias("n")).sort("ended_us"))["n"]
    half = len(sizes) // 2
    if half < 2:
        return None
    return {"first_half": float(sizes[:half].mean()), "second_half": float(sizes[half:].mean())}


@kept
def rework(flow: Flow, *, signs: Mapping[str, Sequence[str]] = SIGNS) -> Waste:
    """Time in active and wait visits to a stage that the item had left before.

    Its places are the origins: the stages whose work was sent back, and ``what`` says from where;
    a visit belongs to its item's latest move backwards.

    ``figures``: ``first_pass_yield`` (delivered items without a rework visit), ``reopened`` (visits
    that left a done stage), ``percent_complete_accurate`` by stage, ``let_through`` by stage (of
    the delivered items that were in it, the share sent back to it), ``signs`` (``events`` and
    ``items`` of each sort of ``signs`` that the log has, in the window).
    """
    share, known = summary(flow)["rework_share"], stages(flow)
    undone = (nw.col("kind") == DELIVERED) & (nw.col("open") == 0)
    undone &= nw.col("to_kind") != DELIVERED
    accurate = known.set_index("stage")["percent_complete_accurate"].dropna()
    figures = {
        "first_pass_yield": None if share is None else 1 - share,
        "reopened": int(scalar(flow.frame.filter(undone).select(nw.len()))),
        "percent_complete_accurate": accurate.to_dict(),
        "let_through": _let_through(flow, known.set_index("stage")["items"]),
        "signs": _signs(flow, signs),
    }
    return sized(flow, "rework", loops(flow), figures)


def loops(flow: Flow) -> Parts:
    """Give the rework visits, each under the stage whose work came back and who sent it."""
    size = len(flow.stream.stage_names)
    place = (nw.col("position") * size + nw.col("stage")) * size + nw.col("from_stage")
    move = nw.when(nw.col("stage") < nw.col("from_stage")).then(place).otherwise(-1)
    latest = move.cum_max().over("item", order_by="position").cast(nw.Int64).alias("move")
    moved = flow.frame.filter((nw.col("stage") < nw.col("from_stage")) | (nw.col("visit") > 1))
    again = moved.with_columns(latest).filter(FLOWING & (nw.col("visit") > 1))
    origin = (nw.col("move") // size) % size
    rows = again.select("item", "position", stage=origin, what=nw.col("move") % size, us=SPAN)
    return Parts(rows, tuple(f"sent back from {name}" for name in flow.stream.stage_names))


def _let_through(flow: Flow, items: pd.Series[int]) -> dict[str, float]:
    """Share of the delivered items in each stage that a later one sent back to it."""
    done = flow.ends.filter(nw.col("status") == DELIVERED).select("item")
    back = flow.frame.join(done, on="item").filter(nw.col("stage") < nw.col("from_stage"))
    found = to_pandas(back.filter(FLOWING).group_by("stage").agg(nw.col("item").n_unique()))
    names = found["stage"].map(dict(enumerate(flow.stream.stage_names)))
    sent = zip(names, found["item"].tolist(), strict=True)
    return {str(name): n / items[name] for name, n in sent}


def _signs(flow: Flow, signs: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
    made = {}
    since = nw.col("t") >= (-(2**62) if flow.start_us is None else flow.start_us)
    for sort, names in signs.items():
        codes = [code for code, name in enumerate(flow.log.event_names) if name in names]
        if codes:
            marks = flow.codes().filter(nw.col("event").is_in(codes) & since)
            counted = marks.select(
                nw.len().alias("events"), nw.col("item").n_unique().alias("items")
            )
            made[sort] = {str(name): int(n) for name, n in to_pandas(counted).iloc[0].items()}
    return made


@kept
def switching(flow: Flow) -> Waste:
    """Time that active items lay while their person was in another item that was begun before.

    ``figures``: ``people``; ``parallel_items`` (in work per person, while they had any);
    ``switches_per_day`` (a piece of work begun on another item than the one before, a person and
    day with work); ``pieces_per_item`` (active visits); ``lying_share`` (of active time);
    ``relation`` (rank correlation of a delivered item's lying share and its lead time). With fewer
    than five people there is nothing but ``people``: it would be about persons.
    """
    lay = lying(flow)
    figures = habits(pieces(flow))
    made = sized(flow, "switching", beside(flow), figures)
    if len(figures) == 1:
        return replace(made, days=np.nan, share=np.nan, so_far_days=np.nan)
    figures["relation"] = relation(flow, lay)
    return made


def beside(flow: Flow) -> Parts:
    """Give the time that active items lay while their person was at another one."""
    made = flow.engine.table(lying(flow)[["item", "position", "stage", "what", "us"]])
    return Parts(made, ("person at another item",))


EVERY: tuple[Callable[[Flow], Waste], ...] = (waiting, overproduction, rework, switching)


def _queues(flow: Flow) -> tuple[dict[str, int], dict[str, float]]:
    """Items in each wait stage, and by how many a week it grew in the last four weeks."""
    recent = flow.observed_us - WEEKS * 7 * DAY_US
    one = nw.when(nw.col("open") == 1).then(1).otherwise(0)
    came = nw.when(nw.col("t0") >= recent).then(1).otherwise(0)
    went = nw.when((nw.col("t1") >= recent) & (nw.col("open") == 0)).then(1).otherwise(0)
    queued = flow.frame.filter(nw.col("kind") == WAIT).with_columns(one=one, grew=came - went)
    sums = to_pandas(queued.group_by("stage").agg(nw.col("one").sum(), nw.col("grew").sum()))
    names: pd.Series[str] = sums["stage"].map(dict(enumerate(flow.stream.stage_names)))
    queue = dict(zip(names, sums["one"].astype(int).tolist(), strict=True))
    return queue, dict(zip(names, (sums["grew"].astype(float) / WEEKS).tolist(), strict=True))
