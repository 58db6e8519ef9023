"""Lines of a file by their number, those that are still being written too. Knows no kind of line."""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path

from destilation.errors import ConfigError
from destilation.storage.lines import line_after
from destilation.storage.tally import Tally

LATEST = 256  # lines that may not be written yet


class KeptLines:
    """The lines of a file, of which `tally` says how far it is known; the last of them are held in memory."""

    def __init__(self, path: Path, tally: Callable[[], Tally]) -> None:
        self._path = path
        self._tally = tally
        self._latest: deque[bytes] = deque(maxlen=LATEST)

    def append(self, line: bytes) -> None:
        """One more, without its end, which the tally was told of already."""
        self._latest.append(line)

    async def line(self, number: int) -> bytes | None:
        """Line `number`, from 1 on, without its end; None where it cannot be read, or is not written so far."""
        back = self._tally().lines - number
        if 0 <= back < len(self._latest):
            return self._latest[-1 - back]
        try:
            return await asyncio.to_thread(self._read, number)
        except RuntimeError:  # no thread can be started where memory has run out
            return None

    def line_now(self, number: int) -> bytes | None:
        """As `line`, for one who can wait for the disk, before anything was appended."""
        return self._read(number)

    def _read(self, number: int) -> bytes | None:
        try:
            return line_after(self._path, *self._tally().near(number))
        except (LookupError, OSError, ConfigError):
            return None
