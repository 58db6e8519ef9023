"""The log of a folder read at any place, back and forth: stretches of whole lines, also of files that were put aside.

Places are bytes, as EventTail counts them: 0 is where the log's file began when it was opened, what was put aside
before has places below, and what comes in later files goes on above.
"""

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

from destilation.errors import ConfigError
from destilation.storage.disk import Disk
from destilation.storage.event_log import MOST_ASIDE
from destilation.storage.event_tail import LONGEST_LINE
from destilation.storage.layout import EVENTS, open_regular

Placed = tuple[int, bytes]


class _Part(NamedTuple):
    base: int
    descriptor: int

    @property
    def end(self) -> int:
        return self.base + os.fstat(self.descriptor).st_size

    def read(self, place: int, size: int) -> bytes:
        os.lseek(self.descriptor, place - self.base, os.SEEK_SET)
        return os.read(self.descriptor, size)


class EventHistory:
    """Holds the files open, so that none of them goes away while it is looked at."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        self._parts: list[_Part] = []
        self._open(self._path, 0)
        base = 0
        for number in range(1, MOST_ASIDE + 1):
            aside = self._path.with_name(f"{self._path.stem}.{number}{self._path.suffix}")
            base = self._open(aside, base, before=True)

    @property
    def begin(self) -> int:
        """The place of the oldest line."""
        return min((part.base for part in self._parts), default=0)

    def before(self, place: int, size: int) -> list[Placed]:
        """About so many bytes of lines that end at a place, which is where a line begins; none at the beginning."""
        part = next((part for part in self._parts if part.base < place <= part.end), None)
        if part is None:
            return []
        start = max(part.base, place - size)
        data = part.read(start, place - start)
        if start > part.base:
            torn, _, data = data.partition(b"\n")
            start += len(torn) + 1
            if not data and size < LONGEST_LINE:
                return self.before(place, 2 * size)
        return _placed(start, data)

    def after(self, place: int, size: int) -> tuple[list[Placed], int]:
        """About so many bytes of lines from a place on, and where they end; none at the end, for now."""
        self._go_on()
        for part in sorted(self._parts):
            if place < part.end:
                place = max(place, part.base)
                data = part.read(place, size)
                whole = data[: data.rfind(b"\n") + 1]
                if not whole and size < LONGEST_LINE:
                    return self.after(place, 2 * size)
                if whole or part.end == max(each.end for each in self._parts):
                    return _placed(place, whole), place + len(whole)
        return [], place

    def close(self) -> None:
        """Let the files go."""
        for part in self._parts:
            os.close(part.descriptor)
        self._parts = []

    def _open(self, path: Path, base: int, *, before: bool = False) -> int:
        with contextlib.suppress(OSError, ConfigError):
            descriptor = open_regular(path, os.O_RDONLY, Disk())
            base -= os.fstat(descriptor).st_size if before else 0
            self._parts.append(_Part(base, descriptor))
        return base

    def _go_on(self) -> None:
        """Open the file that has the log's name by now, and let go of what is more than the log may have."""
        last = max(self._parts, default=None)
        if last is None:
            self._open(self._path, 0)
            return
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(last.descriptor), os.lstat(self._path)):
                return
            self._open(self._path, last.end)
        while len(self._parts) > MOST_ASIDE + 1:
            oldest = min(self._parts)
            self._parts.remove(oldest)
            os.close(oldest.descriptor)


def _placed(start: int, data: bytes) -> list[Placed]:
    found = []
    for line in data.split(b"\n")[:-1]:
        if line:
            found.append((start, line))
        start += len(line) + 1
    return found
