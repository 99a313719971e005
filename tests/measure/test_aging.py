"""What is under way, and the pace at which others passed."""

import pandas as pd
import pytest
from hypothesis import assume, given

from tests.worlds import DAY, HAND, HOUR, START, flow_of, known, logs, make_log, make_stream, quick
from vsmlib import measure
from vsmlib.flow import Flow


def test_aging_and_pace():
    flow = flow_of(HAND)
    aging = measure.aging(flow)
    assert aging[["item_id", "stage", "position", "age_s"]].values.tolist() == [
        ["B", "Work", 2, 29 * 3600.0]
    ]
    pace = measure.pace(flow).set_index("stage")
    assert pace.loc["Queue", "p50_s"] == 2 * 3600
    assert pace.loc["Work", "p50_s"] == 11 * 3600, "the last leaving counts"
    assert pace["late"].tolist() == [0, 1, 0], "B is 29 h old in Work"


@quick
@given(events=logs(max_items=8))
@pytest.mark.parametrize("by", [None, "team"])
def test_late_items_are_those_older_than_the_pace(events, by):
    assume(known(events))
    items = {e[0]: {"team": ["red", None][int(e[0][5:]) % 2]} for e in events}
    flow = Flow(make_log(events, items), make_stream())
    aging, pace = measure.aging(flow, by), measure.pace(flow, by)
    on = ["stage", *([by] if by else [])]
    met = aging.merge(pace, on=on)
    assert pace["late"].sum() == (met["age_s"] > met["p85_s"]).sum()
    late = met[met["age_s"] > met["p85_s"]].groupby(on).size()
    assert pace.set_index(on)["late"].loc[late.index].tolist() == late.tolist()


def test_a_sample_of_what_is_under_way_keeps_the_oldest_on_top():
    events = [(f"i{n:03}", START + n * HOUR, n, "work", None) for n in range(300)]
    flow = flow_of([*events, ("z", START + 20 * DAY, 300, "work", None)])
    whole, made = measure.aging(flow), measure.aging(flow, most=50)
    assert len(made) == 50
    assert made["item_id"].tolist()[:5] == whole["item_id"].tolist()[:5]
    assert made["age_s"].is_monotonic_decreasing
    both = whole[whole["item_id"].isin(made["item_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(made, both)


def test_the_oldest_of_each_stage():
    events = [
        (f"I{i}", START + i * DAY, 2 * i, ("queue", "work", "review")[i % 3], None)
        for i in range(20)
    ]
    flow = Flow(make_log(events), make_stream())
    whole = measure.aging(flow)
    wanted = (
        whole.groupby("stage").head(3).sort_values(["age_s", "item_id"], ascending=[False, True])
    )
    pd.testing.assert_frame_equal(measure.aging(flow, each=3), wanted.reset_index(drop=True))
