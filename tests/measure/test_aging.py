"""What is under way, and the pace at which others passed."""

from tests.worlds import HAND, flow_of
from vsmlib import measure


def test_aging_and_pace():
    flow = flow_of(HAND)
    aging = measure.aging(flow)
    assert aging[["item_id", "stage", "position", "age_s"]].values.tolist() == [
        ["B", "Work", 2, 29 * 3600.0]
    ]
    pace = measure.pace(flow).set_index("stage")
    assert pace.loc["Queue", "p50_s"] == 2 * 3600
    assert pace.loc["Work", "p50_s"] == 11 * 3600, "the last leaving counts"
