"""The wastes as files and figures."""

import json

import pandas as pd
import pytest

from tests.waits import queues
from tests.waits.queues import Stage, World
from tests.worlds import HAND, flow_of
from vsmlib import waste


def test_the_table_names_all_that_there_is(tmp_path):
    flow = queues.flow(queues.Run(World([Stage(9), Stage(5, 1)], (1, 1), items=60)).go())
    made = waste.write(flow, tmp_path)
    assert made.columns.tolist() == ["waste", "stage", "what", "days", "share", "items"]
    assert set(made["waste"]) == {"waiting"}
    assert set(pd.read_parquet(tmp_path / "opportunities.parquet")["waste"]) == {"waiting"}
    pd.testing.assert_frame_equal(
        made, pd.read_parquet(tmp_path / "waste.parquet"), check_dtype=False
    )


@pytest.mark.parametrize("events", [HAND, HAND[:1], HAND[-2:]])
def test_figures_are_plain_data(events):
    made = waste.figures(flow_of(events))
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert {"waiting", "overproduction", "rework", "switching", "opportunities"} == set(made)


def test_quick_figures_are_the_same_sizes():
    flow = queues.flow(queues.Run(World([Stage(9, blocked=0.2)], items=60)).go())
    quick, whole = waste.figures(flow, quick=True), waste.figures(flow)
    for name, made in quick.items():
        assert made["days"] == pytest.approx(whole[name]["days"])
        assert made["share"] == pytest.approx(whole[name]["share"], nan_ok=True)
    assert set(quick) == {"waiting", "overproduction", "rework"}
