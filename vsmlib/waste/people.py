"""How people share themselves out over items: never about one person, nor about fewer than five."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from vsmlib.engine import to_pandas
from vsmlib.flow import Flow
from vsmlib.measure.groups import grouped
from vsmlib.measure.items import delivered
from vsmlib.visits import DAY_US
from vsmlib.waits.diary import Bools
from vsmlib.waits.order import Ints, running_max
from vsmlib.waits.seen import look

__all__ = ["GROUP", "Pieces", "by_team", "habits", "lying", "pieces"]

GROUP = 5  # people; below it nothing is said about how people work


@dataclass(frozen=True)
class Pieces:
    """Active visits by person and time; ``own`` is the part in which no earlier one went on.

    ``switched`` says that the person's piece before was of another item.
    """

    item: Ints
    position: Ints
    stage: Ints
    actor: Ints
    start: Ints
    span: Ints
    own: Ints
    switched: Bools

    def take(self, rows: Any) -> Pieces:
        """Give the pieces at these places."""
        return Pieces(*(column[rows] for column in vars(self).values()))

    @property
    def people(self) -> int:
        """How many people are known in it."""
        return len(np.unique(self.actor))


def pieces(flow: Flow) -> Pieces:
    """Lay out who was at which item when."""
    return flow.once("pieces", lambda: _pieces(flow))


def _pieces(flow: Flow) -> Pieces:
    seen = look(flow)
    work, people = seen.work, len(flow.log.actor_names)
    rows = np.flatnonzero((work.actor >= 0) & (work.actor < people) & (work.end > work.start))
    rows = rows[np.lexsort((work.end[rows], work.start[rows], work.actor[rows]))]
    piece, item, size = work.take(rows), seen.item[rows], len(rows)
    follows = np.r_[False, piece.actor[1:] == piece.actor[:-1]][:size]
    top = running_max(piece.actor, piece.end)
    since = np.where(follows, np.r_[0, top[:-1]][:size], piece.start)
    own = np.maximum(piece.end - np.maximum(piece.start, since), 0)
    switched = follows & np.r_[False, item[1:] != item[:-1]][:size]
    made = (item, seen.position[rows], piece.stage, piece.actor, piece.start)
    return Pieces(*made, piece.end - piece.start, own, switched)


def lying(flow: Flow) -> pd.DataFrame:
    """Time that active items lay: ``item, position, stage, what`` (0)``, us, span``.

    What is blocked does not lie. Empty with fewer than five people.
    """
    piece = pieces(flow)
    piece = piece if piece.people >= GROUP else piece.take(np.zeros(0, np.int64))
    columns = {"item": piece.item, "position": piece.position, "stage": piece.stage, "what": 0}
    columns |= {"us": piece.span - piece.own, "span": piece.span}
    blocked = flow.frame.filter(nw.col("blocked_us") > 0).select("item", "position", "blocked_us")
    made = pd.DataFrame(columns, dtype="int64").merge(to_pandas(blocked), how="left")
    free = made["span"] - made.pop("blocked_us").fillna(0).astype("int64")
    return made.assign(us=np.minimum(made["us"], free))


def habits(piece: Pieces) -> dict[str, Any]:
    """Work out ``people``; with five or more also parallel items, switches and pieces."""
    made: dict[str, Any] = {"people": piece.people}
    if made["people"] < GROUP:
        return made
    days = len(np.unique(np.column_stack([piece.actor, piece.start // DAY_US]), axis=0))
    return made | {
        "parallel_items": float(piece.span.sum() / piece.own.sum()),
        "switches_per_day": float(piece.switched.sum() / days),
        "pieces_per_item": float(len(piece.item) / len(np.unique(piece.item))),
        "lying_share": float(1 - piece.own.sum() / piece.span.sum()),
    }


def by_team(flow: Flow, column: str = "team") -> pd.DataFrame:
    """Tell how people share themselves out, by the team whose items they work on.

    Parameters
    ----------
    flow : Flow
        The visits; open ones run to ``observed_until``.
    column : str
        An item column.

    Returns
    -------
    pandas.DataFrame
        One row a team: the column, ``people, parallel_items`` (in work per person, while they had
        any)``, switches_per_day`` (a person and day with work)``, pieces_per_item, lying_share``
        (of active time). Of a team with fewer than five people all is null, their number too.

    Raises
    ------
    ParameterError
        If the log has no such column.
    """
    items = grouped(flow, flow.ends.select("item"), column)
    teams = to_pandas(items.sort("item"))
    piece = pieces(flow)
    group = teams["group"].to_numpy()[np.searchsorted(teams["item"], piece.item)]
    rows = [{column: team, **habits(piece.take(group == team))} for team in teams["group"].unique()]
    figures = ["people", "parallel_items", "switches_per_day", "pieces_per_item", "lying_share"]
    made = pd.DataFrame(rows, columns=[column, *figures]).astype({"people": "Int64"})
    made.loc[made["people"] < GROUP, figures] = None
    return made.sort_values(column, ignore_index=True)


def relation(flow: Flow, lay: pd.DataFrame) -> float | None:
    """Rank correlation of the share of its active time that a delivered item lay, and lead time."""
    sums = lay.groupby("item")[["us", "span"]].sum()
    lead = (nw.col("process_us") + nw.col("wait_us")).cast(nw.Float64).alias("lead")
    done = to_pandas(delivered(flow).select("item", lead))
    both = sums.join(done.set_index("item"), how="inner")
    ranks = pd.DataFrame({"lay": both["us"] / both["span"], "lead": both["lead"]}).rank()
    found = ranks["lay"].corr(ranks["lead"]) if len(ranks) > 2 else np.nan
    return None if pd.isna(found) else float(found)
