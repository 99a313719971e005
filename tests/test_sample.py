"""The sample's known answers: counts and quartiles that others have published or worked out.

Recomputed from the sample's events in plain pandas, beside what the measures say.
"""

import re

import numpy as np
import pandas as pd
import pytest

import vsmlib as vsm
from vsmlib.shipped import sample_folder

HOUR, DAY = 3600, 86_400


@pytest.fixture(scope="module")
def log():
    return vsm.read("sample")


@pytest.fixture(scope="module")
def flow(log):
    return vsm.Flow(log, vsm.ValueStream.load("github-pull-requests"))


@pytest.fixture(scope="module")
def events(log):
    pulls = log.items.loc[log.items["item_type"] == "pull_request", "item_id"]
    return log.events[log.events["item_id"].isin(pulls)]


def first(events, name):
    return events[events["event"] == name].groupby("item_id")["timestamp"].min()


def quartiles(series, unit):
    return np.percentile(series.dt.total_seconds() / unit, [25, 50, 75])


def test_944_merged_290_closed_74_open(flow):
    summary = vsm.measure.summary(flow)
    assert summary["items"] == 1308
    assert summary["delivered"] == 944
    assert summary["cancelled"] == 290
    assert summary["in_progress"] == 74


def test_open_to_merge_quartiles(events):
    span = (first(events, "merged") - first(events, "opened")).dropna()
    assert len(span) == 944
    assert quartiles(span, HOUR) == pytest.approx([17.92, 105.07, 498.76], abs=0.005)


def test_first_response_quartiles(events):
    span = (first(events, "first_response") - first(events, "opened")).dropna()
    assert len(span) == 1189
    assert quartiles(span, HOUR) == pytest.approx([0.99, 7.42, 33.92], abs=0.005)


def test_opened_to_release_for_merges_after_the_first_tag(events):
    merged, released = first(events, "merged"), first(events, "released")
    after = merged[merged > released.min()].index
    span = (released - first(events, "opened"))[after].dropna()
    assert len(span) == 396
    assert quartiles(span, DAY) == pytest.approx([28.3, 65.3, 119.0], abs=0.05)
    # Others published 28.2 and 119.1: the same values under the exclusive method.
    exclusive = np.percentile(span.dt.total_seconds() / DAY, [25, 75], method="weibull")
    assert exclusive == pytest.approx([28.2, 119.1], abs=0.05)


def test_646_pull_requests_were_force_pushed(events):
    assert first(events, "pushed").size == 646


def test_lead_time_is_open_to_merge_less_the_time_it_was_closed(flow, events):
    items = vsm.measure.items(flow).set_index("item_id")
    span = (first(events, "merged") - first(events, "opened")).dropna().dt.total_seconds()
    again = events[events["event"] == "reopened"]["item_id"].unique()
    same = span.index.difference(again)
    assert items.loc[same, "lead_time_s"].to_numpy() == pytest.approx(span[same].to_numpy())
    assert (items.loc[span.index, "lead_time_s"] <= span + 1e-6).all()


def test_the_sample_holds_facts_only():
    path = next(sample_folder().glob("*.parquet"))
    table = pd.read_parquet(path)
    assert path.stat().st_size < 3_000_000
    assert set(table.columns) == {
        *("item_id", "timestamp", "event", "actor", "actor_type", "source", "seq", "item_type"),
        *("additions", "deletions", "changed_files", "commits"),
    }
    assert table["item_id"].str.fullmatch(r"bitcoin-core/secp256k1#\d+").all()
    assert table["actor"].dropna().str.fullmatch(r"[pb]-[0-9a-f]{10}").all()
    assert table["event"].map(lambda e: bool(re.fullmatch(r"[a-z_-]+", e))).all()


def test_its_stream_fits_and_was_reviewed(log):
    stream, reason = vsm.stream_for(log, None, "sample")
    assert reason == "stream stream.yaml beside the source"
    assert all(stage.note for stage in stream.stages if stage.kind in ("active", "wait"))
    summary = vsm.measure.summary(vsm.Flow(log, stream, start="2023-01-01"))
    assert summary["largest_wait"]["stage"] == "Waiting for release"
