"""Two datasets compared: what is in one of them, in the other, in both, and what is near. Changes nothing.

Memory holds the index of the first and a byte for each of its lines, no text.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from msgspec import Struct

from destilation.core.dedup.index import SeenIndex, fingerprint
from destilation.launch.dedup import Closest, Pair, Place
from destilation.launch.jsonl import Compared, Row, file_of, rows

MOST_LINES = 1_000
_AT_ONCE = 1_000
_ALONE, _NEAR, _BOTH, _COPY = range(4)


class Side(Struct, frozen=True):
    """One of the two: how many lines it has, and how many are only there, with their numbers (the first 1,000)."""

    file: str
    lines: int
    only: int
    only_lines: tuple[int, ...]


class Diff(Struct, frozen=True):
    """What was found.

    `both` counts lines of the second that the first has as well, `near` those that are near one of it; `closest` are
    the nearest pairs. A line that stands several times in the first counts once there.
    """

    first: Side
    second: Side
    both: int
    near: int
    closest: tuple[Pair, ...]


def diff(first: Path, second: Path, *, threshold: float, fields: Sequence[str]) -> Diff:
    """Compare two files of JSON lines, or the samples of two folders, by these fields, or by all of each line.

    Raises ConfigError for a file or line that cannot be read.
    """
    one, other = file_of(first), file_of(second)
    index, compared = SeenIndex(threshold), Compared(fields)
    fates = bytearray()
    lines = 0
    for some in _some(one):
        lines += len(some)
        new = index.add_all([compared.text(one, row) for row in some], [row.number for row in some])
        for row, is_new in zip(some, new, strict=True):
            fates.extend(bytes([_COPY]) * (row.number - len(fates)))  # blank lines are nobody's
            fates[row.number - 1] = _ALONE if is_new else _COPY
    return _compared(_First(one, lines, fates, index), other, compared)


class _First(Struct, frozen=True):
    """The first dataset, read: what became of each of its lines so far, and its index."""

    file: Path
    lines: int
    fates: bytearray
    index: SeenIndex


def _compared(first: _First, other: Path, compared: Compared) -> Diff:
    counts = [0, 0, 0]
    closest = Closest()
    only: list[int] = []
    for some in _some(other):
        for row in some:
            twin = first.index.twin(fingerprint(compared.text(other, row)))
            fate = _ALONE if twin is None else _BOTH if twin.exact else _NEAR
            counts[fate] += 1
            if twin is None:
                only += [row.number] if len(only) < MOST_LINES else []
                continue
            first.fates[twin.number - 1] = max(fate, first.fates[twin.number - 1])
            if fate == _NEAR:
                places = (Place(str(first.file), twin.number), Place(str(other), row.number))
                closest.add(Pair(round(twin.similarity, 4), *places))
    if first.lines or sum(counts):
        compared.finish()
    alone = [number for number, fate in enumerate(first.fates, 1) if fate == _ALONE]
    return Diff(
        first=Side(str(first.file), first.lines, len(alone), tuple(alone[:MOST_LINES])),
        second=Side(str(other), sum(counts), counts[_ALONE], tuple(only)),
        both=counts[_BOTH],
        near=counts[_NEAR],
        closest=closest.pairs,
    )


def _some(file: Path) -> Iterator[list[Row]]:
    found = rows(file)
    while some := list(islice(found, _AT_ONCE)):
        yield some
