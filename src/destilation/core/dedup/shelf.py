"""What is remembered of each kept text, in flat arrays: its number, guard and shingles. Knows no hashing.

The arrays grow by chunks, never by copying, so that no insert pauses.
"""

from collections.abc import Mapping
from struct import Struct as Layout
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from destilation.core.dedup.shingles import Shingles

_ROWS = 1 << 14
_CHUNK = 1 << 16  # shingles; a text never lies in two chunks
_ROW = Layout("<qQIH")  # number, start, guard, size
_BEYOND = 2**63


class Kept(Struct, frozen=True, eq=False, gc=False):
    """One remembered text."""

    number: int
    guard: int
    shingles: Shingles


class Shelf:
    """Remembered texts by position: 0, 1, 2 in order of arrival."""

    def __init__(self) -> None:
        self._count = 0
        self._rows: list[NDArray[np.uint8]] = []
        self._chunks: list[Shingles] = [np.zeros(_CHUNK, np.uint32)]
        self._used = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: int) -> Kept:
        number, start, guard, size = _ROW.unpack_from(self._rows[position // _ROWS].data, position % _ROWS * _ROW.size)
        at = start % _CHUNK
        return Kept(number, guard, self._chunks[start // _CHUNK][at : at + size])

    @property
    def nbytes(self) -> int:
        """Bytes held by all chunks."""
        return sum(chunk.nbytes for chunk in self._rows) + sum(chunk.nbytes for chunk in self._chunks)

    def append(self, number: int, guard: int, shingles: Shingles) -> int:
        """Remembers a text; its position. OverflowError for a number beyond 64 bits."""
        if not -_BEYOND <= number < _BEYOND:
            raise OverflowError(f"the number {number} is beyond 64 bits")
        size = len(shingles)
        if self._used + size > _CHUNK:
            self._chunks.append(np.zeros(_CHUNK, np.uint32))
            self._used = 0
        if self._count == len(self._rows) * _ROWS:
            self._rows.append(np.zeros(_ROWS * _ROW.size, np.uint8))
        start = (len(self._chunks) - 1) * _CHUNK + self._used
        _ROW.pack_into(self._rows[-1].data, self._count % _ROWS * _ROW.size, number, start, guard, size)
        self._chunks[-1][self._used : self._used + size] = shingles
        self._used += size
        self._count += 1
        return self._count - 1

    def state(self) -> dict[str, list[NDArray[Any]]]:
        """The shelf as it is now, to be kept while it grows: what is written is never changed again."""
        left = self._count - (len(self._rows) - 1) * _ROWS
        rows = [*self._rows[:-1], self._rows[-1][: left * _ROW.size]] if self._rows else []
        return {
            "rows": rows,
            "shingles": [*self._chunks[:-1], self._chunks[-1][: self._used]],
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> "Shelf":
        """The shelf with that state, each kind of array as one; what is full of them is taken over.

        Raises ValueError for rows that are not whole.
        """
        made = cls()
        rows, shingles = arrays["rows"], arrays["shingles"]
        if len(rows) % _ROW.size:
            raise ValueError("a row is cut off")
        made._count = len(rows) // _ROW.size
        made._rows = [_filled(part, _ROWS * _ROW.size) for part in _parts(rows, _ROWS * _ROW.size)]
        made._chunks = [_filled(part, _CHUNK) for part in _parts(shingles, _CHUNK)] or made._chunks
        made._used = len(shingles) - (len(made._chunks) - 1) * _CHUNK
        return made


def _parts(array: NDArray[Any], size: int) -> list[NDArray[Any]]:
    return [array[at : at + size] for at in range(0, len(array), size)]


def _filled(part: NDArray[Any], size: int) -> NDArray[Any]:
    """The array, made up to that size with nothing."""
    if len(part) == size:
        return part
    whole = np.zeros(size, part.dtype)
    whole[: len(part)] = part
    return whole
