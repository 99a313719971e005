"""Random dates in real series, from the shared data beside the checkout."""

import tarfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.evidence.told import share
from tests.conftest import shared_root
from tests.evidence.worlds import STAGES
from tests.worlds import make_log, make_stream
from vsmlib.errors import VsmError
from vsmlib.evidence import compare
from vsmlib.flow import Flow

__all__ = ["SECONDS", "fake", "issues", "projects"]

SECONDS = 86_400
NEAR = 1100  # days around a random date that are looked at
VERDICTS = ("improved", "worse", "no_evidence", "too_little_data")


def projects() -> Iterator[pd.DataFrame]:
    """Created and merged times of each project's pull requests, in seconds."""
    with tarfile.open(shared_root() / "data" / "pullreqs-icse2014.tar.xz") as archive:
        for member in archive:
            if member.name.endswith(".csv"):
                table = pd.read_csv(archive.extractfile(member))
                table = table.dropna(subset=["merged_at"])
                yield table[table["merged_at"] > table["created_at"]]


def issues() -> Iterator[Any]:
    """Finish dates of each project's issues, in days."""
    with tarfile.open(shared_root() / "data" / "throughput-tawos.tar.xz") as archive:
        for member in archive:
            if member.name.endswith(".csv"):
                days = pd.read_csv(archive.extractfile(member), header=None)[0]
                days = pd.to_datetime(days, errors="coerce").dropna()
                yield days.astype("datetime64[s]").astype("int64").to_numpy() // SECONDS


def fake(trials: int, first: int) -> None:
    print("| series, metric | " + " | ".join(VERDICTS) + " | dates |")
    print("|---|---|---|---|---|---|", flush=True)
    merged = [table[["created_at", "merged_at"]].to_numpy(dtype=float) for table in projects()]
    closed = [np.column_stack([days, days + 0.5]) * SECONDS for days in issues()]
    for name, series, metric in (
        ("pull requests, lead time", merged, "lead_time"),
        ("pull requests, throughput", merged, "throughput"),
        ("issues (TAWOS), throughput", closed, "throughput"),
    ):
        print(f"| {name} | {_told(series, metric, trials, first)} | {trials} |", flush=True)


def _told(series: list[Any], metric: str, trials: int, first: int) -> str:
    """Say how often which verdict is given at random dates of random projects."""
    rng, made = np.random.default_rng(first + 1), list[str]()
    while len(made) < trials:
        spans = series[rng.integers(len(series))]
        at = int(rng.uniform(*np.quantile(spans[:, 0], [0.1, 0.9])) // SECONDS)
        near = spans[np.abs(spans[:, 0] / SECONDS - at) < NEAR]
        rows = []
        for i, (begun, ended) in enumerate(near):
            rows.append((f"i{i}", int(begun * 1e6), 2 * i, "queue", None))
            rows.append((f"i{i}", int(ended * 1e6), 2 * i + 1, "done", None))
        try:
            flow = Flow(make_log(rows), make_stream(STAGES))
            day = date(1970, 1, 1) + timedelta(days=at)
            found = compare(flow, at=day, metric=metric, guard=False)
        except VsmError:
            continue
        if found["p_value"] is not None:
            made.append(found.verdict)
    return " | ".join(share([one == verdict for one in made]) for verdict in VERDICTS)
