"""The facts as they come, through the filter; above the oldest that memory holds, what the log has."""

import time
from collections.abc import Sequence

from textual.content import Content

from destilation.core.display import display_safe
from destilation.storage.event_history import EventHistory
from destilation.tui.model.board import MOST_ENTRIES
from destilation.tui.model.entry import FAIL, Entry
from destilation.tui.model.filter import LEVELS, Filter
from destilation.tui.older import Older
from destilation.tui.sight import Sight
from destilation.tui.widgets.lines import Lines

STYLES = {"✓": "$text-success", "✗": "$text-error", "↻": "$text-accent", "!": "$text-warning"}


class EventsPanel(Lines):
    """Follows the newest one until the user moves up."""

    def __init__(self, sight: Sight, history: EventHistory, *, id: str, title: str = "Events") -> None:
        super().__init__(sight, id=id, title=title, follow=True)
        self._history = history
        self._older: Older | None = None
        self._rows: list[Entry] = []
        self._seen = 0
        self._made_for = Filter()

    def rows(self) -> Sequence[Entry]:
        """Those that the filter admits; only what is new is looked at."""
        board, chosen = self.sight.board, self.sight.filter
        if chosen != self._made_for:
            self._older = None
        fresh = board.seen - self._seen
        if chosen != self._made_for or fresh > len(board.entries):
            self._rows, fresh = [], len(board.entries)
        start = len(board.entries) - fresh
        new = [board.entries[place] for place in range(start, len(board.entries))]
        self._rows += [each for each in new if chosen.admits(each)]
        self._seen, self._made_for = board.seen, chosen
        if len(self._rows) > MOST_ENTRIES:
            cut = len(self._rows) - MOST_ENTRIES
            if self._older is None:
                self.cursor = max(0, self.cursor - cut)
            del self._rows[:cut]
        return self._rows if self._older is None else self._older.entries

    def line(self, row: Entry, width: int) -> Content:
        """Time, kind and words."""
        clock = time.strftime("%H:%M:%S", time.localtime(row.t))
        return Content.assemble((clock, "$text-muted"), " ", (row.glyph, STYLES.get(row.glyph, "")), f" {row.words}")

    def retitle(self) -> None:
        """Whether it follows, how many there are, and the filter."""
        chosen, rows = self.sight.filter, self.rows()
        told = [f"{'FOLLOW' if self.following else 'HOLD'} · {len(rows):,} shown"]
        if self._older is not None and rows:
            told.append(f"from {time.strftime('%b %d %H:%M:%S', time.localtime(rows[0].t))}")
        told += [LEVELS[chosen.level]] if chosen.level else []
        told += [f"filter “{display_safe(chosen.typed, 60)}”"] if chosen.typed else []
        self.border_subtitle = Content(" · ".join(told))

    def jump(self, by: int) -> None:
        """To the next failure, or the one before."""
        place = self._failure(self.cursor + by, by)
        if place is None and by < 0 and (more := self._up()):
            place = self._failure(more - 1, by)
        if place is not None:
            self.action_go(place)

    def action_move(self, by: int) -> None:
        """A line or more up or down; beyond the first one what the log has from before."""
        if by < 0 and self.cursor + by < 0:
            self.cursor += self._up()
        elif self._older is not None and self.cursor + by >= len(self.rows()):
            self._down()
        super().action_move(by)

    def action_go(self, place: int) -> None:
        """To a line; to the first one again, where it is the cursor's already: to what was before."""
        if place == 0 == self.cursor and not self.following:
            self._up()
        super().action_go(place)

    def action_follow(self) -> None:
        """To the last line, and on with it."""
        self._older = None
        super().action_follow()

    def _failure(self, place: int, by: int) -> int | None:
        rows = self.rows()
        while 0 <= place < len(rows):
            if rows[place].level == FAIL:
                return place
            place += by
        return None

    def _up(self) -> int:
        """Put what was before above the first line; how many lines that are."""
        board, chosen, first = self.sight.board, self.sight.filter, self._older is None
        if self._older is None:
            rows = [row for row in zip(board.places, board.entries, strict=True) if chosen.admits(row[1])]
            begin = board.places[0] if board.places else 0
            end = board.places[-1] + 1 if board.places else 0
            self._older = Older(self._history, chosen, rows, begin, end)
        found = self._older.up()
        if first and not found:
            self._older = None
        return found

    def _down(self) -> None:
        """Put what came after below the last line; where nothing did, follow again."""
        assert self._older is not None
        found, gone = self._older.down()
        self.cursor = max(0, self.cursor - gone)
        if not found:
            self.action_follow()
