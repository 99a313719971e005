"""The peers of `python -m benchmarks.peers` answer the same; pm4py is asked by the benchmark."""

import importlib
import sys

import pandas as pd
import pytest

from benchmarks.causes import CALENDAR
from benchmarks.measure import stream
from benchmarks.peers.moves import write_moves
from benchmarks.peers.same import same

PEERS = ["vsmlib", "pandas", "duckdb", "polars"]


def test_peers_answer_the_same(tmp_path, monkeypatch):
    log = write_moves(5_000, tmp_path / "log.parquet", seed=3)
    definition = stream(tmp_path)
    definition.write_text(definition.read_text() + CALENDAR)
    for peer in PEERS:
        monkeypatch.setattr(sys, "argv", [peer, str(log), str(tmp_path / peer)])
        importlib.import_module(f"benchmarks.peers.by_{peer}").main()
    same(tmp_path, PEERS)
    table = pd.read_parquet(tmp_path / "polars" / "rework.parquet")
    table.loc[0, "items"] += 1
    table.to_parquet(tmp_path / "polars" / "rework.parquet")
    with pytest.raises(AssertionError, match="polars rework"):
        same(tmp_path, PEERS)
