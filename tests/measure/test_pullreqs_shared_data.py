"""The published figures of Gousios et al. (ICSE 2014) over 166,737 pull requests of 291 projects.

Their median lifetimes end with the closing, their percentiles with the merge: 398 pull requests are
merged after they were closed. Each is measured as published.
"""

import numpy as np
import pandas as pd
import pytest

import vsmlib as vsm
from vsmlib.sources.unpack import unpacked

USED = ["pull_req_id", "created_at", "merged_at", "closed_at"]
STREAM = vsm.ValueStream.from_dict({"name": "pulls", "stages": [
    {"name": "Open", "kind": "wait", "enter": ["opened"]},
    {"name": "Ended", "kind": "done", "enter": ["ended"]}]})  # fmt: skip


@pytest.fixture(scope="module")
def pulls(shared_data):
    with unpacked(shared_data("pullreqs-icse2014.tar.xz")) as folder:
        parts = [pd.read_csv(path, usecols=USED) for path in sorted(folder.glob("data/*.csv"))]
    assert len(parts) == 291
    return pd.concat(parts, ignore_index=True)


def days(pulls, end):
    """Lead times of pull requests from opening to an end."""
    times = {"opened": pulls["created_at"], "ended": pulls[end]}
    events = pd.concat([
        pd.DataFrame({"item_id": pulls["pull_req_id"].astype(str), "event": name,
                      "timestamp": pd.to_datetime(column, unit="s", utc=True)})
        for name, column in times.items()
    ])  # fmt: skip
    return vsm.measure.items(vsm.Flow(vsm.read(events), STREAM))["lead_time_s"] / 86_400


def test_as_published(pulls):
    merged = pulls["merged_at"].notna()
    assert len(pulls) == 166_737
    assert round(100 * merged.mean(), 2) == 84.73
    assert int(days(pulls[merged], "closed_at").median() * 1440) == 434
    assert int(days(pulls[~merged], "closed_at").median() * 1440) == 2_250
    spread = np.percentile(days(pulls[merged], "merged_at"), [80, 90, 95])
    assert spread.round(2).tolist() == [3.79, 10.96, 26.97]
