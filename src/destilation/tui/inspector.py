"""`inspect` as a program: a folder to walk through, live or at rest; nothing in it is changed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.screen import Screen

from destilation.config import Ui
from destilation.core.condition import Condition
from destilation.tui.editor import edit
from destilation.tui.feed import Feed
from destilation.tui.reading import Reading
from destilation.tui.shell import Shell
from destilation.tui.sight import Sight

REST_S = 0.25


class Inspector(Shell[None]):
    """Shows the lines of a folder that fit `where` and what is typed.

    `rest_s` is how long the cursor rests on a line before its dialogue is read; `clock` gives the seconds by which a
    step of a search is ended.
    """

    CSS_PATH = "cockpit.tcss"
    TITLE = "destilation"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", "Quit", show=False, priority=True)]

    def __init__(
        self,
        folder: Path,
        *,
        where: Condition | None = None,
        refused: bool = False,
        typed: str = "",
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        rest_s: float = REST_S,
        look: Ui = Ui(),
    ) -> None:
        super().__init__(look)
        feed = Feed(folder, now)
        feed.close()
        sight = Sight(feed.board, now, look)
        sight.filter = replace(sight.filter, typed=typed)
        self.reading = Reading(folder, sight, where=where, refused=refused, clock=clock, rest_s=rest_s)

    def get_default_screen(self) -> Screen[Any]:
        """The list with the text beside it."""
        return self.reading

    def action_edit_text(self, text: str) -> None:
        """A text of the screen above, in an editor."""
        edit(self, text)
