"""What wastes and opportunities say, in plain sentences."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from vsmlib.engine import records
from vsmlib.sentences.prose import Points, Prose
from vsmlib.waste import Waste
from vsmlib.words import DAY, NO_DATA, count, duration, listed, number, percent

__all__ = [
    "figure_table",
    "opportunities",
    "opportunity_table",
    "place_table",
    "waste",
    "worst_table",
]

NOTHING = "No item was delivered in this window, so there is no lead time to speak of."
CAUSE = {
    "batching": "for companions that leave together (batching)",
    "prioritization": "while later items were taken first (prioritization)",
    "contention": "while those who take it up were busy with earlier work (contention)",
    "unavailability": "outside working hours (unavailability)",
    "blocked": "while blocked",
    "unexplained": "for what the data do not say (unexplained)",
}


def waste(found: Waste) -> Prose:
    """Say how large a waste is, where, whether it grows, and what would make it none.

    Parameters
    ----------
    found : Waste
        Of `vsmlib.waste`.
    """
    if not found.days > 0:
        return Prose([_no_waste(found), *_so_far(found)])
    of = "the time of all items" if found.name == "overproduction" else "the lead time"
    said = [f"{found.name.capitalize()} takes {_days(found.days)}, {percent(found.share)} of {of}."]
    top = [
        f"“{row['stage']}”, {row['what']} ({_days(row['days'])}, {count(row['items'], 'item')})"
        for row in records(found.places.head(3))
    ]
    said.append(f"Most of it: {listed(top)}.")
    if len(found.items) > 1:
        said.append(f"The tenth of the items that lost most lost {percent(found.tenth)} of it.")
    early, late = _halves(found)
    if early and late:
        said.append(f"It was {early} in the first half of the months, {late} in the second.")
    return Prose([*said, *_so_far(found), f"It is no waste if {found.wrong_if}."])


def _no_waste(found: Waste) -> str:
    if math.isnan(found.days):
        return (
            "Of how people switch nothing is said: it takes five known people not to be about one."
        )
    where = "" if found.name == "overproduction" else " in what was delivered"
    return f"No {found.name} was found{where}."


def _so_far(found: Waste) -> list[str]:
    if not found.so_far_days > 0:
        return []
    return [f"Items in progress have {_days(found.so_far_days)} of it already."]


def _days(total: float) -> str:
    """Word a sum over items: in days, however many years that is."""
    return f"{number(total, 0)} days" if total >= 10 else duration(total * DAY)


def _halves(found: Waste) -> list[str]:
    """Word both halves of a trend; overproduction is no part of the months' lead time."""
    half = len(found.trend) // 2
    if found.name == "overproduction" or not half:
        return ["", ""]
    parts = (found.trend[:half], found.trend[half:])
    return [percent(part["days"].sum() / (part["of_days"].sum() or math.nan)) for part in parts]


def opportunities(table: pd.DataFrame, summary: dict[str, Any], most: int = 3) -> Points:
    """Say what an item would gain, of what, and who to talk to.

    Parameters
    ----------
    table : pandas.DataFrame
        As `vsmlib.waste.opportunities` makes it.
    summary : dict
        As `vsmlib.measure.summary` makes it.
    most : int
        How many of the rows are told.
    """
    ranked = table.dropna(subset="days_per_item")
    over = table.loc[table["waste"] == "overproduction"]
    beside = [f"Beside that, {_days(over['days'].sum())} went into work that was cancelled or is "
              "not in use."] * (len(over) > 0)  # fmt: skip
    if not summary["delivered"] or ranked.empty:
        return Points(
            [NOTHING if not summary["delivered"] else "Nothing is there to gain.", *beside]
        )
    lead = (
        f"A delivered item took {duration(summary['lead_time_s']['mean'])} on average. "
        f"{percent(ranked['share'].sum())} of that is in {count(len(ranked), 'place')}, no day "
        "counted twice. An item would save:"
    )
    return Points([lead, *(_opportunity(row) for row in records(ranked.head(most))), *beside])


def _opportunity(row: dict[str, Any]) -> str:
    owner = "" if pd.isna(row["owner"]) else f" Talk to: {row['owner']}."
    saved = f"{duration(row['days_per_item'] * DAY)} ({percent(row['share'])}{_between(row)})"
    behind = f"{count(row['items'], 'item')}, above all {_short(row['examples'])}"
    return f"{saved} {_lost(row)}: {behind}.{owner}"


def _short(examples: str) -> str:
    """Name items of one project by their numbers after the first."""
    first, *others = examples.split(", ")
    project = first.rpartition("#")[0]
    return ", ".join([first, *(n.removeprefix(project) if project else n for n in others)])


def _lost(row: dict[str, Any]) -> str:
    stage = f"“{row['stage']}”"
    if row["waste"] == "waiting":
        return f"if it did not wait in {stage} {CAUSE[row['what']]}"
    if row["waste"] == "rework":
        return f"if it did not come back to {stage}, {row['what']}"
    return f"if it did not lie in {stage} while its person was at another item"


def _between(row: dict[str, Any]) -> str:
    if pd.isna(row["low"]):
        return ""
    return f", {duration(row['low'] * DAY)} to {duration(row['high'] * DAY)}"


def opportunity_table(table: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """Put the largest opportunities into words, to be looked at."""
    known = table.head(most)
    low, high = (known[end].mul(DAY).map(duration).astype(str) for end in ("low", "high"))
    return pd.DataFrame(
        {
            "stage": known["stage"],
            "waste": known["waste"],
            "what": known["what"],
            "an item saves": known["days_per_item"].mul(DAY).map(duration),
            "90% interval": (low + " to " + high).where(known["low"].notna(), NO_DATA),
            "of lead time": known["share"].map(percent),
            "in all": known["days"].map(_days),
            "items": known["items"],
            "talk to": known["owner"].fillna(NO_DATA),
            "for example": [NO_DATA if pd.isna(e) else _short(e) for e in known["examples"]],
        }
    ).set_index("stage").rename_axis(index=None, columns="stage")  # fmt: skip


def place_table(found: Waste, most: int = 5) -> pd.DataFrame:
    """Put the top places of a waste into words, to be looked at."""
    top = found.places.head(most)
    shown = {
        "stage": top["stage"],
        "what": top["what"],
        "in all": top["days"].map(_days),
        "of this waste": top["share"].map(percent),
        "items": top["items"],
    }
    return pd.DataFrame(shown).set_index("stage").rename_axis(index=None, columns="stage")


def worst_table(found: Waste, most: int = 5) -> pd.DataFrame:
    """Put the items that lost most to a waste into words, to be looked at."""
    top = found.items.head(most)
    shown = {"item": top["item_id"], "lost": (top["days"] * DAY).map(duration)}
    return pd.DataFrame(shown).set_index("item").rename_axis(index=None, columns="item")


def figure_table(found: Waste) -> pd.DataFrame:
    """Put what else is known of a waste into words, to be looked at."""
    flat = pd.json_normalize(found.figures, sep=": ").iloc[0] if found.figures else pd.Series()
    words = {_name(str(name)): _word(str(name), value) for name, value in flat.items()}
    return pd.DataFrame({"": words}).rename_axis(index=None, columns=found.name)


def _name(name: str) -> str:
    known = name.removesuffix("_s").replace("percent_complete_accurate", "%C&A")
    return known.replace("owners", "owner").replace("_", " ")


def _word(name: str, value: Any) -> str:
    if pd.isna(value):
        return NO_DATA
    if name.startswith("owners"):
        return _days(value)
    if name.endswith("_s"):
        return duration(value)
    shares = ("first_pass", "percent", "let_through", "lying_share")
    return percent(value) if name.startswith(shares) else number(value, 0 if value > 99 else 2)
