"""The last line: what the keys do; those at the right give way."""

from collections.abc import Sequence

from textual.content import Content

from destilation.tui.sight import Sight
from destilation.tui.widgets.panel import Panel

ITEMS = (
    ("⏎", "Detail"), ("q", "Quit"), ("p", "Pause"), ("d", "Detach"), ("+/-", "Workers"), ("/", "Filter"),
    ("l", "Level"), ("f", "Follow"), ("?", "Help"), ("1-5", "Views"), ("t", "Target"), ("b", "Budget"), ("z", "Zoom"),
    ("^p", "palette"),
)  # fmt: skip


class Keys(Panel):
    """One line of what the keys do."""

    def __init__(self, sight: Sight, *, id: str, items: Sequence[tuple[str, str]] = ITEMS) -> None:
        super().__init__(sight, id=id)
        self._items = items

    def draw(self, width: int, height: int) -> list[Content]:
        """As many as fit."""
        line = Content(" ")
        for key, does in self._items:
            longer = Content.assemble(line, (key, "bold $accent"), f" {does}  ")
            if longer.cell_length > width:
                break
            line = longer
        return [line]
