"""The board: people agree which states are waiting, and see at once what that does."""

from vsmlib.board.figures import Figures
from vsmlib.board.store import Change, Conflict, Store

__all__ = ["Change", "Conflict", "Figures", "Store"]
