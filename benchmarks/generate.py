"""Make a synthetic log of any size: items that pass eight states with queues, rework and marks."""

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

STATES = ["Backlog", "Ready", "In progress", "Waiting for review", "In review", "Waiting for test",
          "In test", "Waiting for release", "Released"]  # fmt: skip
EVENTS_AN_ITEM = 15  # states, ways back and comments
START = 1_640_995_200_000_000
HOUR = 3_600_000_000


def one_chunk(items: int, first: int, rng: np.random.Generator, teams: int = 12) -> pa.Table:
    """Events of ``items`` items, in random order of items and order of time within each."""
    size = rng.poisson(EVENTS_AN_ITEM - 1, items) + 1
    item = np.repeat(np.arange(first, first + items), size)
    begin = np.repeat(np.cumsum(size) - size, size)
    step = np.arange(len(item)) - begin
    state = np.minimum(step * len(STATES) // (EVENTS_AN_ITEM - 3), len(STATES) - 1)
    back = rng.random(len(item)) < 0.08
    state = np.where(back & (state < len(STATES) - 1), np.maximum(state - 2, 0), state)
    comment = rng.random(len(item)) < 0.2
    gap = (rng.lognormal(2.5, 1.6, len(item)) * HOUR).astype(np.int64)
    gap[step == 0] = rng.integers(0, 4 * 365 * 24, items) * HOUR
    time = START + np.cumsum(gap) - np.repeat(np.cumsum(gap)[np.cumsum(size) - size], size)
    time += np.repeat(gap[np.cumsum(size) - size], size)
    names = np.array([*STATES, "commented"])
    return pa.table(
        {
            "item_id": pa.array(np.char.add("T-", item.astype(str))),
            "timestamp": pa.array(time).cast(pa.timestamp("us", "UTC")),
            "event": pa.array(names[np.where(comment, len(STATES), state)]),
            "actor": pa.array(np.char.add("a", rng.integers(0, 300, len(item)).astype(str))),
            "team": pa.array(np.char.add("team-", (item % teams).astype(str))),
        }
    )


def write(events: int, path: Path, seed: int = 1, teams: int = 12) -> Path:
    """Write about ``events`` events to a Parquet file, a million at a time."""
    rng, items = np.random.default_rng(seed), events // EVENTS_AN_ITEM
    path.parent.mkdir(parents=True, exist_ok=True)
    chunk, writer = 1_000_000 // EVENTS_AN_ITEM, None
    for first in range(0, items, chunk):
        table = one_chunk(min(chunk, items - first), first, rng, teams)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    write(arguments.events, arguments.path)
