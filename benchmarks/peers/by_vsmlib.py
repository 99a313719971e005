"""The common answers by vsmlib, with a stream and its calendar, through the library's calls."""

import narwhals as nw
import numpy as np
import pandas as pd

import vsmlib as vsm
from benchmarks.peers.parts import PAUSE, Parts
from vsmlib import measure
from vsmlib.engine import to_pandas
from vsmlib.measure.items import facts
from vsmlib.measure.stages import delivered_visits
from vsmlib.waits.batches import find_batches
from vsmlib.waits.diary import Work


def batches(flow: vsm.Flow) -> pd.DataFrame:
    """Count batches by size; each piece counts as possible always, as with the peers."""
    pieces = to_pandas(flow.frame.select("actor_in", "stage", "t0"))
    actor, stage, begin = (pieces[c].to_numpy(np.int64) for c in pieces)
    found = find_batches(Work(actor, stage, np.zeros_like(begin), begin, begin), PAUSE * 1_000_000)
    sizes = np.bincount(np.bincount(found[found >= 0]))
    return pd.DataFrame({"size": np.flatnonzero(sizes), "batches": sizes[sizes > 0]})


def main() -> None:
    """Make the answers."""
    parts = Parts()
    with parts.part("read"):
        stream = vsm.ValueStream.load(parts.out.parent / "stream.yaml")
        flow = vsm.Flow(vsm.read(parts.source), stream)
    with parts.part("durations") as file:
        done = facts(flow).filter(nw.col("status") == 2).select("working_us")
        seconds = to_pandas(done)["working_us"] / 1e6
        pd.DataFrame({"working_s": seconds}).to_parquet(file)
    with parts.part("dfg") as file:
        us = nw.col("working_us").cast(nw.Float64)
        pairs = delivered_visits(flow).filter(~nw.col("to_stage").is_null())
        graph = pairs.group_by("stage", "to_stage").agg(
            (us.mean() / 1e6).alias("mean_s"),
            (us.quantile(0.5, interpolation="linear") / 1e6).alias("median_s"),
        )
        names = dict.fromkeys(("stage", "to_stage"), stream.stage_names)
        graph = to_pandas(flow.engine.decode(graph, **names))
        graph.rename(columns={"stage": "from_stage"}).to_parquet(file)
    with parts.part("variants") as file:
        measure.variants(flow)[["path", "items"]].to_parquet(file)
    with parts.part("rework") as file:
        stages = measure.stages(flow)
        again = stages["items"] * (1 - stages["percent_complete_accurate"])
        stages = stages.assign(items=again.round().astype("int64"))
        stages.loc[stages["items"] > 0, ["stage", "items"]].to_parquet(file)
    with parts.part("handovers") as file:
        moves = measure.transitions(flow)
        share = np.average(moves["handoff_share"], weights=moves["count"])
        pd.DataFrame({"share": [share]}).to_parquet(file)
    with parts.part("batches") as file:
        batches(flow).to_parquet(file)
    parts.tell()


if __name__ == "__main__":
    main()
