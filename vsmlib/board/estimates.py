"""What people estimate where no data is: each by themselves, then all of it side by side."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from vsmlib.board.store import Store
from vsmlib.charts.canvas import drawing
from vsmlib.charts.colours import DARK
from vsmlib.charts.map import draw_value_stream_map
from vsmlib.errors import ParameterError, shown
from vsmlib.measure import Tables, rescaled
from vsmlib.measure.summary import rolled
from vsmlib.words import DAY, HOUR, number, percent

__all__ = ["FIELDS", "Estimate", "estimated", "estimates", "look", "spread"]

FIELDS = {"process": 10_000.0, "wait": 10_000.0, "ca": 100.0}  # hours, days, percent: at most
LIKE = ("active", "wait")
BEFORE, ESTIMATED = "Before ", ("medians of the estimates of those here", "no data was measured")
UNKNOWN = ("p50_s", "p85_s", "items", "people", "visits", "rework_visits", "wip")
MOVES = ["from_stage", "to_stage", "count", "backward", "share", "handoff_share"]


class Estimate:
    """Reads what somebody typed."""

    @staticmethod
    def number(text: Any, name: str, most: float) -> float:
        """Read a number from 0 to the most there can be; a comma is a point."""
        try:
            value = float(str(text).strip().replace(",", "."))
        except ValueError:
            value = math.nan
        if not 0 <= value <= most:
            accepted = f"a number from 0 to {most:,.0f}"
            raise ParameterError(f"{name} is {shown(text)}", accepted=accepted)
        return value

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Read ``process`` (hours), ``wait`` (days), ``ca`` (percent), ``kind``; any may lack."""
        given = {k: v for k, v in fields.items() if str(v).strip()}
        made: dict[str, Any] = {
            name: cls.number(given[name], name, most)
            for name, most in FIELDS.items()
            if name in given
        }
        if given.get("kind"):
            if given["kind"] not in LIKE:
                raise ParameterError(f"kind is {shown(given['kind'])}", accepted=", ".join(LIKE))
            made["kind"] = given["kind"]
        return made


def estimates(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return everybody's estimates by state, without saying whose they are."""
    found: dict[str, list[dict[str, Any]]] = {}
    for key, row in store.rows("estimate").items():
        if row.data:
            found.setdefault(key.split("/")[1], []).append(row.data)
    return found


def spread(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put estimates side by side: every value, in order, and the median; kinds are counted.

    Examples
    --------
    >>> spread([{"wait": 1.0, "kind": "wait"}, {"wait": 8.0, "kind": "active"}, {"wait": 2.0}])
    {'wait': {'values': [1.0, 2.0, 8.0], 'median': 2.0}, 'kind': {'active': 1, 'wait': 1}}
    """
    made: dict[str, Any] = {}
    for name in FIELDS:
        values = sorted(one[name] for one in given if name in one)
        if values:
            made[name] = {"values": values, "median": statistics.median(values)}
    kinds = Counter(str(one["kind"]) for one in given if "kind" in one)
    return made | ({"kind": dict(sorted(kinds.items()))} if kinds else {})


def estimated(
    rows: Sequence[Mapping[str, Any]],
    found: Mapping[str, Any],
    agreed_s: Mapping[str, float] | None = None,
) -> Tables:
    """Make the tables of a stream that has no data, from the medians of its estimates.

    Parameters
    ----------
    rows : list of dict
        The states, in order.
    found : dict
        As `estimates` returns them, of those states that were revealed.
    agreed_s : dict of str to float, optional
        What a state shall take in all, seconds, by its name.

    Returns
    -------
    Tables
        Of one item: a state with both work and waiting is a stage each. What nobody estimates
        (percentiles, people, work in progress) is null.
    """
    parts: list[dict[str, Any]] = []
    for row in rows:
        medians = {
            k: v["median"] for k, v in spread(found.get(row["id"], [])).items() if k in FIELDS
        }
        made = _parts(row, medians.get("process", 0.0) * HOUR, medians.get("wait", 0.0) * DAY)
        whole, shall = sum(part["total_s"] for part in made), (agreed_s or {}).get(row["name"])
        factor = shall / whole if shall is not None and whole else 1.0
        accurate = medians["ca"] / 100 if "ca" in medians else None
        for part in made:
            part |= {"total_s": part["total_s"] * factor, "percent_complete_accurate": None}
        made[-1]["percent_complete_accurate"] = accurate
        parts += made
    stages = pd.DataFrame(parts, columns=["stage", "kind", "total_s", "percent_complete_accurate"])
    stages = stages.assign(position=range(1, len(stages) + 1), **dict.fromkeys(UNKNOWN))
    summary = {"delivered": 1, "rolled_percent_complete_accurate": rolled(stages)}
    summary |= dict.fromkeys(("wip", "throughput_per_week"))
    work = stages[["total_s"]].rename(columns={"total_s": "process_s"})
    return rescaled(Tables(stages, pd.DataFrame(columns=MOVES), summary, work), {})


def _parts(row: Mapping[str, Any], process_s: float, wait_s: float) -> list[dict[str, Any]]:
    name, kind = row["name"], row["kind"]
    itself = {"stage": name, "kind": kind, "total_s": wait_s if kind == "wait" else process_s}
    if kind == "active" and wait_s:
        return [{"stage": f"{BEFORE}{name}", "kind": "wait", "total_s": wait_s}, itself]
    if kind == "wait" and process_s:
        return [itself, {"stage": f"Work in {name}", "kind": "active", "total_s": process_s}]
    return [itself | {"total_s": itself["total_s"] if kind in LIKE else 0.0}]


def look(rows: Sequence[Mapping[str, Any]], found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what stands beside the board, as `Figures.look` does, from estimates alone."""
    tables = estimated(rows, found)
    mean, share = tables.summary["lead_time_s"]["mean"], tables.summary["flow_efficiency"]
    largest, efficiency = tables.summary["largest_wait"], percent(share)
    longest, note = "none", "no wait was estimated yet"
    if largest:
        longest = largest["stage"].removeprefix(BEFORE)
        note = f"{number(largest['share_of_lead_time'] * mean / DAY)} days by the median"
    words = {"Flow efficiency": (efficiency, "process time in lead time, by the medians")}
    words["Biggest wait"] = longest, note
    chart = draw_value_stream_map(*tables[:3], name, over=ESTIMATED)
    return {
        "cards": [
            {"label": f"{label}, estimated", "before": value, "value": value, "note": note}
            for label, (value, note) in words.items()
        ],
        "over": "estimates of those here",
        "map": drawing(chart) if mean else None,
        "dark": DARK,
    }
