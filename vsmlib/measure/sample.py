"""Few of many items, chosen where the data is: the largest, and an even choice of the others."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from vsmlib.engine import size

__all__ = ["thinned"]

Frame = nw.LazyFrame[Any]
# Multiples of the golden ratio spread over a circle evenly, however many there are; item codes are
# numbered as the log has them, so that the choice is even over its time as well.
GOLDEN, CIRCLE = 2_654_435_769, 2**32


def thinned(frame: Frame, column: str, most: int) -> Frame:
    """Keep at most so many rows: the tenth of them that is largest, and of the rest an even choice.

    Parameters
    ----------
    frame : LazyFrame
        One row an item, with its code ``item``.
    column : str
        What makes a row large; of equal ones the first items count as larger.
    most : int
        Rows to keep; all are kept where there are no more. The choice is the same every time.

    Returns
    -------
    LazyFrame
        The rows kept, with ``weight``: for how many rows of the whole each of them stands.
    """
    whole, few = size(frame), most // 10
    if whole <= most:
        return frame.with_columns(weight=nw.lit(1.0))
    largest = frame.sort(column, "item", descending=[True, False]).head(few)
    place = (nw.col("item") * GOLDEN) % CIRCLE
    rest = frame.join(largest.select("item"), on="item", how="anti").with_columns(place=place)
    rest = rest.sort("place", "item").head(most - few).drop("place")
    stands_for = (whole - few) / (most - few)
    return nw.concat(
        [largest.with_columns(weight=nw.lit(1.0)), rest.with_columns(weight=nw.lit(stands_for))]
    )
