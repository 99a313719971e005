"""One person in a workshop: silence before discussion, one facilitator, nobody else's secrets."""

import json

import pytest

from tests.board.rooms import LEAD, ask, enter, new, refused, stage
from vsmlib.board.room import DOTS, STEPS, Room
from vsmlib.board.store import Store


@pytest.fixture
def store(tmp_path):
    return new(tmp_path)


@pytest.fixture
def fay(store):
    return enter(store, "Fay", LEAD)


@pytest.fixture
def ben(store):
    return enter(store, "Ben")


def room(person):
    return person.state()["room"]


def test_nothing_is_seen_before_coming_in(store):
    stranger = Room(Store(store.path))
    assert stranger.state() == {"who": "", "can": {}, "rows": [], "room": {}}
    assert "give your name first" in refused(stranger, "idea", text="x")
    assert "understood" in refused(stranger, "join", name="Eve", id="../../etc/passwd")
    assert "a name is needed" in refused(stranger, "join", name=" ", id="0" * 32)


def test_names_are_of_one_person_each(store, ben):
    other = Room(Store(store.path))
    taken = refused(other, "join", name="ben", id="0" * 32)
    assert taken == "somebody here has that name; next: add an initial"
    assert "has that name" in refused(other, "join", name="(door)", id="0" * 32)
    again = Room(Store(store.path))
    ask(again, "join", name="Ben", id=ben.id)
    assert room(again)["people"] == ["Ben"], "a page loaded again is the same person"


def test_only_the_facilitators_link_leads(fay, ben):
    assert (room(fay)["lead"], room(ben)["lead"]) == (True, False)
    for do, message in {"step": {"to": 3}, "reveal": {"what": "pain"}, "at": {"id": "x"}}.items():
        assert "only the facilitator" in refused(ben, do, **message)
    assert "only the facilitator" in refused(ben, "result")
    ask(fay, "step", to=3)
    assert room(ben)["step"] == 3
    ask(fay, "step", to=99)
    assert room(ben)["step"] == len(STEPS) - 1


def test_estimates_are_private_until_all_are_shown(fay, ben):
    coding = stage(fay, "Coding")
    ask(fay, "estimate", stage=coding, fields={"process": "2,5", "wait": "1", "kind": "active"})
    ask(
        ben, "estimate", stage=coding, fields={"process": 8, "wait": 10, "ca": "50", "kind": "wait"}
    )
    seen = room(ben)["estimates"][coding]
    assert seen["mine"] == {"process": 8.0, "wait": 10.0, "ca": 50.0, "kind": "wait"}
    assert (seen["count"], seen["spread"]) == (2, None)
    assert "2.5" not in json.dumps(ben.state())
    ask(fay, "reveal", what=f"estimate/{coding}")
    spread = room(ben)["estimates"][coding]["spread"]
    assert spread["process"] == {"values": [2.5, 8.0], "median": 5.25}
    assert spread["kind"] == {"active": 1, "wait": 1}, "disagreement is shown"
    assert fay.id not in json.dumps(ben.state())
    ask(ben, "estimate", stage=coding, fields={"process": ""})
    assert room(ben)["estimates"][coding]["mine"] == {}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"wait": "long"}, "wait is 'long'; accepted: a number from 0 to 10,000"),
        ({"wait": "-1"}, "wait is '-1'"),
        ({"wait": "nan"}, "wait is 'nan'"),
        ({"ca": 101}, "ca is 101; accepted: a number from 0 to 100"),
        ({"kind": "done"}, "kind is 'done'; accepted: active, wait"),
    ],
)
def test_what_is_no_estimate(ben, fields, told):
    assert told in refused(ben, "estimate", stage=stage(ben, "Coding"), fields=fields)


def test_proposals_are_silent_until_shown(fay, ben):
    ask(fay, "pain", text="hers", stage=stage(fay, "Review"), waste="delays")
    ask(ben, "pain", text="<script>his</script>", stage="", waste="")
    seen = room(ben)["pain"]
    assert [one["text"] for one in seen["seen"]] == ["<script>his</script>"]
    assert seen["count"] == 2
    theirs = next(iter({*fay.store.rows("pain")} - {seen["seen"][0]["id"]}))
    assert "not yours" in refused(ben, "drop", sheet="pain", id=theirs)
    assert "not yours" in refused(ben, "drop", sheet="stage", id=stage(ben, "Coding"))
    ask(fay, "reveal", what="pain")
    assert {one["text"] for one in room(ben)["pain"]["seen"]} == {"hers", "<script>his</script>"}
    ask(ben, "drop", sheet="pain", id=seen["seen"][0]["id"])
    assert room(fay)["pain"]["count"] == 1
    assert "unknown waste 'lunch'" in refused(ben, "pain", text="x", waste="lunch")
    assert "no text" in refused(ben, "idea", text=" ")


def test_going_on_shows_what_was_silent(fay, ben):
    ask(ben, "idea", text="his")
    ask(fay, "step", to=[key for key, *_ in STEPS].index("vote"))
    assert [one["text"] for one in room(fay)["idea"]["seen"]] == ["his"]
    assert room(fay)["votes"]["counts"] is None


def test_dots(fay, ben):
    for text in ("one", "two"):
        ask(fay, "idea", text=text)
    one, two = fay.store.rows("idea")
    ask(ben, "vote", idea=one, dots=3)
    ask(ben, "vote", idea=two, dots=2)
    ask(fay, "vote", idea=one, dots=1)
    assert "5 dots" in refused(ben, "vote", idea=one, dots=1)
    assert "5 dots" in refused(ben, "vote", idea="nowhere", dots=0)
    votes = room(ben)["votes"]
    assert (votes["left"], votes["voters"], votes["counts"]) == (0, 2, None)
    ask(ben, "vote", idea=two, dots=-2)
    assert room(ben)["votes"]["left"] == DOTS - 3
    ask(fay, "reveal", what="vote")
    assert room(ben)["votes"]["counts"] == {one: 4}


def test_purpose_and_actions_are_versioned(fay, ben):
    ask(fay, "purpose", seen=0, fields={"goal": "faster"})
    answer = ben.hear({"do": "purpose", "seen": 0, "fields": {"goal": "better"}})
    assert answer["who"] == "Fay"
    assert answer["current"] == {"data": {"goal": "faster"}, "version": 1}
    ask(ben, "purpose", seen=1, fields={"goal": "better"})
    assert room(fay)["purpose"] == {"version": 2, "data": {"goal": "better"}}
    assert "unknown field 'path'" in refused(ben, "purpose", seen=2, fields={"path": "/etc"})
    ask(ben, "idea", text="his")
    (idea,) = ben.store.rows("idea")
    ask(ben, "action", id=idea, seen=0, fields={"owner": "Fay"})
    ask(fay, "action", id=idea, seen=1, fields={"days": "2"})
    assert room(ben)["actions"][idea]["data"] == {"owner": "Fay", "days": "2"}
    assert "days is 'soon'" in refused(ben, "action", id=idea, seen=2, fields={"days": "soon"})
    assert "no longer there" in refused(ben, "action", id="x", seen=0, fields={})


def test_undo_is_ones_own_and_never_of_coming_in(fay, ben):
    ask(ben, "idea", text="his")
    assert ask(fay, "undo") is None
    assert ask(ben, "undo")
    assert room(ben)["idea"]["count"] == 0
    assert ask(ben, "undo") is None
    assert room(ben)["people"] == ["Ben", "Fay"]


@pytest.mark.parametrize(
    "message",
    [
        {"do": "step", "to": "far"},
        {"do": "reveal"},
        {"do": "estimate", "stage": {}, "fields": {}},
        {"do": "pain", "text": None, "stage": [], "waste": {}},
        {"do": "drop", "sheet": [], "id": {}},
        {"do": "vote", "idea": [], "dots": 1},
        {"do": "action", "id": {}, "seen": 0, "fields": {}},
        {"do": "purpose", "seen": 0, "fields": None},
        {"do": "join", "name": "Eve", "id": 5},
    ],
)
def test_nonsense_gets_an_answer(ben, message):
    answer = ben.hear(message)
    json.dumps(ben.state())
    assert "error" in answer or message["do"] == "pain"
