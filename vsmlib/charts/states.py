"""Current and future state: two value stream maps on one scale of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt
import pandas as pd

from vsmlib import measure
from vsmlib.charts.frame import Row, fit
from vsmlib.charts.line import FLOWING, WIDTH
from vsmlib.charts.map import draw_value_stream_map
from vsmlib.flow import Flow
from vsmlib.words import duration, percent

TITLE = "Current and future state"


class State(NamedTuple):
    """A state of a stream: the tables `measure.stages`, `.transitions`, `.summary`, and a name."""

    stages: pd.DataFrame
    transitions: pd.DataFrame
    summary: Row
    name: str


def current_and_future(current: Flow, future: Flow) -> alt.VConcatChart:
    """Draw two value stream maps above one another, the ladders to one scale.

    The future may be the log under other tags, a later window, or another team's stream.
    """
    return draw_current_and_future(_state(current), _state(future))


def _state(flow: Flow) -> State:
    tables = measure.stages(flow), measure.transitions(flow), measure.summary(flow)
    return State(*tables, flow.stream.name)


def draw_current_and_future(
    current: State, future: State, over: Sequence[str] = ()
) -> alt.VConcatChart:
    """Draw two value stream maps from the tables of both states, ``over`` as of each map."""
    both, longest = {"Current": current, "Future": future}, max(map(_mean_s, (current, future)))
    maps = [
        draw_value_stream_map(*state[:3], f"{when}: {state.name}", ladder_s=longest, over=over)
        for when, state in both.items()
    ]
    point = _point(current.summary, future.summary)
    title = fit(f"{TITLE}: {point}", WIDTH, 17, lines=3, bold=True).split("\n")
    says = f"Two value stream maps: {point}. " + " ".join(str(m.description) for m in maps)
    made: alt.VConcatChart = alt.vconcat(*maps, spacing=28)
    return made.properties(title=alt.TitleParams(text=title), description=says)


def _mean_s(state: State) -> float:
    delivered = state.summary["delivered"]
    flowing = state.stages[state.stages["kind"].isin(FLOWING)]
    return float(flowing["total_s"].sum()) / delivered if delivered else 0.0


def _point(current: Row, future: Row) -> str:
    """Say what becomes of lead time and flow efficiency, both pooled over delivered items."""
    times = " → ".join(duration(row["lead_time_s"]["mean"]) for row in (current, future))
    shares = " → ".join(percent(row["flow_efficiency"]) for row in (current, future))
    return f"mean lead time {times}, flow efficiency {shares}"
