"""Value streams: loading, saving, what kernels ask, and every wrong definition by its line."""

import stat
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmlib import flow
from vsmlib import stream as stream_module
from vsmlib.errors import StreamError
from vsmlib.stream import KINDS, CalendarSpec, Stage, ValueStream, ready_made

TEXT = """\
version: 1
name: Library pull requests  # the team's
commitment: Coding
stages:  # in flow order
  - name: Waiting for review
    kind: wait  # active | wait | done | cancelled | excluded
    enter: [ready_for_review, pushed_after_review]
    cause: review
    tagged_by: 'facilitator'
    tagged_at: 2026-11-22T10:00:00Z
  # the work itself
  - name: Coding
    kind: active
    enter: opened
    calendar: {timezone: Asia/Kolkata, hours: {mon-sat: "10:00-19:00"}}
  # the end
  - {name: Merged, kind: done, enter: [merged]} # at last
blocked: {set: [flagged], clear: [unflagged]}
# days without work
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
    assert (STREAM.commitment_index, STREAM.zone) == (1, ZoneInfo("Europe/Berlin"))
    events = {"ready_for_review": 0, "pushed_after_review": 0, "opened": 1, "merged": 2}
    assert STREAM.event_to_stage() == events
    assert STREAM.blocked.set == ("flagged",)
    assert STREAM.calendar.holidays.dates == (date(2026, 12, 24),)
    assert flow.KINDS is KINDS


def test_calendars_are_listed_once():
    assert STREAM.calendars() == [STREAM.calendar, STREAM.stages[1].calendar]
    assert STREAM.stage_calendar_index() == [0, 1, 0]
    same = STREAM.replace_stage("Coding", calendar=STREAM.calendar)
    assert (same.calendars(), same.stage_calendar_index()) == ([STREAM.calendar], [0, 0, 0])


def test_without_calendar_days_are_utc_days_and_nothing_is_working_time():
    small = ValueStream.parse(SMALL)
    assert (small.zone.key, small.calendars(), small.commitment_index) == ("UTC", [], 0)
    zoned = ValueStream.parse(SMALL + "calendar: {timezone: Asia/Tokyo}")
    assert (zoned.zone.key, zoned.stage_calendar_index()) == ("Asia/Tokyo", [None])


def test_plain_words_are_text_as_written_and_optional_ones_may_be_left_empty():
    stage = (
        "{name: 010, kind: done, enter: [no, on, 1e3, 2026-01-01, =, <<, '~'], note: , owner: ~}"
    )
    text = f"\ufeff%YAML 1.1\r\n---\r\nname: 2024\r\nstages: [{stage}]\r\ncalendar:\r\n"
    stream = ValueStream.parse(text)
    assert (stream.name, stream.stage_names) == ("2024", ["010"])
    assert stream.stages[0].enter == ("no", "on", "1e3", "2026-01-01", "=", "<<", "~")
    assert (stream.stages[0].note, stream.stages[0].owner, stream.calendar) == (None, None, None)
    assert ValueStream.parse(ValueStream.from_dict(stream.to_dict()).to_yaml()) == stream


def test_scope_and_the_keys_of_a_stage():
    stream = ValueStream.parse("applies_to: {item_type: pull_request, team: [a, b]}\n" + SMALL)
    assert stream.applies_to == {"item_type": ("pull_request",), "team": ("a", "b")}
    words = {"cause": "c", "owner": "o", "note": "n", "tagged_by": "t", "waste": "w"}
    stage = Stage(name="S", kind="excluded", enter=["e"], tagged_at="2026-05-01", **words)
    assert {key: getattr(stage, key) for key in words} == words


def test_equality_and_fingerprint_are_about_content():
    other = ValueStream.from_dict(STREAM.to_dict())
    assert (other, hash(other), other.fingerprint()) == (
        STREAM,
        hash(STREAM),
        STREAM.fingerprint(),
    )
    assert len(STREAM.fingerprint()) == 12
    changed = STREAM.replace_stage("Merged", note="x")
    assert changed != STREAM
    assert changed.fingerprint() != STREAM.fingerprint()
    with pytest.raises(ValueError, match="frozen"):
        STREAM.name = "B"


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("Codin", {}, "unknown stage 'Codin'; accepted: Waiting.* did you mean 'Coding'"),
        ("Coding", {"kind": "actve"}, r"^stages.1.kind: unknown .*did you mean 'active'"),
        ("Coding", {"colour": "red"}, r"^stages.1.colour: unknown key 'colour'; accepted: name"),
        ("Coding", {"name": "Merged"}, "^stages.1 and stages.2: stage name 'Merged' is there tw"),
        ("Coding", {"enter": [True]}, r"^stages.1.enter.0: is True; accepted: text"),
        ("Merged", {"kind": "active"}, "^stages: no stage is of kind done"),
    ],
)
def test_wrong_replacements(name, changes, message):
    with pytest.raises(StreamError, match=message):
        STREAM.replace_stage(name, **changes)


def test_parts_made_in_python_tell_in_one_line():
    with pytest.raises(StreamError, match=r"^kind: unknown kind 'x'; accepted: active, wait, done"):
        Stage(name="A", kind="x", enter="e")
    with pytest.raises(StreamError, match=r"^timezone: is missing"):
        CalendarSpec()


def instead(old, new):
    assert old in TEXT
    return TEXT.replace(old, new, 1)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"
HOURS = '{mon-fri: ["09:00-12:30", "13:00-17:30"]}'
NO_YAML = "is not valid YAML: "
WRONG = [
    ("- a", "s.yaml: is not a mapping of keys to values"),
    ("hello", "s.yaml: is not a mapping"),
    ("", "s.yaml: is empty"),
    ("# only a comment\n", "s.yaml: is empty"),
    ("{}", "line 1, name: is missing"),
    ("name: A", "line 1, stages: is missing; next: add it"),
    ("a: 1\nb: [x\nc: d", f"line 3: {NO_YAML}.*expected"),
    ("a: 1\n\tb: 2", rf"line 2: {NO_YAML}.*\\t.*indent with spaces"),
    ("a:\n\t- b", rf"line 2: {NO_YAML}.*\\t"),
    ("a: b: c", f"line 1: {NO_YAML}"),
    ("a: 1\nb: 2\na: 3", f'line 3: {NO_YAML}\'found duplicate key "a"'),
    ("a: 1\nb: \x07", f"line 2: {NO_YAML}'unacceptable character #x0007"),
    ('a: "\\UFFFFFFFF"', f"line 1: {NO_YAML}"),
    ("a: 1\n---\nb: 2", f"line 2: {NO_YAML}.*another document"),
    ("- " * 2000, f"{NO_YAML}'maximum recursion"),
    ("a: !!python/object/apply:os.system [ls]", "line 1: tags, anchors and aliases are not"),
    ("a: b\nc: !mine d", "line 2: tags, anchors"),
    (BOMB, "line 1: tags, anchors"),
    ("a: b\n<<: *x", "line 2: .*aliases"),
    ("a:\n  ? [a]\n  : b", "line 2: a key is not text"),
    ("~: b", "line 1: a key is not text"),
    (instead("version: 1", "version: 2"), "line 1, version: unknown version '2'; accepted: 1"),
    (instead("commitment:", "comitment:"), "line 3, .* key 'comitment'.* mean 'commitment'"),
    (instead("kind: wait", "knd: wait"), "line 6, stages.0.knd: unknown key .* mean 'kind'"),
    (instead("country: DE", "land: DE"), "line 23, calendar.holidays.land: unknown key 'land'"),
    (instead("kind: wait", "kind: wating"), "line 6, .* kind 'wating'.* mean 'wait'"),
    (instead("kind: wait", "kind:"), "line 6, stages.0.kind: has no value; accepted: active, w"),
    ("name: A\nstages: []", r"line 2, stages: is '\[\]'; accepted: at least one"),
    ("name: A\nstages:", "line 2, stages: has no value; accepted: a list"),
    ("name: A\nstages: {a: b}", "line 2, stages: is .*; accepted: a list"),
    ("name: A\nstages: [B]", "line 2, stages.0: is 'B'; accepted: a mapping"),
    (instead("name: Merged", "name: Coding"), "line 12 and line 17, .* 'Coding' is there twice"),
    (instead("name: Coding", "name: '  '"), "line 12, .*accepted: text that is not blank"),
    (instead("name: Coding", "name:"), "line 12, stages.1.name: has no value"),
    (
        instead("enter: opened", "enter: [x, ready_for_review]"),
        "line 7 and line 14, stages.0.enter.0 and stages.1.enter.1: event 'ready_for_review' is",
    ),
    (instead("kind: done", "kind: wait"), "line 4, stages: no stage is of kind done"),
    (instead("    enter: opened\n", ""), "line 12, stages.1.enter: is missing"),
    (instead("enter: opened", "enter: []"), "line 14, .*accepted: at least one"),
    (instead("enter: opened", "enter:"), "line 14, stages.1.enter: has no value"),
    (instead("[merged]", "[merged, ~]"), r"line 17, stages.2.enter.1: has no value"),
    (instead("[merged]", "{merged: x}"), "line 17, .*accepted: a list"),
    (instead("commitment: Coding", "commitment: Code"), "line 3, .* stage 'Code'.* mean 'Coding'"),
    (
        instead("[unflagged]", "[x, flagged]"),
        "line 18, blocked.set.0 and blocked.clear.1: event 'flagged' is there twice",
    ),
    (instead(", clear: [unflagged]", ""), "line 18, blocked.clear: is missing"),
    (instead("2026-11-22T10", "2026-11-22T30"), "line 10, .*accepted: a time as 2026"),
    (instead("Europe/Berlin", "Europe/Berln"), "line 21, .*'Europe/Berln'.* mean 'Europe/Berlin'"),
    (instead("Europe/Berlin", "../../etc/passwd"), "line 21, .*unknown timezone"),
    (instead("Europe/Berlin", ""), "line 21, calendar.timezone: has no value"),
    (instead("17:30", "25:00"), "line 22, calendar.hours.mon-fri.1: bad shift '13:00-25:00'"),
    (instead("13:00", "12:00"), "line 22, calendar.hours: shifts of mon and mon overlap"),
    (instead("mon-fri", "mon-fry"), "line 22, .*unknown day 'fry'.* mean 'fri'"),
    (instead("hours: {mon-fri:", "hours: {mon: [], mon-fri:"), "line 22, .*mon is there twice"),
    (instead(HOURS, "{}"), "line 22, .*accepted: at least one"),
    (instead('["09:00-12:30", "13:00-17:30"]', ""), "line 22, .*mon-fri: has no value"),
    (instead("country: DE", "country: Germany"), "line 23, .*unknown country code 'Germany'"),
    (instead("subdivision: BE", "subdivision: B"), "line 23, .*subdivision of DE 'B'.* mean 'HB'"),
    (instead("country: DE, ", ""), "line 23, .*unknown country code ''"),
    (instead("2026-12-24", "24.12."), "line 23, .*'24.12.', which is no date"),
    ("applies_to: {item_type: []}\n" + SMALL, "line 1, applies_to.item_type: .*at least one"),
    ("applies_to: pull_request\n" + SMALL, "line 1, applies_to: .*accepted: a mapping"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_definition_is_told_by_its_line(text, message):
    with pytest.raises(StreamError, match=message) as caught:
        ValueStream.parse(text, "s.yaml")
    assert str(caught.value).startswith("s.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: b\nc: caf\xe9", "s.yaml: line 2 is not UTF-8 text"),
        ("a: b".encode("utf-16"), "is binary, not text"),
        (b"#" * 1_000_001, "has over 1,000,000 bytes"),
        (b"", "s.yaml: is empty"),
    ],
)
def test_files_that_are_no_text(tmp_path, data, message):
    file = tmp_path / "s.yaml"
    file.write_bytes(data)
    with pytest.raises(StreamError, match=message):
        ValueStream.load(file)


def test_loading_what_is_not_there(tmp_path):
    for path in (tmp_path / "nowhere.yaml", tmp_path, "x" * 5000, "nul\0nul"):
        with pytest.raises(StreamError, match=r"cannot be read.*; accepted: a YAML file, or a rea"):
            ValueStream.load(path)


def test_ready_made_streams_go_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(stream_module, "READY_MADE", tmp_path)
    (tmp_path / "small-changes.yaml").write_text(SMALL)
    assert ready_made() == {"small-changes": "A"}
    assert ValueStream.load("small-changes") == ValueStream.parse(SMALL)
    with pytest.raises(StreamError, match=r"a ready-made stream: small-changes"):
        ValueStream.load("small-change")


@pytest.mark.parametrize(
    "file", sorted(stream_module.READY_MADE.glob("*.yaml")), ids=lambda f: f.stem
)
def test_shipped_streams(file):
    stream = ValueStream.load(file.stem)
    assert ready_made()[file.stem] == stream.name
    text = file.read_text(encoding="utf-8")
    assert stream.to_yaml() == text
    changed = stream.replace_stage(stream.stage_names[0], waste="why")
    assert "".join(line for line in changed.to_yaml().splitlines(True) if "why" not in line) == text


def test_saving_keeps_comments_order_and_quotes_mode_and_link(tmp_path):
    file, link = tmp_path / "stream.yaml", tmp_path / "link.yaml"
    file.write_text(TEXT)
    file.chmod(0o604)
    link.symlink_to(file)
    stream = ValueStream.load(link)
    stream.save(link)
    assert file.read_text() == TEXT
    stream.replace_stage("Merged", owner="us").save(link)
    assert file.read_text() == TEXT.replace("enter: [merged]}", "enter: [merged], owner: us}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o604
    assert link.is_symlink()
    assert set(tmp_path.iterdir()) == {file, link}


def test_a_failed_save_leaves_the_old_file(tmp_path):
    with pytest.raises(StreamError, match=r"cannot be written \(Is a dir.*choose another folder"):
        STREAM.save(tmp_path)
    with pytest.raises(StreamError, match=r"cannot be written \(No such file"):
        STREAM.save(tmp_path / "none" / "s.yaml")
    assert list(tmp_path.iterdir()) == []


CALENDAR = '    calendar: {timezone: Asia/Kolkata, hours: {mon-sat: "10:00-19:00"}}\n'
NESTED = """
      timezone: Asia/Kolkata
      hours:
        mon: ["10:00-11:00"]
"""
BLOCK = TEXT.replace(CALENDAR[13:], NESTED)
ENTER = TEXT.replace(" opened", "\n      - opened\n      # and\n      - again").replace(
    CALENDAR, ""
)


@pytest.mark.parametrize(
    ("text", "changes", "old", "new"),
    [
        (TEXT, {"kind": "wait"}, "kind: active", "kind: wait"),
        (TEXT, {"owner": "us"}, CALENDAR, "    owner: us\n" + CALENDAR),
        (TEXT, {"name": "no", "cause": None}, "Coding", "no"),  # and the commitment follows
        (TEXT, {"calendar": None}, CALENDAR, "    calendar:\n"),
        (BLOCK, {"calendar": None}, NESTED, "\n"),
        (ENTER, {"enter": ["opened", "again", "x"]}, "- again", "- again\n      - x"),
        (ENTER, {"enter": ["opened"]}, "      # and\n      - again\n", ""),
        (SMALL, {"enter": ["c", "d: e"]}, "enter: c", 'enter: [c, "d: e"]'),
        (SMALL.replace("c}", "c, note: e}"), {"note": None}, ", note: e", ""),
        (SMALL.replace("  -", "-"), {"note": "e"}, "enter: c", "enter: c, note: e"),
    ],
)
def test_a_change_leaves_the_rest_of_the_text(text, changes, old, new):
    stream = ValueStream.parse(text)
    name = "Coding" if "Coding" in text else "B"
    changed = stream.replace_stage(name, **changes)
    assert stream.replace_stage(name) == stream
    assert changed.to_yaml() == text.replace(old, new)
    assert ValueStream.parse(changed.to_yaml()) == changed


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip()
) | st.sampled_from(
    [
        *(
            "? a",
            "</script>",
            "a\nb",
            "=cmd()",
            "😀",
            '"',
            "'",
            "no",
            "# x",
            "a: b",
            "\u2028x",
            "null",
        ),
        *("2024", " lead", "trail ", "- d", "{x", "[y]", "&a", "*a", "!t", "%d", "~", "a #b", "?"),
        *("\x00\x07\x7f\x85\ufeff\ufffe", "two\r\nlines", "a\tb", "---", "...", "<<", "'; DROP --"),
    ]
)


@settings(deadline=None, max_examples=30)
@given(st.lists(NAMES, min_size=2, max_size=6, unique=True), NAMES)
def test_any_names_survive_a_file(names, note):
    stages = [
        {"name": name, "kind": KINDS[i % 2], "enter": [f"{name} start", f"{i} x"], "note": note}
        for i, name in enumerate(names)
    ]
    stages[-1]["kind"] = "done"
    data = {"version": 1, "name": note, "commitment": names[0], "stages": stages}
    stream = ValueStream.from_dict(data)
    assert stream.to_dict() == data
    assert ValueStream.parse(stream.to_yaml()) == stream
    changed = STREAM.replace_stage("Coding", name=names[0], enter=names, note=note)
    assert ValueStream.parse(changed.to_yaml()) == changed
    assert all(f"# {word}" in changed.to_yaml() for word in ("in flow", "the end", "at last"))


COMMENTED = """\
# head
name: S
stages:
  # above A
  - name: A   # in A
    kind: wait
    enter: [a]
  # above B

  - name: B
    kind: active   # in B
    enter: [b]
    # end of B
  # above C
  - {name: C, kind: done, enter: [c]}  # in C
# tail
blocked: {set: [x], clear: [y]}  # flags
"""


@settings(max_examples=40, deadline=None)
@given(st.permutations("ABCN"), st.sets(st.sampled_from("ABN")), st.booleans())
def test_comments_go_where_their_stage_goes(order, without, renamed):
    old = {stage["name"]: stage for stage in ValueStream.parse(COMMENTED).to_dict()["stages"]}
    old["N"] = {"name": "N", "kind": "wait", "enter": ["n"]}
    stages = [dict(old[name]) for name in order if name not in without]
    if renamed:
        stages[0]["name"] += " renamed"
    made = ValueStream.from_dict({"name": "S", "stages": stages}).like(COMMENTED)
    text = made.to_yaml()
    assert ValueStream.parse(text) == made
    for comment in ("# head", "# above A", "# above B", "# above C", "# tail"):
        assert text.count(comment) == 1
    for name in set("ABC") - without:
        assert f"# in {name}" in text
        assert text.index(f"# above {name}") < text.index(f"# in {name}")
        between = text[text.index(f"# above {name}") : text.index(f"# in {name}")]
        assert between.count("name:") == 1
