"""What a comparison rests on, checked, and the verdict in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vsmlib.evidence.effect import Effect
from vsmlib.evidence.metrics import floats
from vsmlib.evidence.observed import Sample
from vsmlib.evidence.survival import quantile
from vsmlib.words import count, duration, figure, listed, number, percent

__all__ = ["FEW", "POWER", "assumptions", "more_weeks", "origin", "sentence"]

LASTS, DIFFERENT, APART = 0.5, 0.01, 1.5
FEW = 10  # items that are over which each side needs
POWER = 2.8  # standard errors by which an effect is found four times in five
NEAR = 0.005  # what an interval's end says as 0%
WORTHWHILE = 0.7  # the factor that more weeks are to tell


def assumptions(sample: Sample, moving: float | None) -> list[str]:
    """Say what was compared, and which of its assumptions hold, a sentence each."""
    made = [_population(sample), *sample.notes]
    if moving is not None:
        made.append(
            "the level moves from week to week by itself; the interval allows for it"
            if moving > LASTS
            else "no sign that the level moves from week to week by itself; the interval allows "
            "for a little"
        )
    made += _mix(sample) + _holidays(sample)
    if sample.metric.kind == "time" and moving is not None:
        made.append(_even(sample))
    return made


def more_weeks(sample: Sample, made: Mapping[str, Any], found: Effect | None) -> int | None:
    """Estimate after how many more weeks a change by 30% would be found four times in five.

    None where the side before has too little, however long one waits.
    """
    before, after = (made[side]["n"] for side in ("before", "after"))
    weeks = sample.weeks[1]
    if before < FEW or not (after and weeks) or made["before"]["value"] is None:
        return None
    timed = sample.metric.kind == "time"
    values = sample.side(after=False)
    wanted = -math.log(WORTHWHILE) if timed else abs(made["before"]["value"]) * (1 - WORTHWHILE)
    if found is not None:
        one = found.sd**2 / (1 / before + 1 / after)
    elif timed:
        known = floats(values[values["known"]], "value")
        one = float(np.var(np.log(np.maximum(known, 1.0))))
    else:
        return None
    left = (wanted / POWER) ** 2 / one - 1 / before if one else 0.0
    return math.ceil(max(1.0, (1 / left - after) / (after / weeks))) if left > 0 else None


def _population(sample: Sample) -> str:
    before, after = (count(n, "week") for n in sample.weeks)
    if sample.sides.groups:
        column, one, other = sample.sides.groups
        return f"items with {column} {one} against those with {other}, in the same {before}"
    if sample.metric.delivery:
        return f"what was deployed in the {before} before and the {after} after"
    if sample.metric.kind != "time":
        return f"what was delivered in the {before} before and the {after} after"
    what = "visits that began" if sample.metric.stage is not None else "items that entered"
    rows = sample.side(after=False)
    return (
        f"{what} in the {before} before and the {after} after, elapsed time; "
        f"{number(int((~rows['known']).sum()), 0)} that straddle the change and what is open now "
        "count as not over"
    )


def _mix(sample: Sample) -> list[str]:
    """Tell whether the types of items are others than before; the test has taken them out."""
    from scipy.special import chdtrc

    rows = sample.rows
    table = pd.crosstab(rows["type"], rows["after"])
    if min(table.shape) < 2:
        return []
    seen = table.to_numpy(dtype=np.float64)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    if chdtrc(len(seen) - 1, (np.square(seen - expected) / expected).sum()) > DIFFERENT:
        return ["the mix of item types is the same"]
    shares = (table / table.sum()).to_numpy()
    place = int(np.abs(shares[:, 1] - shares[:, 0]).argmax())
    most, (was, now) = table.index[place], (percent(float(share)) for share in shares[place])
    return [f"the mix of item types changed (“{most}” from {was} to {now}); the test allows for it"]


def _holidays(sample: Sample) -> list[str]:
    """Tell how much of either side has to do with holidays; the test has taken them out."""
    rows, sides = sample.rows, (False, True)
    if sample.metric.kind == "count":
        what, weeks = "weeks", np.concatenate(sample.numbers)
        met = [sample.open_share[(weeks >= 0) == after] < 1 for after in sides]
    else:
        what = "items"
        met = [floats(rows[rows["after"] == after], "holidays") > 0 for after in sides]
    if not any(each.any() for each in met):
        return []
    before, after = (percent(float(each.mean()) if len(each) else 0.0) for each in met)
    told = f"holidays fell to {before} of the {what} before and {after} after"
    return [f"{told}; the test allows for them"]


def _even(sample: Sample) -> str:
    """Compare the factor at the quarter and at three quarters."""
    factors = []
    for q in (0.25, 0.75):
        ends = [
            quantile(floats(rows, "value"), rows["known"].to_numpy(dtype=bool), q)
            for rows in (sample.side(after=False), sample.side(after=True))
        ]
        if ends[0] and ends[1]:
            factors.append(ends[1] / ends[0])
    if len(factors) < 2:
        return "too much is open to see whether quick and slow items changed alike"
    alike = max(factors) / min(factors) < APART
    quick, slow = (number(float(np.round(f, 2)), 2) for f in factors)
    words = (
        "quick and slow items changed alike"
        if alike
        else "quick and slow items changed differently"
    )
    return f"{words} (times {quick} at the quarter, {slow} at three quarters)"


def sentence(made: Mapping[str, Any]) -> str:
    """Say the verdict of a comparison in one sentence."""
    unit, noun = made["effect"]["unit"], made["noun"]
    noun = noun[0].upper() + noun[1:]
    names, said = ("before", "after"), ("improved", "got worse")
    if made.get("groups"):
        names = f"with {made['groups']['before']}", f"with {made['groups']['after']}"
        said = f"is better {names[1]}", f"is worse {names[1]}"
    sides = made["before"], made["after"]
    n = f"{count(sides[0]['n'], 'item')} {names[0]}, {number(sides[1]['n'], 0)} {names[1]}"
    if made["verdict"] == "too_little_data":
        more = made["more_weeks"]
        then = f"; about {count(more, 'more week')} would tell a change by 30%" if more else ""
        return f"{noun}: too little data to tell ({n}): {made['lacks']}{then}."
    low, high = (_signed(made["relative"][end]) for end in ("low", "high"))
    values = (
        f"{figure(side['value'], unit)} {name}" for side, name in zip(sides, names, strict=True)
    )
    change = f"{', '.join(values)} (between {low} and {high}, 95% interval; {n})"
    if made["verdict"] == "no_evidence":
        why = made.get("held_back") or "the difference may be chance"
        what = "difference" if made.get("groups") else "change"
        return f"{noun}: no evidence of a {what}: {why}. {change}."
    return f"{noun} {said[made['verdict'] == 'worse']}: {change}."


def origin(made: Mapping[str, Any]) -> str:
    """Say which stages made the most of a change, and whether a wait moved.

    Of a change that may be chance no stage is named: their intervals know nothing of a level that
    moves by itself.
    """
    if not made.get("stages"):
        return ""
    rows = sorted(made["stages"], key=lambda row: -abs(row["change_s"]))
    whole = sum(row["change_s"] for row in rows)
    sure = [row for row in rows if row["low_s"] > 0 or row["high_s"] < 0][:3]
    parts = [f"“{row['stage']}” {_more(row['change_s'])}" for row in sure]
    if abs(whole) < 1:
        return "An item took as long as before on average."
    told = f"An item took {_more(whole)} on average"
    if made["verdict"] in ("no_evidence", "too_little_data") and not made.get("moved"):
        return f"{told}, which may be chance."
    told += f": {listed(parts)}." if parts else "; no single stage stands out of chance."
    if made.get("moved"):
        there = made["moved"]
        told += f" The wait moved: “{there['to']}” gained {percent(min(there['share'], 1.0))} of "
        told += f"what “{there['from']}” lost."
    return told


def _more(seconds: float) -> str:
    return f"{duration(abs(seconds))} {'more' if seconds > 0 else 'less'}"


def _signed(share: float | None) -> str:
    if share is None:
        return "no limit"
    near = 0.0 if abs(share) < NEAR else share
    return ("+" if near > 0 else "") + percent(near)
