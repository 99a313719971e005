"""Value streams: loading, saving, what kernels ask, and every wrong definition by its line."""

import stat
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmlib import stream as stream_module
from vsmlib.errors import StreamError
from vsmlib.stream import CalendarSpec, Stage, ValueStream, ready_made

TEXT = """\
version: 1
name: Library pull requests       # the team's
commitment: Coding
stages:                           # in flow order
  - name: Waiting for review
    kind: wait                    # active | wait | done | cancelled | excluded
    enter: [ready_for_review, pushed_after_review]
    cause: review
    tagged_by: facilitator
    tagged_at: 2026-11-22T10:00:00Z
  - name: Coding
    kind: active
    enter: opened
    calendar: {timezone: Asia/Kolkata, hours: {mon-sat: "10:00-19:00"}}
  - {name: Merged, kind: done, enter: [merged]}
blocked: {set: [flagged], clear: [unflagged]}
calendar:
  timezone: Europe/Berlin
  hours: {mon-fri: ["09:00-12:30", "13:00-17:30"]}
  holidays: {country: DE, subdivision: BE, dates: [2026-12-24]}
"""
STREAM = ValueStream.parse(TEXT)
SMALL = "name: A\nstages:\n  - {name: B, kind: done, enter: c}\n"


def test_what_kernels_ask():
    assert STREAM.stage_names == ["Waiting for review", "Coding", "Merged"]
    assert STREAM.kinds == ["wait", "active", "done"]
    assert STREAM.positions == {"Waiting for review": 1, "Coding": 2, "Merged": 3}
    assert STREAM.commitment_index == 1
    assert STREAM.zone == ZoneInfo("Europe/Berlin")
    assert STREAM.event_to_stage() == {
        "ready_for_review": 0,
        "pushed_after_review": 0,
        "opened": 1,
        "merged": 2,
    }
    assert STREAM.blocked.set == ("flagged",)
    assert STREAM.calendar.holidays.dates == (date(2026, 12, 24),)


def test_calendars_are_listed_once():
    assert STREAM.calendars() == [STREAM.calendar, STREAM.stages[1].calendar]
    assert STREAM.stage_calendar_index() == [0, 1, 0]
    same = STREAM.replace_stage("Coding", calendar=STREAM.calendar)
    assert same.calendars() == [STREAM.calendar]
    assert same.stage_calendar_index() == [0, 0, 0]


def test_without_calendar_days_are_utc_days_and_nothing_is_working_time():
    small = ValueStream.parse(SMALL)
    assert (small.zone.key, small.calendars(), small.commitment_index) == ("UTC", [], 0)
    zoned = ValueStream.parse(SMALL + "calendar: {timezone: Asia/Tokyo}")
    assert (zoned.zone.key, zoned.calendars()) == ("Asia/Tokyo", [])
    assert zoned.stage_calendar_index() == [None]


def test_words_without_quotes_are_text_as_written():
    text = "name: 3\nstages:\n  - {name: 2024, kind: done, enter: [no, on, 1e3, 2026-01-01]}\n"
    stream = ValueStream.parse(text)
    assert (stream.name, stream.stage_names) == ("3", ["2024"])
    assert stream.stages[0].enter == ("no", "on", "1e3", "2026-01-01")
    assert ValueStream.parse(ValueStream.from_dict(stream.to_dict()).to_yaml()) == stream


def test_plain_data_takes_numbers_and_dates_as_text_but_no_other_values():
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    stage = {"name": 2024, "kind": "done", "enter": 7, "tagged_at": moment}
    stream = ValueStream.from_dict({"name": "A", "stages": [stage], "commitment": None})
    assert stream.stages[0].enter == ("7",)
    with pytest.raises(
        StreamError, match=r"stages\[0\].enter\[0\]: enter\[0\] is True, which is no text"
    ):
        ValueStream.from_dict({"name": "A", "stages": [stage | {"enter": [True]}]})


def test_scope_and_the_keys_of_a_stage():
    scope = "applies_to: {item_type: pull_request, team: [a, b]}\n"
    stream = ValueStream.parse(scope + SMALL)
    assert stream.applies_to == {"item_type": ("pull_request",), "team": ("a", "b")}
    words = {"cause": "c", "owner": "o", "note": "n", "tagged_by": "t", "waste": "w"}
    stage = Stage(name="S", kind="excluded", enter=["e"], tagged_at="2026-05-01", **words)
    assert {key: getattr(stage, key) for key in words} == words


def test_optional_values_may_be_left_empty():
    empty = (
        SMALL.replace("enter: c", "enter: c, owner: , note: ~") + "calendar:\ncommitment: null\n"
    )
    assert ValueStream.parse(empty) == ValueStream.parse(SMALL)


def test_equality_and_fingerprint_are_about_content():
    other = ValueStream.from_dict(STREAM.to_dict())
    assert other == STREAM
    assert hash(other) == hash(STREAM)
    assert other.fingerprint() == STREAM.fingerprint()
    assert len(STREAM.fingerprint()) == 12
    changed = STREAM.replace_stage("Merged", note="x")
    assert changed != STREAM
    assert changed.fingerprint() != STREAM.fingerprint()
    assert STREAM != "a stream"


def test_streams_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        STREAM.name = "B"


def test_replacing_keeps_comments_and_the_commitment():
    changed = STREAM.replace_stage("Coding", name="Work", owner="us", calendar=None)
    assert changed.commitment == "Work"
    assert changed.stages[1] == Stage(name="Work", kind="active", enter="opened", owner="us")
    assert STREAM.stages[1].name == "Coding"
    text = TEXT.replace("commitment: Coding", "commitment: Work").replace(
        "- name: Coding", "- name: Work"
    )
    line = next(line for line in TEXT.splitlines(keepends=True) if "Kolkata" in line)
    assert changed.to_yaml() == text.replace(line, "    owner: us\n")


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("Codin", {}, "unknown stage 'Codin'; accepted: Waiting.* did you mean 'Coding'"),
        ("Coding", {"kind": "actve"}, r"stages\[1\].kind: unknown .*did you mean 'active'"),
        ("Coding", {"colour": "red"}, r"stages\[1\].colour: unknown key 'colour' of stage"),
        ("Coding", {"name": "Merged"}, "two stages are named 'Merged'"),
        ("Merged", {"kind": "active"}, "stages: no stage is of kind done"),
    ],
)
def test_wrong_replacements(name, changes, message):
    with pytest.raises(StreamError, match=message):
        STREAM.replace_stage(name, **changes)


def test_parts_made_in_python_tell_in_one_line():
    with pytest.raises(StreamError, match=r"^kind: unknown kind 'x'; accepted: active, wait, done"):
        Stage(name="A", kind="x", enter="e")
    with pytest.raises(StreamError, match=r"^calendar has no 'timezone'; next: add timezone"):
        CalendarSpec()
    with pytest.raises(StreamError, match="a stream is 3; accepted: a mapping"):
        ValueStream.from_dict(3)
    with pytest.raises(StreamError, match=r"^stages\[0\]: stage 'A' has no 'enter'"):
        ValueStream(name="S", stages=[{"name": "A", "kind": "done"}])


def without(text):
    return TEXT.replace(text, "")


def instead(old, new):
    assert old in TEXT
    return TEXT.replace(old, new, 1)


WRONG = [
    ("- a", "s.yaml: is not a mapping of keys to values"),
    ("hello", "s.yaml: is not a mapping"),
    ("", "s.yaml: is empty"),
    ("{}", "line 1, column 1: the stream has no 'name'"),
    ("name: A", "line 1, column 1: the stream 'A' has no 'stages'"),
    (instead("version: 1", "version: 2"), "line 1, column 1: version is '2'; .* version 1"),
    (
        instead("commitment:", "comitment:"),
        "line 3, column 1: unknown key 'comitment' of the stream",
    ),
    (instead("kind: wait", "knd: wait"), "line 6, column 5: .* 'knd' of stage.* mean 'kind'"),
    (instead("country: DE", "land: DE"), "line 20, column 14: unknown key 'land' of holidays"),
    (
        instead("kind: wait", "kind: wating"),
        "line 6, column 5: unknown kind 'wating'.* mean 'wait'",
    ),
    (instead("kind: wait", "kind:"), "line 6, column 5: kind has no value"),
    ("name: A\nstages: []", "line 2, column 1: the stream has no stages"),
    ("name: A\nstages:", "line 2, column 1: stages has no value; accepted: a list"),
    ("name: A\nstages: {a: b}", "line 2, column 1: stages is .*; accepted: a list"),
    ("name: A\nstages: [B]", r"line 2, column 10: stages\[0\] is 'B'; accepted: a mapping"),
    (
        instead("name: Merged", "name: Coding"),
        "line 11, column 5 and line 15, column 6: two stages are named 'Coding'",
    ),
    (instead("name: Coding", "name: '  '"), "line 11, column 5: .*name is blank"),
    (instead("name: Coding", "name:"), "line 11, column 5: .*name has no value"),
    (
        instead("enter: opened", "enter: [x, ready_for_review]"),
        "line 7, column 13 and line 13, column 16: event 'ready_for_review' enters both "
        "'Waiting for review' and 'Coding'",
    ),
    (instead("kind: done", "kind: wait"), "line 4, column 1: no stage is of kind done"),
    (without("    enter: opened\n"), "line 11, column 5: stage 'Coding' has no 'enter'"),
    (instead("enter: opened", "enter: []"), "line 13, column 5: .*enter is empty"),
    (instead("enter: opened", "enter:"), "line 13, column 5: .*enter has no value"),
    (instead("[merged]", "[merged, ~]"), r"line 15, column 48: .*enter\[1\] has no value"),
    (instead("[merged]", "{merged: x}"), "line 15, .*enter is .*; accepted: a list"),
    (instead("commitment: Coding", "commitment: Code"), "line 3, .* stage 'Code'.* mean 'Coding'"),
    (
        instead("[unflagged]", "[x, flagged]"),
        "line 16, column 17 and line 16, column 38: event 'flagged' both sets and clears",
    ),
    (instead(", clear: [unflagged]", ""), "line 16, column 1: blocked has no 'clear'"),
    (instead("2026-11-22T10", "2026-11-22T30"), "line 10, .*tagged_at is .*, not a time as"),
    (instead("Europe/Berlin", "Europe/Berln"), "line 18, .*'Europe/Berln'.* mean 'Europe/Berlin'"),
    (instead("Europe/Berlin", "../../etc/passwd"), "line 18, column 3: unknown timezone"),
    (instead("Europe/Berlin", "Europe"), "line 18, column 3: unknown timezone 'Europe'"),
    (instead("17:30", "25:00"), "line 19, column 36: bad shift '13:00-25:00'"),
    (instead("13:00", "12:00"), "line 19, .*mon 09:00-12:30 and mon 12:00-17:30 overlap"),
    (instead("mon-fri", "mon-fry"), "line 19, column 11: unknown day 'fry'.* mean 'fri'"),
    (instead("hours: {mon-fri:", "hours: {mon: [], mon-fri:"), "line 19, .*mon is there twice"),
    (instead('{mon-fri: ["09:00-12:30", "13:00-17:30"]}', "{}"), "line 19, .*hours has no days"),
    (instead('["09:00-12:30", "13:00-17:30"]', ""), "line 19, .*mon-fri has no value"),
    (instead(', hours: {mon-sat: "10:00-19:00"}', ""), "line 14, .* 'Coding' has no hours"),
    (instead("country: DE", "country: Germany"), "line 20, .*unknown holiday country 'Germany'"),
    (instead("subdivision: BE", "subdivision: B"), "line 20, .*subdivision 'B' of DE.* mean 'HB'"),
    (instead("country: DE, ", ""), "line 20, column 14: subdivision is given without a country"),
    (instead("2026-12-24", "24.12."), "line 20, column 52: .*'24.12.', which is no date"),
    ("applies_to: {item_type: []}\n" + SMALL, "line 1, column 14: .*item_type is empty"),
    ("applies_to: pull_request\n" + SMALL, "line 1, column 1: applies_to is 'pull_request'"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_definition_is_told_by_its_line(text, message):
    with pytest.raises(StreamError, match=message) as caught:
        ValueStream.parse(text, "s.yaml")
    assert str(caught.value).startswith("s.yaml")
    assert "\n" not in str(caught.value)


def test_loading_and_saving_changes_nothing_else(tmp_path):
    file = tmp_path / "stream.yaml"
    file.write_text(TEXT)
    file.chmod(0o604)
    stream = ValueStream.load(file)
    stream.save(file)
    assert file.read_text() == TEXT
    stream.replace_stage("Merged", owner="us").save(file)
    assert file.read_text() == TEXT.replace("enter: [merged]}", "enter: [merged], owner: us}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o604
    assert list(tmp_path.iterdir()) == [file]


def test_a_stream_made_in_python_keeps_the_comments_of_its_file(tmp_path):
    file = tmp_path / "stream.yaml"
    file.write_text(TEXT)
    data = STREAM.to_dict() | {"name": "New"}
    ValueStream.from_dict(data).save(file)
    assert file.read_text() == TEXT.replace("name: Library pull requests", "name: New")
    file.write_text("not a stream")
    ValueStream.from_dict(data).save(str(file))
    assert ValueStream.load(str(file)) == ValueStream.from_dict(data)


def test_a_file_without_version_stays_without(tmp_path):
    file = tmp_path / "stream.yaml"
    file.write_text(SMALL)
    ValueStream.load(file).save(file)
    assert file.read_text() == SMALL


def test_loading_what_is_not_there(tmp_path):
    with pytest.raises(
        StreamError, match=r"nowhere\.yaml: there is no such file.*; accepted: a YAML file, "
    ):
        ValueStream.load(tmp_path / "nowhere.yaml")
    with pytest.raises(StreamError, match="cannot be read"):
        ValueStream.load(tmp_path)
    for name in ("x" * 5000, "nul\0nul"):
        with pytest.raises(StreamError, match="no ready-made stream of this name"):
            ValueStream.load(name)


def test_ready_made_streams_go_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(stream_module, "READY_MADE", tmp_path)
    (tmp_path / "small-changes.yaml").write_text(SMALL)
    assert ready_made() == {"small-changes": "A"}
    assert ValueStream.load("small-changes") == ValueStream.parse(SMALL)
    with pytest.raises(StreamError, match=r"accepted: .*small-changes; .*mean 'small-changes'"):
        ValueStream.load("small-change")


@pytest.mark.parametrize(
    "file", sorted(stream_module.READY_MADE.glob("*.yaml")), ids=lambda f: f.stem
)
def test_shipped_streams(file):
    stream = ValueStream.load(file.stem)
    assert stream.to_yaml() == file.read_text(encoding="utf-8")
    assert ready_made()[file.stem] == stream.name


NAMES = st.text(min_size=1, max_size=12).filter(lambda text: text.strip()) | st.sampled_from(
    ["</script>", "a\nb", "=cmd()", "😀", '"', "'", "no", "# x", "a: b", "\u2028x", "null", "2024"]
)


@settings(deadline=None)
@given(st.lists(NAMES, min_size=2, max_size=6, unique=True), NAMES, st.sampled_from([None, TEXT]))
def test_any_names_survive_a_file(names, note, base):
    kinds = ["active", "wait", "cancelled", "excluded"]
    stages = [
        {"name": name, "kind": kinds[i % 4], "enter": [f"{name} start", str(i)], "note": note}
        for i, name in enumerate(names)
    ]
    stages[-1]["kind"] = "done"
    data = {"version": 1, "name": note, "commitment": names[0], "stages": stages}
    stream = ValueStream.from_dict(data)
    assert stream.to_dict() == data
    assert ValueStream.parse(stream.to_yaml()) == stream
    stream._text = base
    assert ValueStream.parse(stream.to_yaml()) == stream
