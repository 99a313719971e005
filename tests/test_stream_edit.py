"""YAML text from plain data, and changes that leave everything else as it was."""

import copy
import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsmlib.stream_edit import render, revise
from vsmlib.stream_yaml import read

HAND_WRITTEN = """\
# Agreed in the workshop.

name:   'Changes'      # our name
stages:                # in flow order
  # the first
  - name: Coding
    kind: active
    enter:
      - opened         # by anyone
      # and again
      - "reopened"

  # the second
  - kind: wait   # kind first
    name: Review
    enter: [ ready,
             pushed ]  # two
    note: |
      line one
      # no comment
    owner:

  - {name: Merged,   kind: done, enter: merged}   # flow
blocked: {set: [flagged], clear: [unflagged]}
# about hours
calendar:
    timezone: "Europe/Berlin"
    hours: {mon-fri: ["09:00-17:00"]}
# the end
"""
DATA = read(HAND_WRITTEN, "hand").value


def changed_lines(old, new):
    diff = difflib.ndiff(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return [line for line in diff if line[0] in "+-"]


def edited(change, text=HAND_WRITTEN):
    data = copy.deepcopy(DATA)
    change(data)
    new = revise(text, data)
    assert without_nulls(read(new, "new").value) == without_nulls(data)
    return changed_lines(text, new)


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(each) for key, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def test_no_change_is_no_change():
    assert edited(lambda data: None) == []
    assert edited(lambda data: data["stages"][1].pop("owner")) == []


def test_a_scalar_changes_in_place():
    lines = edited(lambda data: data.update(name="no"))
    assert lines == ["- name:   'Changes'      # our name\n", '+ name:   "no"      # our name\n']


def test_an_empty_value_is_filled():
    assert edited(lambda data: data["stages"][1].update(owner="us")) == [
        "-     owner:\n",
        "+     owner: us\n",
    ]


def test_new_keys_stand_in_their_own_stage():
    assert edited(lambda data: data["stages"][0].update(cause="review", note="a: b")) == [
        "+     cause: review\n",
        '+     note: "a: b"\n',
    ]


def test_a_key_is_taken_away_with_its_value():
    assert edited(lambda data: data["stages"][1].pop("note")) == [
        "-     note: |\n",
        "-       line one\n",
        "-       # no comment\n",
    ]
    assert edited(lambda data: data["stages"][1].pop("kind")) == [
        "-   - kind: wait   # kind first\n",
        "-     name: Review\n",
        "+   - name: Review\n",
    ]


def test_lists_keep_their_comments():
    assert edited(lambda data: data["stages"][0]["enter"].insert(1, "x")) == ["+       - x\n"]
    assert edited(lambda data: data["stages"][0]["enter"].pop(1)) == [
        "-       # and again\n",
        '-       - "reopened"\n',
    ]
    assert edited(lambda data: data["stages"][1]["enter"].append("late")) == [
        "-              pushed ]  # two\n",
        "+              pushed, late ]  # two\n",
    ]


def test_a_whole_block_goes_with_the_comment_above_it():
    lines = edited(lambda data: data.pop("calendar"))
    assert len(lines) == 4
    assert lines[0] == "- # about hours\n"


def test_a_renamed_stage_keeps_its_comments():
    assert edited(lambda data: data["stages"][1].update(name="Look")) == [
        "-     name: Review\n",
        "+     name: Look\n",
    ]


def test_stages_move_with_their_comments():
    data = copy.deepcopy(DATA)
    data["stages"] = [data["stages"][i] for i in (2, 1, 0)] + [{"name": "New", "enter": ["n"]}]
    new = revise(HAND_WRITTEN, data)
    assert without_nulls(read(new, "new").value) == without_nulls(data)
    for comment in ("# the first", "# the second", "# flow", "# by anyone", "# two", "# the end"):
        assert comment in new
    assert new.index("# the second\n  - kind") < new.index("enter: [ ready") < new.index("Coding")


def test_line_ends_and_missing_last_line_end_stay():
    text = "a: x\r\nb:\r\n- y # z\r\nc: w"
    new = revise(text, {"a": "x", "b": ["y", "v"], "c": "w", "d": "u"})
    assert new == "a: x\r\nb:\r\n- y # z\r\n- v\r\nc: w\r\nd: u\r\n"
    assert revise(text, {"a": "x", "b": ["y"], "c": "q"}) == text[:-1] + "q"


HOSTILE = [
    *("</script><script>alert(1)</script>", "\"quoted\" 'and' `ticks`", "two\nlines\r\n", "=cmd()"),
    *(
        "émoji 👩‍💻 ",
        "",
        " lead",
        "trail ",
        "- dash",
        "# hash",
        "a: b",
        "a #b",
        "{x",
        "[y]",
        "&a",
        "*a",
    ),
    *("!tag", "%d", "@at", "null", "~", "No", "true", "1e3", "0x1F", "2026-01-01", "1:20", "a\tb"),
    *(
        "\x00\x07\x7f\x85\u2028\ufeff\ufffe",
        "\ud800",
        "C:\\dir",
        "'; DROP TABLE x; --",
        "---",
        "...",
    ),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_survives(text):
    data = {"name": text, "list": [text, "x"], "map": {text or "k": [text]}, "deep": [{"a": text}]}
    assert read(render(data), "new").value == data
    target = copy.deepcopy(DATA)
    target["name"] = target["stages"][0]["enter"][0] = target["stages"][2]["name"] = text
    assert without_nulls(read(revise(HAND_WRITTEN, target), "new").value) == without_nulls(target)


TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=8) | st.sampled_from(["opened", "x", "Merged"])
STAGES = st.builds(
    lambda name, enter, rest: {"name": name, "enter": enter} | rest,
    TEXTS,
    st.lists(TEXTS, min_size=1, max_size=4, unique=True),
    st.dictionaries(st.sampled_from(["note", "owner", "kind"]), TEXTS),
)


@settings(deadline=None)
@given(TEXTS, st.lists(STAGES, max_size=4), st.lists(st.integers(0, 2), unique=True), st.data())
def test_any_change_is_told_and_comments_of_what_stays_stay(name, added, kept, data):
    stages = [copy.deepcopy(DATA["stages"][index]) for index in kept]
    for stage in stages:
        if data.draw(st.booleans()):
            stage.update(data.draw(st.sampled_from(added)) if added else {"owner": name})
    want = without_nulls({"name": name, "stages": stages + added})
    if data.draw(st.booleans()):
        want["blocked"] = {"set": [name], "clear": ["unflagged", "x"]}
    new = revise(HAND_WRITTEN, want)
    assert without_nulls(read(new, "new").value) == without_nulls(want)
    assert "# our name" in new
    assert "# in flow order" in new or not want["stages"]
