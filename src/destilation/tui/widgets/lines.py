"""A list of which only the visible lines are made into text, with a cursor."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from destilation.tui.sight import Sight
from destilation.tui.widgets.panel import Panel


class Lines(Panel, can_focus=True):
    """Lines below a head that stays. A list that follows keeps the cursor on the last one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "go(0)", "Top", show=False),
        Binding("end,G", "follow", "Follow", show=False),
        Binding("enter", "choose", "Detail", show=False),
    ]

    class Chosen(Message):
        """The user wants to know more of a line."""

        def __init__(self, lines: "Lines", row: Any) -> None:
            super().__init__()
            self.lines = lines
            self.row = row

    class Moved(Message):
        """The cursor is on another line."""

    def __init__(self, sight: Sight, *, id: str | None = None, title: str = "", follow: bool = False) -> None:
        super().__init__(sight, id=id, title=title)
        self.cursor = 0
        self.following = follow
        self._top = 0

    def rows(self) -> Sequence[Any]:
        """What the lines are of."""
        return ()

    def line(self, row: Any, width: int) -> Content:
        """One of them as text."""
        return Content(str(row))

    def head(self, width: int) -> list[Content]:
        """What stands above them."""
        return []

    @property
    def row(self) -> Any:
        """What the cursor is on; None of nothing."""
        rows = self.rows()
        return rows[min(self.cursor, len(rows) - 1)] if rows else None

    def draw(self, width: int, height: int) -> list[Content]:
        """The head, and those lines that there is room for."""
        head, rows = self.head(width), self.rows()
        room = max(1, height - len(head))
        self.cursor = max(0, len(rows) - 1 if self.following else min(self.cursor, len(rows) - 1))
        self._top = max(0, min(self._top, self.cursor, len(rows) - room), self.cursor - room + 1)
        if self.following:
            self._top = max(0, len(rows) - room)
        shown = []
        for place in range(self._top, min(len(rows), self._top + room)):
            text = self.line(rows[place], width).truncate(width, ellipsis=True)
            if place == self.cursor and self.has_focus:
                text = text.pad_right(max(0, width - text.cell_length)).stylize("reverse")
            shown.append(text)
        return [*(each.truncate(width) for each in head), *shown]

    def action_move(self, by: int) -> None:
        """One line up or down; up ends following."""
        self.following = False if by < 0 else self.following
        self.cursor = max(0, min(len(self.rows()) - 1, self.cursor + by))
        self.refresh()
        self.post_message(self.Moved())

    def action_page(self, by: int) -> None:
        """A screenful up or down."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_go(self, place: int) -> None:
        """To a line; the first is 0."""
        self.following, self.cursor = False, place
        self.refresh()
        self.post_message(self.Moved())

    def action_follow(self) -> None:
        """To the last line, and on with it."""
        self.following = True
        self.refresh()
        self.post_message(self.Moved())

    def action_choose(self) -> None:
        """Tell of the line that the cursor is on."""
        if (row := self.row) is not None:
            self.post_message(self.Chosen(self, row))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; a second one chooses."""
        place = self._top + event.y - 1 - len(self.head(self.size.width))
        if 0 <= place < len(self.rows()):
            self.action_go(place)
            if event.chain == 2:
                self.action_choose()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        self.action_move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        self.action_move(3)

    def on_focus(self) -> None:
        """The cursor is shown."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor is hidden."""
        self.refresh()
