"""How much of a file is known: its lines, bytes and SHA-256 up to there, and where they stand. Knows no kind of line.

Of every `BLOCK` bytes it is remembered how many lines end before them: so a line is found by reading on from the block
in which the one before it ends.
"""

import hashlib
import os
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from destilation.errors import ConfigError
from destilation.storage.disk import Disk
from destilation.storage.layout import open_regular

BLOCK = 16 << 10
_CHUNK = 4 << 20


class Prefix(Struct, frozen=True):
    """The first `lines` lines of a file, so many bytes, with this SHA-256 in hexadecimal."""

    lines: int
    bytes: int
    sha256: str


class Tally:
    """Counts what is read or written of one file."""

    def __init__(self) -> None:
        self.lines = 0
        self.bytes = 0
        self._digest = hashlib.sha256()
        self._ended = array("Q")  # before each block

    def add(self, line: bytes) -> None:
        """One more line, with its end."""
        self.bytes += len(line)
        while len(self._ended) * BLOCK < self.bytes:
            self._ended.append(self.lines)
        self.lines += 1
        self._digest.update(line)

    def near(self, number: int) -> tuple[int, int]:
        """Where to read for a line, from 1 on: an offset in bytes, and how many lines end from there until it begins.

        Raises LookupError for a line that was not told of.
        """
        if not 1 <= number <= self.lines:
            raise LookupError(number)
        block = max(0, bisect_left(self._ended, number - 1) - 1)
        return block * BLOCK, number - 1 - self._ended[block]

    @property
    def sha256(self) -> str:
        """SHA-256 of all lines so far, in hexadecimal."""
        return self._digest.hexdigest()

    @property
    def prefix(self) -> Prefix:
        """What was counted so far."""
        return Prefix(self.lines, self.bytes, self.sha256)

    @classmethod
    def of(cls, path: Path, prefix: Prefix) -> "Tally | None":
        """The count of a file that begins with that prefix; None where it does not. Raises OSError."""
        tally, left = cls(), prefix.bytes
        try:
            descriptor = open_regular(path, os.O_RDONLY, Disk())
        except (FileNotFoundError, ConfigError):
            return None
        with open(descriptor, "rb", buffering=0) as file:
            chunk = bytearray(_CHUNK)
            while left and (size := file.readinto(memoryview(chunk)[: min(left, _CHUNK)])):
                tally._digest.update(memoryview(chunk)[:size])
                tally._count(chunk, size)
                left -= size
        return tally if tally.prefix == prefix else None

    def _count(self, chunk: bytearray, size: int) -> None:
        """The next bytes of the file, so many of the chunk."""
        at = 0
        while at < size:
            if self.bytes == len(self._ended) * BLOCK:
                self._ended.append(self.lines)
            step = min(size - at, len(self._ended) * BLOCK - self.bytes)
            self.lines += chunk.count(b"\n", at, at + step)
            self.bytes += step
            at += step


def tallies_of(folder: Path, prefixes: Mapping[str, Prefix]) -> dict[str, Tally] | None:
    """The counts of several files, read at the same time; None where one does not begin so. Raises OSError."""
    with ThreadPoolExecutor(max_workers=len(prefixes)) as threads:
        found = dict(
            zip(prefixes, threads.map(lambda name: Tally.of(folder / name, prefixes[name]), prefixes), strict=True)
        )
    good = {name: tally for name, tally in found.items() if tally is not None}
    return good if len(good) == len(found) else None
