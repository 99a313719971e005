"""The page over many reports: what needs attention first, the rest behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from vsmlib import news
from vsmlib.words import NO_DATA, count, duration, listed, number, percent

__all__ = ["FIGURES", "attention", "render"]

FIGURES = (
    *("window", "items", "delivered", "in_progress", "lead_time_s", "cycle_time_s", "late"),
    *("flow_efficiency", "throughput_per_week", "wip", "wip_age_p85_s", "largest_wait"),
)
WIDTH, HEIGHT = 120, 28
Row = dict[str, Any]


def attention(row: Row) -> tuple[int, int, float, str]:
    """Rank a report: failed ones, then those with most alerts, then by the share that is late.

    Examples
    --------
    >>> rows = [{"name": "b", "status": "done"}, {"name": "a", "status": "failed"}]
    >>> [row["name"] for row in sorted(rows, key=attention)]
    ['a', 'b']
    """
    figures = row.get("figures", {})
    late = figures.get("late", 0) / max(figures.get("in_progress", 0), 1)
    good = row["status"] in ("done", "unchanged")
    return int(good), -len(row.get("alerts", [])), -late, row["name"]


def render(run: dict[str, Any]) -> str:
    """Make the index page of a run, as `vsmlib.report.batch.run_all` describes it."""
    from jinja2 import Environment, FileSystemLoader

    from vsmlib.report.page import TEMPLATE

    rows = [_worded(row) for row in sorted(run["reports"], key=attention)]
    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True)
    return environment.get_template("portfolio.html.j2").render(
        title=run["title"],
        standfirst=_standfirst(run["reports"]),
        rows=rows,
        style=(TEMPLATE / "report.css").read_text(encoding="utf-8"),
        made=f"Made by vsmlib {run['vsmlib']} at {run['began_at'][:16].replace('T', ' ')} UTC, "
        f"in {duration(run['duration_s'])}.",
    )


def _standfirst(rows: Sequence[Row]) -> str:
    failed = [row for row in rows if row["status"] not in ("done", "unchanged")]
    alarmed = [row for row in rows if row.get("alerts")]
    said = [f"{count(len(rows), 'report')}"]
    said.append(f"{len(failed)} failed" if failed else "none failed")
    said.append(f"{len(alarmed)} with alerts" if alarmed else "no alerts")
    return f"{listed(said)}. What needs attention comes first."


def _worded(row: Row) -> dict[str, Any]:
    figures = row.get("figures") or {}
    lead, wait = figures.get("lead_time_s") or {}, figures.get("largest_wait") or {}
    failed = row["status"] not in ("done", "unchanged")
    return {
        "name": row["name"],
        "link": quote(row["report"]) if row.get("report") else "",
        "state": "failed" if failed else "alert" if row.get("alerts") else "good",
        "status": row["status"],
        "told": [row["reason"]]
        if failed
        else news.alerts(row.get("alerts", []))[: len(row.get("alerts", []))],
        "lead": duration(lead.get("p50")),
        "p85": duration(lead.get("p85")),
        "efficiency": percent(figures.get("flow_efficiency")),
        "weekly": number(figures.get("throughput_per_week")),
        "wip": number(figures.get("in_progress"), 0),
        "late": number(figures.get("late"), 0),
        "wait": wait.get("stage", NO_DATA),
        **_trend([period["lead_time_p50_s"] for period in row.get("periods", [])]),
    }


def _trend(values: Sequence[float | None]) -> dict[str, Any]:
    """Draw the median lead time of the last periods as a line, and say it in words."""
    known = [(place, v) for place, v in enumerate(values) if v is not None and math.isfinite(v)]
    if len(known) < 2:
        return {"line": "", "trend": "too little delivered for a trend" if values else NO_DATA}
    top = max(v for _, v in known) or 1.0
    step = WIDTH / (len(values) - 1)
    points = " ".join(f"{p * step:.1f},{HEIGHT - 3 - v / top * (HEIGHT - 6):.1f}" for p, v in known)
    return {
        "line": points,
        "end": points.rpartition(" ")[2].split(","),
        "trend": f"from {duration(known[0][1])} to {duration(known[-1][1])}",
        "width": WIDTH,
        "height": HEIGHT,
    }
