"""What an item would gain: wastes and waits ranked by days of lead time, no day counted twice."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.flow import Flow
from vsmlib.measure.groups import DELIVERED
from vsmlib.measure.items import delivered
from vsmlib.visits import DAY_US
from vsmlib.waste.four import beside, loops, overproduction, waits
from vsmlib.waste.sizes import Parts

__all__ = ["opportunities"]

WASTES = ("waiting", "rework", "switching")
NORMAL, EXAMPLES = 1.645, 3  # of the normal distribution, for a 90 % interval
KEYS, NOBODY = ["item", "position"], -1
LEAD = nw.col("process_us") + nw.col("wait_us")
COLUMNS = (
    "waste stage what days_per_item low high alone_days_per_item share days items owner examples"
)


def opportunities(flow: Flow) -> pd.DataFrame:
    """Rank wastes and waits by the lead time that a delivered item would save without them.

    A second that two of them claim (a wait in a rework visit, say) belongs to the higher one: each
    row is what is saved after all rows above it, so the rows add up, to the lead time at most.

    Parameters
    ----------
    flow : Flow
        The visits. Over the delivered items of its window, pooled, elapsed time.

    Returns
    -------
    pandas.DataFrame
        ``waste, stage, what, days_per_item`` (mean over all delivered items)``, low, high`` (a 90 %
        interval of it over items)``, alone_days_per_item`` (without any other row done)``, share``
        (of lead time)``, days`` (total)``, items`` (with such a part)``, owner`` (of the stage, if
        one is named)``, examples`` (the three items that lost most, separated by commas).
        Overproduction costs no delivered item lead time: its rows come last, with ``days, items,
        owner`` only.

    Examples
    --------
    >>> import vsmlib as vsm
    >>> stream = vsm.ValueStream.load("github-pull-requests-to-release")
    >>> flow = vsm.Flow(vsm.read("sample"), stream, start="2023-01-01")
    >>> opportunities(flow)[["stage", "what"]].iloc[0].tolist()
    ['Waiting for release', 'batching']
    """
    return flow.once("opportunities", lambda: _opportunities(flow)).copy()


def _opportunities(flow: Flow) -> pd.DataFrame:
    done = to_pandas(delivered(flow).select("item", lead=LEAD))
    parts, names = (waits(flow), loops(flow), beside(flow)), flow.stream.stage_names
    width = max(len(part.labels) for part in parts)
    cells = _cells(*(_levers(flow, part, n, width) for n, part in enumerate(parts)))
    alone = pd.concat([cells.groupby(side)["us"].sum() for side in ("one", "other")])
    made = _sums(_assigned(cells, _greedy(cells)), len(done))
    made["alone_days_per_item"] = alone.groupby(level=0).sum() / DAY_US / max(len(done), 1)
    made["share"] = made["days"] / (float(done["lead"].sum()) / DAY_US or np.nan)
    code = made.index.to_numpy(np.int64)
    waste, made["what"] = code // width // len(names), code % width
    made["what"] = [parts[n].labels[w] for n, w in zip(waste, made["what"], strict=True)]
    made["waste"], made["stage"] = ([of[n] for n in place] for of, place in (
        (WASTES, waste), (names, code // width % len(names))))  # fmt: skip
    made["examples"] = _named(flow, made["examples"])
    over = overproduction(flow).places.assign(waste="overproduction").drop(columns="share")
    made = pd.concat([made, over], ignore_index=True) if len(over) else made.reset_index(drop=True)
    made["owner"] = made["stage"].map({stage.name: stage.owner for stage in flow.stream.stages})
    return made.reindex(columns=COLUMNS.split())


def _levers(flow: Flow, part: Parts, waste: int, width: int) -> pd.DataFrame:
    """Give the parts of delivered items, each under the code of what would save it."""
    done = flow.ends.filter(nw.col("status") == DELIVERED).select("item")
    place = nw.col("stage").cast(nw.Int64) + waste * len(flow.stream.stage_names)
    rows = part.rows.filter(nw.col("us") > 0).join(done, on="item")
    return to_pandas(rows.select(*KEYS, "us", lever=place * width + nw.col("what"))).astype("int64")


def _cells(waited: pd.DataFrame, again: pd.DataFrame, lay: pd.DataFrame) -> pd.DataFrame:
    """Cut visits into cells, ``item, us``, that ``one``, ``other`` or both claim."""
    own = pd.concat([waited, lay]).rename(columns={"lever": "one"})
    again = again.rename(columns={"lever": "other", "us": "span"})
    claimed = own.merge(again.drop(columns="span"), on=KEYS, how="left")
    rest = again.merge(own.groupby(KEYS)["us"].sum().reset_index(), on=KEYS, how="left")
    rest = rest.assign(us=rest["span"] - rest["us"].fillna(0), one=NOBODY)
    cells = pd.concat([claimed, rest])[["item", "one", "other", "us"]]
    return cells.fillna({"other": NOBODY}).astype("int64")


def _greedy(cells: pd.DataFrame) -> list[int]:
    """Order the levers: each saves the most of what those before it leave."""
    left = cells.groupby(["one", "other"])["us"].sum().reset_index()
    order: list[int] = []
    while left["us"].sum() > 0:
        sides = pd.concat([left.set_index(side)["us"] for side in ("one", "other")])
        order.append(int(sides.drop(NOBODY, errors="ignore").groupby(level=0).sum().idxmax()))
        left = left[(left["one"] != order[-1]) & (left["other"] != order[-1])]
    return order


def _assigned(cells: pd.DataFrame, order: list[int]) -> pd.DataFrame:
    """Sum each item's days by lever, every cell under the one that comes first."""
    rank = pd.Series(range(len(order)), index=order, dtype="int64")
    first = pd.concat([cells[side].map(rank) for side in ("one", "other")], axis=1).min(axis=1)
    days = cells["us"].astype("float64").groupby([first, cells["item"]]).sum() / DAY_US
    made = days.rename_axis(["rank", "item"]).rename("days").reset_index()
    made = made.sort_values(["rank", "days", "item"], ascending=[True, False, True])
    return made.assign(lever=np.array(order, np.int64)[made["rank"].astype(int)])


def _sums(lost: pd.DataFrame, items: int) -> pd.DataFrame:
    """Sum by lever, in order, with the interval of the mean over so many items."""
    lost = lost.assign(square=lost["days"] ** 2)
    made = lost.groupby("lever", sort=False).agg(
        days=("days", "sum"), items=("item", "size"), square=("square", "sum"),
        examples=("item", lambda item: tuple(item.head(EXAMPLES))),
    )  # fmt: skip
    mean = made["days"] / items
    spread = (made.pop("square") / items - mean**2).clip(lower=0) / max(items - 1, 1)
    # On a log scale: a mean of days is skewed, and never below nothing.
    factor = np.exp(NORMAL * np.sqrt(spread) / mean) if items > 1 else np.nan
    return made.assign(days_per_item=mean, low=mean / factor, high=mean * factor)


def _named(flow: Flow, items: pd.Series[Any]) -> list[str]:
    wanted = sorted({item for group in items for item in group})
    ids = flow.log.items_frame.filter(nw.col("item").is_in(wanted or [-1]))
    found = to_pandas(ids.select("item", "item_id")).set_index("item")["item_id"]
    return [", ".join(found[item] for item in group) for group in items]
