"""The board in a notebook: a widget that shows a desk's state and passes messages on."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from vsmlib.board.desk import Desk
from vsmlib.board.store import Store
from vsmlib.board.tags import CAUSES, WASTES, Board, outline
from vsmlib.errors import RunError, VsmError
from vsmlib.stream import KINDS, ValueStream

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BoardWidget", "by_event", "tag"]

HERE = Path(__file__).parent
LOOK_S = 0.1  # between two looks for what others did


def _read(*names: str) -> str:
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


class BoardWidget(anywidget.AnyWidget):
    """A board on the screen; it looks for what others did ten times a second.

    Parameters
    ----------
    desk : Desk
        Whose board it is.
    figures : Figures, optional
        Makes what stands beside; default: what the store was given to show.
    evidence : dict
        By event that enters a state: ``kind, confidence, reasons``.
    """

    _esm = _read("board.js")
    _css = _read("board.css")
    state = traitlets.Dict().tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)
    evidence = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, desk: Desk, figures: Any = None, evidence: Any = None) -> None:
        words = {"kinds": [*KINDS], "causes": [*CAUSES], "wastes": [*WASTES]}
        super().__init__(words=words, evidence=evidence or {})
        self.desk, self._made = desk, figures
        self._seen: tuple[int, int] | None = None
        self._drawn: dict[str, Any] = {}
        self.on_msg(self._heard)
        self.refresh()
        with contextlib.suppress(RuntimeError):  # no kernel, no loop: nobody else to look for
            self._task = asyncio.get_running_loop().create_task(self._watch())

    def _heard(self, _: Any, message: Any, __: Any) -> None:
        self.send(self.desk.hear(message))
        self._seen = None
        self.refresh()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.refresh()

    def refresh(self) -> None:
        """Show what has changed since the last look."""
        try:
            counter = self.desk.store.counter
            if counter == self._seen:
                return
            self._seen, self.state = counter, self.desk.state()
            self.figures = self._look()
        except VsmError as error:
            self.state = {**self.state, "trouble": str(error)}

    def _look(self) -> dict[str, Any]:
        if self._made is None:
            return dict(self.desk.store.shown().get("figures", {}))
        stream = self.stream
        if (drawn := outline(stream)) != self._drawn:
            self._drawn = drawn
            try:
                return dict(self._made.look(stream))
            except VsmError as error:
                return {"error": str(error)}
        return dict(self.figures)

    @property
    def stream(self) -> ValueStream:
        """The value stream as it is tagged now."""
        return self.desk.board.stream()


class RoomWidget(BoardWidget):
    """The board in a workshop, with its agenda; figures come by the store."""

    _esm = _read("board.js", "room.js")
    _css = _read("board.css", "room.css")

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, evidence=desk.store.shown().get("evidence"))


def tag(
    log: Any,
    stream: ValueStream,
    *,
    folder: str | Path = "out/board",
    who: str = "",
    start: Any = None,
    end: Any = None,
) -> BoardWidget:
    """Open the board on which a log's states are tagged; one that is in the folder goes on.

    Parameters
    ----------
    log : EventLog
        What happened.
    stream : ValueStream
        What a new board begins with.
    folder : path
        Where the board and the saved ``stream.yaml`` are; made if it is not there.
    who : str
        Your name, which stands in each tag; without it the board asks for it.
    start, end : str or date, optional
        The window of the figures, as of `Flow`.

    Returns
    -------
    BoardWidget
        Show it in a notebook; ``.stream`` is the stream as it is tagged now.
    """
    from vsmlib.board.figures import Figures
    from vsmlib.waits import evidence

    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder cannot be made ({error.strerror})"
        raise RunError(what, where=str(folder), hint="give another folder") from None
    figures = Figures(log, stream, start, end)
    board = Board(Store(folder / "board.sqlite"), stream)
    desk = Desk(board.store, who, folder / "stream.yaml")
    return BoardWidget(desk, figures, by_event(evidence(log, stream), stream))


def by_event(evidence: pd.DataFrame, stream: ValueStream) -> dict[str, Any]:
    """Return each state's evidence by the events that enter it, which outlive new names."""
    rows = evidence[["state", "kind", "confidence", "reasons"]].set_index("state").to_dict("index")
    return {event: rows[s.name] for s in stream.stages for event in s.enter if s.name in rows}
