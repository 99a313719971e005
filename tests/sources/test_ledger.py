"""Tables with one row a deployment, or one an incident."""

import gzip

import pandas as pd
import pytest

import vsmlib as vsm
from tests.sources.test_jira import codes
from vsmlib.errors import SourceError
from vsmlib.sources import load

DEPLOYS = """Deployment ID;Deployed at;Environment;Result;Commit SHA;Application;Hotfix
d1;31.01.2026 10:00;production;Success;abc;shop;no
d2;31.01.2026 11:00;production;;def;shop;yes
d3;;production;pending;ghi;shop;no
"""
INCIDENTS = """id,severity,service,started_at,resolved_at,caused_by
i1,high,shop,2026-02-01T10:00:00Z,2026-02-01T11:00:00Z,d1
i2,low,shop,2026-02-02T10:00:00Z,,
i3,low,shop,2026-02-03T10:00:00Z,2026-02-03T09:00:00Z,d2
"""


def rows(extract, *columns):
    frame = extract.events.sort("t", "seq").collect()
    return [tuple(row[c] for c in columns) for row in frame.rows(named=True)]


@pytest.fixture
def deploys(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(DEPLOYS)
    return path


def test_deployments(deploys):
    extract = load(deploys, timezone="Europe/Berlin")
    assert rows(extract, "item_id", "event") == [("d1", "success"), ("d2", "deployed")]
    items = {row["item_id"]: row for row in extract.items.collect().rows(named=True)}
    assert items["d1"] | {"item_id": 0} == {
        "item_id": 0, "item_type": "deployment", "team": "shop", "service": "shop",
        "environment": "production", "commit": "abc", "priority": None,
        "unplanned": "no"}  # fmt: skip
    assert codes(extract) == {"items_read": 3, "missing_time": 1}
    table = vsm.measure.deployments(vsm.read(deploys, timezone="UTC"))
    assert table["unplanned"].tolist() == [False, True]
    assert table["succeeded"].all()


def test_the_same_packed_and_as_parquet(deploys, tmp_path):
    told = rows(load(deploys, timezone="UTC"), "item_id", "t", "event")
    packed = tmp_path / "b.csv.gz"
    packed.write_bytes(gzip.compress(DEPLOYS.encode()))
    assert rows(load(packed, timezone="UTC"), "item_id", "t", "event") == told
    table = pd.read_csv(deploys, sep=";")
    table.to_parquet(tmp_path / "c.parquet")
    assert rows(load(tmp_path / "c.parquet", timezone="UTC"), "item_id", "t", "event") == told


def test_incidents_and_who_is_to_blame(tmp_path):
    path = tmp_path / "incidents.csv"
    path.write_text(INCIDENTS)
    extract = load(path)
    assert rows(extract, "item_id", "event") == [
        ("i1", "started"), ("i1", "resolved"), ("i2", "started"), ("i3", "resolved"),
        ("i3", "started")]  # fmt: skip
    assert codes(extract)["ends_before_it_begins"] == 1
    found = vsm.measure.incidents(vsm.read(path))
    assert found["backwards"].tolist() == [False, False, True]
    deploys = pd.DataFrame({
        "item_id": ["d1", "d2"], "succeeded": True, "team": "shop",
        "deployed_at": pd.to_datetime(["2026-01-01", "2026-01-31"], utc=True)})  # fmt: skip
    blamed = vsm.measure.blamed(found, deploys).set_index("item_id")["deployment"]
    assert blamed.dropna().to_dict() == {"i1": "d1", "i3": "d2"}


def test_who_names_columns_has_a_table(deploys):
    table = load(deploys, item="Deployment ID", time="Deployed at", event="Result", timezone="UTC")
    assert rows(table, "event") == [("Success",)]
    with pytest.raises(SourceError, match="--bots means nothing for a table of deployments"):
        load(deploys, bots=["x"])
    with pytest.raises(SourceError, match="--timezone Europe/Berlin"):
        load(deploys)


def test_a_log_with_several_rows_an_incident_stays_a_table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("number,incident_state,opened_at,resolved_at,sys_updated_at\n"
                    "I1,New,2026-01-01T00:00Z,2026-01-02T00:00Z,2026-01-01T00:00Z\n")  # fmt: skip
    assert rows(load(path), "event") == [("New",)]
