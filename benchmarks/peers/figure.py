"""The figure of the peers: what the same answers cost each of them."""

from pathlib import Path

import altair as alt
import pandas as pd

from benchmarks.timed import Cost, middle
from vsmlib import charts
from vsmlib.charts import frame
from vsmlib.charts.colours import COLOURS, INK, LINE

WIDE, PITCH = 480, 34


def figure(events: int, costs: dict[str, list[Cost]], path: Path) -> None:
    """Draw the median CPU seconds of each peer, the thriftiest first, and save it."""
    base = middle(costs["vsmlib"], "cpu")
    rows = pd.DataFrame({"peer": list(costs), "cpu_s": [middle(c, "cpu") for c in costs.values()]})
    rows = rows.sort_values("cpu_s", ignore_index=True)
    share = rows["cpu_s"] / base
    rows["told"] = rows["cpu_s"].map("{:.1f} s, ".format) + share.map("{:.2f} times".format)
    rows["colour"] = rows["peer"].map({"vsmlib": COLOURS["active"]}).fillna(LINE)
    names = alt.Y("peer:N", sort=None, scale=alt.Scale(domain=list(rows["peer"])), title=None)
    across = alt.X("cpu_s:Q", title="CPU seconds", axis=alt.Axis(tickCount=6))
    base_chart = frame.rows(rows).encode(names, across)
    bars = base_chart.mark_bar(aria=False).encode(frame.raw(alt.Color, "colour:N"))
    words = base_chart.mark_text(align="left", dx=6, color=INK).encode(alt.Text("told:N"))
    said = "; ".join(rows["peer"] + " " + rows["told"])
    made = frame.chart(
        [bars, words],
        title=f"The same answers from {events:,} events",
        subtitle=[
            "case durations and performance graph in working hours, variants, rework, handovers, "
            "batches",
            "whole processes, median CPU seconds, and times vsmlib's",
        ],
        says=f"CPU seconds for the same answers from {events:,} events: {said}.",
        size=(WIDE, PITCH * len(rows)),
        room=WIDE + 220,
    )
    charts.save(made, path)
