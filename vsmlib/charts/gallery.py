"""The gallery: every chart of the sample on one page, with the question that it answers.

``python -m vsmlib.charts.gallery [FILE]`` writes it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vsmlib import charts
from vsmlib.charts.page import Entry, page
from vsmlib.flow import Flow
from vsmlib.log import read
from vsmlib.stream import ValueStream
from vsmlib.whole import Scenario, fit
from vsmlib.words import DAY

QUESTIONS = {
    "value_stream_map": "What does the stream look like, and where do items wait?",
    "stage_explorer": "What is behind a stage of the map: how long do visits last, what is stuck?",
    "current_and_future": "What would change? Here: if merging were releasing, nothing between.",
    "time_by_stage": "Which stage takes how much of the whole lead time?",
    "wait_causes": "What was each wait for?",
    "opportunities": "What would an item gain, and from what most?",
    "waste_over_time": "Which waste grows, and which shrinks?",
    "explorer": "What do the slow, the recent, the reworked items have in common?",
    "lead_time_scatter": "How long do items take, which are the outliers, and what can we promise?",
    "lead_time_histogram": "How are lead times spread, and how far is the tail from the middle?",
    "cumulative_flow": "Does as much leave as arrives, and what does Little's law make of it?",
    "wip_over_time": "Which stage holds the work in progress, and is that growing?",
    "throughput": "How many items are delivered week by week, and how many arrive?",
    "aging_wip": "Which items in progress are older than is usual for their stage?",
    "flow_efficiency_over_time": "How much of lead time is work, and is that changing?",
    "flow_distribution": "Which types of items flow, in which shares?",
    "wait_heat_map": "At which hours of the week do waits end?",
    "transition_graph": "Which ways does work take from stage to stage, and where does it go back?",
    "variants": "Which sequences of stages are common, and how many are exceptions?",
    "five_keys": "How fast, how often and how safely does software reach production (DORA)?",
    "stage_strips": "What happened to single items, stay by stay?",
    "process_behaviour": "Is a change of a figure a signal or noise? Here: releases come more "
    "rarely since version 0.6.0 of 4 November 2024.",
    "run_chart": "Does a figure shift or drift around its median?",
    "before_and_after": "Did a change work? Here: releases come more rarely.",
    "forecast": "When will so many items be delivered? Here: as many as are in progress.",
    "track_record": "How often did such forecasts hold?",
    "kept_expectation": "How often was the service level expectation kept?",
    "levers": "Where does the same effort shorten the end-to-end time most?",
    "lead_times": "How long will items take? Here: with a release every month.",
    "queue_shift": "Where do items stay longer or shorter after a change?",
    "stock_and_flow": "What piles up and what gets through, now and after a change?",
    "map_after": "What does the map become after a change?",
}
FROM = "2023-01-01"  # releases are known since the end of 2022
RELEASES = {"at": "2024-11-05", "metric": "wait:Waiting for release"}
OPTIONS: dict[str, dict[str, Any]] = {
    "process_behaviour": RELEASES,
    "before_and_after": {**RELEASES, "weeks": 52},
    "run_chart": {"metric": "wait:Waiting for first response"},
}


def entries() -> list[Entry]:
    """Draw every chart of the sample."""
    log, stream = read("sample"), ValueStream.load("github-pull-requests-to-release")
    at_once = stream.replace_stage("Waiting for release", kind="excluded")
    flow, future = (Flow(log, each, start=FROM) for each in (stream, at_once))
    given = material(flow, future)
    made = []
    for name, question in QUESTIONS.items():
        draw: Callable[..., Any] = getattr(charts, name)
        parts, options = given[name], OPTIONS.get(name, {})
        words = [*parts, *(f"{key}={value!r}" for key, value in options.items())]
        call = f"vsm.charts.{name}({', '.join(words)})"
        heading = name.replace("_", " ").capitalize()
        made.append(Entry(draw(*parts.values(), **options).to_dict(), heading, question, call))
    return made


def material(flow: Flow, future: Flow) -> dict[str, dict[str, Any]]:
    """Return what each chart is made from: the flow, or a simulation of it."""
    model = fit(flow)
    monthly = Scenario.from_dict({"stages": {"Waiting for release": {"release_every": 30 * DAY}}})
    outcome = model.run(monthly)
    given: dict[str, dict[str, Any]] = {name: {"flow": flow} for name in QUESTIONS}
    given |= {"current_and_future": {"flow": flow, "future": future}}
    given |= {n: {"outcome": outcome} for n in ("lead_times", "queue_shift", "stock_and_flow")}
    given |= {"levers": {"model.levers()": model.levers()}}
    given |= {"map_after": {"flow": flow, "outcome": outcome}}
    return given


def main(file: str = "gallery.html") -> None:
    """Write the page."""
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page("Charts of vsmlib", entries()), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m vsmlib.charts.gallery", description=__doc__)
    parser.add_argument("file", nargs="?", default="gallery.html")
    main(parser.parse_args().file)
