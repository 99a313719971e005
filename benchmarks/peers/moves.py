"""The log that every peer measures: each event moves an item to another state, all get released.

Then an event is a visit, and a peer without stages or kinds of states means the same by a case.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.causes import CALENDAR
from benchmarks.generate import START, STATES, one_chunk
from benchmarks.measure import stream

AN_ITEM = 7.62  # moves, as generated
AT_ONCE = 60_000  # items
WEEK = 7 * 86_400_000_000
RELEASE = START + 6 * 86_400_000_000 + 15 * 3_600_000_000  # a Friday afternoon


def only_moves(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out what moves nothing; the last move of an item is its release, on the next Friday."""
    table = table[table["event"] != "commented"]
    again = (table["event"] == table["event"].shift()) & (
        table["item_id"] == table["item_id"].shift()
    )
    table = table[~again].reset_index(drop=True)
    last = (table["item_id"] != table["item_id"].shift(-1)).to_numpy()
    t = table["timestamp"].astype("int64").to_numpy()
    friday = RELEASE - (RELEASE - t) // WEEK * WEEK
    moments = pd.to_datetime(np.where(last, friday, t), unit="us", utc=True)
    return table.assign(
        timestamp=moments.as_unit("us"), event=table["event"].where(~last, STATES[-1])
    )


def write_moves(events: int, path: Path, seed: int = 1) -> Path:
    """Write about ``events`` moves to a Parquet file."""
    rng, items = np.random.default_rng(seed), round(events / AN_ITEM)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = None
    for first in range(0, items, AT_ONCE):
        made = only_moves(one_chunk(min(AT_ONCE, items - first), first, rng).to_pandas())
        table = pa.Table.from_pandas(made, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()
    return path


if __name__ == "__main__":
    write_moves(int(sys.argv[1]), Path(sys.argv[2]))
    definition = stream(Path(sys.argv[2]).parent)
    definition.write_text(definition.read_text() + CALENDAR)
