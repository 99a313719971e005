"""Small worlds for tests: hand-worked logs and Hypothesis strategies for random ones."""

from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from vsmlib.flow import Flow
from vsmlib.log import EventLog
from vsmlib.sources import Extract
from vsmlib.stream import ValueStream

HOUR = 3_600_000_000
DAY = 24 * HOUR
START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000  # a Monday

STAGES = [
    {"name": "Queue", "kind": "wait", "enter": ["queue"]},
    {"name": "Work", "kind": "active", "enter": ["work"]},
    {"name": "Review", "kind": "wait", "enter": ["review", "again"]},
    {"name": "Paused", "kind": "excluded", "enter": ["pause"]},
    {"name": "Done", "kind": "done", "enter": ["done"]},
    {"name": "Live", "kind": "done", "enter": ["live"]},
    {"name": "Dropped", "kind": "cancelled", "enter": ["drop"]},
]
BLOCKED = {"set": ["flag"], "clear": ["unflag"]}
EVENTS = ["queue", "work", "review", "again", "pause", "done", "live", "drop"]


def make_log(events, items=None, observed=None, name="world", source="test"):
    """EventLog of (item, t, seq, event, actor) tuples; ``items`` maps ids to columns."""
    columns = list(zip(*events, strict=True)) or [[]] * 5
    table = pa.table(
        {
            "item_id": pa.array(columns[0], pa.string()),
            "t": pa.array(columns[1], pa.int64()),
            "event": pa.array(columns[3], pa.string()),
            "actor": pa.array(columns[4], pa.string()),
            "actor_type": pa.array([None] * len(events), pa.string()),
            "source": pa.array([source] * len(events), pa.string()),
            "seq": pa.array(columns[2], pa.int64()),
        }
    )
    rows = [{"item_id": key, **value} for key, value in (items or {}).items()]
    frame = pa.Table.from_pylist(rows) if rows else None
    until = None if observed is None else datetime.fromtimestamp(observed / 1e6, UTC)
    return EventLog(Extract(table, frame, [], until, name), pseudonymous=False)


def make_stream(stages=None, **keys):
    """ValueStream of plain data."""
    data = {"version": 1, "name": "world", "stages": stages or STAGES}
    return ValueStream.from_dict({**data, **keys})


@st.composite
def logs(draw, max_items=6, max_events=12, extra=("flag", "unflag", "note")):
    """Random events on a coarse clock, so that ties and zero-length visits happen."""
    events, seq = [], 0
    for item in range(draw(st.integers(1, max_items))):
        for _ in range(draw(st.integers(1, max_events))):
            hours = draw(st.integers(0, 400))
            t = START + hours * HOUR // 2
            event = draw(st.sampled_from([*EVENTS, *extra]))
            actor = draw(st.sampled_from(["ada", "bob", None]))
            events.append((f"item-{item}", t, seq, event, actor))
            seq += 1
    return events


quick = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


def known(events):
    return any(e[3] in EVENTS for e in events)


def close(one, other):
    if one is None or other is None:
        return other is None and (one is None or pd.isna(one))
    return abs(one - other) <= 1e-9 * max(1.0, abs(other))


HAND = [
    ("A", START, 0, "queue", "ada"),
    ("A", START + 2 * HOUR, 1, "work", "bob"),
    ("A", START + 3 * HOUR, 2, "flag", None),
    ("A", START + 4 * HOUR, 3, "flag", None),
    ("A", START + 5 * HOUR, 4, "unflag", None),
    ("A", START + 6 * HOUR, 5, "review", "bob"),
    ("A", START + 7 * HOUR, 6, "again", "eve"),
    ("A", START + 10 * HOUR, 7, "work", "bob"),
    ("A", START + 11 * HOUR, 8, "done", "bob"),
    ("A", START + 12 * HOUR, 9, "live", "bob"),
    ("B", START + 1 * HOUR, 10, "work", None),
    ("B", START + 30 * HOUR, 11, "note", None),
]


def flow_of(events, **keys):
    return Flow(make_log(events), make_stream(blocked=BLOCKED, **keys))
