"""What does a person wait for in a kernel, and what do the readers of tables cost?

``python -m benchmarks.interaction [EVENTS] [--runs N] [--only …]`` opens a saved log (made once in
``out/benchmarks``), and prints two tables. The first: a change of a stage's kind until the figures
and the map are there, the choice of a group, each chart drawn again; milliseconds of CPU and of the
clock, medians of N. Aim: under 150 ms at 10 M events. The second: causes, wastes, verdicts,
forecasts and the model, each once; CPU seconds and the peak memory of the process meanwhile
(Linux).
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vsmlib as vsm
from benchmarks.__main__ import SAVE
from benchmarks.generate import write
from benchmarks.measure import OUT, stream

CHARTS = """value_stream_map time_by_stage lead_time_histogram lead_time_scatter cumulative_flow
wip_over_time throughput flow_efficiency_over_time flow_distribution aging_wip wait_heat_map
transition_graph variants stage_strips wait_causes opportunities waste_over_time process_behaviour
explorer stage_explorer""".split()
AT = "2025-01-06"
PERIODS = [("2025-01-01", "2025-03-01"), ("2025-03-01", "2025-05-01")]
PARTS = """lead_time_histogram time_by_stage flow_efficiency_over_time throughput flow_distribution
process_behaviour variants wait_heat_map wip_over_time cumulative_flow transition_graph
value_stream_map lead_time_scatter stage_strips aging_wip stage_explorer explorer""".split()
LOOKS = {"summary": vsm.measure.summary, "stages": vsm.measure.stages} | {
    f"`{name}`": lambda flow, name=name: getattr(vsm.charts, name)(flow).to_dict() for name in PARTS
}


def cpu() -> float:
    """CPU seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def opened(events: int) -> tuple[vsm.Flow, vsm.ValueStream]:
    """Open the saved log, made in a process of its own where it is not there, and its visits."""
    source = OUT / f"{events}.parquet"
    OUT.mkdir(parents=True, exist_ok=True)
    saved = source.with_suffix(".saved")
    if not saved.exists():
        if not source.exists():
            write(events, source)
        subprocess.run([sys.executable, "-c", SAVE, str(source), str(saved)], check=True)
    definition = vsm.ValueStream.load(stream())
    return vsm.Flow(vsm.read(saved), definition), definition


def again(what: str, act: Callable[[int], Any], runs: int) -> None:
    """Do it once, then time it; one row."""
    begin = cpu()
    act(-1)
    first, used, waited = cpu() - begin, [], []
    for turn in range(runs):
        begin, clock = cpu(), time.perf_counter()
        act(turn)
        used.append((cpu() - begin) * 1e3)
        waited.append((time.perf_counter() - clock) * 1e3)
    middle = (statistics.median(values) for values in (used, waited))
    cells = " | ".join(f"{value:.0f}" for value in middle)
    print(f"| {what} | {first:.2f} | {cells} | {runs} |", flush=True)


def interaction(flow: vsm.Flow, definition: vsm.ValueStream, runs: int) -> None:
    """Print the first table."""
    print("| again | first time, CPU s | CPU ms | clock ms | n |\n|---|---|---|---|---|")
    figures = vsm.board.Figures(flow.log, definition)

    def tag(turn: int) -> None:
        figures.look(definition.replace_stage("In review", kind=("active", "wait")[turn % 2]))

    def choose(turn: int) -> None:
        stages, summary = vsm.measure.stages(flow, by="team"), vsm.measure.summary(flow, by="team")
        team = sorted(summary["by"])[turn % len(summary["by"])]
        assert len(stages[stages["team"] == team])

    again("a tag, to the figures and the map", tag, runs)
    again("the stages and the summary of another team", choose, runs)
    for name, look in LOOKS.items():
        again(
            f"{name} of another period",
            lambda n, look=look: look(flow.between(*PERIODS[n % 2])),
            runs,
        )
        again(
            f"{name} of one team",
            lambda n, look=look: look(flow.only({"team": f"team-{n % 2}"})),
            runs,
        )
    again("the last periods", lambda _: vsm.measure.periods(flow), runs)
    for name in CHARTS:
        again(f"`{name}`", lambda _, name=name: getattr(vsm.charts, name)(flow).to_dict(), runs)


def peak() -> float:
    """Peak MB since the last call."""
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def readers(flow: vsm.Flow) -> None:
    """Print the second table."""
    jobs: dict[str, Callable[[], Any]] = {
        "`waits.causes`, all rows as pandas": lambda: vsm.waits.causes(flow),
        "`waste.table` and `waste.opportunities`": lambda: (
            vsm.waste.table(flow),
            vsm.waste.opportunities(flow),
        ),
        "`evidence.compare`, lead time": lambda: vsm.evidence.compare(flow, at=AT),
        "`evidence.compare`, throughput": lambda: vsm.evidence.compare(
            flow, at=AT, metric="throughput"
        ),
        "`evidence.forecast`, 40 items": lambda: vsm.evidence.forecast(flow, items=40),
        "`whole.fit`": lambda: vsm.whole.fit(flow),
    }
    print("\n| | CPU s | clock s | peak MB |\n|---|---|---|---|", flush=True)
    for what, act in jobs.items():
        peak()
        begin, clock = cpu(), time.perf_counter()
        act()
        row = f"{cpu() - begin:.1f} | {time.perf_counter() - clock:.1f} | {peak():,.0f}"
        print(f"| {what} | {row} |", flush=True)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["again", "readers"])
    given = parser.parse_args()
    begin = cpu()
    flow, definition = opened(given.events)
    print(f"visits of {given.events:,} events: {cpu() - begin:.1f} CPU s, {peak():,.0f} MB\n")
    if given.only != "again":
        readers(flow)
        print()
    if given.only != "readers":
        interaction(flow, definition, given.runs)


if __name__ == "__main__":
    main()
