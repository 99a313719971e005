"""The one process of a workshop that has the data: it measures, and writes the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsmlib.board import estimates, result, room
from vsmlib.board.store import Store, now
from vsmlib.board.tags import Board, outline
from vsmlib.errors import VsmError
from vsmlib.stream import ValueStream
from vsmlib.words import duration, percent

__all__ = ["Keeper"]


class Keeper:
    """Puts into the store, once for all, what is made from data; participants have none.

    Parameters
    ----------
    folder : path
        Of the workshop.
    figures : Figures, optional
        Of the data, where there is any.
    """

    def __init__(self, folder: Path, figures: Any = None) -> None:
        self.folder, self.figures = folder, figures
        self.store = Store(folder / "board.sqlite")
        self.board = Board(self.store)
        self._seen: tuple[int, int] | None = None
        self._drawn: dict[str, Any] = {}

    def look(self) -> None:
        """Do what is to be done since the last look; an error is told to all, not raised."""
        if (counter := self.store.counter) == self._seen:
            return
        self._seen = counter
        try:
            stream = self.board.stream()
            if self.figures:
                self._measure(stream)
            else:
                self._add_up()
            if wish := self.store.shown().get("wish"):
                self.store.show(wish=None, result=self._write(str(wish["by"])))
        except VsmError as error:
            self._tell(str(error))

    def _tell(self, text: str) -> None:
        if self.store.shown().get("figures") != {"error": text}:
            self.store.show(figures={"error": text})

    def _measure(self, stream: ValueStream) -> None:
        if (drawn := outline(stream)) == self._drawn:
            return
        self._drawn = drawn
        look, tables = self.figures.look(stream), self.figures.tables(stream)
        delivered = tables.summary["delivered"]
        measured = {
            row["id"]: f"{duration(table['total_s'] / delivered)} an item in the mean, "
            f"{percent(table['percent_complete_accurate'])} complete and accurate"
            for row, (_, table) in zip(self.board.rows(), tables.stages.iterrows(), strict=True)
            if delivered and table["total_s"] > 0
        }
        self.store.show(figures=look, measured=measured)

    def _add_up(self) -> None:
        """Word and draw the medians of those estimates that all have seen."""
        rows, name = self.board.rows(), self.board.stream().name
        made = estimates.look(rows, room.estimates_shown(self.store), name)
        if self.store.shown().get("figures") != made:
            self.store.show(figures=made)

    def _write(self, who: str) -> dict[str, Any]:
        try:
            files = result.write(self.folder, self.board, self.figures, who)
        except VsmError as error:
            return {"error": str(error)}
        return {"files": files, "at": now(), "by": who}
