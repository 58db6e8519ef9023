"""What all panels look at together: the board, the time, and what the user chose to see of it."""

from collections.abc import Callable

from destilation.config import Ui
from destilation.tui.model.board import WINDOWS, Board
from destilation.tui.model.filter import Filter


class Sight:
    """Shared by all panels. `now` gives seconds since 1970."""

    def __init__(self, board: Board, now: Callable[[], float], look: Ui = Ui()) -> None:
        self.board = board
        self.now = now
        self.filter = Filter()
        self.window = "15m"
        self.look = look
        self.note = ""
        """What the header says besides."""

    @property
    def window_s(self) -> float | None:
        """The span of the plot in seconds; None for all of it."""
        return WINDOWS[self.window]

    def turn_window(self, by: int) -> None:
        """The next longer or shorter span."""
        names = list(WINDOWS)
        self.window = names[max(0, min(len(names) - 1, names.index(self.window) + by))]
