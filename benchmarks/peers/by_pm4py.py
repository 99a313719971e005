"""The common answers by pm4py (AGPL; no part of this project needs it), through its own calls.

Of the two kinds of frames that it reads only pandas' has working hours for cases.
"""

import pandas as pd
import pm4py

from benchmarks.peers.parts import CLOSES, DAYS, OPENS, PAUSE, ZONE, Parts

HOUR = 3600
SLOTS = [((24 * d + OPENS) * HOUR, (24 * d + CLOSES) * HOUR) for d in range(DAYS)]
NAMES = {"item_id": "case:concept:name", "event": "concept:name", "actor": "org:resource"}
NAMES |= {"timestamp": "time:timestamp"}
HOURS = {"business_hours": True, "business_hour_slots": SLOTS}


def main() -> None:
    """Make the answers."""
    parts = Parts()
    with parts.part("read"):
        log = pd.read_parquet(parts.source, columns=list(NAMES)).rename(columns=NAMES)
        # It takes all times for nanoseconds, and working hours from what a clock there shows.
        local = log["time:timestamp"].dt.tz_convert(ZONE).dt.as_unit("ns")
        log = log.assign(**{"time:timestamp": local, "bare": local.dt.tz_localize(None)})
        log = log.sort_values(["case:concept:name", "time:timestamp"], ignore_index=True)
    with parts.part("durations") as file:
        # Times without a zone cost it a quarter, but would come in wrong order in October.
        durations = pm4py.get_all_case_durations(log, timestamp_key="bare", **HOURS)
        pd.DataFrame({"working_s": durations}).to_parquet(file)
    with parts.part("dfg") as file:
        graph, _, _ = pm4py.discover_performance_dfg(log, **HOURS)
        rows = [(a, b, v["mean"], v["median"]) for (a, b), v in graph.items()]
        columns = ["from_stage", "to_stage", "mean_s", "median_s"]
        pd.DataFrame(rows, columns=columns).to_parquet(file)
    with parts.part("variants") as file:
        found = pm4py.get_variants(log)
        rows = [(" > ".join(path), count) for path, count in found.items()]
        pd.DataFrame(rows, columns=["path", "items"]).to_parquet(file)
    with parts.part("rework") as file:
        again = pm4py.get_rework_cases_per_activity(log)
        pd.DataFrame(list(again.items()), columns=["stage", "items"]).to_parquet(file)
    with parts.part("handovers") as file:
        network = pm4py.discover_handover_of_work_network(log).connections
        same = sum(share for (one, other), share in network.items() if one == other)
        pd.DataFrame({"share": [1 - same]}).to_parquet(file)
    with parts.part("batches") as file:
        # It takes the order of the rows for that of time.
        ordered = log.sort_values("time:timestamp", ignore_index=True)
        found = pm4py.discover_batches(ordered, merge_distance=PAUSE)
        sizes = [len(b[2]) for _, _, kinds in found for some in kinds.values() for b in some]
        counted = pd.Series(sizes, name="size").value_counts().rename("batches").reset_index()
        counted.to_parquet(file)
    parts.tell()


if __name__ == "__main__":
    main()
