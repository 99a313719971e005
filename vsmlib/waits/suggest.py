"""A draft value stream from a log: which states there are, in which order, active or waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vsmlib.engine import records
from vsmlib.errors import StreamError, shown
from vsmlib.log import EventLog
from vsmlib.stitch import EARLY, MEANWHILE
from vsmlib.stream import ValueStream
from vsmlib.waits.evidence import CHECK, UNCLEAR
from vsmlib.waits.states import FLOWING, STATED, of_stream, state_places, state_table
from vsmlib.waits.words import Reading, is_activity, read_names, without_resolutions

__all__ = ["Draft", "evidence", "suggest"]

Row = dict[str, Any]

GITHUB_ISSUES = frozenset({"opened", "closed"})
# Events that tell a ready-made stream, the more telling first.
READY_MADE: tuple[tuple[str, frozenset[str]], ...] = (
    ("git-to-release", frozenset({"authored", "committed", "merged", "deployed"})),
    ("git-to-release", frozenset({"authored", "committed", "merged", "released"})),
    ("git", frozenset({"authored", "committed", "merged"})),
    ("github-pull-requests-to-release", frozenset({"ready_for_review", "merged", "deployed"})),
    ("github-pull-requests", frozenset({"opened", "ready_for_review", "merged"})),
    ("github-issues", GITHUB_ISSUES),
)
STITCHED_SAYS = "the log is stitched from several sources"
STITCHED = frozenset({"item", "change"})  # roles of items
FLAGGED = "flagged"  # as Jira's reader calls it
ALMOST_LAST, LAST = 0.5, 0.9  # of the items that reach a state, those that end in it
RARE = 0.05  # of the items of the most frequent state


@dataclass(frozen=True)
class Draft:
    """A suggested stream and the evidence behind each of its tags.

    Attributes
    ----------
    stream : ValueStream
        The draft.
    evidence : pandas.DataFrame
        One row a state: ``state, kind, confidence`` (0 to 1), ``cause, reasons`` (a list of
        sentences), ``items`` (that entered it), ``mean_place`` (0: first state of an item, 1: its
        last), ``last_share`` (items whose last state it is, of those that entered), ``log_odds``
        (of the data, for work), and the figures of `vsmlib.waits.signals.signals`.
    """

    stream: ValueStream
    evidence: pd.DataFrame

    def __repr__(self) -> str:
        rows = records(self.evidence)
        tags = [f"{r['state']} ({r['kind']}, {r['confidence']:.0%})" for r in rows]
        return f"Draft of {self.stream.name!r}: " + " → ".join(tags)


def suggest(log: EventLog) -> Draft:
    """Draft a value stream from a log's events.

    A log of a known shape (GitHub, git) gets its ready-made stream; one that was stitched from
    several sources ``idea-to-cash``, with the states of its own tracker. Otherwise each event name
    is a state, in the order in which items pass them; its kind is read from its name in several
    languages and, where the name says nothing, from the data; a state that ends items is done.
    ``X start`` and ``X end`` make an active stage X and the wait after it. Names of mere activity
    (commented, pushed) are left out; where items are flagged, that blocks them.

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
    known = set(log.event_names)
    if "role" in log.item_columns and set(log.items["role"].dropna()) >= STITCHED:
        return _idea_to_cash(log)
    for name, needed in READY_MADE:
        if needed <= known:
            stream = ValueStream.load(name)
            because = f"the log has the events of the ready-made stream {stream.name!r}"
            return Draft(stream, of_stream(log, stream, because))
    pairs = {e[: -len(" start")] for e in known if e.endswith(" start")}
    if pairs and all(e.endswith((" start", " end")) for e in known):
        return _from_intervals(log, pairs)
    return _from_states(log)


def _idea_to_cash(log: EventLog) -> Draft:
    """Put the tracker's own states around what stitching tells of changes and deployments."""
    whole, items = ValueStream.load("idea-to-cash").to_dict(), log.only("role", ["item"])
    events = items.events[lambda table: table["source"].ne("stitch") & table["event"].ne(EARLY)]
    events = events.assign(event=events["event"].str.removeprefix(MEANWHILE))
    met, github = {*log.event_names}, set(events["event"]) >= GITHUB_ISSUES
    if not github:
        own = suggest(items.remade(events, items.items, [])).stream.to_dict()["stages"]
        whole["stages"] = _around(own, whole["stages"])
    whole["stages"] = [s for s in whole["stages"] if s["kind"] == "done" or met & {*s["enter"]}]
    table = of_stream(log, ValueStream.from_dict(whole), STITCHED_SAYS)
    if not github:
        table = table.assign(ends=~table["kind"].isin(FLOWING))
        table["mean_place"] = table["mean_place"].mask(table["ends"])
        table = table.sort_values(["ends", "mean_place"], kind="stable", ignore_index=True)
        order = table["state"].tolist()
        whole["stages"].sort(key=lambda stage: order.index(stage["name"]))
    return Draft(ValueStream.from_dict(whole), table.drop(columns="ends", errors="ignore"))


def _around(own: list[Row], whole: list[Row]) -> list[Row]:
    """Take the stages of the tracker for those of GitHub's issues; what has one name is one."""
    mine = {stage["name"].casefold(): stage for stage in own}
    rest = [s for s in whole if not {*GITHUB_ISSUES, "responded"} & {*s["enter"]}]
    for stage in rest:
        same = mine.pop(stage["name"].casefold(), {"enter": []})
        stage["enter"] = [*stage["enter"], *same["enter"]]
    flowing = [s for s in mine.values() if s["kind"] in FLOWING]
    return [*flowing, *rest, *(s for s in mine.values() if s["kind"] not in FLOWING)]


def evidence(log: EventLog, stream: ValueStream | None = None) -> pd.DataFrame:
    """Weigh what a log says about each state: work or waiting, and why.

    Parameters
    ----------
    log : EventLog
        What happened.
    stream : ValueStream, optional
        Look at its stages, with their kinds; default: at the states of `suggest`.

    Returns
    -------
    pandas.DataFrame
        One row a state, columns as ``Draft.evidence``.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> table = evidence(vsm.read("sample"), vsm.ValueStream.load("github-pull-requests"))
    >>> table.loc[1, ["state", "kind"]].tolist()
    ['Waiting for first response', 'wait']
    """
    if stream is None:
        return suggest(log).evidence
    return of_stream(log, stream, f"the stream {stream.name!r} says so")


def _from_states(log: EventLog) -> Draft:
    names = [name for name in log.event_names if not is_activity(name)]
    if log.source_names == ["jira"]:
        names = without_resolutions(names)
    if not names:
        raise StreamError(
            "no event looks like a state",
            where=log.name,
            accepted="events such as 'In progress', 'Waiting for review', 'Done'",
            hint="write a stream.yaml that says which event enters which stage",
        )
    enter = {name: [name] for name in names}
    places = state_places(log, enter, log.codes).set_index("state")
    readings = read_names(names)
    readings |= {state: Reading("done", 0.6, "", None) for state in _ends(places, readings)}
    rows = places.to_dict("index")
    named = {s: _named(s, r, rows[s]) for s, r in readings.items()}
    table = state_table(log, enter, readings, named)
    # Whatever ends items goes last, so that "backward" means back into the flow.
    ends = table["kind"].map({"done": 1, "cancelled": 2}).fillna(0)
    table = table.assign(ends=ends).sort_values(["ends", "mean_place", "state"], ignore_index=True)
    table = table.drop(columns="ends")
    return Draft(_stream(log, table, enter), table)


def _ends(places: pd.DataFrame, readings: Mapping[str, Reading]) -> list[str]:
    """States that must be the end because items end in them, where no name says done."""
    if any(reading.kind == "done" for reading in readings.values()):
        return []
    often = places["items"] >= RARE * places["items"].max()
    final = often & (places["last_share"] >= LAST) & (places["mean_place"] >= 1 / 2)
    found = [str(s) for s in places.index[final] if readings[str(s)].confidence <= UNCLEAR]
    return found or [str((places["last_share"] ** 2 * places["items"]).idxmax())]


def _named(name: str, reading: Reading, place: Mapping[Any, Any]) -> list[str]:
    share, items = place["last_share"], place["items"]
    if reading.word:
        said = f"its name {shown(name)} has the word {shown(reading.word)}"
    elif reading.kind == "done":
        said = f"its name says nothing, but {share:.0%} of its {items:,.0f} items end in it"
    else:
        said = f"its name {shown(name)} says nothing{CHECK}"
    return [said, f"{items:,.0f} items entered it, {share:.0%} of them went no further"]


def _from_intervals(log: EventLog, pairs: set[str]) -> Draft:
    enter: dict[str, list[str]] = {}
    for name in sorted(pairs):
        enter[name] = [f"{name} start"]
        if f"{name} end" in log.event_names:
            enter[f"After {name}"] = [f"{name} end"]
    if len(enter) == len(pairs):
        raise StreamError(
            "no activity ever ends", where=log.name, hint="give the end column with --end"
        )
    places = state_places(log, enter, log.codes).set_index("state")
    first = places.loc[sorted(pairs)].sort_values("mean_place", kind="stable").index
    order = [s for name in first for s in (str(name), f"After {name}") if s in enter]
    # The end of the activity that ends most items is the end of the stream.
    after = places.loc[[s for s in order if s not in pairs], "last_share"]
    done = after[after >= min(after.max(), ALMOST_LAST)]
    readings, named = {}, {}
    for state in order:
        name = shown(state.removeprefix("After "))
        if state in pairs:
            kind, why = "active", f"it has a start and an end: {name} is work"
        elif state in done.index:
            kind, why = "done", f"{done[state]:.0%} of the items that reach it end there"
        else:
            kind, why = "wait", f"the time between the end of {name} and the next start is waiting"
        readings[state] = Reading(kind, STATED, "", "queue" if kind == "wait" else None)
        named[state] = [why]
    enter = {state: enter[state] for state in order}
    table = state_table(log, enter, readings, named)
    return Draft(_stream(log, table, enter), table)


def _stream(log: EventLog, evidence: pd.DataFrame, enter: dict[str, list[str]]) -> ValueStream:
    stages: list[dict[str, Any]] = []
    for row in records(evidence):
        stage = {"name": row["state"], "kind": row["kind"], "enter": enter[row["state"]]}
        if row["kind"] == "wait" and row["cause"]:
            stage["cause"] = row["cause"]
        stage["note"] = f"suggested ({row['confidence']:.0%}): {row['reasons'][0]}"
        stages.append(stage)
    made: dict[str, Any] = {"version": 1, "name": log.name, "stages": stages}
    if FLAGGED in log.event_names:
        made["blocked"] = {"set": [FLAGGED], "clear": [f"un{FLAGGED}"]}
    return ValueStream.from_dict(made)
