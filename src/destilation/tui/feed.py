"""The folder of a job as the dashboard reads it: the snapshot, a stretch of history, the facts as they come."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from destilation.core.control import AnyCommand
from destilation.errors import ConfigError
from destilation.storage.control_file import append_command
from destilation.storage.event_history import EventHistory
from destilation.storage.event_tail import EventTail, Told, folded_to, read_event
from destilation.storage.fold import read_metadata
from destilation.storage.lock import holder
from destilation.tui.model.board import Board

HISTORY_BYTES = 4 << 20


class Source(Protocol):
    """Where the dashboard has its facts from. `steers`: there may be an engine that can be told something."""

    folder: Path
    board: Board
    history: EventHistory
    steers: bool

    def read(self) -> list[Told]:
        """The facts that came since, already taken in by the board."""

    def running(self) -> bool:
        """Whether a run is under way."""

    def now(self) -> float:
        """The time that is shown, in seconds since 1970."""

    def send(self, command: AnyCommand) -> None:
        """Ask the engine for something; what comes of it comes as a fact. Raises OSError, ConfigError."""

    def close(self) -> None:
        """Let the files go."""


class Feed:
    """One watcher's place in the log. A job of any age opens in the same time. `clock`: seconds since 1970."""

    steers = True

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.folder = folder
        self.now = clock
        document = read_metadata(folder)
        updated = _seconds((document or {}).get("updated_at"), clock())
        self.board = Board(document, updated)
        self.board.running = self.running()
        start = folded_to(folder, document)
        self.history = EventHistory(folder)
        self._look_back(start)
        self._tail = EventTail(folder, start)

    def _look_back(self, start: int) -> None:
        """What came before the end of the snapshot, as far as it matters for rates and the list."""
        history = EventTail(self.folder, max(0, start - HISTORY_BYTES))
        lines = history.read_placed() if start > 0 else []
        history.close()
        for place, line in lines[1:] if start > HISTORY_BYTES else lines:
            if place + len(line) < start and (told := read_event(line)) is not None:
                self.board.see(told.t, told.event, counted=True, place=place)

    def read(self) -> list[Told]:
        """The facts that came since, already taken in by the board."""
        found = []
        for place, line in self._tail.read_placed():
            if (told := read_event(line)) is not None:
                self.board.see(told.t, told.event, place=place)
                found.append(told)
        return found

    def running(self) -> bool:
        """Whether a run is under way: the lock says so, whatever the files do."""
        try:
            return holder(self.folder) is not None
        except (OSError, ConfigError):
            return False

    def send(self, command: AnyCommand) -> None:
        """Ask the engine for something; what comes of it comes as a fact. Raises OSError, ConfigError."""
        append_command(self.folder, msgspec.json.encode(command))

    def close(self) -> None:
        """Let the log go."""
        self._tail.close()
        self.history.close()


def _seconds(text: object, default: float) -> float:
    try:
        return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else default
    except ValueError:
        return default
