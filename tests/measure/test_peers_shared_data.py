"""Cumulative flow and work in progress of jira-agile-metrics' larger example, day by day.

It counts the items that have reached a column; so do arrivals, added up, where no item comes back.
"""

import json

import pandas as pd

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
