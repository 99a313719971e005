"""Whether peers answer the same: ``python -m benchmarks.peers.same FOLDER PEER PEER …``."""

import sys
from pathlib import Path

import pandas as pd

from benchmarks.peers.parts import TABLES

# What a peer is known to answer otherwise, and why.
OTHERWISE = {
    ("pm4py", "batches"): "it puts merged batches at the end of a list that it reads as sorted"
}


def same(folder: Path, peers: list[str]) -> None:
    """Refuse tables that differ from the first peer's beyond rounding."""
    for name, columns in TABLES.items():
        tables = {}
        for peer in peers:
            table = pd.read_parquet(folder / peer / f"{name}.parquet")[columns]
            tables[peer] = table.sort_values(columns, ignore_index=True)
        first = tables[peers[0]]
        assert len(first), f"no rows in {name}"
        for peer in peers[1:]:
            if (peer, name) in OTHERWISE:
                print(f"{peer} answers {name} otherwise: {OTHERWISE[peer, name]}")
                continue
            pd.testing.assert_frame_equal(
                tables[peer], first, rtol=1e-9, atol=1e-6, check_dtype=False, obj=f"{peer} {name}"
            )


if __name__ == "__main__":
    same(Path(sys.argv[1]), sys.argv[2:])
