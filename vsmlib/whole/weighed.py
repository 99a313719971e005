"""Gains beside what they take: days of effort, and scenarios side by side."""

from __future__ import annotations

from typing import Any

from vsmlib.whole.outcome import Outcome
from vsmlib.whole.scenario import Scenario

__all__ = ["COMPARED", "per_effort", "side_by_side"]

COMPARED = ["scenario", "verdict", "p50_s", "p50_low_s", "p50_high_s", "p85_s", "p85_low_s",
            "p85_high_s", "throughput_per_week", "rework_share", "busiest", "effort_days",
            "p85_per_day_s", "warnings"]  # fmt: skip


def per_effort(scenario: Scenario, differences: dict[str, Any]) -> dict[str, Any] | None:
    """Divide each difference by the days of effort, None where no effort is told."""
    told = [scenario.effort_days, *(each.effort_days for each in scenario.stages.values())]
    if all(days is None for days in told):
        return None
    days = sum(days or 0.0 for days in told)
    each = {
        name: {end: value / days for end, value in figure.items() if days and value is not None}
        for name, figure in differences.items()
    }
    return {"days": days, "per_day": each}


def side_by_side(made: Outcome) -> dict[str, Any]:
    """Return the row of `Model.compare` for an outcome."""
    effort = made["effort"] or {"days": None, "per_day": {"lead_time_p85_s": {}}}
    row = {"scenario": made["name"], "verdict": made["verdict"], "effort_days": effort["days"]}
    for name in ("p50", "p85"):
        figure = made["difference"][f"lead_time_{name}_s"]
        row |= {f"{name}_s": figure["estimate"]}
        row |= {f"{name}_{end}_s": figure[end] for end in ("low", "high")}
    return row | {
        "throughput_per_week": made["difference"]["throughput_per_week"]["estimate"],
        "rework_share": made["scenario"]["rework_share"],
        "busiest": max((each["after"] for each in made["load"]), default=None),
        "p85_per_day_s": effort["per_day"]["lead_time_p85_s"].get("estimate"),
        "warnings": made["warnings"],
    }
