"""What a log's events tell about each state: one row of figures, whatever the state is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.log import EventLog
from vsmlib.visits import DAY_US, ORDER, blocked_spans
from vsmlib.waits.clock import clock

__all__ = ["LONG_DAYS", "TOGETHER", "entering", "signals"]

Frame = nw.LazyFrame[Any]
HOUR_US, MINUTE_US, LONG_DAYS = DAY_US // 24, DAY_US // 1440, 30
TOGETHER = 3  # so many items that leave within one minute are a batch
FLAGS = {"set": ("flagged", "blocked"), "clear": ("unflagged", "unblocked")}


def signals(
    log: EventLog, enter: Mapping[str, Sequence[str]], codes: Frame | None = None
) -> pd.DataFrame:
    """Measure, for each state, what tells work from waiting.

    Parameters
    ----------
    log : EventLog
        What happened. Actors and marks of activity help, but may be missing.
    enter : mapping of str to list of str
        The states, and the events that move an item into each; all other events are marks.
    codes : LazyFrame, optional
        Part of the log's codes, to look at some items only.

    Returns
    -------
    pandas.DataFrame
        One row a state, over its closed visits; null where the log cannot say. ``state, visits,
        days`` (in it, of all items), ``median_s, short_share`` (under an hour), ``long_share``
        (over 30 days), ``known`` (visits of which both movers are known), ``same_share`` (of
        those, moved in and out by one person), ``held_share`` (and that person did nothing on
        other items in between), ``batch_share`` (leavings with two or more other items within
        the same minute, beyond chance), ``overtaken_share`` (of ``pairs`` of items that followed
        each other into it and met there, the later left first), ``next_wip_ratio`` (items in the
        next state when one left for it, against that state's average), ``blocked_share`` (of its
        time), ``marks, marks_per_day`` and, in the other states of the same items,
        ``marks_elsewhere, marks_per_day_elsewhere``, and the figures of
        `vsmlib.waits.clock.clock`.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> log = vsm.read("sample")
    >>> table = signals(log, {"open": ["opened", "reopened"], "merged": ["merged"]})
    >>> table[["state", "visits"]].values.tolist()
    [['open', 944], ['merged', 0]]
    """
    stays = log.engine.table(_stays(log.codes if codes is None else codes, entering(log, enter)))
    closed = log.engine.table(stays.filter(~nw.col("t1").is_null()))
    parts = [_stay(closed), _together(closed), _overtaken(closed), _next(log, stays)]
    parts += [_marks(closed), _blocked(log, closed), clock(closed)]
    table = pd.DataFrame({"code": range(len(enter)), "state": list(enter)})
    for part in parts:
        table = table.merge(part.rename(columns={"state": "code"}), how="left", on="code")
    log.engine.drop(closed)
    log.engine.drop(stays)
    counts = ["visits", "known", "pairs", "marks", "marks_elsewhere"]
    table[counts] = table[counts].fillna(0).astype("int64")
    return table.drop(columns="code")


def share(condition: nw.Expr) -> nw.Expr:
    """1.0 where the condition holds, else 0.0: its mean is a share."""
    return nw.when(condition).then(1.0).otherwise(0.0)


def entering(log: EventLog, enter: Mapping[str, Sequence[str]]) -> Frame:
    """Code which event enters which state: ``event, state``, the latter its place in `enter`."""
    known = {name: code for code, name in enumerate(log.event_names)}
    rows = [
        (known[event], state)
        for state, events in enumerate(enter.values())
        for event in events
        if event in known
    ]
    return log.engine.table(pd.DataFrame(rows, columns=["event", "state"], dtype="int64"))


def _stays(codes: Frame, moves: Frame) -> Frame:
    """One row a stay, with what its item and the people who moved it did meanwhile.

    ``row`` counts the item's events, ``elsewhere`` the actor's events on other items: where both
    movers are one person and the count stands still, that person did nothing else.
    """
    one = codes.with_columns(one=nw.lit(1))
    everywhere = nw.col("one").cum_sum().over("actor", order_by=["t", "item", "seq", "event"])
    here = nw.col("one").cum_sum().over("actor", "item", order_by=ORDER)
    row = nw.col("one").cum_sum().over("item", order_by=ORDER)
    counted = one.with_columns(row=row, elsewhere=everywhere - here)
    moved = counted.join(moves, on="event")
    moved = moved.with_columns(before=nw.col("state").shift(1).over("item", order_by=ORDER))
    starts = moved.filter(nw.col("before").is_null() | (nw.col("before") != nw.col("state")))
    columns = {"t1": "t", "to": "state", "out": "actor", "row1": "row", "elsewhere1": "elsewhere"}
    made = starts.with_columns(
        nw.col(c).shift(-1).over("item", order_by=ORDER).alias(a) for a, c in columns.items()
    )
    known = ~(nw.col("actor").is_null() | nw.col("out").is_null())
    same = nw.when(known).then(share(nw.col("actor") == nw.col("out")))
    return made.select(
        *("item", "state", "to", "t1"),
        nw.col("t").alias("t0"),
        (nw.col("t1") - nw.col("t")).cast(nw.Float64).alias("span"),
        (nw.col("row1") - nw.col("row") - 1).cast(nw.Float64).alias("marks"),
        same.alias("same"),
        (same * share(nw.col("elsewhere") == nw.col("elsewhere1"))).alias("held"),
    )


def _stay(closed: Frame) -> pd.DataFrame:
    span = nw.col("span")
    marked = closed.with_columns(short=share(span < HOUR_US), long=share(span > LONG_DAYS * DAY_US))
    return to_pandas(
        marked.group_by("state").agg(
            nw.len().alias("visits"),
            (span.sum() / DAY_US).alias("days"),
            (span.quantile(0.5, interpolation="linear") / 1e6).alias("median_s"),
            *(nw.col(c).mean().alias(f"{c}_share") for c in ("short", "long", "same", "held")),
            nw.col("same").count().alias("known"),
        )
    )


def _together(closed: Frame) -> pd.DataFrame:
    """Share of leavings in batches, beyond what the traffic of those hours makes by chance."""
    minutes = closed.with_columns(minute=nw.col("t1") // MINUTE_US).group_by("state", "minute")
    sizes = minutes.agg(nw.col("item").n_unique().cast(nw.Float64).alias("n"))
    batch = nw.when(nw.col("n") >= TOGETHER).then(nw.col("n")).otherwise(0.0)
    hours = sizes.with_columns(batch=batch, hour=nw.col("minute") // 60)
    hours = hours.group_by("state", "hour").agg(nw.col("batch").sum(), nw.col("n").sum())
    rate = nw.col("n") / 60
    # How likely two or more others leave in the same minute, when all leave at random.
    chance = nw.col("n") * (1.0 - (1.0 + rate) * (-rate).exp())
    sums = hours.with_columns(chance=chance).group_by("state")
    table = to_pandas(sums.agg(nw.col("batch", "n", "chance").sum()))
    surplus = (table["batch"] - table["chance"]) / table["n"]
    return table[["state"]].assign(batch_share=surplus.clip(lower=0))


def _overtaken(closed: Frame) -> pd.DataFrame:
    order = ["t0", "t1", "item"]
    ahead = closed.select("state", *order).with_columns(
        nw.col(c).shift(-1).over("state", order_by=order).alias(f"next_{c}") for c in ("t0", "t1")
    )
    # Only items that were there at the same time can overtake each other.
    met = (nw.col("next_t0") > nw.col("t0")) & (nw.col("next_t0") < nw.col("t1"))
    pairs = ahead.filter(met).with_columns(over=share(nw.col("next_t1") < nw.col("t1")))
    counted = pairs.group_by("state")
    return to_pandas(counted.agg(nw.col("over").mean().alias("overtaken_share"), pairs=nw.len()))


def _next(log: EventLog, stays: Frame) -> pd.DataFrame:
    """How full the next state was, when an item left for it, against its average over time."""
    until, one = log.observed_until_us, nw.lit(1.0)
    # Who passes in no time fills no place.
    lasting = stays.filter(nw.col("t1").is_null() | (nw.col("t1") > nw.col("t0")))
    came = lasting.select("state", "item", nw.col("t0").alias("t1"), step=one)
    went = lasting.filter(~nw.col("t1").is_null()).select("state", "item", "t1", step=-one)
    steps = nw.concat([came, went])
    order = ["t1", "step", "item"]
    steps = steps.with_columns(wip=nw.col("step").cum_sum().over("state", order_by=order) - one)
    met = steps.filter(nw.col("step") > 0.0).select(
        nw.col("state").alias("to"), "item", "t1", "wip"
    )
    spent = (nw.col("t1").fill_null(until) - nw.col("t0")).cast(nw.Float64)
    sums = lasting.with_columns(spent=spent).group_by("state")
    usual = sums.agg(nw.col("spent").sum(), nw.col("t0").min()).filter(nw.col("spent") > 0.0)
    span = (until - nw.col("t0")).cast(nw.Float64)
    usual = usual.select(nw.col("state").alias("to"), usual=nw.col("spent") / span)
    left = stays.select("state", "item", "to", "t1").join(met, on=["to", "item", "t1"])
    ratio = nw.col("wip").sum() / nw.col("usual").sum()
    return to_pandas(left.join(usual, on="to").group_by("state").agg(next_wip_ratio=ratio))


def _marks(closed: Frame) -> pd.DataFrame:
    """Count marks a day in the state, and in the other states of the items that were in it."""
    both = ("marks", "span")
    stays = closed.group_by("item", "state").agg(nw.col(c).sum() for c in both)
    stays = stays.with_columns(
        (nw.col(c).sum().over("item") - nw.col(c)).alias(f"{c}_elsewhere") for c in both
    )
    columns = [f"{c}{where}" for where in ("", "_elsewhere") for c in both]
    table = to_pandas(stays.group_by("state").agg(nw.col(c).sum() for c in columns))
    for where in ("", "_elsewhere"):
        days = table[f"span{where}"] / DAY_US
        table[f"marks_per_day{where}"] = table[f"marks{where}"] / days.where(days > 0)
    return table.drop(columns=["span", "span_elsewhere"])


def _blocked(log: EventLog, closed: Frame) -> pd.DataFrame:
    """Share of the state's time between the marks that set and clear a block."""
    known = {name: code for code, name in enumerate(log.event_names)}
    marks = [(known[e], 1) for e in FLAGS["set"] if e in known]
    if not marks:
        return pd.DataFrame({"state": [], "blocked_share": []}, dtype="float64")
    marks += [(known[e], 0) for e in FLAGS["clear"] if e in known]
    coded = log.engine.table(pd.DataFrame(marks, columns=["event", "mark"], dtype="int64"))
    spans = blocked_spans(log.codes, coded, log.observed_until_us)
    met = closed.join(spans, on="item")
    overlap = nw.min_horizontal("t1", "b1") - nw.max_horizontal("t0", "b0")
    met = met.with_columns(overlap=nw.max_horizontal(overlap, nw.lit(0)).cast(nw.Float64))
    lost = to_pandas(met.group_by("state").agg(nw.col("overlap").sum()))
    table = to_pandas(closed.group_by("state").agg(nw.col("span").sum()))
    table = table.merge(lost, how="left", on="state")
    share = table["overlap"].fillna(0.0) / table["span"].where(table["span"] > 0)
    return table[["state"]].assign(blocked_share=share)
