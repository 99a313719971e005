"""The states of a log as one table: what their names say, what the data say, where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import records, to_pandas
from vsmlib.log import EventLog
from vsmlib.stream import ValueStream
from vsmlib.waits.evidence import look, tag
from vsmlib.waits.signals import entering
from vsmlib.waits.words import Reading

Frame = nw.LazyFrame[Any]
FLOWING = ("active", "wait")
STATED = 0.9  # confidence in what the shape of a log or a person says


def of_stream(log: EventLog, stream: ValueStream, because: str) -> pd.DataFrame:
    """Return the evidence of a stream's stages, whose kinds somebody states."""
    codes = log.codes
    for column, values in (stream.applies_to or {}).items():
        codes = codes.join(log.where(column, values), on="item", how="semi")
    enter = {stage.name: list(stage.enter) for stage in stream.stages}
    readings = {s.name: Reading(s.kind, STATED, "", s.cause) for s in stream.stages}
    return state_table(log, enter, readings, {s: [because] for s in enter}, codes)


def state_places(log: EventLog, enter: Mapping[str, Sequence[str]], codes: Frame) -> pd.DataFrame:
    """Where each state stands in the life of items: ``state, items, mean_place, last_share``."""
    one = codes.join(entering(log, enter), on="event").with_columns(one=nw.lit(1))
    place = nw.col("one").cum_sum().over("item", order_by=["t", "seq", "event"])
    placed = one.with_columns(place=place, size=nw.col("one").sum().over("item"))
    last = nw.when(nw.col("place") == nw.col("size")).then(1).otherwise(0)
    steps = nw.max_horizontal(nw.col("size") - 1, nw.lit(1)).cast(nw.Float64)
    placed = placed.with_columns(last=last, share=(nw.col("place") - 1) / steps)
    rows = placed.group_by("state").agg(
        nw.col("item").n_unique().alias("items"),
        nw.col("share").mean().alias("mean_place"),
        nw.col("last").sum().cast(nw.Int64).alias("ends"),
    )
    table = to_pandas(rows).rename(columns={"state": "code"})
    table = pd.DataFrame({"code": range(len(enter)), "state": list(enter)}).merge(table, how="left")
    table["last_share"] = table["ends"] / table["items"]
    table["items"] = table["items"].fillna(0).astype("int64")
    return table[["state", "items", "mean_place", "last_share"]]


def state_table(
    log: EventLog,
    enter: Mapping[str, Sequence[str]],
    readings: Mapping[str, Reading],
    named: Mapping[str, list[str]],
    codes: Frame | None = None,
) -> pd.DataFrame:
    """Join names and data: the evidence of all states, in the order of `enter`."""
    ends = [state for state, reading in readings.items() if reading.kind not in FLOWING]
    data = look(log, enter, ends, codes)
    places = state_places(log, enter, log.codes if codes is None else codes).set_index("state")
    rows = []
    for state in enter:
        reading, reasons = tag(readings[state], data[state], named[state])
        first = {"state": state, "kind": reading.kind, "confidence": reading.confidence}
        first |= {"cause": reading.cause, "reasons": reasons, **records(places.loc[[state]])[0]}
        rows.append(first | {k: v for k, v in data[state].figures.items() if k not in first})
    return pd.DataFrame(rows)
