"""Charts as widgets: what is chosen in the browser can be read in Python."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
from altair.typing import ChartType

from vsmlib import measure
from vsmlib.charts import explorer_rows
from vsmlib.charts.colours import hosted_sheet
from vsmlib.charts.explorer import MOST_ITEMS
from vsmlib.charts.theme import drawing
from vsmlib.flow import Flow

SETTLED_MS = 150  # a selection is told once the hand rests: each tells the kernel to measure


class Live(alt.JupyterChart):
    """A chart as a widget; where no script runs (a converted notebook), its drawing stands for it.

    It needs no network: its scripts are inside. Its named selections are traits of ``.selections``.
    """

    _css = f"{alt.JupyterChart._css}\n{hosted_sheet('.vega-embed')}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        shown = super()._repr_mimebundle_(**kwargs)
        data, *about = shown if isinstance(shown, tuple) else (shown or {},)
        return data | drawing(self.spec or {}), *(about or [{}])


def live(chart: ChartType) -> Live:
    """Show a chart as a widget, without any network, and hear what is chosen in it.

    Parameters
    ----------
    chart : altair chart
        Any chart.

    Returns
    -------
    Live
        Display it as a cell's last line. Making the first one of a kernel takes two seconds.
    """
    Live.enable_offline()
    style = {"renderer": "svg", "actions": False}
    return Live(chart, debounce_wait=SETTLED_MS, max_wait=False, embed_options=style)


def selected(flow: Flow, shown: Live) -> pd.DataFrame:
    """List the items chosen in a live explorer, the slowest first; without a choice, all of them.

    Parameters
    ----------
    flow : Flow
        The one that the explorer was drawn from.
    shown : Live
        ``live(explorer(flow))``.

    Returns
    -------
    pandas.DataFrame
        The columns of `measure.ways`: of more than 3,250 delivered items those that are drawn,
        with ``weight``, the number of items that each stands for.
    """
    items = measure.ways(flow, MOST_ITEMS)
    if items.empty:
        return items
    zone = str(flow.stream.zone)
    rows = explorer_rows.of_items(items, zone, flow.stream.stage_names)
    kept: pd.Series[bool] = pd.Series(True, index=rows.index)
    for choice in shown.selections.trait_values().values():
        if isinstance(choice.value, dict):
            for field, (low, high) in choice.value.items():
                kept &= rows[str(field)].between(low, high)
        elif choice.value:
            wanted = pd.DataFrame(choice.value)
            kept &= rows[wanted.columns[0]].isin(wanted.iloc[:, 0])
    chosen = items.take(kept.to_numpy().nonzero()[0])
    return chosen.sort_values("lead_time_s", ascending=False, kind="stable")
