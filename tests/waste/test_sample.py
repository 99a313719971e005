"""What a maintainer of the sample's library knows, found and traced to its items."""

import pytest

import vsmlib as vsm


@pytest.fixture(scope="module")
def flow():
    log = vsm.read("sample")
    return vsm.Flow(log, vsm.stream_for(log, "", "sample")[0], start="2023-01-01")


@pytest.fixture(scope="module")
def table(flow):
    return vsm.waste.opportunities(flow)


def numbers(items):
    return [item.split("#")[1] for item in items]


def test_merged_work_waits_for_one_of_eleven_releases(flow, table):
    top = table.iloc[0]
    assert (top["stage"], top["what"], top["items"]) == ("Waiting for release", "batching", 396)
    assert top["share"] == pytest.approx(0.64, abs=0.005)
    assert top["owner"] == "maintainers"
    released = vsm.measure.items(flow)["delivered_at"].dropna()
    assert released.nunique() == 11
    assert released.value_counts().min() == 17


def test_review_rounds_come_next_and_a_few_changes_hold_most(flow, table):
    second = table.iloc[1]
    assert second["what"] == "sent back from Waiting for re-review"
    assert numbers(second["examples"].split(", ")) == ["1058", "1062", "1066"]
    rework = vsm.waste.rework(flow)
    assert rework.tenth > 0.8
    assert rework.figures["let_through"]["With the author"] == pytest.approx(0.49, abs=0.005)


def test_first_answers_take_hours_but_for_a_few_forgotten_changes(flow):
    visits = flow.visits[flow.visits["stage"] == "Waiting for first response"]
    done = vsm.measure.items(flow).query("status == 'delivered'")["item_id"]
    waited = visits[visits["item_id"].isin(done)].groupby("item_id")["elapsed_s"].sum()
    assert waited.median() < 5 * 3600
    top = waited.nlargest(len(waited) // 10)
    assert top.sum() / waited.sum() > 0.9
    assert numbers(top.index[:3]) == ["990", "979", "1078"]


def test_old_changes_were_closed_together_on_one_day(flow):
    over = vsm.waste.overproduction(flow)
    assert over.places["what"].iloc[0] == "work on cancelled items"
    closed = flow.visits[flow.visits["kind"] == "cancelled"].groupby("item_id")["entered_at"].max()
    old = closed[closed.dt.strftime("%Y-%m-%d") == "2023-05-08"].index
    assert {"363", "367", "211", "477", "603"} <= set(numbers(old))
    assert {"363", "367", "211", "477"} <= set(numbers(over.items["item_id"].head(6)))
