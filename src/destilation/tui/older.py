"""Lines of the event list that memory holds no more, read from the log a stretch at a time, up and down."""

from collections.abc import Iterable

from destilation.storage.event_history import EventHistory, Placed
from destilation.storage.event_tail import read_event
from destilation.tui.model.board import MOST_ENTRIES
from destilation.tui.model.entry import Entry, entry_of
from destilation.tui.model.filter import Filter

STRETCH = 256 << 10
MOST_STRETCHES = 64
"""How much is looked through for one key press, so that a filter that admits nothing does not stop the screen."""

Row = tuple[int, Entry]


class Older:
    """A window on the log: at most 20,000 of the entries that a filter admits, all between two places."""

    def __init__(self, history: EventHistory, admits: Filter, rows: Iterable[Row], begin: int, end: int) -> None:
        self._history = history
        self._admits = admits
        self._rows = list(rows)
        self._begin, self._end = begin, end
        self.entries: list[Entry] = []
        """In order."""

    def up(self) -> int:
        """Read what is before; how many entries that gave. The last ones go where there are too many."""
        found: list[Row] = []
        for _ in range(MOST_STRETCHES):
            lines = self._history.before(self._begin, STRETCH)
            if not lines:
                break
            self._begin = lines[0][0]
            found = [*self._admitted(lines), *found]
            if found:
                break
        self._rows[:0] = found
        if len(self._rows) > MOST_ENTRIES:
            self._end = self._rows[MOST_ENTRIES][0]
            del self._rows[MOST_ENTRIES:]
        self.entries = [entry for _, entry in self._rows]
        return len(found)

    def down(self) -> tuple[int, int]:
        """Read what is after; how many entries that gave, and how many of the first ones went for them."""
        found: list[Row] = []
        for _ in range(MOST_STRETCHES):
            lines, self._end = self._history.after(self._end, STRETCH)
            found += self._admitted(lines)
            if found or not lines:
                break
        self._rows += found
        gone = max(0, len(self._rows) - MOST_ENTRIES)
        if gone:
            del self._rows[:gone]
            self._begin = self._rows[0][0]
        self.entries = [entry for _, entry in self._rows]
        return len(found), gone

    def _admitted(self, lines: list[Placed]) -> list[Row]:
        rows = []
        for place, line in lines:
            told = read_event(line)
            entry = None if told is None else entry_of(told.t, told.event)
            if entry is not None and self._admits.admits(entry):
                rows.append((place, entry))
        return rows
