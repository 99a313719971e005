"""What verdicts and forecasts cost on 10,000 items in four years."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import process_time
from typing import Any

import numpy as np

from tests.evidence.worlds import world
from vsmlib.evidence import compare, forecast, latest
from vsmlib.log import from_us

__all__ = ["speed"]

METRICS = ("lead_time", "cycle_time", "wait:Queue", "flow_efficiency", "throughput", "rework")


def speed(trials: int, first: int) -> None:
    """Print CPU seconds, of all threads."""
    print("| asked | CPU s, median | least to most | runs |")
    print("|---|---|---|---|", flush=True)
    flow, at = world(first, side=5000, weekly=48.0, cut=0.7, items=_teams)
    end = from_us(flow.observed_us).date()
    asked: dict[str, Callable[[], Any]] = {
        **{name: partial(compare, flow, at=at, metric=name) for name in METRICS},
        "lead_time, control": partial(compare, flow, at=at, control=("team", "blue")),
        "lead_time, groups": partial(compare, flow, groups=("team", "blue", "red")),
        "lead_time, 104 weeks": partial(compare, flow, at=at, weeks=104),
        "latest (three verdicts)": partial(latest, flow),
        **{f"forecast {n} items": partial(forecast, flow, items=n) for n in (40, 1000)},
        **{
            f"forecast {n} days": partial(forecast, flow, until=end + timedelta(days=n))
            for n in (28, 365)
        },
    }
    for name, call in asked.items():
        took = sorted(_cpu(call) for _ in range(trials))
        ends = f"{took[0]:.2f} to {took[-1]:.2f}"
        print(f"| {name} | {np.median(took):.2f} | {ends} | {trials} |", flush=True)


def _cpu(call: Callable[[], Any]) -> float:
    begun = process_time()
    call()
    return process_time() - begun


def _teams(number: int, after: bool) -> dict[str, str]:
    return {"team": ("blue", "red")[number % 2]}
