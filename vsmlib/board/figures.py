"""The figures beside the board: before and after, the biggest wait, the map as it is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from vsmlib import measure
from vsmlib.board.tags import outline
from vsmlib.charts.canvas import drawing
from vsmlib.charts.colours import DARK
from vsmlib.charts.frame import Row, population
from vsmlib.charts.map import draw_value_stream_map
from vsmlib.flow import Day, Flow
from vsmlib.log import EventLog
from vsmlib.measure import Tables
from vsmlib.measure.items import facts
from vsmlib.stream import ValueStream
from vsmlib.words import duration, percent

__all__ = ["Figures"]

KEPT = 4  # structures of a stream whose sums are remembered, so that undo is quick


class Figures:
    """Figures of a log under a stream that is being tagged.

    A change between active and wait re-adds the stage sums, in a time that does not depend on the
    number of events. Any other change (order, merge, split, what ends items or stops the clock)
    is measured anew.

    Parameters
    ----------
    log : EventLog
        What happened.
    stream : ValueStream
        The stream before anything is changed.
    start, end : str or date, optional
        The window, as of `Flow`.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> stream = vsm.ValueStream.load("github-pull-requests")
    >>> figures = Figures(vsm.read("sample"), stream)
    >>> changed = stream.replace_stage("With the author", kind="wait")
    >>> [row["value"] for row in figures.look(changed)["cards"]]
    ['3%', '97%', 'With the author']
    """

    def __init__(
        self,
        log: EventLog,
        stream: ValueStream,
        start: Day | None = None,
        end: Day | None = None,
    ) -> None:
        self.log, self.start, self.end = log, start, end
        self._sums: dict[str, Tables] = {}
        self.before = self.tables(stream).summary

    def tables(self, stream: ValueStream) -> Tables:
        """Return `measure.stages`, `.transitions`, `.summary` of the log under a stream."""
        key = _structure(stream)
        if key not in self._sums:
            while len(self._sums) >= KEPT:
                del self._sums[next(iter(self._sums))]
            self._sums[key] = self._measured(stream)
        return measure.retagged(self._sums[key], stream.kinds)

    def _measured(self, stream: ValueStream) -> Tables:
        flow = Flow(self.log, stream, start=self.start, end=self.end)
        sums = measure.stage_sums(flow)
        for frame in (facts(flow), flow.ends, flow.frame):
            flow.engine.drop(frame)
        return sums

    def look(self, stream: ValueStream) -> dict[str, Any]:
        """Return what stands beside the board, all in words and plain data.

        Returns
        -------
        dict
            ``cards`` (each ``label, before, value, note``), ``over`` (the population), ``map``
            (as `vsmlib.charts.canvas.drawing` gives it; None without a delivered item) and
            ``dark`` (the partner of each colour in the dark).
        """
        tables = self.tables(stream)
        summary, before = tables.summary, self.before
        chart = draw_value_stream_map(*tables[:3], stream.name)
        return {
            "cards": [
                _card("Flow efficiency", before, summary, _efficiency, "work in lead time, pooled"),
                _card("Waiting", before, summary, _waiting, "of the lead time, pooled"),
                _card("Biggest wait", before, summary, _biggest, _share(summary)),
            ],
            "over": population(summary),
            "map": drawing(chart) if summary["delivered"] else None,
            "dark": DARK,
        }


def _structure(stream: ValueStream) -> str:
    """Say what cannot be re-added: all that figures depend on, active and wait being alike."""
    data = outline(stream)
    for stage in data["stages"]:
        stage["kind"] = "active" if stage["kind"] == "wait" else stage["kind"]
    return json.dumps(data, sort_keys=True)


def _card(
    label: str, before: Row, after: Row, word: Callable[[Row], str], note: str
) -> dict[str, str]:
    return {"label": label, "before": word(before), "value": word(after), "note": note}


def _efficiency(summary: Row) -> str:
    return percent(summary["flow_efficiency"])


def _waiting(summary: Row) -> str:
    share = summary["flow_efficiency"]
    return percent(None if share is None else 1 - share)


def _biggest(summary: Row) -> str:
    return str(summary["largest_wait"]["stage"]) if summary["largest_wait"] else "none"


def _share(summary: Row) -> str:
    if not summary["largest_wait"]:
        return "no stage is a wait"
    share, mean = summary["largest_wait"]["share_of_lead_time"], summary["lead_time_s"]["mean"]
    return f"{percent(share)} of the lead time, {duration(share * mean)} an item in the mean"
