"""The kernels that make visits: events to visits, blocked and working time, how items ended.

Everything is a Narwhals expression over integers; every engine runs the same text.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from vsmlib import calendar

__all__ = [
    "DAY_US",
    "add_blocked",
    "add_working",
    "blocked_spans",
    "endings",
    "lasting",
    "reach",
    "visits",
]

Frame = nw.LazyFrame[Any]
DAY_US = 86_400_000_000
ORDER = ["t", "seq", "event"]
ENDS = (2, 3)  # done and cancelled, as places in `vsmlib.flow.KINDS`


def visits(codes: Frame, entering: Frame, observed_us: int) -> Frame:
    """Merge an item's events into visits.

    Parameters
    ----------
    codes : LazyFrame
        ``item, t, seq, event, actor``.
    entering : LazyFrame
        ``event, stage, kind``: which event enters which stage.
    observed_us : int
        Where open visits are censored.

    Returns
    -------
    LazyFrame
        ``item, stage, kind, position, visit, t0, t1, open, from_stage, to_stage, to_kind,
        actor_in, actor_out``; ``t1`` is ``observed_us`` where ``open`` is 1.
    """
    moved = codes.join(entering, on="event")
    moved = moved.with_columns(from_stage=nw.col("stage").shift(1).over("item", order_by=ORDER))
    stay = nw.col("from_stage").is_null() | (nw.col("from_stage") != nw.col("stage"))
    starts = moved.filter(stay).with_columns(one=nw.lit(1))
    after = {"left": "t", "to_stage": "stage", "to_kind": "kind", "actor_out": "actor"}
    # Engines widen running sums to types that leave as doubles.
    made = starts.with_columns(
        *(nw.col(c).shift(-1).over("item", order_by=ORDER).alias(a) for a, c in after.items()),
        nw.col("one").cum_sum().over("item", order_by=ORDER).cast(nw.Int64).alias("position"),
    )
    visit = nw.col("one").cum_sum().over("item", "stage", order_by="position").cast(nw.Int64)
    made = made.with_columns(visit=visit)
    still = nw.col("left").is_null()
    return made.select(
        *("item", "stage", "kind", "position", "visit"),
        nw.col("t").alias("t0"),
        nw.when(still).then(nw.lit(observed_us)).otherwise(nw.col("left")).alias("t1"),
        nw.when(still).then(1).otherwise(0).alias("open"),
        *("from_stage", "to_stage", "to_kind"),
        nw.col("actor").alias("actor_in"),
        "actor_out",
    )


def reach(codes: Frame, entering: Frame) -> Frame:
    """How far each item's events reach, without putting them in order.

    Returns ``item, under_way, ended``: the last moments at which it entered a stage that is not an
    end (done or cancelled), and one that is; null if it never did.
    """
    over = nw.col("kind").is_in(ENDS)
    moved = codes.select("item", "t", "event").join(entering.select("event", "kind"), on="event")
    moved = moved.with_columns(
        under_way=nw.when(~over).then(nw.col("t")), ended=nw.when(over).then(nw.col("t"))
    )
    return moved.group_by("item").agg(nw.col("under_way").max(), nw.col("ended").max())


def lasting(reached: Frame, start_us: int) -> Frame:
    """Items (``item``) that may have been alive at a moment or later: none that was is missing.

    An item whose last events end it before that moment was over by then. Where an end has the
    time of another event, their order in the source would tell; such an item stays.
    """
    ended, under_way = nw.col("ended"), nw.col("under_way")
    last = under_way.is_null() | (under_way < ended)
    over = ~ended.is_null() & last & (ended < start_us)
    return reached.filter(~over).select("item")


def blocked_spans(codes: Frame, marks: Frame, observed_us: int) -> Frame:
    """Turn set and clear events into spans that do not overlap.

    ``marks`` has ``event`` and ``mark`` (1 sets, 0 clears). A second set inside a span and a
    clear outside one change nothing. Returns ``item, b0, b1``.
    """
    marked = codes.join(marks, on="event")
    marked = marked.with_columns(before=nw.col("mark").shift(1).over("item", order_by=ORDER))
    turns = marked.filter(nw.col("mark") != nw.col("before").fill_null(0))
    turns = turns.with_columns(b1=nw.col("t").shift(-1).over("item", order_by=ORDER))
    spans = turns.filter(nw.col("mark") == 1)
    return spans.select("item", nw.col("t").alias("b0"), nw.col("b1").fill_null(observed_us))


def add_blocked(made: Frame, spans: Frame) -> Frame:
    """Clip the blocked spans to each visit: ``item, position, stage, t0, t1``, one row an overlap.

    The columns are those of visits, so that `add_working` counts their working time as well.
    """
    met = made.select("item", "position", "stage", "t0", "t1").join(spans, on="item")
    met = met.filter((nw.col("b0") < nw.col("t1")) & (nw.col("b1") > nw.col("t0")))
    return met.with_columns(
        t0=nw.max_horizontal("t0", "b0"), t1=nw.min_horizontal("t1", "b1")
    ).drop("b0", "b1")


def add_working(made: Frame, days: Frame, stage_calendars: Frame, segments: int) -> Frame:
    """Add ``working_us``, the time between ``t0`` and ``t1`` inside the stage's calendar.

    ``days`` are the day tables of all calendars (``cal`` first), ``stage_calendars`` has ``stage``
    and ``cal``; a stage without one gets null.
    """
    names = made.collect_schema().names()
    made = made.join(stage_calendars, on="stage", how="left")
    for end in ("t0", "t1"):
        made = made.with_columns(uday=nw.col(end) // DAY_US)
        made = made.join(days, on=["cal", "uday"], how="left")
        worked = calendar.worked_expr(segments, t=end).alias(f"worked_{end}")
        kept = [c for c in ("worked_t0",) if c in made.collect_schema().names()]
        made = made.select(*names, "cal", *kept, worked)
    return made.select(*names, (nw.col("worked_t1") - nw.col("worked_t0")).alias("working_us"))


def endings(made: Frame) -> Frame:
    """How each item ended.

    Returns
    -------
    LazyFrame
        ``item, status, ended_us``: status 2 delivered, 3 cancelled, 0 in progress (the codes of
        `vsmlib.flow.KINDS`); ``ended_us`` is the entry of the first visit of the final unbroken
        run of visits of that kind, null in progress.
    """
    ends = nw.when(nw.col("kind").is_in(ENDS)).then(nw.col("kind")).otherwise(0)
    finals = made.filter(nw.col("open") == 1).select("item", ends.alias("status"))
    other = nw.when(nw.col("kind") != nw.col("status")).then(nw.col("t1"))
    # Visits follow each other without a gap, so leaving the last other visit is entering the run.
    ended = made.join(finals, on="item").with_columns(other=other).group_by("item", "status")
    moments = ended.agg(nw.col("other").max(), nw.col("t0").min())
    entry = nw.when(nw.col("status") > 0).then(nw.coalesce("other", "t0"))
    return moments.select("item", "status", entry.alias("ended_us"))
