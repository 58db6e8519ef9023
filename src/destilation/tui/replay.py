"""The facts of a folder told again as they came, faster or slower; nothing can be told to anyone."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from destilation.core import events
from destilation.core.control import AnyCommand
from destilation.errors import ConfigError
from destilation.storage.event_history import EventHistory
from destilation.storage.event_tail import Told, read_event
from destilation.tui.model.board import Board

STRETCH = 256 << 10
LONGEST_WAIT_S = 2.0
"""How long nothing may happen on the screen: a longer time between two facts is left out."""
MOST_AT_ONCE = 20_000


class Replay:
    """A Source that goes through the log from its oldest line. `speed` 1 is as it was; `clock` gives seconds."""

    steers = False

    def __init__(self, folder: Path, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self.history = EventHistory(folder)
        self.speed = speed
        self._clock = clock
        self._facts = self._all()
        self._next = next(self._facts, None)
        if self._next is None:
            raise ConfigError(f"there are no events in {folder} that could be played again")
        self._at = self._next[1].t
        self._looked = clock()
        self.board = Board(None, self._at)
        self.board.running = True

    def read(self) -> list[Told]:
        """The facts up to this moment of the replay."""
        now, found = self.now(), list[Told]()
        if self._next is not None and self._next[1].t > now + LONGEST_WAIT_S * self.speed:
            self._at = now = self._next[1].t
        while self._next is not None and self._next[1].t <= now and len(found) < MOST_AT_ONCE:
            place, told = self._next
            self.board.see(told.t, told.event, place=place)
            if isinstance(told.event, events.RunStarted | events.RunEnded):
                self.board.running = isinstance(told.event, events.RunStarted)
            found.append(told)
            self._next = next(self._facts, None)
        return found

    def running(self) -> bool:
        """Whether a run was under way at this moment of the replay."""
        return self.board.running and self._next is not None

    def now(self) -> float:
        """The time that is played, in seconds since 1970; it stands still at the end."""
        looked = self._clock()
        if self._next is not None:
            self._at += (looked - self._looked) * self.speed
        self._looked = looked
        return self._at

    def send(self, command: AnyCommand) -> None:
        """There is nobody to be told."""

    def close(self) -> None:
        """Let the log go."""
        self.history.close()

    def _all(self) -> Iterator[tuple[int, Told]]:
        place = self.history.begin
        while True:
            lines, place = self.history.after(place, STRETCH)
            if not lines:
                return
            for at, line in lines:
                if (told := read_event(line)) is not None:
                    yield at, told
