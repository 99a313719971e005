"""The DORA keys as metrics: the figures of `five_keys`, before and after."""

import numpy as np
import pytest

from tests.worlds import DAY, START, make_log, make_stream
from vsmlib import measure
from vsmlib.errors import ParameterError
from vsmlib.evidence import compare
from vsmlib.evidence.metrics import METRICS
from vsmlib.flow import Flow
from vsmlib.log import from_us

CHANGE = from_us(START + 140 * DAY).date()
KEYS = [name for name, metric in METRICS.items() if metric.delivery]


@pytest.fixture(scope="module")
def log():
    """A change a day, merged after 8 days and from day 140 on after 2; a deployment every day."""
    rng, rows, items = np.random.default_rng(1), [], {}
    for i in range(280):
        begun, took = float(i), rng.gamma(4, (8 if i < 140 else 2) / 4)
        for name, when in (("opened", begun), ("queue", begun), ("merged", begun + took)):
            if when < 280:
                rows.append((f"o/r#{i}", START + int(when * DAY), len(rows), name, None))
        rows.append((f"d{i}", START + int((i + 0.5) * DAY), len(rows), "success", None))
        items[f"o/r#{i}"] = {"item_type": "pull_request", "team": "o/r"}
        items[f"d{i}"] = {"item_type": "deployment", "team": "o/r"}
        if i % 5 == 0:
            for name, when in (("triggered", i + 0.6), ("resolved", i + 0.8)):
                rows.append((f"x{i}", START + int(when * DAY), len(rows), name, None))
            items[f"x{i}"] = {"item_type": "incident", "team": "o/r"}
    return make_log(rows, items, observed=START + 280 * DAY)


def test_quicker_changes_are_found(log):
    flow = Flow(log, make_stream())
    made = compare(flow, at=CHANGE, metric="change_lead_time", weeks=20)
    assert made.verdict == "improved"
    assert made["assumptions"][0].startswith("what was deployed in the 20 weeks before")
    for side, window in (("before", {"end": CHANGE}), ("after", {"start": CHANGE})):
        keys = measure.five_keys(Flow(log, make_stream(), **window)).set_index("key")
        assert made[side]["value"] == pytest.approx(keys.loc["change_lead_time", "value"])
        assert made[side]["n"] == keys.loc["change_lead_time", "n"]


@pytest.mark.parametrize("key", KEYS[1:])
def test_what_did_not_change_is_not_called_a_change(log, key):
    made = compare(Flow(log, make_stream()), at=CHANGE, metric=key)
    assert made.verdict in ("no_evidence", "too_little_data")
    if key == "deployment_frequency":
        assert (made["before"]["value"], made["after"]["value"]) == (7, 7)
    if key == "change_fail_rate":
        assert made["before"]["value"] == pytest.approx(0.2, abs=0.01)


def test_a_log_without_deployments_has_no_such_keys():
    rows = [(f"i{i}", START + i * DAY, i, "queue", None) for i in range(9)]
    with pytest.raises(ParameterError, match="has no deployments"):
        compare(Flow(make_log(rows), make_stream()), at=from_us(START + 4 * DAY).date(),
                metric="change_fail_rate")  # fmt: skip
