"""Paths survive being packed into numbers, however many words they take."""

import pandas as pd
import pytest

from vsmlib import Flow, ValueStream, read
from vsmlib.engine import to_pandas
from vsmlib.measure.packed import Packed
from vsmlib.measure.stages import delivered_visits

STATES = [f"s{n}" for n in range(9)]
PATHS = {"a": [0, 1, 8], "b": [0, 7] * 14 + [8], "c": [3, 8]}


@pytest.fixture
def flow():
    rows = [
        (item, f"2026-01-{day + 1:02}T00:00Z", STATES[stage])
        for item, path in PATHS.items()
        for day, stage in enumerate(path)
    ]
    stages = ", ".join(f"{{name: {s}, kind: wait, enter: {s}}}" for s in STATES[:-1])
    done = f"{{name: {STATES[-1]}, kind: done, enter: {STATES[-1]}}}"
    stream = ValueStream.parse(f"name: A\nstages: [{stages}, {done}]\n")
    return Flow(read(pd.DataFrame(rows, columns=["item", "time", "event"])), stream)


def test_what_is_packed_comes_out_again(flow):
    code = Packed(stages=9, longest=29)
    assert (code.bits, code.each, code.words) == (4, 15, 2)
    frame, columns = code.packed(delivered_visits(flow), ["item"])
    rows = to_pandas(frame.sort("item"))[columns]
    assert [code.unpacked(row) for row in rows.itertuples(index=False)] == list(PATHS.values())


def test_a_stream_of_any_size_fits():
    for stages in (1, 2, 3, 4, 255, 256, 5000):
        code = Packed(stages, longest=1)
        assert 2**code.bits > stages
        assert code.words == 1
