"""The newest samples, or refusals, as the files of the folder have them."""

from collections.abc import Sequence

from textual.content import Content

from destilation.core.display import display_safe
from destilation.tui.model.filter import fits, parts_of
from destilation.tui.records import Record, Records
from destilation.tui.sight import Sight
from destilation.tui.widgets.lines import Lines


class RecordsPanel(Lines):
    """One line each: its number and the beginning of what it says."""

    def __init__(self, sight: Sight, records: Records, *, id: str, title: str) -> None:
        super().__init__(sight, id=id, title=title, follow=True)
        self._records = records

    def rows(self) -> Sequence[Record]:
        """Those that were read last, and that the filter admits."""
        parts = parts_of(self.sight.filter.typed)
        return [row for row in self._records.rows if fits(parts, row.words, row.known)]

    def line(self, row: Record, width: int) -> Content:
        """Number and words."""
        return Content.assemble((f"{row.title} ", "bold"), display_safe(row.words, 400))
