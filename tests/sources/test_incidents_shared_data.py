"""Jenkins' status page, and the incidents of DevLake's fixtures.

The published quartiles of Jenkins are exclusive ones; ours are linear. Both are checked, over the
incidents that do not end before they begin.
"""

import statistics

import numpy as np
import pytest

import vsmlib as vsm
from tests.sources.devlake import table
from tests.sources.test_jira import codes, rows
from vsmlib.sources import load
from vsmlib.sources.extract import iso_micros
from vsmlib.sources.unpack import unpacked


def test_jenkins(shared_data):
    extract = load(shared_data("jenkins") / "incidents.tar.xz", timezone="UTC")
    times = {}
    for item, event, t in rows(extract, "item_id", "event", "t"):
        times.setdefault(item, {})[event] = t / 3.6e9
    hours = [told["resolved"] - told["started"] for told in times.values()]
    assert codes(extract) == {"items_read": 297, "ends_before_it_begins": 8}
    hours = [span for span in hours if span >= 0]
    assert len(hours) == 289
    assert [round(h + 1e-9, 2) for h in statistics.quantiles(hours)] == [0.75, 2.0, 5.53]
    assert np.percentile(hours, [25, 50, 75]).round(2).tolist() == [0.75, 2.0, 5.5]


@pytest.mark.parametrize("plugin", ["pagerduty", "opsgenie"])
def test_devlake(shared_data, tmp_path, plugin):
    with unpacked(shared_data("devlake-e2e.tar.xz")) as folder:
        rows_sent = table(folder, plugin, "raw_tables", f"_raw_{plugin}_incidents.csv")
        (tmp_path / "a.jsonl").write_text("\n".join(row["data"] for row in rows_sent))
        expected = {
            row["id"].rpartition(":")[2]: (row["created_date"], row["resolution_date"])
            for row in table(folder, plugin, "snapshot_tables", "issues.csv")
        }
    extract = load(tmp_path)
    numbers = {
        item["item_id"]: item["number"] if plugin == "pagerduty" else item["item_id"]
        for item in extract.items.to_pylist()
    }
    got = {number: [None, None] for number in numbers.values()}
    for item, event, t in rows(extract, "item_id", "event", "t"):
        if event in ("triggered", "open", "resolved"):
            got[numbers[item]][event == "resolved"] = t
    assert got == {number: [iso_micros(created), iso_micros(resolved)]
                   for number, (created, resolved) in expected.items()}  # fmt: skip


def test_servicenow_counts_reopenings_as_we_do(shared_data):
    """Its audit log is a table; published agreement with its own count: 99.96 %."""
    log = vsm.read(shared_data("itsm-servicenow.zip"), timezone="UTC")
    kinds = dict.fromkeys(log.event_names, "active") | dict.fromkeys(("Resolved", "Closed"), "done")
    stream = {"name": "ServiceNow", "stages": [
        {"name": name, "kind": kind, "enter": [name]} for name, kind in kinds.items()]}  # fmt: skip
    ours = vsm.measure.items(vsm.Flow(log, vsm.ValueStream.from_dict(stream)))
    both = log.items[["item_id", "reopen_count"]].merge(ours[["item_id", "reopened"]])
    agree = both["reopen_count"].astype("int64") == both["reopened"]
    assert (len(both), (~agree).sum()) == (20_769, 1)
