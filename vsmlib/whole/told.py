"""What a simulation says, in lines for a terminal."""

from __future__ import annotations

from typing import Any

from vsmlib.words import duration, number, percent

__all__ = ["simulated"]

VERDICTS = {
    "better": "the end-to-end time gets better",
    "worse": "the end-to-end time gets worse",
    "no_difference": "no difference that matters end to end",
    "unstable": "more arrives than can be done: queues grow without end",
}
ROWS = {
    "lead time, half of the items within": "lead_time_p50_s",
    "lead time, 85 % within": "lead_time_p85_s",
    "delivered a week": "throughput_per_week",
    "in progress": "wip",
    "share with rework": "rework_share",
}


def simulated(data: dict[str, Any], name: str) -> list[str]:
    """Word the result of `Model.run`, a line each.

    Examples
    --------
    >>> print(simulated({"verdict": "better", "difference": {}, "stages": [], "warnings": []}, "A"))
    ['A: the end-to-end time gets better']
    """
    made = [f"{name}: {VERDICTS[data['verdict']]}"]
    for label, key in ROWS.items():
        if key in data["difference"]:
            made.append(_row(label, key, data))
    for row in data["stages"]:
        before, after = (duration(row[f"wait_{when}_s"]) for when in ("before", "after"))
        made.append(f"  {row['stage']}: wait per item {before} -> {after}")
    return made + [f"warning: {text}" for text in data["warnings"]]


def _row(label: str, key: str, data: dict[str, Any]) -> str:
    word = percent if "share" in key else duration if key.endswith("_s") else number
    before, after = (_figure(data[when], key) for when in ("baseline", "scenario"))
    change = data["difference"][key]
    if before is None or change["estimate"] is None:
        return f"  {label}: nothing is delivered within the horizon"
    if change["low"] is None:
        return f"  {label}: {word(before)} -> {word(after)} (one run: no interval)"
    low, high = (_signed(change[end], word) for end in ("low", "high"))
    return f"  {label}: {word(before)} -> {word(after)} (change, 90 %: {low} to {high})"


def _figure(result: dict[str, Any], key: str) -> Any:
    if key.startswith("lead_time"):
        return result["lead_time_s"][key.removeprefix("lead_time_").removesuffix("_s")]
    return result[key]


def _signed(value: float, word: Any) -> str:
    return f"{'-' if value < 0 else '+'}{word(abs(value))}"
