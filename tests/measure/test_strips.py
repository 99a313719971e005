"""Strips: the visits of a sample of items along the time since each entered."""

from hypothesis import assume, given

from tests import oracle
from tests.worlds import BLOCKED, HAND, STAGES, flow_of, known, logs, quick
from vsmlib import measure


def expected(events):
    """Parts of each delivered item: visits until its delivery, then blocked times within them."""
    made = {}
    for item, f in oracle.flow_of(events, STAGES, blocked=BLOCKED).items():
        if f["status"] != "delivered":
            continue
        rows = [tuple(e[1:]) for e in events if e[0] == item]
        spans = oracle.blocked_spans(rows, BLOCKED, max(e[1] for e in events))
        parts = [(v["t0"], v["t1"], v) for v in f["visits"] if not v["open"]]
        over = [
            (max(v["t0"], b), min(v["t1"], c), {**v, "kind": "blocked"})
            for v in f["visits"]
            for b, c in spans
            if max(v["t0"], b) < min(v["t1"], c) and not v["open"]
        ]
        made[item] = [
            (v["stage"], v["kind"], v["visit"], (a - f["first"]) / 1e6, (b - f["first"]) / 1e6)
            for a, b, v in [*parts, *sorted(over, key=lambda part: part[0])]
            if a < f["ended"]
        ]
    return {item: parts for item, parts in made.items() if parts}


@quick
@given(events=logs())
def test_strips_of_all_items_equal_the_oracle(events):
    assume(known(events))
    table = measure.strips(flow_of(events))
    found = {
        item: list(part[["stage", "kind", "visit", "start_s", "end_s"]].itertuples(False, None))
        for item, part in table.groupby("item_id")
    }
    assert found == expected(events)
    assert table["lead_time_s"].is_monotonic_decreasing


def test_a_sample_holds_the_slowest():
    events = [
        (f"i{n:03}", HAND[0][1] + (t * (n + 1) if t else 0), 3 * n + t, event, None)
        for n in range(200)
        for t, event in enumerate(["queue", "work", "done"])
    ]
    table = measure.strips(flow_of(events), items=20)
    items = table["item_id"].drop_duplicates().tolist()
    assert len(items) == 20
    assert items[:2] == ["i199", "i198"]
    assert items == sorted(items, reverse=True)
    numbers = [int(item[1:]) for item in items[2:]]
    assert max(b - a for a, b in zip(sorted(numbers), sorted(numbers)[1:], strict=False)) < 25
