"""Figures of each state against a plain loop over the events, and by hand."""

import math
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from tests.worlds import DAY, HOUR, START, known, logs, make_log, quick
from vsmlib.waits.signals import LONG_DAYS, signals

ENTER = {
    "Queue": ["queue"],
    "Work": ["work", "again"],
    "Review": ["review"],
    "Paused": ["pause"],
    "Done": ["done", "live"],
}


def stays_of(events, enter):
    """Each stay as a dictionary, by item and time, and the events in the order of the kernel."""
    codes = {name: n for n, name in enumerate(sorted({e[3] for e in events}))}
    events = sorted(events, key=lambda e: (e[0], e[1], e[2], codes[e[3]]))
    state = {event: name for name, names in enter.items() for event in names}
    by_item, stays = defaultdict(list), []
    for event in events:
        by_item[event[0]].append(event)
    for item, rows in by_item.items():
        here = None
        for place, row in enumerate(rows):
            name = state.get(row[3])
            if name is None or (here and name == here["state"]):
                continue
            if here:
                here |= {"t1": row[1], "to": name, "out": row, "row1": place}
            here = {"item": item, "state": name, "t0": row[1], "in": row, "row": place}
            stays.append(here | {"t1": None})
            here = stays[-1]
    actors = sorted(events, key=lambda e: (e[1], e[0], e[2], codes[e[3]]))
    return stays, actors


def held(stay, actors):
    first, last = actors.index(stay["in"]), actors.index(stay["out"])
    who, item = stay["in"][4], stay["item"]
    between = actors[min(first, last) : max(first, last)]
    return not any(e[4] == who and e[0] != item for e in between)


def expected(events, enter):
    stays, actors = stays_of(events, enter)
    until = max(e[1] for e in events)
    made = {}
    for name in enter:
        all_here = [s for s in stays if s["state"] == name]
        closed = [s for s in all_here if s["t1"] is not None]
        spans = [s["t1"] - s["t0"] for s in closed]
        pairs = [s for s in closed if s["in"][4] and s["out"][4]]
        same = [s for s in pairs if s["in"][4] == s["out"][4]]
        queue = sorted(closed, key=lambda s: (s["t0"], s["t1"], s["item"]))
        met = [(a, b) for a, b in pairwise(queue) if a["t0"] < b["t0"] < a["t1"]]
        made[name] = {
            "visits": len(closed),
            "days": sum(spans) / DAY if spans else None,
            "median_s": float(np.median(spans)) / 1e6 if spans else None,
            "short_share": mean(s < HOUR for s in spans),
            "long_share": mean(s > LONG_DAYS * DAY for s in spans),
            "known": len(pairs),
            "same_share": len(same) / len(pairs) if pairs else None,
            "held_share": sum(held(s, actors) for s in same) / len(pairs) if pairs else None,
            "pairs": len(met),
            "overtaken_share": mean(b["t1"] < a["t1"] for a, b in met),
            "next_wip_ratio": next_wip(closed, stays, until),
            **marks(closed, stays),
        }
    return made


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def next_wip(closed, stays, until):
    total, usual = 0.0, 0.0
    for stay in closed:
        there = [s for s in stays if s["state"] == stay["to"] and s["t1"] != s["t0"]]
        steps = [(s["t0"], 1, s["item"]) for s in there]
        steps += [(s["t1"], -1, s["item"]) for s in there if s["t1"] is not None]
        steps.sort()
        spent = sum((s["t1"] or until) - s["t0"] for s in there)
        for place, step in enumerate(steps):
            if step == (stay["t1"], 1, stay["item"]) and spent > 0:
                total += sum(s[1] for s in steps[:place])
                usual += spent / (until - min(s["t0"] for s in there))
    return total / usual if usual else None


def marks(closed, stays):
    count = lambda rows: sum(s["row1"] - s["row"] - 1 for s in rows)  # noqa: E731
    days = lambda rows: sum(s["t1"] - s["t0"] for s in rows) / DAY  # noqa: E731
    items = {s["item"] for s in closed}
    others = [s for s in stays if s["item"] in items and s["t1"] is not None]
    others = [s for s in others if s["state"] != (closed[0]["state"] if closed else None)]
    made = {}
    for where, rows in (("", closed), ("_elsewhere", others)):
        made[f"marks{where}"] = count(rows)
        made[f"marks_per_day{where}"] = count(rows) / days(rows) if days(rows) else None
    return made


@quick
@given(logs(extra=("note", "note2")))
def test_as_a_plain_loop_counts(events):
    if not known(events):
        return
    table = signals(make_log(events), ENTER).set_index("state")
    assert list(table.index) == list(ENTER)
    for state, figures in expected(events, ENTER).items():
        for name, value in figures.items():
            found = table.loc[state, name]
            if value is None:
                assert math.isnan(found), (state, name, found)
            else:
                assert found == pytest.approx(value, rel=1e-9, abs=1e-12), (state, name)


def one_state(rows):
    """Closed visits ``(item, entered, left)`` in hours to the state ``s``, as events."""
    events = []
    for item, begin, end in rows:
        events.append((item, START + int(begin * HOUR), len(events), "s", None))
        events.append((item, START + int(end * HOUR), len(events), "e", None))
    return make_log(events)


def test_batches_beyond_chance():
    together = one_state([(f"I{n}", n, 100) for n in range(20)])
    apart = one_state([(f"I{n}", n, 100 + n / 10) for n in range(20)])
    shares = [signals(log, {"s": ["s"], "e": ["e"]})["batch_share"][0] for log in (together, apart)]
    # 20 leavings in one hour at random: 4.5 % of them would have two others in the same minute.
    chance = 1 - (1 + 1 / 3) * math.exp(-1 / 3)
    assert shares == pytest.approx([1 - chance, 0.0])
    busy = [(f"I{n}", 0, 50 + n / 600) for n in range(600)]
    assert signals(one_state(busy), {"s": ["s"], "e": ["e"]})["batch_share"][0] < 0.01


def test_blocked_share_of_time():
    events = [
        ("A", START, 0, "s", None),
        ("A", START + 2 * HOUR, 1, "flagged", None),
        ("A", START + 5 * HOUR, 2, "unflagged", None),
        ("A", START + 8 * HOUR, 3, "flagged", None),
        ("A", START + 10 * HOUR, 4, "e", None),
        ("B", START, 5, "s", None),
        ("B", START + 10 * HOUR, 6, "e", None),
    ]
    table = signals(make_log(events), {"s": ["s"], "e": ["e"]})
    assert table["blocked_share"][0] == pytest.approx(5 / 20)
    assert math.isnan(table["blocked_share"][1])


def test_a_state_that_nobody_enters_has_no_figures():
    table = signals(make_log([("A", START, 0, "s", "ada")]), {"s": ["s"], "never": ["x"]})
    assert table["visits"].tolist() == [0, 0]
    assert table["median_s"].isna().all()
