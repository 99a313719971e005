"""Which column is which."""

import pytest

from vsmlib.engine.scan import Column
from vsmlib.errors import SourceError
from vsmlib.sources.columns import choose_columns

TIME, SOON = "2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z"
ROLES = ("item", "time", "start", "end", "event", "actor")


def choose(rows, repeats=None, **given):
    """Choose among columns given as name -> values; a value that is a type is a typed column."""
    columns = [Column(name, f"c{i}", "VARCHAR") for i, name in enumerate(rows)]
    sample = list(zip(*rows.values(), strict=True))
    options = {"repeats": lambda c: c.name in repeats} if repeats is not None else {}
    return choose_columns(columns, sample, given, where="a.csv", **options)


def names(roles):
    parts = {role: getattr(roles, role) for role in ROLES}
    return {role: column.name for role, column in parts.items() if column}


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        (["case_id", "when", "status", "who"], "item time event actor"),
        (["case:concept:name", "time:timestamp", "concept:name"], "item time event"),
        (["Issue key", "Changed", "to", "Author"], "item time event actor"),
        (["key", "created", "Status", "assignee"], "item time event actor"),
        (["Ticket", "Date", "Activity", "Resource"], "item time event actor"),
        (["id", "at", "state", "user"], "item time event actor"),
        (["pullRequestId", "occurred_at", "event_type", "userName"], "item time event actor"),
        (["Vorgangsnummer", "Zeitstempel", "Zustand", "Bearbeiter"], "item time event actor"),
        (["Clé", "Horodatage", "Statut", "Utilisateur"], "item time event actor"),
        (["SR Number", "Change Date", "Status", "Owner"], "item time event actor"),
        (["number", "sys_updated_at", "incident_state", "sys_updated_by"], "item time event actor"),
        (["case_id", "start_time", "end_time", "activity"], "item start end event"),
        (["case", "start_timestamp", "time:timestamp", "org:x", "Task"], "item start end _ event"),
        (["case_id", "Start", "Complete", "Task"], "item start end event"),
        (["story-key", "Zeit", "to_status", "from_status"], "item time event"),
        (["defect_id", "timestamp", "board_state"], "item time event"),
    ],
)  # fmt: skip
def test_names_of_many_tools(header, roles):
    expected = dict(zip(roles.split(), header, strict=False))
    expected.pop("_", None)
    timed = {expected.get(role) for role in ("time", "start", "end")}
    columns = {name: [TIME if name in timed else "x"] for name in header}
    assert names(choose(columns)) == expected


def test_the_guess_is_told_as_a_note():
    (told,) = choose({"case_id": ["A"], "when": [TIME], "status": ["x"], "who": ["u"]}).findings
    assert (told.code, told.level) == ("columns_guessed", "note")
    assert told.what == (
        "columns: item=case_id, time=when, event=status, actor=who"
        " (guessed; settle with --item --time --event --actor)"
    )
    (told,) = choose({"a\nb_id": ["A"], "start": [TIME], "end": [""], "task": ["u"]}).findings
    assert told.what == (
        "columns: item='a\\nb_id', start=start, end=end, event=task"
        " (guessed; settle with --item --start --end --event --actor)"
    )


def test_the_contracts_own_names_need_no_guess():
    columns = {"id": ["1"], "time": [TIME], "status": ["x"], "user": ["u"]}
    own = {"item_id": ["A"], "timestamp": [TIME], "event": ["x"], "actor": ["u"]}
    roles = choose(columns | own)
    assert names(roles) == {
        "item": "item_id",
        "time": "timestamp",
        "event": "event",
        "actor": "actor",
    }
    assert roles.findings == ()


def test_what_is_given_holds_against_everything():
    columns = {
        "item_id": ["A"],
        "timestamp": [TIME],
        "event": ["x"],
        "key": ["K"],
        "Created": [SOON],
    }
    roles = choose(columns, item="key", time="created", event="event")
    assert names(roles)["item"] == "key"
    assert names(roles)["time"] == "Created"
    assert names(choose(columns, start="timestamp", end="Created"))["start"] == "timestamp"


def test_names_match_whatever_their_case_only_if_none_matches_exactly():
    columns = {"KEY": ["A"], "Key": ["B"], "when": [TIME], "status": ["x"]}
    assert names(choose(columns, item="Key"))["item"] == "Key"
    with pytest.raises(SourceError, match="unknown column 'key'; accepted: KEY, Key"):
        choose(columns, item="key")
    assert names(choose(columns, item="KEY", time="WHEN"))["time"] == "when"


def test_a_wrong_name_is_met_with_the_nearest():
    columns = {"team": ["A"], "when": [TIME], "status": ["x"]}
    message = (
        "a.csv: unknown column 'tem'; accepted: team, when, status; next: did you mean 'team'?"
    )
    with pytest.raises(SourceError, match=message.replace("?", r"\?")):
        choose(columns, item="tem")


KEY, WHEN, STATUS = {"id": ["A"]}, {"when": [TIME]}, {"status": ["x"]}
FOO, SPAN = {"foo": ["x"]}, {"start": [TIME], "end": [SOON]}


@pytest.mark.parametrize(
    ("columns", "what", "accepted", "hint"),
    [
        (FOO | WHEN | STATUS, "no column looks like the item", "'foo', 'when', 'status'", "COLUMN"),
        (KEY | FOO | STATUS, "no column looks like the time", "'foo', 'status'", "COLUMN"),
        (KEY | WHEN | FOO, "no column looks like the event", "'foo'", "COLUMN"),
        (
            KEY | STATUS | {"created": [TIME], "updated": [SOON]},
            "several columns may be the time",
            "'created', 'updated'",
            "--time 'created'",
        ),
        (KEY | STATUS | {"a": [TIME], "b": [SOON]}, "several .* the time", "'a', 'b'", "--time"),
        (KEY | WHEN | STATUS | {"state": ["y"]}, "several .* the event", "'status', 'state'", ""),
        (
            KEY | WHEN | STATUS | SPAN,
            "several .* the time",
            "'when', 'start', 'end'",
            "--time 'when'",
        ),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(columns, what, accepted, hint):
    with pytest.raises(SourceError, match=f"{what}.*; accepted: {accepted}.*; next: .*{hint}"):
        choose(columns)


@pytest.mark.parametrize("given", [{"time": "when", "start": "a"}, {"time": "when", "end": "a"}])
def test_time_and_start_exclude_each_other(given):
    with pytest.raises(SourceError, match="--time and --start/--end exclude each other"):
        choose({"id": ["A"], "when": [TIME], "a": [TIME]}, **given)


def test_a_start_alone_finds_its_end_or_asks():
    columns = {"id": ["A"], "opened": [TIME], "finished": [SOON], "task": ["x"]}
    assert names(choose(columns, start="opened"))["end"] == "finished"
    with pytest.raises(SourceError, match=r"no column looks like the end; .* next: --end COLUMN"):
        choose({"id": ["A"], "opened": [TIME], "other": [SOON], "task": ["x"]}, start="opened")


def test_contents_decide_where_names_do_not():
    hours = {"id": ["A"], "time": ["3 h"], "moment": [TIME], "status": ["x"]}
    assert names(choose(hours))["time"] == "moment"
    events = {"id": ["A"], "when": [TIME], "event": ["x"], "status": [SOON]}
    assert names(choose(events))["event"] == "event"
    many = {"case": ["A"] * 30, "when": [TIME] * 30, "activity": [str(n) for n in range(30)]}
    assert names(choose(many | {"status": ["x"] * 30}))["event"] == "status"


def test_an_item_repeats_and_a_rows_own_id_does_not():
    columns = {"issue_id": ["1"], "key": ["A"], "when": [TIME], "status": ["x"]}
    assert names(choose(columns, repeats={"key"}))["item"] == "key"
    assert names(choose(columns, repeats={"key", "issue_id"}))["item"] == "issue_id"
    assert names(choose(columns, repeats=set()))["item"] == "issue_id"


def test_a_time_column_in_a_format_of_its_own_is_known_by_its_name():
    columns = {"id": ["A"], "when": ["5th of May"], "status": ["x"]}
    assert names(choose(columns))["time"] == "when"


def test_an_empty_end_is_still_running():
    columns = {"id": ["A"], "start": [TIME], "end": [None], "task": ["x"]}
    assert names(choose(columns))["end"] == "end"


def test_typed_columns_need_no_look():
    columns = [Column("id", "c0", "BIGINT"), Column("when", "c1", "TIMESTAMP WITH TIME ZONE")]
    columns.append(Column("status", "c2", "VARCHAR"))
    roles = choose_columns(columns, [("1", "whatever", "x")], {}, where="a")
    assert names(roles)["time"] == "when"
