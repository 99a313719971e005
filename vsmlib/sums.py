"""Visits added up by item: all of them, or, for a moment that lies within one, up to that one."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from vsmlib.stream import KINDS, ValueStream
from vsmlib.visits import ENDS

__all__ = [
    "ABOUT",
    "BEGUN",
    "NEVER",
    "NONE",
    "SUMS",
    "ZERO",
    "at_last",
    "before",
    "of_items",
    "stays",
    "total",
]

Frame = nw.LazyFrame[Any]
ACTIVE, WAIT, DONE = (KINDS.index(kind) for kind in ("active", "wait", "done"))
NONE, ZERO = nw.lit(None).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
NEVER = 2**62  # running sums of nulls are null where the last is one
BEGUN = ["item", "stage", "kind", "position", "visit", "t0", "from_stage", "actor_in"]
ABOUT = ["item", "status", "ended_us", "first_us", "committed_us"]
SUMS = ["process_us", "wait_us", "cycle_us", "flow_us", "blocked_us"]
SUMS += ["working_us", "working_process_us", "rework_visits", "reopened"]


def total(column: str) -> nw.Expr:
    """Sum a column of integers, 0 without any.

    Engines widen integer sums to types that leave as decimals; counts and one item's
    microseconds fit 64 bits.
    """
    return nw.col(column).sum().fill_null(0).cast(nw.Int64)


def of_items(visits: Frame, ends: Frame, stream: ValueStream) -> Frame:
    """Sum each item's visits.

    Returns
    -------
    LazyFrame
        ``item, status, ended_us, first_us, committed_us, process_us, wait_us, cycle_us, flow_us,
        blocked_us, working_us, working_process_us, rework_visits, reopened``.
    """
    first = {"first_us": nw.col("t0").min()}
    if stream.commitment_index:  # else all time counts
        committed = _committing(stream).min().over("item")
        visits = visits.with_columns(committed_us=committed)
        first["committed_us"] = nw.col("committed_us").min()
    adds = _adds(stream)
    sums = visits.with_columns(**{f"{name}_in": added for name, added in adds.items()})
    sums = sums.group_by("item").agg(**first, **{name: total(f"{name}_in") for name in adds})
    return _finished(ends.join(sums, on="item"), stream, {name: nw.col(name) for name in adds})


def before(visits: Frame, stream: ValueStream) -> Frame:
    """Sum each item's visits up to every one of them.

    Returns
    -------
    LazyFrame
        One row a visit: what it begins with (`BEGUN`), ``t1``; ``status, ended_us, first_us,
        committed_us`` of the item while it lasts; the sums of all visits before, for `at_last`; and
        ``until_us``, when the item ended or, until then, the visit does.
    """

    def so_far(expr: nw.Expr) -> nw.Expr:
        return expr.over("item", order_by="position")

    over = nw.col("kind").is_in(ENDS)
    entry = nw.when(over & ~stays(stream)).then(nw.col("t0")).otherwise(-NEVER)
    made = visits.with_columns(entry=entry)
    first = {"first_us": so_far(nw.col("t0").cum_min())}
    if stream.commitment_index:
        made = made.with_columns(committed_us=_committing(stream).fill_null(NEVER))
        made = made.with_columns(committed_us=so_far(nw.col("committed_us").cum_min()))
        committed = nw.col("committed_us")
        first["committed_us"] = nw.when(committed < NEVER).then(committed)
    adds = _adds(stream)
    made = made.with_columns(**{f"{name}_in": added for name, added in adds.items()})
    made = made.select(
        *BEGUN,
        "t1",
        status=nw.when(over).then(nw.col("kind")).otherwise(0),
        ended_us=nw.when(over).then(so_far(nw.col("entry").cum_max())),
        **first,
        **{
            f"{name}_before": (so_far(added.cum_sum()) - added).cast(nw.Int64)
            for name in adds
            for added in [nw.col(f"{name}_in")]
        },
    )
    return made.with_columns(until_us=nw.coalesce("ended_us", "t1"))


def at_last(visits: Frame, stream: ValueStream) -> Frame:
    """Sum items up whose last visits these are, with what `before` says of them; as `of_items`."""
    adds = _adds(stream)
    sums = {name: added + nw.col(f"{name}_before") for name, added in adds.items()}
    return _finished(visits, stream, sums)


def _committing(stream: ValueStream) -> nw.Expr:
    return nw.when(nw.col("stage") >= stream.commitment_index).then(nw.col("t0"))


def stays(stream: ValueStream) -> nw.Expr:
    """Say of visits to an end whether the one before was of the same kind."""
    stays = nw.lit(value=False)
    for kind in ENDS:
        alike = [place for place, name in enumerate(stream.kinds) if KINDS.index(name) == kind]
        if len(alike) > 1:
            stays = stays | ((nw.col("kind") == kind) & nw.col("from_stage").is_in(alike))
    return stays & ~nw.col("from_stage").is_null()


def _adds(stream: ValueStream) -> dict[str, nw.Expr]:
    """Say what a visit adds to its item, of what the stream knows at all."""
    active, flowing = nw.col("kind") == ACTIVE, nw.col("kind").is_in([ACTIVE, WAIT])
    span, working = nw.col("t1") - nw.col("t0"), nw.col("working_us")
    undone = (nw.col("kind") == DONE) & (nw.col("to_kind") != DONE)
    adds = {
        "flow_us": nw.when(flowing).then(span),
        "process_us": nw.when(active).then(span - nw.col("blocked_us")),
        "rework_visits": nw.when(flowing & (nw.col("visit") > 1)).then(1),
        "reopened": nw.when(undone).then(1),
    }
    if stream.commitment_index:
        adds["cycle_us"] = nw.when(flowing & (nw.col("t0") >= nw.col("committed_us"))).then(span)
    if stream.blocked:
        adds["blocked_us"] = nw.when(flowing).then(nw.col("blocked_us"))
    if stream.calendars():
        adds["working_us"] = nw.when(flowing).then(working)
        adds["working_process_us"] = nw.when(active).then(working - nw.col("blocked_working_us"))
        adds["unknown"] = nw.when(flowing & working.is_null()).then(1)
    return {name: added.otherwise(0).fill_null(0) for name, added in adds.items()}


def _finished(frame: Frame, stream: ValueStream, sums: dict[str, nw.Expr]) -> Frame:
    """Give the sums the columns of every stream, in one step: an engine reads each step anew."""
    made = {**sums, "wait_us": sums["flow_us"] - sums["process_us"]}
    if not stream.commitment_index:
        made |= {"committed_us": nw.col("first_us"), "cycle_us": sums["flow_us"]}
    if not stream.blocked:
        made["blocked_us"] = ZERO
    # An item that spent flow time in a stage without calendar has no working time: null, not part.
    known = sums.get("unknown", ZERO) == 0
    for name in ("working_us", "working_process_us"):
        made[name] = nw.when(known).then(sums[name]) if stream.calendars() else NONE
    return frame.select(*(made.get(name, nw.col(name)).alias(name) for name in [*ABOUT, *SUMS]))
