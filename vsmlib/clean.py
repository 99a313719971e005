"""The receipt: what is in the data, what was done about it, and whether to trust it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import narwhals as nw
import pandas as pd

from vsmlib.engine import records, size, to_pandas
from vsmlib.errors import ParameterError, StreamError, shown
from vsmlib.findings import Finding, Level
from vsmlib.flow import Flow
from vsmlib.log import EventLog, from_us, to_us
from vsmlib.stream import ValueStream
from vsmlib.visits import DAY_US

__all__ = ["Check", "check"]

Frame = nw.LazyFrame[Any]
LEVELS = {"error": 0, "warning": 1, "note": 2}
FIRST, MANY = 3, 200
BULK_ITEMS = 10
FAR_DAYS = 3 * 365
ENOUGH_ITEMS = 20
MOST = 0.9


@dataclass(frozen=True)
class Check:
    """The quality report of a log.

    Attributes
    ----------
    name : str
        Of the log.
    findings : list of Finding
        Errors first, then warnings, then notes.
    """

    name: str
    findings: list[Finding]

    @property
    def exit_code(self) -> int:
        """1 if there is an error (rows were refused, or a figure would mislead), else 0."""
        return int(any(f.level == "error" for f in self.findings))

    @property
    def table(self) -> pd.DataFrame:
        """One row a finding: ``level, code, count, what, done, examples``."""
        rows = [
            (f.level, f.code, f.count, f.what, f.done, "; ".join(f.examples)) for f in self.findings
        ]
        columns = ["level", "code", "count", "what", "done", "examples"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def sentences(self) -> list[str]:
        """Each finding as a sentence with what was done and the first examples."""
        return [_sentence(f) for f in self.findings]

    def __repr__(self) -> str:
        return "\n".join([f"Check of {self.name!r}", *self.sentences])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{f.level}</td><td>{html.escape(_sentence(f))}</td></tr>"
            for f in self.findings
        )
        head = "<tr><th scope='col'>level</th><th scope='col'>finding</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _sentence(finding: Finding) -> str:
    examples = f" For example {'; '.join(finding.examples)}." if finding.examples else ""
    return f"{finding.what.rstrip('.')} ({finding.done}).{examples}"


def check(log: EventLog, stream: ValueStream | None = None) -> Check:
    """Report every kind of trouble in a log: counts, first examples, and what was done.

    Nothing is changed here: rows were refused or repaired by the reader, and what it did is part
    of the report.

    Parameters
    ----------
    log : EventLog
        What to check.
    stream : ValueStream, optional
        With it (or else the draft of `vsmlib.suggest`) the report also says which items have no
        mapped event, what came after done, zero-length visits and survivor bias.

    Returns
    -------
    Check

    Examples
    --------
    >>> import vsmlib as vsm
    >>> vsm.check(vsm.read("sample")).exit_code
    0
    """
    events = log.codes.with_columns(
        before=nw.col("t").shift(1).over("item", order_by=["seq", "t", "event"])
    )
    found = [
        *log.findings,
        *_ties(log),
        *_repeats(log),
        *_order(log, events),
        *_clock(log),
        *_bulk(log),
        *_people(log),
        *_in_stream(log, stream),
    ]
    return Check(log.name, sorted(found, key=lambda f: LEVELS[f.level]))


def _rows(frame: Frame) -> list[dict[str, Any]]:
    return records(to_pandas(frame))


def _examples(log: EventLog, frame: Frame, form: str = "{item_id} at {t}") -> tuple[str, ...]:
    """First examples of a frame with ``item`` (and ``t``, ``event``), in words."""
    named = frame.join(log.items_frame.select("item", "item_id"), on="item")
    order = [c for c in ("item", "t", "event") if c in named.collect_schema().names()]
    rows = {row["item"]: row for row in reversed(_rows(named.sort(order).head(MANY)))}
    said = []
    for _, row in sorted(rows.items())[:FIRST]:
        words = {"item_id": shown(row["item_id"])}
        if "t" in row:
            words["t"] = from_us(row["t"]).isoformat(timespec="seconds")
        if "event" in row:
            words["event"] = shown(log.event_names[int(row["event"])])
        said.append(form.format(**words))
    return tuple(said)


def _met(  # noqa: PLR0917
    log: EventLog,
    frame: Frame,
    code: str,
    level: Level,
    what: str,
    done: str = "kept",
    form: str = "{item_id} at {t}",
) -> list[Finding]:
    """Tell how many rows a frame has, {n} in the sentence; nothing where it has none."""
    if not (count := size(frame)):
        return []
    said = _examples(log, frame, form)
    return [Finding(code, level, count, what.replace("{n}", f"{count:,}"), done, said)]


def _ties(log: EventLog) -> list[Finding]:
    tied = log.codes.group_by("item", "t").agg(kinds=nw.col("event").n_unique())
    what = "{n} moments have several events of one item; their order is the source's"
    return _met(log, tied.filter(nw.col("kinds") > 1), "ties", "note", what)


def _repeats(log: EventLog) -> list[Finding]:
    same = log.codes.group_by("item", "t", "event", "actor").agg(rows=nw.len())
    what = "{n} events stand twice or more with the same item, time and actor"
    form = "{event} of {item_id} at {t}"
    again = same.filter(nw.col("rows") > 1)
    return _met(log, again, "repeated_events", "note", what, form=form)


def _order(log: EventLog, events: Frame) -> list[Finding]:
    steps = events.filter(~nw.col("before").is_null())
    back = steps.filter(nw.col("t") < nw.col("before"))
    newest_first = size(back) > MOST * size(steps)
    level: Level = "note" if newest_first else "warning"
    what = "{n} events stand after a later event of the same item"
    if newest_first:
        what = "the source lists each item's events newest first"
    return _met(log, back, "out_of_order", level, what, "repaired: sorted by time")


def _clock(log: EventLog) -> list[Finding]:
    future = log.codes.filter(nw.col("t") > to_us(datetime.now(UTC)))
    found = _met(log, future, "future_times", "error", "{n} events lie in the future",
                 "kept: check the clock and the time zone")  # fmt: skip
    if (far := _far_events(log)) is not None:
        what = "{n} events lie more than three years away from all others: a clock jumped"
        found += _met(log, far, "clock_jumps", "error", what,
                      "kept: correct or remove them in the source")  # fmt: skip
    count = size(log.codes.filter(nw.col("t") % DAY_US == 0))
    if count > MOST * size(log.codes):
        what = f"{count:,} events are at midnight sharp: the times are dates only"
        found.append(Finding("date_only", "warning", count, what, "kept: read hours with care"))
    return found


def _far_events(log: EventLog) -> Frame | None:
    """Events on the small side (under one in a hundred) of a gap of years."""
    days = log.codes.with_columns(day=nw.col("t") // DAY_US).group_by("day").agg(nw.len())
    table = to_pandas(days.sort("day"))
    gaps = table["day"].diff()
    wide = table.index[gaps > FAR_DAYS]
    if wide.empty:
        return None
    whole, upto = int(table["len"].sum()), table["len"].cumsum()
    low = [i for i in wide if upto[i - 1] < whole / 100]
    high = [i for i in wide if whole - upto[i - 1] < whole / 100]
    first = table["day"][max(low)] if low else table["day"].min()
    after = table["day"][min(high)] if high else table["day"].max() + 1
    near = (nw.col("t") >= int(first) * DAY_US) & (nw.col("t") < int(after) * DAY_US)
    return log.codes.filter(~near)


def _bulk(log: EventLog) -> list[Finding]:
    same = log.codes.group_by("t", "event").agg(nw.col("item").n_unique().alias("items"))
    same = same.filter(nw.col("items") >= BULK_ITEMS).sort("items", descending=True)
    rows = _rows(same)
    if not rows:
        return []
    count = int(sum(row["items"] for row in rows))
    said = tuple(
        f"{int(r['items'])} items: {shown(log.event_names[int(r['event'])])} at "
        f"{from_us(r['t']).isoformat(timespec='seconds')}"
        for r in rows[:FIRST]
    )
    what = f"{count:,} events were made in bulk ({BULK_ITEMS} items or more at one moment)"
    return [Finding("bulk_changes", "note", count, what, "kept: an import or a release", said)]


def _people(log: EventLog) -> list[Finding]:
    found = []
    people = len(log.actor_names) - len(log.bots)
    if log.bots:
        codes = [log.actor_names.index(bot) for bot in log.bots]
        count = size(log.codes.filter(nw.col("actor").is_in(codes)))
        what = f"{count:,} events were made by {len(log.bots)} bots"
        found.append(Finding("bots", "note", count, what, "kept: never counted as an answer"))
    if people == 0:
        what = "no event says who did it: handoffs cannot be measured"
        found.append(Finding("no_actors", "note", 0, what, "kept"))
    return found


def _in_stream(log: EventLog, stream: ValueStream | None) -> list[Finding]:
    from vsmlib.waits import suggest

    try:
        flow = Flow(log, stream or suggest(log).stream)
    except (StreamError, ParameterError) as error:
        return [Finding("no_stream", "warning", 0, f"no value stream fits: {error}", "left out")]
    drafted = "" if stream else f" (by the draft stream {flow.stream.name!r})"
    return [
        *_unmapped(log, flow, drafted),
        *_survivors(flow, drafted),
        *_after_done(log, flow, drafted),
        *_zero(log, flow, drafted),
    ]


def _unmapped(log: EventLog, flow: Flow, drafted: str) -> list[Finding]:
    level: Level = "error" if flow.unmapped_items > size(flow.ends) else "warning"
    what = f"{{n}} items have no event that enters a stage{drafted}"
    found = _met(log, flow.unmapped(), "items_without_mapped_event", level, what,
                 "kept in the log, in no table", "{item_id}")  # fmt: skip
    if count := size(log.items_frame) - size(flow.ends) - flow.unmapped_items:
        what = f"{count:,} items are outside the stream's scope"
        scope = "; ".join(f"{c}: {', '.join(v)}" for c, v in (flow.stream.applies_to or {}).items())
        done = f"kept in the log, in no table; it applies to {scope}"
        found.append(Finding("items_out_of_scope", "note", count, what, done))
    return found


def _survivors(flow: Flow, drafted: str) -> list[Finding]:
    items, still = size(flow.ends), size(flow.ends.filter(nw.col("status") == 0))
    if still or items < ENOUGH_ITEMS:
        return []
    what = f"none of {items:,} items is in progress: only finished items were exported{drafted}"
    done = "kept: ages and WIP are missing, and recent lead times look too short"
    return [Finding("survivor_bias", "warning", items, what, done)]


def _after_done(log: EventLog, flow: Flow, drafted: str) -> list[Finding]:
    again = flow.frame.filter((nw.col("kind") == 2) & (nw.col("to_kind") != 2))
    what = f"{{n}} times an item moved on after done{drafted}"
    done = "kept: the clock stops in between, and it counts as reopened"
    return _met(log, again.select("item", t="t1"), "events_after_done", "note", what, done)


def _zero(log: EventLog, flow: Flow, drafted: str) -> list[Finding]:
    zero = flow.frame.filter((nw.col("open") == 0) & (nw.col("t0") == nw.col("t1")))
    what = f"{{n}} visits have no length{drafted}"
    return _met(log, zero.select("item", t="t0"), "zero_length_visits", "note", what)
