"""The common answers by pandas, written by hand for the log of moves."""

import numpy as np
import pandas as pd

from benchmarks.peers.parts import CLOSES, DAYS, OPENS, PAUSE, ZONE, Parts

HOUR, DAY = 3_600_000_000, 86_400_000_000
CODED = ["event", "actor"]


def worked(moments: pd.Series) -> np.ndarray:
    """Count the working microseconds since a Monday long ago."""
    local = moments.dt.tz_convert(ZONE).dt.tz_localize(None).dt.as_unit("us")
    day, inside = np.divmod(local.astype("int64").to_numpy() + 3 * DAY, DAY)
    week, weekday = np.divmod(day, 7)
    today = np.where(weekday < DAYS, np.clip(inside - OPENS * HOUR, 0, (CLOSES - OPENS) * HOUR), 0)
    return (week * DAYS + np.minimum(weekday, DAYS)) * (CLOSES - OPENS) * HOUR + today


def main() -> None:
    """Make the answers."""
    parts = Parts()
    with parts.part("read"):
        columns = ["item_id", "timestamp", *CODED]
        log = pd.read_parquet(parts.source, columns=columns, read_dictionary=CODED)
        log["item"] = pd.factorize(log.pop("item_id"))[0]
        log = log.sort_values(["item", "timestamp"], ignore_index=True)
        log["worked"] = worked(log["timestamp"])
        goes_on = log["item"] == log["item"].shift(-1)
        log["us"] = (log["worked"].shift(-1) - log["worked"]).where(goes_on)
    with parts.part("durations") as file:
        spans = log.groupby("item", sort=False)["worked"].agg(["first", "last"])
        pd.DataFrame({"working_s": (spans["last"] - spans["first"]) / 1e6}).to_parquet(file)
    with parts.part("dfg") as file:
        pairs = log.assign(to_stage=log["event"].shift(-1))[goes_on]
        graph = pairs.groupby(["event", "to_stage"], observed=True)["us"].agg(["mean", "median"])
        graph = (graph / 1e6).reset_index().astype({"event": "str", "to_stage": "str"})
        graph.set_axis(["from_stage", "to_stage", "mean_s", "median_s"], axis=1).to_parquet(file)
    with parts.part("variants") as file:
        names = log["event"].cat.categories
        steps = log["event"].cat.codes.to_numpy().astype("uint8").tobytes()
        ends = np.flatnonzero(~goes_on) + 1
        paths = [steps[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
        found = pd.Series(paths).value_counts()
        words = [" > ".join(names[step] for step in path) for path in found.index]
        pd.DataFrame({"path": words, "items": found.to_numpy()}).to_parquet(file)
    with parts.part("rework") as file:
        visits = log.groupby(["event", "item"], observed=True).size()
        again = visits[visits > 1].groupby("event", observed=True).size()
        again = again.rename("items").rename_axis("stage").reset_index()
        again.astype({"stage": "str"}).to_parquet(file)
    with parts.part("handovers") as file:
        people = log["actor"].cat.codes
        other = (people != people.shift(-1))[goes_on]
        pd.DataFrame({"share": [other.mean()]}).to_parquet(file)
    with parts.part("batches") as file:
        order = log.sort_values(["event", "actor", "timestamp"])
        pause = order["timestamp"].diff() > pd.Timedelta(seconds=PAUSE)
        for column in CODED:
            codes = order[column].cat.codes
            pause |= codes != codes.shift()
        sizes = pause.cumsum().value_counts()
        counted = sizes[sizes > 1].value_counts().rename_axis("size").rename("batches")
        counted.reset_index().to_parquet(file)
    parts.tell()


if __name__ == "__main__":
    main()
