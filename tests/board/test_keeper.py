"""Who measures, and what a workshop leaves behind: with data, and from estimates alone."""

import re

import pytest

from tests.board.rooms import LEAD, TEXT, ask, enter, new, stage
from tests.worlds import HAND, make_log
from vsmlib.board.figures import Figures
from vsmlib.board.keeper import Keeper
from vsmlib.stream import ValueStream

EVIL = "<script>alert('x')</script>{{7*7}}"


@pytest.fixture
def store(tmp_path):
    return new(tmp_path)


def workshop(store, review_days, shown=("pain", "idea", "vote")):
    """Everybody says something, an action is agreed, the facilitator asks for the result."""
    fay, ben = enter(store, "Fay", LEAD), enter(store, f"Ben {EVIL}")
    review = stage(fay, "Review")
    ask(fay, "purpose", seen=0, fields={"goal": f"faster {EVIL}"})
    ask(fay, "tag", id=review, seen=1, fields={"owner": "us", "note": EVIL})
    ask(fay, "estimate", stage=review, fields={"process": 1, "wait": 2, "ca": 90})
    ask(ben, "estimate", stage=review, fields={"process": 3, "wait": 6, "kind": "wait"})
    ask(fay, "reveal", what=f"estimate/{review}")
    ask(ben, "pain", text=f"nobody reviews {EVIL}", stage=review, waste="delays")
    ask(ben, "idea", text="pair", stage=review)
    (idea,) = ben.store.rows("idea")
    ask(ben, "vote", idea=idea, dots=3)
    fields = {"owner": "Ben", "measure": "p85", "review": "2026-12-24", "days": review_days}
    ask(fay, "action", id=idea, seen=0, fields=fields)
    ask(fay, "estimate", stage=stage(fay, "Coding"), fields={"wait": 7.25})
    for what in shown:
        ask(fay, "reveal", what=what)
    ask(fay, "result")
    return fay


def pages(folder):
    return [(folder / name).read_text() for name in ("result.html", "minutes.html")]


def test_measured_figures_reach_those_who_have_no_data(store, tmp_path):
    keeper = Keeper(tmp_path, Figures(make_log(HAND), ValueStream.parse(TEXT)))
    ben = enter(store, "Ben")
    keeper.look()
    assert store.shown()["figures"]["cards"][0]["value"] == "27%"
    assert "4 h an item" in store.shown()["measured"][stage(ben, "Review")]
    ask(ben, "tag", id=stage(ben, "Review"), seen=1, fields={"kind": "active"})
    keeper.look()
    assert store.shown()["figures"]["cards"][0]["value"] == "64%"


def test_the_result_of_a_workshop_with_data(store, tmp_path):
    keeper = Keeper(tmp_path, Figures(make_log(HAND), ValueStream.parse(TEXT)))
    fay = workshop(store, "0,05")
    keeper.look()
    result = fay.state()["room"]["result"]
    assert result["files"] == ["stream.yaml", "result.html", "minutes.html"]
    agreed = ValueStream.load(tmp_path / "stream.yaml")
    assert agreed.stages[2].owner == "us"
    assert "# what we know" in (tmp_path / "stream.yaml").read_text()
    page, minutes = pages(tmp_path)
    assert "Current and future state: mean lead time 11 h → 8 h 12 min" in re.sub(
        r"</?(tspan|text)[^>]*>", "", page
    )
    assert "2026-12-24" in page
    assert "wait 4 days (2 to 6, 2 of us)" in page
    assert "nobody reviews" in minutes
    assert "3 dots" in minutes
    for text in (page, minutes):
        assert "<script" not in text
        assert "://" not in re.sub(r"http://www\.w3\.org/\S+", "", text)
        assert fay.id not in text
        assert "7.25" not in text, "what was never shown is not written down"
    assert "{{7*7}}" in minutes
    assert store.shown()["wish"] is None


def test_from_estimates_alone(store, tmp_path):
    keeper = Keeper(tmp_path)
    keeper.look()
    assert store.shown()["figures"]["cards"][0]["value"] == "–"
    fay = workshop(store, "1")
    keeper.look()
    cards = store.shown()["figures"]["cards"]
    assert (cards[0]["value"], cards[1]["value"]) == ("2%", "Review")
    assert cards[1]["note"] == "4 days by the median"
    assert fay.state()["room"]["result"]["files"]
    page = re.sub(r"</?(tspan|text)[^>]*>", "", pages(tmp_path)[0])
    assert "estimates of those here" in page
    # 4 days of waiting and 2 hours of work: agreed is one day in all, of which the same share work.
    assert "mean lead time 4.1 days → 1 day, flow efficiency 2% → 2%" in page


def test_what_was_said_in_silence_stays_silent(store, tmp_path):
    workshop(store, "1", shown=())
    Keeper(tmp_path).look()
    for text in pages(tmp_path):
        assert "nobody reviews" not in text
        assert "pair" not in text


def test_a_stream_that_was_changed_outside_is_told(store, tmp_path):
    (tmp_path / "stream.yaml").write_text("name: mine")
    fay = workshop(store, "1")
    Keeper(tmp_path).look()
    assert "changed outside the board" in fay.state()["room"]["result"]["error"]
    assert (tmp_path / "stream.yaml").read_text() == "name: mine"
    assert not (tmp_path / "result.html").exists()


def test_figures_that_cannot_be_made_are_told(store, tmp_path):
    figures = Figures(make_log(HAND), ValueStream.parse(TEXT))
    figures.log = make_log([("A", 0, 0, "other", None)])
    figures._sums.clear()
    keeper = Keeper(tmp_path, figures)
    keeper.look()
    keeper.look()
    assert store.shown()["figures"]["error"].startswith("world: no event of the log enters")
