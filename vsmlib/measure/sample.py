"""Few of many items, chosen where the data is: the largest, and an even choice of the others."""

from __future__ import annotations

from typing import Any

import narwhals as nw

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
    """
    largest = frame.sort(column, "item", descending=[True, False]).head(most // 10)
    place = (nw.col("item") * GOLDEN) % CIRCLE
    rest = frame.join(largest.select("item"), on="item", how="anti").with_columns(place=place)
    rest = rest.sort("place", "item").head(most - most // 10).drop("place")
    return nw.concat([largest, rest])
