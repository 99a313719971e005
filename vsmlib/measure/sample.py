"""Few of many items, chosen where the data is: the largest, and an even choice of the others."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from vsmlib.engine import Engine, size

__all__ = ["thinned"]

Frame = nw.LazyFrame[Any]
# Multiples of the golden ratio spread over a circle evenly, however many there are; item codes are
# numbered as the log has them, so that the choice is even over its time as well.
GOLDEN, CIRCLE = 2_654_435_769, 2**32


def thinned(engine: Engine, frame: Frame, column: str, most: int) -> Frame:
    """Choose at most so many items: the tenth of that number that is largest, others evenly.

    Parameters
    ----------
    engine : Engine
        What keeps the choice, so that the frame is read but once.
    frame : LazyFrame
        One row an item, with its code ``item``.
    column : str
        What makes a row large; of equal ones the first items count as larger.
    most : int
        Items to choose; all are where there are no more. The choice is the same every time.

    Returns
    -------
    LazyFrame
        ``item`` and ``weight``: for how many items of the whole each of them stands.
    """
    sized = engine.table(frame.select("item", column))
    made = engine.table(_chosen(sized, column, most))
    engine.drop(sized)
    return made


def _chosen(frame: Frame, column: str, most: int) -> Frame:
    whole, few = size(frame), most // 10
    if whole <= most:
        return frame.select("item", weight=nw.lit(1.0))
    largest = frame.sort(column, "item", descending=[True, False]).head(few)
    place = (nw.col("item") * GOLDEN) % CIRCLE
    rest = frame.join(largest.select("item"), on="item", how="anti").with_columns(place=place)
    rest = rest.sort("place", "item").head(most - few)
    weights = (largest, 1.0), (rest, (whole - few) / (most - few))
    return nw.concat([rows.select("item", weight=nw.lit(weight)) for rows, weight in weights])
