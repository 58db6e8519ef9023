"""Duplicates taken out of files of JSON lines, by the rules of a run: the first of equal or near ones stays.

Memory holds the index and the closest pairs, no text.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import heappush, heappushpop
from pathlib import Path

from msgspec import Struct

from destilation.core.dedup.index import SeenIndex, Twin
from destilation.launch.jsonl import Compared, file_of, rows
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.refusals import as_storage_error

MOST_PAIRS = 10


class Place(Struct, frozen=True, order=True):
    """A line of a file."""

    file: str
    line: int


class Pair(Struct, frozen=True, order=True):
    """Two lines that are alike, and how much; the first is the one that stays."""

    similarity: float
    kept: Place
    other: Place


class Deduped(Struct, frozen=True):
    """How many lines there were and are left, how many were equal to or near an earlier one, the closest near pairs."""

    lines: int
    kept: int
    equal: int
    near: int
    closest: tuple[Pair, ...]


class Closest:
    """The pairs that are most alike, of any number of them."""

    def __init__(self) -> None:
        self._heap: list[Pair] = []

    def add(self, pair: Pair) -> None:
        """One more pair."""
        if len(self._heap) < MOST_PAIRS:
            heappush(self._heap, pair)
        else:
            heappushpop(self._heap, pair)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The most alike first."""
        return tuple(sorted(self._heap, key=lambda pair: (-pair.similarity, pair.other)))


class Numbering:
    """Lines of several files by one number, and back."""

    def __init__(self) -> None:
        self._files: list[tuple[int, str]] = []
        self._next = 0

    def begin(self, file: Path) -> None:
        """The next lines are of that file."""
        self._files.append((self._next, str(file)))

    def number(self, line: int) -> int:
        """The number of a line of the file that was begun last; lines come in order."""
        self._next = self._files[-1][0] + line
        return self._next

    def place(self, number: int) -> Place:
        """Which line it is."""
        begin, file = self._files[bisect_right(self._files, number - 1, key=lambda each: each[0]) - 1]
        return Place(file, number - begin)


def dedup(paths: Sequence[Path], *, threshold: float, fields: Sequence[str], out: Path | None) -> Deduped:
    """Find the duplicates of the files, one after the other; with `out`, put what stays there in one step.

    Compared are the `fields`, or all of each line. Raises ConfigError for a file or line that cannot be read, and
    then nothing is written; StorageError.
    """
    work = _Dedup([file_of(path) for path in paths], threshold, fields)
    if out is None:
        for _ in work.survivors():
            pass
    else:
        with as_storage_error(out.parent):
            replace_file(out, work.survivors(), Disk())
    return work.found()


class _Dedup:
    """One pass over the files."""

    def __init__(self, files: Sequence[Path], threshold: float, fields: Sequence[str]) -> None:
        self._files = files
        self._index = SeenIndex(threshold)
        self._compared = Compared(fields)
        self._numbering = Numbering()
        self._closest = Closest()
        self._lines = self._equal = self._near = 0

    def survivors(self) -> Iterator[bytes]:
        """The lines that stay."""
        for file in self._files:
            self._numbering.begin(file)
            for row in rows(file):
                self._lines += 1
                number = self._numbering.number(row.number)
                twin = self._index.admit(self._compared.text(file, row), number)
                if twin is None:
                    yield row.data + b"\n"
                else:
                    self._refuse(twin, number)
        if self._lines:
            self._compared.finish()

    def found(self) -> Deduped:
        """What came of it."""
        return Deduped(self._lines, len(self._index), self._equal, self._near, self._closest.pairs)

    def _refuse(self, twin: Twin, number: int) -> None:
        if twin.exact:
            self._equal += 1
            return
        self._near += 1
        kept, other = self._numbering.place(twin.number), self._numbering.place(number)
        self._closest.add(Pair(round(twin.similarity, 4), kept, other))
