"""Tags on a board: what people agree on is a stream, and every change of it is versioned."""

import pytest

from vsmlib.board.store import Conflict, Store
from vsmlib.board.tags import Board
from vsmlib.errors import ParameterError, StreamError
from vsmlib.stream import ValueStream

TEXT = """\
# agreed in May
name: Small
commitment: Coding
stages:
  - {name: Ready, kind: wait, enter: [ready, again]}  # why not
  - name: Coding
    kind: active
    enter: [coding]
  - {name: Done, kind: done, enter: [done]}
blocked: {set: [flag], clear: [unflag]}
"""


@pytest.fixture
def board(tmp_path):
    return Board(Store(tmp_path / "board.sqlite"), ValueStream.parse(TEXT))


def row(board, name):
    return next(row for row in board.rows() if row["name"] == name)


def names(board):
    return [row["name"] for row in board.rows()]


def seen(board, *found):
    return {r["id"]: r["version"] for r in found} | {"order": board.state()["order"]}


def test_a_new_board_is_the_stream_it_began_with(board):
    assert board.stream() == ValueStream.parse(TEXT)
    assert board.stream().to_yaml() == TEXT
    again = Board(Store(board.store.path), ValueStream.load("git"))
    assert names(again) == ["Ready", "Coding", "Done"], "it goes on"


def test_a_tag_knows_who_when_and_why(board):
    ready = row(board, "Ready")
    board.tag("Ana", ready["id"], ready["version"], {"cause": " queue ", "note": "we push"})
    tagged = row(board, "Ready")
    assert (tagged["cause"], tagged["tagged_by"], tagged["note"]) == ("queue", "Ana", "we push")
    assert tagged["tagged_at"].endswith("Z")
    assert board.store.journal()[-1].why == "we push"
    board.tag("Ana", ready["id"], 2, {"cause": ""})
    assert "cause" not in row(board, "Ready")
    with pytest.raises(Conflict, match="Ana"):
        board.tag("Ben", ready["id"], 1, {"kind": "active"})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "waiting"}, "unknown kind 'waiting'; accepted: active, wait"),
        ({"name": " "}, "name"),
        ({"name": "Coding"}, "stage name 'Coding' is there twice"),
        ({"enter": "x"}, "unknown field 'enter'"),
    ],
)
def test_what_is_no_stream_is_refused(board, fields, told):
    ready = row(board, "Ready")
    with pytest.raises((StreamError, ParameterError), match=told):
        board.tag("Ana", ready["id"], ready["version"], fields)
    assert board.stream() == ValueStream.parse(TEXT)


def test_the_last_done_state_stays_done(board):
    done = row(board, "Done")
    with pytest.raises(StreamError, match="no stage is of kind done"):
        board.tag("Ana", done["id"], 1, {"kind": "active"})


def test_order_is_versioned_like_everything_else(board):
    coding, order = row(board, "Coding"), board.state()["order"]
    board.move("Ana", coding["id"], row(board, "Ready")["id"], order)
    assert names(board) == ["Coding", "Ready", "Done"]
    with pytest.raises(Conflict):
        board.move("Ben", coding["id"], None, order)
    board.store.undo("Ana")
    assert names(board) == ["Ready", "Coding", "Done"]


def test_merge_and_its_undo(board):
    ready, coding = row(board, "Ready"), row(board, "Coding")
    board.merge("Ana", coding["id"], ready["id"], seen(board, ready, coding))
    stream = board.stream()
    assert stream.stage_names == ["Ready", "Done"]
    assert stream.stages[0].enter == ("ready", "again", "coding")
    assert stream.commitment == "Ready"
    board.store.undo("Ana")
    assert board.stream().replace_stage("Ready") == ValueStream.parse(TEXT)
    with pytest.raises(ParameterError, match="with itself"):
        board.merge("Ana", coding["id"], coding["id"], {})


def test_split_and_who_was_faster(board):
    ready = row(board, "Ready")
    board.split("Ana", ready["id"], ["again"], "Again", seen(board, ready))
    assert names(board) == ["Ready", "Again", "Coding", "Done"]
    assert row(board, "Again")["enter"] == ["again"]
    with pytest.raises(ParameterError, match="events for both"):
        board.split("Ana", row(board, "Again")["id"], ["again"], "More", {})
    with pytest.raises(ParameterError, match="events for both"):
        board.split("Ben", ready["id"], ["again"], "Again", seen(board, ready))


def test_a_state_without_data(board):
    board.add("Ana", "Waiting for a decision", board.state()["order"])
    assert names(board) == ["Ready", "Coding", "Waiting for a decision", "Done"]
    added = row(board, "Waiting for a decision")
    assert (added["kind"], added["enter"]) == ("wait", ["Waiting for a decision"])


def test_saving_keeps_comments_and_starts_the_differences_anew(board, tmp_path):
    path, ready = tmp_path / "stream.yaml", row(board, "Ready")
    board.tag("Ana", ready["id"], 1, {"kind": "active", "owner": "us"})
    board.tag("Ana", row(board, "Coding")["id"], 1, {"name": "Making"})
    told = ["“Ready”: kind wait → active, owner none → us", "“Coding”: name Coding → Making"]
    assert board.differences() == told
    assert board.save(path, "Ana") == told
    assert board.differences() == []
    assert board.state()["saved"]["by"] == "Ana"
    text = path.read_text()
    assert "# agreed in May" in text
    assert "# why not" in text
    assert ValueStream.load(path) == board.stream()
    assert ValueStream.load(path).commitment == "Making"
    board.split("Ana", ready["id"], ["again"], "Again", seen(board, row(board, "Ready")))
    assert board.differences()[0] == "“Ready”: enter ready, again → ready"
    assert board.differences()[1] == "“Again” is new"


def test_a_file_that_somebody_else_wrote_is_not_overwritten(board, tmp_path):
    path = tmp_path / "stream.yaml"
    board.save(path, "Ana")
    path.write_text(TEXT.replace("Small", "By hand"))
    board.tag("Ana", row(board, "Ready")["id"], 1, {"owner": "us"})
    with pytest.raises(StreamError, match="changed outside the board"):
        board.save(path, "Ana")
    assert "By hand" in path.read_text()


def test_order_and_loss_in_the_differences(board):
    coding, ready = row(board, "Coding"), row(board, "Ready")
    board.move("Ana", coding["id"], ready["id"], board.state()["order"])
    assert board.differences() == ["order: Coding, Ready, Done"]
    board.merge("Ana", coding["id"], ready["id"], seen(board, ready, coding))
    assert "“Coding” is gone" in board.differences()
