"""A frame with a title around what is drawn of the board."""

from textual.content import Content
from textual.widget import Widget

from destilation.tui.sight import Sight


class Panel(Widget):
    """Draws itself anew from the board each time it is refreshed."""

    def __init__(self, sight: Sight, *, id: str | None = None, title: str = "") -> None:
        super().__init__(id=id, classes="panel")
        self.sight = sight
        self._shown = Content("")
        self.border_title = title

    def retitle(self) -> None:
        """Say in the frame what changes with the board."""

    def look(self) -> None:
        """Draw anew if anything is to be seen that was not: what is drawn again for nothing costs as much."""
        self.retitle()
        if not self._picture().is_same(self._shown):
            self.refresh()

    def render(self) -> Content:
        """As textual asks for it."""
        self._shown = self._picture()
        return self._shown

    def _picture(self) -> Content:
        return Content("\n").join(self.draw(max(1, self.size.width), max(1, self.size.height)))

    def draw(self, width: int, height: int) -> list[Content]:
        """The lines, none longer than `width`."""
        return []


def sides(left: Content, right: Content, width: int) -> Content:
    """Two texts at the two ends of a line; the right one gives way."""
    gap = width - left.cell_length - right.cell_length
    return Content.assemble(left, " " * gap, right) if gap >= 1 else left.truncate(width)
