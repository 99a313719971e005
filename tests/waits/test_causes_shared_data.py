"""The hand-made logs of the waiting-time tool: every wait by cause, exact to the second."""

import tarfile

import pandas as pd
import pytest

import vsmlib as vsm
from vsmlib.stream import ValueStream
from vsmlib.waits import causes, suggest

FOLDER = "icpm/handoff-logs"
COLUMNS = {
    "batching": "wt_batching",
    "prioritization": "wt_prioritization",
    "contention": "wt_contention",
    "unavailability": "wt_unavailability",
    "unexplained": "wt_extraneous",
}
PAIR = ["source_activity", "source_resource", "target_activity", "target_resource"]
TEAM = {"timezone": "UTC", "hours": {"mon-fri": ["10:00-20:00"]}}
MARCUS = {"timezone": "UTC", "hours": {"mon-fri": ["10:00-12:00", "12:30-20:00"]}}
HIS = {1: ["B"], 2: ["B", "C"], 3: ["B"], 4: [], 5: ["G"]}  # stages that keep his hours
TOTAL = {1: 18_900, 2: 21_600, 3: 75_600, 4: 140_400, 5: 99_000}


@pytest.fixture(scope="module")
def files(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kronos")
    with tarfile.open(shared_data("kronos.tar.xz")) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.rglob("manual_log_1.csv")).parent


def flow_of(table, his):
    log = vsm.read(
        table, item="case_id", event="Activity", start="start_time", end="end_time",
        actor="Resource", timezone="UTC", pseudonymous=False,
    )  # fmt: skip
    data = suggest(log).stream.to_dict() | {"calendar": TEAM}
    for stage in data["stages"]:
        if stage["name"] in his:
            stage["calendar"] = MARCUS
    return vsm.Flow(log, ValueStream.from_dict(data))


@pytest.mark.parametrize("number", TOTAL)
def test_hand_made_logs_are_exact(files, number):
    flow = flow_of(pd.read_csv(files / f"manual_log_{number}.csv"), HIS[number])
    keys, visits = ["item_id", "position"], flow.visits
    after = visits.assign(position=visits["position"] - 1, target_activity=visits["stage"])
    ends = visits.merge(after[[*keys, "target_activity"]], on=keys).rename(
        columns=dict(
            zip(("from_stage", "entered_by", "left_by"), (*PAIR[:2], PAIR[3]), strict=True)
        )
    )
    table = causes(flow).merge(ends[[*keys, *PAIR]], on=keys)
    found = table.groupby([*PAIR, "cause"])["seconds"].sum().unstack().reindex(columns=COLUMNS)
    told = pd.read_csv(files / f"manual_log_{number}_expected.csv").set_index(PAIR)
    told = pd.DataFrame(
        {cause: pd.to_timedelta(told[name]).dt.total_seconds() for cause, name in COLUMNS.items()}
    )
    found = found.fillna(0).reindex(told.index).fillna(0)
    assert found.to_numpy().sum() == TOTAL[number]
    assert found.to_numpy().tolist() == told.to_numpy().tolist()
