"""What a model and its simulations say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from vsmlib.engine import records
from vsmlib.sentences.prose import Points, Prose
from vsmlib.words import duration, number, percent

__all__ = ["held_out", "simulated", "top_lever", "trap"]

VERDICTS = {
    "better": "the end-to-end time gets better",
    "worse": "the end-to-end time gets worse",
    "no_difference": "no difference that matters end to end",
    "unstable": "more arrives than can be done: queues grow without end",
}
ROWS = {
    "lead time, half of the items within": "lead_time_p50_s",
    "lead time, 85% within": "lead_time_p85_s",
    "delivered a week": "throughput_per_week",
    "in progress": "wip",
    "share with rework": "rework_share",
}


UNKNOWN = "not known, the log has no incidents of deployments; each delivery may fail"
BUSIEST = 5  # stages whose load is told

AGAINST = {
    "ahead": "better than",
    "level": "about as well as",
    "behind": "worse than (trust the direction of a change rather than its size)",
}


def held_out(found: dict[str, Any]) -> Points:
    """Say how well the model foretold weeks that it had not seen, from ``Model.fit["held_out"]``.

    Examples
    --------
    >>> print(held_out({"weeks": 3.0, "verdict": "too_little_data"}))
    Too little was delivered to hold 3 weeks out: nobody knows how well the model foretells.
    """
    weeks = number(found["weeks"])
    if found["verdict"] not in AGAINST:
        too_little = f"Too little was delivered to hold {weeks} weeks out"
        return Points([f"{too_little}: nobody knows how well the model foretells."])
    made = [f"The model foretold the last {weeks} weeks {AGAINST[found['verdict']]} the baseline:"]
    ours, theirs = (duration(found[key]) for key in ("distance_s", "baseline_distance_s"))
    made.append(f"its lead times lie {ours} off on average, those of the baseline {theirs}")
    for label, key in (("delivered a week", "throughput_per_week"), ("in progress", "wip")):
        said = (number(found[key][who]) for who in ("model", "actual"))
        made.append(f"{label}: {' foretold, '.join(said)} came")
    return Points(made)


def simulated(data: dict[str, Any], name: str) -> Points:
    """Word the result of `Model.run`, a line each.

    Examples
    --------
    >>> print(simulated({"verdict": "better", "difference": {}, "stages": [], "warnings": []}, "A"))
    A: the end-to-end time gets better
    """
    made = [f"{name}: {VERDICTS[data['verdict']]}"]
    for label, key in ROWS.items():
        if key in data["difference"]:
            made.append(_row(label, key, data))
    for row in data["stages"]:
        before, after = (duration(row[f"wait_{when}_s"]) for when in ("before", "after"))
        made.append(f"  {row['stage']}: wait per item {before} → {after}")
    made += [*_classes(data.get("priority") or {}), *_beside(data), *_effort(data.get("effort"))]
    return Points(made + [f"warning: {text}" for text in data["warnings"]])


def _row(label: str, key: str, data: dict[str, Any]) -> str:
    word = percent if "share" in key else duration if key.endswith("_s") else number
    before, after = (_figure(data[when], key) for when in ("baseline", "scenario"))
    change = data["difference"][key]
    if before is None or change["estimate"] is None:
        return f"  {label}: nothing is delivered within the horizon"
    if change["low"] is None:
        return f"  {label}: {word(before)} → {word(after)} (one run: no interval)"
    low, high = (_signed(change[end], word) for end in ("low", "high"))
    return f"  {label}: {word(before)} → {word(after)} (change, 90%: {low} to {high})"


def _classes(priority: dict[str, Any]) -> list[str]:
    made = []
    for who, name in (("first", "those who go first"), ("others", "the others")):
        sides = priority.get(who, {}).values()
        if sides and all(side["p50"] is not None for side in sides):
            half, most = (" → ".join(duration(s[p]) for s in sides) for p in ("p50", "p85"))
            made.append(f"  {name}: half within {half}, 85% within {most}")
    return made


def _beside(data: dict[str, Any]) -> Iterator[str]:
    """Say what a change does to people and to risk."""
    for row in sorted(data.get("load", []), key=lambda row: -row["after"])[:BUSIEST]:
        yield f"  {row['stage']}: {percent(row['before'])} → {percent(row['after'])} busy"
    if "people" in data:
        sides = data["people"]["wip_per_person"].values()
        shown = (
            " → ".join(map(number, sides)) if data["people"]["count"] else "not known, no actors"
        )
        yield f"  in progress per person: {shown}"
    if "exposure" in data:
        sides = data["exposure"]["failed_per_week"].values()
        told = data["exposure"]["change_fail_rate"] is not None
        risk = " → ".join(number(side, 2) for side in sides) + ", if an item fails as often as now"
        yield "  deployments with an incident a week: " + (risk if told else UNKNOWN)


def _effort(effort: dict[str, Any] | None) -> list[str]:
    if not effort:
        return []
    days = f"  effort: {number(effort['days'])} days"
    gain = effort["per_day"].get("lead_time_p85_s", {}).get("estimate")
    return [days if gain is None else f"{days}; each {_moved(gain)} p85 of the lead time"]


def _figure(result: dict[str, Any], key: str) -> Any:
    if key.startswith("lead_time"):
        return result["lead_time_s"][key.removeprefix("lead_time_").removesuffix("_s")]
    return result[key]


def _signed(value: float, word: Any) -> str:
    return f"{'−' if value < 0 else '+'}{word(abs(value))}"


def top_lever(table: pd.DataFrame) -> Prose:
    """Say which lever of `Model.levers` moves the whole most, and how sure that is.

    Examples
    --------
    >>> print(top_lever(pd.DataFrame(columns=["effect_s"])))
    No lever could be tried: no item spends time in a stage.
    """
    known = table.dropna(subset="effect_s")
    if known.empty:
        return Prose(["No lever could be tried: no item spends time in a stage."])
    top = records(known.head(1))[0]
    said = f"“{top['stage']}”, {top['change']}: {_moved(top['effect_s'])} the mean lead time"
    if pd.isna(top["low_s"]):
        return Prose([f"{said} (one run: no interval)."])
    ends = " to ".join(_signed(top[end], duration) for end in ("low_s", "high_s"))
    chance = "" if top["high_s"] < 0 else " It may be chance."
    return Prose([f"{said} (90% interval {ends}).{chance}"])


def trap(table: pd.DataFrame) -> Prose:
    """Say what faster work at single stages does for the customer, from `Model.levers`."""
    work = table[table["lever"] == "service_time"].dropna(subset="effect_s")
    if work.empty:
        return Prose(["No stage of work takes any time here, so none can be made faster."])
    said = []
    for row in records(work.sort_values("local_s")):
        line = f"Faster work in “{row['stage']}” gives {duration(max(-row['local_s'], 0))} there; "
        line += f"the customer sees {duration(max(-row['effect_s'], 0))} of it"
        if row["moved_to"]:
            line += f", for items wait {duration(row['moved_s'])} longer in “{row['moved_to']}”"
        said.append(f"{line}: a local optimisation." if row["local_only"] else f"{line}.")
    if not work["local_only"].any():
        said.append("None of these is a local optimisation, as far as the log shows queues.")
    return Prose(said)


def _moved(seconds: float) -> str:
    return f"{duration(abs(seconds))} {'off' if seconds < 0 else 'more on'}"
