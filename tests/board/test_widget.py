"""The widget: state to the browser, messages from it; figures are made when the tags change."""

import pytest

import vsmlib as vsm
from tests.worlds import BLOCKED, HAND, make_log, make_stream
from vsmlib.board.store import Store
from vsmlib.board.tags import Board
from vsmlib.errors import RunError


@pytest.fixture
def widget(tmp_path):
    return vsm.board.tag(
        make_log(HAND), make_stream(blocked=BLOCKED), folder=tmp_path / "new" / "board", who="Ana"
    )


def say(widget, **message):
    answers = []
    widget.send = answers.append
    widget._heard(widget, {"re": 1, **message}, [])
    return answers[0]


def efficiency(widget):
    return widget.figures["cards"][0]["value"]


def test_a_tag_changes_the_figures(widget):
    assert efficiency(widget) == "27%"
    work = widget.state["rows"][1]
    say(widget, do="tag", id=work["id"], seen=1, fields={"kind": "wait"})
    assert efficiency(widget) == "0%"
    assert widget.stream.kinds[1] == "wait"
    say(widget, do="undo")
    assert efficiency(widget) == "27%"


def test_what_others_do_is_seen_at_the_next_look(widget):
    board = Board(Store(widget.desk.store.path))
    row = board.rows()[0]
    board.tag("Ben", row["id"], row["version"], {"owner": "the other team"})
    widget.refresh()
    assert widget.state["rows"][0]["owner"] == "the other team"


def test_evidence_follows_events_not_names(widget):
    row = widget.state["rows"][0]
    say(widget, do="tag", id=row["id"], seen=1, fields={"name": "Backlog"})
    told = widget.evidence[widget.state["rows"][0]["enter"][0]]
    assert told["kind"] == "wait"
    assert told["reasons"]


def test_figures_that_cannot_be_made_say_why(tmp_path):
    widget = vsm.board.tag(make_log(HAND), make_stream(blocked=BLOCKED), folder=tmp_path)
    ids = {row["name"]: row for row in widget.state["rows"]}
    widget.desk.who = "Ana"
    for name in ("Done", "Live"):
        row = ids[name]
        say(widget, do="tag", id=row["id"], seen=1, fields={"kind": "done"})
    widget._made.log = make_log([("A", 0, 0, "other", None)])
    widget._made._sums.clear()
    widget._drawn = {}
    widget._seen = None
    widget.refresh()
    assert widget.figures["error"].startswith("world: no event of the log enters any stage")


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be made"):
        vsm.board.tag(make_log(HAND), make_stream(), folder=tmp_path / "file" / "board")
