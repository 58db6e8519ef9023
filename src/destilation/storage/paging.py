"""The lines of a file by their number, found without reading the file whole: a count of line ends for each block.

A gigabyte is counted in less than a second and takes 128 KiB of memory. Lines end as in `storage/lines.py`.
"""

import os
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

from destilation.errors import ConfigError
from destilation.storage.disk import Disk
from destilation.storage.layout import open_regular
from destilation.storage.lines import LONGEST

BLOCK = 64 << 10
"""Bytes that are counted at a time."""


class Paging:
    """`count` is how many whole lines are known so far; `look` makes them more, until the end of the file.

    What cannot be opened has no lines. A file that has become shorter is counted anew.
    """

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._path = path
        self._seen = 0
        self._before = array("Q", [0])
        self._descriptor = -1

    def look(self) -> bool:
        """Count the line ends of the next block; whether there was anything to count."""
        size = self._length()
        if size < self._seen:
            self.count, self._seen, self._before = 0, 0, array("Q", [0])
        wanted = min(BLOCK - self._seen % BLOCK, size - self._seen)
        data = self._read(self._seen, wanted) if wanted > 0 else b""
        self.count += data.count(b"\n")
        self._seen += len(data)
        if data and self._seen % BLOCK == 0:
            self._before.append(self.count)
        return bool(data)

    @property
    def share(self) -> float:
        """How much of the file is counted, from 0 to 1."""
        size = self._length()
        return min(1.0, self._seen / size) if size else 1.0

    def lines(self, first: int) -> Iterator[bytes]:
        """The known lines from the one with this index (0 is the first) on, without their ends.

        Of a line beyond 64 MiB nothing after it is given.
        """
        at, data, place = self._start(first), b"", 0
        for _ in range(first, self.count):
            while (end := data.find(b"\n", place)) < 0:
                more = self._read(at, BLOCK)
                if not more or len(data) - place > LONGEST:
                    return
                at += len(more)
                data, place = data[place:] + more, 0
            yield data[place:end]
            place = end + 1

    def close(self) -> None:
        """Let the file go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _start(self, index: int) -> int:
        """Where a known line begins: behind as many line ends."""
        if index <= 0:
            return 0
        block = bisect_left(self._before, index) - 1
        data, place = self._read(block * BLOCK, BLOCK), -1
        for _ in range(index - self._before[block]):
            place = data.find(b"\n", place + 1)
        return block * BLOCK + place + 1

    def _read(self, at: int, size: int) -> bytes:
        os.lseek(self._descriptor, at, os.SEEK_SET)
        return os.read(self._descriptor, size)

    def _length(self) -> int:
        if self._descriptor < 0:
            try:
                self._descriptor = open_regular(self._path, os.O_RDONLY, Disk())
            except (OSError, ConfigError):
                return 0
        return os.fstat(self._descriptor).st_size
