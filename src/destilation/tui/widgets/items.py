"""Samples or refused answers, a line each, of a folder of any size."""

from collections.abc import Sequence

from textual.content import Content

from destilation.core.display import display_safe
from destilation.tui.browse import Browse, Item
from destilation.tui.sight import Sight
from destilation.tui.widgets.lines import Lines


class ItemsPanel(Lines):
    """Its number, its topic where it has one, and the beginning of what it says."""

    def __init__(self, sight: Sight, browse: Browse, *, id: str, title: str) -> None:
        super().__init__(sight, id=id, title=title)
        self.browse = browse

    def rows(self) -> Sequence[Item]:
        """What fits, as far as it is found."""
        return self.browse

    def line(self, row: Item, width: int) -> Content:
        """Who gave it stands at the end, where there is room for it."""
        known = row.known
        provider = display_safe(known.get("provider", ""), 24)
        topic = display_safe(known.get("topic", "").rpartition("› ")[2], 30)
        glyph = ("✗ ", "$text-error") if row.refused else ""
        left = Content.assemble(
            glyph,
            (f"#{row.number} ", "bold"),
            (f"{topic}  " if topic else "", "$text-accent"),
            display_safe(row.words, 400),
        )
        if width < 60 or not provider:
            return left
        left = left.truncate(width - len(provider) - 2, ellipsis=True)
        return Content.assemble(left, " " * (width - len(provider) - left.cell_length), (provider, "$text-muted"))

    def head(self, width: int) -> list[Content]:
        """Where there is nothing: why."""
        if self.browse:
            return []
        if not self.browse.done:
            return [Content("searching …")]
        if self.browse.all:
            return [Content("no answer was refused" if self.browse.refused else "there are no samples yet")]
        layers = "layer:" in self.sight.filter.typed and not self.browse.refused
        return [Content("nothing fits" + ("; layers are known of refused answers: 2" if layers else ""))]

    def retitle(self) -> None:
        """Where the cursor is, how many there are, how far the search is, and the filter."""
        browse = self.browse
        told = [f"{min(self.cursor + 1, len(browse)):,} of {len(browse):,}"]
        told += [] if browse.all else [f"in {browse.total:,}"]
        told += [] if browse.done else [f"{100 * browse.share:.0f}% read"]
        if self.sight.filter.typed:
            told.append(f"filter “{display_safe(self.sight.filter.typed, 60)}”")
        self.border_subtitle = Content(" · ".join(told))
