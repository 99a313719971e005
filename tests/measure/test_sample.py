"""The largest, and an even choice of the others."""

import pandas as pd

from vsmlib.engine import default, to_pandas
from vsmlib.measure.sample import thinned


def table(n):
    return pd.DataFrame({"item": range(n), "size": [(i * 7919) % 10_007 for i in range(n)]})


def chosen(frame, most):
    engine = default()
    rows = engine.table(frame)
    return to_pandas(rows.join(thinned(engine, rows, "size", most), on="item"))


def test_a_sample_keeps_the_largest_tenth_and_spreads_the_others_evenly():
    frame = table(10_000)
    made = chosen(frame, 1000)
    assert len(made) == 1000
    assert made["item"].is_unique
    assert list(made.columns) == ["item", "size", "weight"]
    assert set(frame.nlargest(100, "size")["item"]) <= set(made["item"])
    assert round(made["weight"].sum()) == 10_000
    rest = made[~made["item"].isin(frame.nlargest(100, "size")["item"])]
    by_tenth = (rest["item"] // 1000).value_counts()
    assert by_tenth.min() > 80
    assert by_tenth.max() < 100
    by_size = (rest["size"] // 1000).value_counts().drop(index=[9, 10], errors="ignore")
    assert by_size.min() > 60


def test_a_sample_is_the_same_every_time():
    frame = table(5000)
    again = frame.sample(frac=1, random_state=1)
    assert set(chosen(frame, 300)["item"]) == set(chosen(again, 300)["item"])


def test_few_rows_are_all_kept():
    for n in (0, 1, 9, 10, 40):
        assert sorted(chosen(table(n), 40)["item"]) == list(range(n))
