"""FlowPulse's published percentiles and forecasts come out of the same data."""

import json
import tarfile

import numpy as np
import pandas as pd
import pytest

from vsmlib.evidence.rates import plain

FOLDER = "LetPeopleWork_FlowPulse/docs/assets/exampledata/DemoFile.csv"


@pytest.fixture(scope="module")
def demo(shared_data):
    with tarfile.open(shared_data("flow-peers.tar.xz")) as archive:
        names = {name.removeprefix("./"): name for name in archive.getnames()}
        table = pd.read_csv(archive.extractfile(names[FOLDER]), sep=";")
        said = json.load(archive.extractfile(names["transcribed/flowpulse_demo_expected.json"]))
    for column in ("started_date", "closed_date"):
        table[column] = pd.to_datetime(table[column], format="%d.%m.%Y")
    return table, said["stated"], said["rederived_here"]


def closed(table):
    last = pd.Timestamp("2025-02-21")
    return table[table["closed_date"].between(last - pd.Timedelta(days=90), last)]


def test_percentiles(demo):
    table, said, ours = demo
    done = closed(table)
    days = (done["closed_date"] - done["started_date"]).dt.days + 1
    assert len(done) == ours["closed_in_window"]
    assert np.quantile(days, [0.7, 0.85]).tolist() == [said["p70"], said["p85"]]


def test_forecasts(demo):
    table, said, _ = demo
    first = pd.Timestamp("2025-02-21") - pd.Timedelta(days=90)
    counts = np.bincount((closed(table)["closed_date"] - first).dt.days, minlength=90).astype(float)
    many = plain(counts, days=14)
    for level, number in said["how_many_14d"].items():
        assert np.quantile(many, 1 - int(level) / 100) == pytest.approx(number, abs=1)
    days = plain(counts, items=121)
    for level, number in said["when_121_items_days"].items():
        assert np.quantile(days, int(level) / 100) == pytest.approx(number, abs=2.5)
