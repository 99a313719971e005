"""What can be promised and what to change first: the figures of the forecast and of the wastes."""

import vsmlib as vsm
from tests.test_news import delivered
from tests.worlds import HAND, START, flow_of
from vsmlib.evidence import forecast
from vsmlib.sentences import lever, promise


def test_a_promise_has_the_dates_of_the_forecast_and_how_often_it_held():
    flow = delivered([5, 6, 5, 6] * 9)
    made, said = forecast(flow, items=1), promise(flow)
    year, _, day = made["p85"].split("-")
    assert "(1) are delivered by" in said[1]
    assert f"{int(day)} " in said[1]
    assert f"{year} (85%)" in said[1]
    assert "at least so many are delivered" in said[2]
    kept = vsm.words.percent(made["backtest"]["coverage"]["p85"])
    assert said[3] == (
        f"In {made['backtest']['windows']} past windows the 85% promise was kept in {kept}."
    )


def test_too_little_past_promises_nothing():
    assert str(promise(flow_of(HAND))).startswith("Nothing can be promised yet: ")


def test_nothing_in_progress_has_no_date():
    said = promise(delivered([5, 6, 5, 6] * 9, busy=False))
    assert "in progress" not in str(said)
    assert said[1].startswith("In the next four weeks")


def test_the_lever_is_the_top_of_the_opportunities():
    flow = flow_of(HAND)
    said = lever(vsm.waste.opportunities(flow))
    assert said[0] == (
        "Look first at “Review”: waiting (unexplained) costs a delivered item 4 h, 36% of its "
        "lead time."
    )
    none = flow_of([("A", START, 0, "done", None)])
    assert str(lever(vsm.waste.opportunities(none))).startswith("No time was lost")
