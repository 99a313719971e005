"""A draft value stream from a log: which states there are, in which order, active or waiting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import records, to_pandas
from vsmlib.errors import StreamError, shown
from vsmlib.log import EventLog
from vsmlib.shipped import sample_folder
from vsmlib.sources import SAMPLE
from vsmlib.stream import ValueStream
from vsmlib.waits.words import Reading, is_activity, read_name

__all__ = ["Draft", "stream_for", "suggest"]

# Events that tell a ready-made stream, the more telling first.
READY_MADE: tuple[tuple[str, frozenset[str]], ...] = (
    ("git-to-release", frozenset({"authored", "committed", "merged", "released"})),
    ("git", frozenset({"authored", "committed", "merged"})),
    ("github-pull-requests", frozenset({"opened", "ready_for_review", "merged"})),
    ("github-issues", frozenset({"opened", "closed"})),
)
ALMOST_LAST = 0.5


@dataclass(frozen=True)
class Draft:
    """A suggested stream and the evidence behind each of its tags.

    Attributes
    ----------
    stream : ValueStream
        The draft.
    evidence : pandas.DataFrame
        One row a state: ``state, kind, confidence`` (0 to 1), ``cause, reasons`` (a list of
        sentences), ``items`` (that entered it), ``mean_place`` (0: first event of an item, 1: its
        last), ``last_share`` (items whose last state it is, of those that entered).
    """

    stream: ValueStream
    evidence: pd.DataFrame

    def __repr__(self) -> str:
        rows = records(self.evidence)
        tags = [f"{r['state']} ({r['kind']}, {r['confidence']:.0%})" for r in rows]
        return f"Draft of {self.stream.name!r}: " + " → ".join(tags)


def suggest(log: EventLog) -> Draft:
    """Draft a value stream from a log's events.

    A log of a known shape (GitHub, git) gets its ready-made stream. Otherwise each event name is
    a state, in the order in which items pass them; its kind is read from its name in several
    languages, and a state that ends items is done. ``X start`` and ``X end`` make an active
    stage X and the wait after it. Names of mere activity (commented, pushed) are left out.

    Parameters
    ----------
    log : EventLog
        What happened.

    Returns
    -------
    Draft

    Raises
    ------
    StreamError
        If no event looks like a state.

    Examples
    --------
    >>> import pandas as pd, vsmlib as vsm
    >>> log = vsm.read(pd.DataFrame({
    ...     "item_id": ["A"] * 3, "event": ["To do", "Doing", "Done"],
    ...     "timestamp": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-09"], utc=True)}))
    >>> suggest(log)
    Draft of 'log': To do (wait, 90%) → Doing (active, 85%) → Done (done, 90%)
    """
    figures = _figures(log)
    known = set(log.event_names)
    for name, needed in READY_MADE:
        if needed <= known:
            return _ready_made(ValueStream.load(name), figures)
    pairs = {e[: -len(" start")] for e in known if e.endswith(" start")}
    if pairs and all(e.endswith((" start", " end")) for e in known):
        return _from_intervals(log, figures, pairs)
    return _from_states(log, figures)


def _figures(log: EventLog) -> pd.DataFrame:
    """Where each event stands in the life of items: ``state, items, mean_place, last_share``."""
    order = ["t", "seq", "event"]
    one = log.codes.with_columns(one=nw.lit(1))
    place = nw.col("one").cum_sum().over("item", order_by=order)
    placed = one.with_columns(place=place, size=nw.col("one").sum().over("item"))
    last = nw.when(nw.col("place") == nw.col("size")).then(1).otherwise(0)
    steps = nw.max_horizontal(nw.col("size") - 1, nw.lit(1)).cast(nw.Float64)
    placed = placed.with_columns(last=last, share=(nw.col("place") - 1) / steps)
    rows: Any = placed.group_by("event").agg(
        nw.col("item").n_unique().alias("items"),
        nw.col("share").mean().alias("mean_place"),
        nw.col("last").sum().cast(nw.Int64).alias("ends"),
    )
    table = to_pandas(rows)
    table["state"] = table["event"].map(dict(enumerate(log.event_names)))
    table["last_share"] = table["ends"] / table["items"]
    table = table.sort_values(["mean_place", "state"], ignore_index=True)
    return table[["state", "items", "mean_place", "last_share"]]


def _ready_made(stream: ValueStream, figures: pd.DataFrame) -> Draft:
    rows = []
    for stage in stream.stages:
        reason = f"the log has the events of the ready-made stream {stream.name!r}"
        seen = figures[figures["state"].isin(stage.enter)]
        rows.append(_row(stage.name, Reading(stage.kind, 0.9, "", stage.cause), [reason], seen))
    return Draft(stream, pd.DataFrame(rows))


def _row(state: str, reading: Reading, reasons: list[str], seen: pd.DataFrame) -> dict[str, Any]:
    first = seen.iloc[0] if len(seen) else pd.Series(dtype="float64")
    return {
        "state": state,
        "kind": reading.kind,
        "confidence": reading.confidence,
        "cause": reading.cause,
        "reasons": reasons,
        "items": int(first.get("items", 0)),
        "mean_place": float(first.get("mean_place", float("nan"))),
        "last_share": float(first.get("last_share", float("nan"))),
    }


def _from_states(log: EventLog, figures: pd.DataFrame) -> Draft:
    states = figures[[not is_activity(str(s)) for s in figures["state"]]]
    if states.empty:
        raise StreamError(
            "no event looks like a state",
            where=log.name,
            accepted="events such as 'In progress', 'Waiting for review', 'Done'",
            hint="write a stream.yaml that says which event enters which stage",
        )
    readings = {str(s): read_name(str(s)) for s in states["state"]}
    if not any(r.kind == "done" for r in readings.values()):
        ending = records(states.nlargest(1, "last_share"))[0]["state"]
        readings[ending] = Reading("done", 0.6, "", None)
    rows = []
    for name, reading in readings.items():
        seen = states[states["state"] == name]
        rows.append(_row(name, reading, _reasons(name, reading, seen), seen))
    evidence = pd.DataFrame(rows)
    # Whatever ends items goes last, so that "backward" means back into the flow.
    ends = evidence["kind"].map({"done": 1, "cancelled": 2}).fillna(0)
    evidence = evidence.assign(ends=ends).sort_values(["ends", "mean_place"], ignore_index=True)
    evidence = evidence.drop(columns="ends")
    return Draft(_stream(log, evidence, {s: [s] for s in readings}), evidence)


def _reasons(name: str, reading: Reading, seen: pd.DataFrame) -> list[str]:
    share = float(seen["last_share"].iloc[0])
    items = int(seen["items"].iloc[0])
    if reading.word:
        said = f"its name {shown(name)} has the word {shown(reading.word)}"
    elif reading.kind == "done":
        said = f"its name says nothing, but {share:.0%} of its {items:,} items end in it"
    else:
        said = f"its name {shown(name)} says nothing: please check"
    return [said, f"{items:,} items entered it, {share:.0%} of them went no further"]


def _from_intervals(log: EventLog, figures: pd.DataFrame, pairs: set[str]) -> Draft:
    rows, enter = [], {}
    starts = figures[figures["state"].str.endswith(" start")]
    for state in starts["state"]:
        name = str(state)[: -len(" start")]
        seen = figures[figures["state"] == state]
        enter[name] = [str(state)]
        why = [f"it has a start and an end: {shown(name)} is work"]
        rows.append(_row(name, Reading("active", 0.9, "", None), why, seen))
        after = figures[figures["state"] == f"{name} end"]
        if len(after):
            enter[f"After {name}"] = [f"{name} end"]
            why = [f"the time between the end of {shown(name)} and the next start is waiting"]
            rows.append(_row(f"After {name}", Reading("wait", 0.9, "", "queue"), why, after))
    evidence = pd.DataFrame(rows)
    waits = evidence[evidence["kind"] == "wait"]
    if waits.empty:
        raise StreamError(
            "no activity ever ends", where=log.name, hint="give the end column with --end"
        )
    # The end of the activity that ends most items is the end of the stream.
    most = waits["last_share"].max()
    for row in rows:
        if row["kind"] == "wait" and row["last_share"] >= min(most, ALMOST_LAST):
            why = [f"{row['last_share']:.0%} of the items that reach it end there"]
            row |= {"kind": "done", "cause": None, "reasons": why}
    evidence = pd.DataFrame(rows)
    return Draft(_stream(log, evidence, enter), evidence)


def _stream(log: EventLog, evidence: pd.DataFrame, enter: dict[str, list[str]]) -> ValueStream:
    stages: list[dict[str, Any]] = []
    for row in records(evidence):
        stage = {"name": row["state"], "kind": row["kind"], "enter": enter[row["state"]]}
        if row["kind"] == "wait" and row["cause"]:
            stage["cause"] = row["cause"]
        stage["note"] = f"suggested ({row['confidence']:.0%}): {row['reasons'][0]}"
        stages.append(stage)
    return ValueStream.from_dict({"version": 1, "name": log.name, "stages": stages})


def stream_for(
    log: EventLog, given: ValueStream | str | Path | None = None, source: Any = None
) -> tuple[ValueStream, str]:
    """Choose the value stream of a run: the one given, the one beside the source, or a draft.

    Parameters
    ----------
    log : EventLog
        What happened.
    given : ValueStream, str or path, optional
        A stream, a ``stream.yaml`` or the name of a ready-made stream.
    source : path or str, optional
        The log's source; a ``stream.yaml`` in that folder, or beside that file, is used.

    Returns
    -------
    stream : ValueStream
    reason : str
        Why this one, for people to read; empty if it was given.
    """
    if isinstance(given, ValueStream):
        return given, ""
    if given:
        return ValueStream.load(given), ""
    beside = _beside(source)
    if beside is not None:
        return ValueStream.load(beside), f"stream {beside.name} beside the source"
    draft = suggest(log)
    unsure = [r["state"] for r in records(draft.evidence) if r["confidence"] <= 0.5]
    doubt = f"; nobody knows about {', '.join(unsure[:5])}" if unsure else ""
    return draft.stream, f"stream {draft.stream.name!r} suggested from the events{doubt}"


def _beside(source: Any) -> Path | None:
    if not isinstance(source, str | Path) or str(source).startswith("duckdb:"):
        return None
    path = Path(source).expanduser()
    path = sample_folder() if str(source) == SAMPLE and not path.exists() else path
    found = (path if path.is_dir() else path.parent) / "stream.yaml"
    return found if found.is_file() else None
