"""What peers print of boards: jira-agile-metrics' larger example, and three weeks of Heartbeat.

jira-agile-metrics counts the items that have reached a column; so do arrivals, added up, where no
item comes back. Heartbeat gives days by state and card, rounded to two decimals, and so are ours
within that rounding.
"""

import json

import pandas as pd
import pytest

from tests.worlds import make_log, make_stream
from vsmlib import measure
from vsmlib.flow import Flow
from vsmlib.sources.unpack import unpacked

COLUMNS = ("Backlog", "Committed", "Build", "Test", "Done")
UNTIL = pd.Timestamp("2018-01-10", tz="UTC").value // 1000


def test_cumulative_flow(shared_data):
    with unpacked(shared_data("flow-peers.tar.xz")) as folder:
        file = folder / "transcribed" / "jira-agile-metrics_cases.json"
        case = json.loads(file.read_text())
    rows = [
        (item["key"], pd.Timestamp(item[name], tz="UTC").value // 1000, place, name, None)
        for item in case["large_stage_dates"]
        for place, name in enumerate(COLUMNS)
        if item[name]
    ]
    kinds = dict.fromkeys(COLUMNS, "active") | {"Done": "done"}
    stages = [{"name": n, "kind": kind, "enter": [n]} for n, kind in kinds.items()]
    table = measure.wip(Flow(make_log(rows, observed=UNTIL), make_stream(stages)))
    table["date"] = table["date"].astype(str)
    days = table.pivot(index="date", columns="stage", values="arrived")[list(COLUMNS)].cumsum()
    expected = case["expected_large"]
    assert len(expected["cfd"]) == 9
    assert {day: days.loc[day].tolist() for day in expected["cfd"]} == expected["cfd"]
    under_way = table[table["stage"].isin(COLUMNS[1:4])].groupby("date")["wip"].sum()
    assert under_way.tolist()[:9] == expected["wip_committed_to_done"]


# Heartbeat's states, and what it calls them in its metrics.
STATES = {"Design": "design", "In Dev": "development", "Review": "review",
          "Waiting For Testing": "waiting for testing", "Testing": "testing",
          "Waiting For Deployment": "waiting for deployment"}  # fmt: skip
DAY = 86_400_000_000


@pytest.mark.parametrize("mapping", ["", "with-design-and-wait-for-deployment-"])
@pytest.mark.parametrize("week", ["20240812-20240818", "20240819-20240825", "20240826-20240902"])
def test_heartbeat(shared_data, week, mapping):
    """The same cards under two mappings, 1.96 and 35.13 days a card in the first week."""
    with unpacked(shared_data("heartbeat.tar.xz")) as folder:
        weeks = folder / "frontend" / "e2e" / "fixtures" / "create-new"
        cards = pd.read_csv(weeks / f"{mapping}board-{week}.csv")
        printed = pd.read_csv(weeks / f"{mapping}metric-{week}.csv").set_index("Metrics")["Value"]
    cards, rows = cards[cards["Status"] == "Done"], []
    for _, card in cards.iterrows():
        at = 0
        for state in STATES:
            if card[f"{state} Days"]:
                rows.append((card["Issue key"], at, len(rows), state, None))
                at += round(card[f"{state} Days"] * DAY)
        rows.append((card["Issue key"], at, len(rows), "Done", None))
    kinds = dict.fromkeys(STATES, "active") | {"Done": "done"}
    stages = [{"name": n, "kind": kind, "enter": [n]} for n, kind in kinds.items()]
    flow = Flow(make_log(rows), make_stream(stages))
    summary, table = measure.summary(flow), measure.stages(flow).set_index("stage")
    assert summary["delivered"] == int(float(printed["Throughput(Cards Count)"]))
    cycle = summary["cycle_time_s"]["mean"] / 86_400
    assert round(cycle, 2) == printed["Average cycle time(days/card)"]
    for state, name in STATES.items():
        if f"Average {name} time(days/card)" in printed:
            mean, share = table.loc[state, ["total_s", "share_of_lead_time"]].fillna(0)
            days = mean / 86_400 / summary["delivered"]
            assert days == pytest.approx(
                float(printed[f"Average {name} time(days/card)"]), abs=0.01
            )
            told = float(printed[f"Total {name} time / Total cycle time(%)"])
            assert 100 * share == pytest.approx(told, abs=0.15)
