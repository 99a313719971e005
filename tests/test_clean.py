"""The receipt: each kind of trouble is found, counted, and told with examples."""

import pytest

import vsmlib as vsm
from tests.worlds import DAY, HOUR, START, make_log, make_stream
from vsmlib.clean import Check
from vsmlib.findings import Finding


def findings(events, **keys):
    made = vsm.check(make_log(events, **keys), make_stream())
    return {f.code: f for f in made.findings}


def item(name, *moves, start=START, actor=None):
    return [(name, start + hours * HOUR, n, event, actor) for n, (hours, event) in enumerate(moves)]


GOOD = item("A", (0, "queue"), (5, "work"), (9, "done")) + item("B", (3, "work"), actor="ada")


def test_nothing_to_say():
    assert findings(GOOD) == {}


@pytest.mark.parametrize(
    ("code", "events", "count", "level"),
    [
        ("ties", [*GOOD, ("A", START, 9, "note", None)], 1, "note"),
        ("repeated_events", [*GOOD, ("A", START, 9, "queue", None)], 1, "note"),
        ("out_of_order", [*GOOD, ("A", START + HOUR, 9, "note", None)], 1, "warning"),
        ("future_times", [*GOOD, ("A", START + 40_000 * DAY, 9, "note", None)], 1, "error"),
        ("clock_jumps", GOOD * 100 + item("Z", (0, "work"), start=3 * HOUR), 1, "error"),
        ("items_without_mapped_event", GOOD + item("Z", (1, "note")), 1, "warning"),
        ("events_after_done", [*GOOD, ("A", START + 99 * HOUR, 9, "work", None)], 1, "note"),
        ("zero_length_visits", [*GOOD, ("A", START + 9 * HOUR, 9, "live", None)], 1, "note"),
        ("no_actors", item("A", (1, "work")), 0, "note"),
        (
            "survivor_bias",
            [e for n in range(20) for e in item(f"{n}", (n, "work"), (n + 30, "done"))],
            20,
            "warning",
        ),
        ("bulk_changes", [e for n in range(10) for e in item(f"{n}", (1, "work"))], 10, "note"),
        ("date_only", item("A", (0, "queue"), (24, "work"), (48, "done")), 3, "warning"),
    ],
)
def test_trouble_is_found(code, events, count, level):
    found = findings(events)
    assert code in found, sorted(found)
    assert found[code].count == count
    assert found[code].level == level
    assert found[code].examples or code in ("no_actors", "survivor_bias", "date_only")


def test_newest_first_is_no_trouble():
    moves = [(90 - n, "work" if n % 2 else "review") for n in range(40)]
    assert findings(item("A", *moves))["out_of_order"].level == "note"


def test_bots_are_counted():
    log = vsm.read("sample")
    found = {f.code: f for f in vsm.check(log).findings}
    assert found["bots"].count > 0
    assert found["items_out_of_scope"].count == 517


def test_a_log_without_a_stream_says_so():
    made = vsm.check(make_log([("A", START, 0, "note", None), ("A", START, 1, "comment", None)]))
    assert any(f.code == "no_stream" for f in made.findings) or made.exit_code == 0


def test_report_escapes_and_counts():
    made = Check("x", [Finding("odd", "error", 1, "1 row has <script>.", "refused", ("row 3",))])
    assert made.exit_code == 1
    assert made.sentences == ["1 row has <script> (refused). For example row 3."]
    assert "<script>" not in made._repr_html_()
    assert made.table["code"].tolist() == ["odd"]
