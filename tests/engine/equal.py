"""A dirty log in parts for two engines, and what it means that they make the same of it."""

import json

import numpy as np
import pandas as pd

import vsmlib as vsm
from tests.worlds import EVENTS

TABLES = ("visits", "items", "stages", "transitions", "wip", "variants")
CALENDAR = {
    "timezone": "Europe/Berlin",
    "hours": {"mon-fri": ["09:00-12:30", "13:00-17:30"]},
    "holidays": {"country": "DE", "subdivision": "BE"},
}


def random_log(seed, items=150):
    """A dirty log: ties, blocks, unknown actors, repeated rows, rows that must be refused."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 14, items)
    item = np.repeat(np.arange(items), size)
    hours = rng.integers(0, 900, len(item)) / 2
    names, start = [*EVENTS, "flag", "unflag", "note"], pd.Timestamp("2026-03-02", tz="UTC")
    table = pd.DataFrame(
        {
            "item_id": [f"item-{i % 7}/{i}" for i in item],
            "timestamp": (start + pd.to_timedelta(hours, unit="h")).astype("datetime64[us, UTC]"),
            "event": rng.choice(names, len(item)),
            "actor": rng.choice(np.array(["ada", " bob ", None], dtype=object), len(item)),
            "size": rng.choice([1.0, 2.5, np.nan], len(item)),
            "area": rng.choice(np.array(["é", "Z", "a", "", None], dtype=object), len(item)),
        }
    )
    table.loc[table.index[5], "item_id"] = None
    table.loc[table.index[9], "event"] = "  "
    table.loc[table.index[11], "timestamp"] = None
    return pd.concat([table, table.iloc[20:25]])


def write_parts(root):
    """Write a folder in parts, one of them without a column that the others have."""
    log = random_log(7)
    for number, rows in enumerate(np.array_split(np.arange(len(log)), 3)):
        folder = root / f"team=t{number % 2}"
        folder.mkdir(exist_ok=True)
        part = log.iloc[rows].drop(columns=["size"] if number == 2 else [])
        part.to_parquet(folder / f"part {number}[a%20].parquet", index=False)
    return root


def tables(log, stream, by, **window):
    return measured(vsm.Flow(log, stream, **window), by)


def measured(flow, by):
    made = {name: getattr(vsm.measure, name)(flow, by=by) for name in TABLES}
    return made, vsm.measure.summary(flow, by)


def rounded(text):
    """JSON with what lies within 1e-9 made equal."""
    return json.loads(text, parse_float=lambda number: f"{float(number):.9g}")


def same(one, other):
    for name in TABLES:
        close(one[0][name], other[0][name], name)
    assert rounded(json.dumps(one[1])) == rounded(json.dumps(other[1]))


def same_files(one, other):
    """The same of what two runs of `vsm measure` wrote."""
    for name in TABLES:
        close(*(pd.read_parquet(out / f"{name}.parquet") for out in (one, other)), name, False)
    first, second = (rounded((out / "summary.json").read_text()) for out in (one, other))
    assert first == second


def close(one, other, name, types=True):
    pd.testing.assert_frame_equal(one, other, rtol=1e-9, atol=0, check_dtype=types, obj=name)
