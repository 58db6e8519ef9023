"""The exact half: from a 64-bit digest to a position, never wrong and never full. Knows nothing about text.

Extendible hashing (Fagin et al., 1979): a directory of blocks; a full block is split in two by one more bit.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 512


class _Block:
    """Up to `_BLOCK` digests that share their lowest `bits` bits, with their positions.

    Where it is `shared` a snapshot holds its arrays as well: they are copied before they change.
    """

    def __init__(self, bits: int, digests: NDArray[np.uint64], positions: NDArray[np.uint32], count: int = 0) -> None:
        self.bits = bits
        self.count = count
        self.digests = digests
        self.positions = positions
        self.shared = False

    def own(self) -> None:
        """Arrays of its own."""
        self.digests, self.positions, self.shared = self.digests.copy(), self.positions.copy(), False


def _empty(bits: int) -> _Block:
    return _Block(bits, np.zeros(_BLOCK, np.uint64), np.zeros(_BLOCK, np.uint32))


class Digests:
    """A map from digests to positions (below 2^32)."""

    def __init__(self) -> None:
        self._directory = [_empty(0)]
        self._blocks = 1

    @property
    def nbytes(self) -> int:
        """Bytes held by the blocks."""
        return self._blocks * _BLOCK * 12

    def find(self, digest: int) -> int | None:
        """The position stored for a digest."""
        block = self._directory[digest & len(self._directory) - 1]
        hits = (block.digests[: block.count] == np.uint64(digest)).nonzero()[0]
        return int(block.positions[hits[0]]) if len(hits) else None

    def insert(self, digest: int, position: int) -> None:
        """Stores a digest that is not stored yet."""
        block = self._directory[digest & len(self._directory) - 1]
        while block.count == _BLOCK:
            self._split(block)
            block = self._directory[digest & len(self._directory) - 1]
        if block.shared:
            block.own()
        block.digests[block.count] = digest
        block.positions[block.count] = position
        block.count += 1

    def state(self) -> dict[str, list[NDArray[Any]]]:
        """The map as it is now, to be kept while it changes: no block is copied before it has to be."""
        first = {id(block): (at, block) for at, block in reversed([*enumerate(self._directory)])}
        rows = [(block.bits, block.count, at) for at, block in first.values()]
        blocks = [block for _, block in first.values()]
        for block in blocks:
            block.shared = True
        return {
            "digests": [block.digests for block in blocks],
            "digest_positions": [block.positions for block in blocks],
            "digest_blocks": [np.array(rows, np.uint32).ravel()],
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> "Digests":
        """The map with that state, each kind of array as one; they are taken over. Raises ValueError."""
        rows = arrays["digest_blocks"].reshape(-1, 3).tolist()
        digests = arrays["digests"].reshape(len(rows), _BLOCK)
        positions = arrays["digest_positions"].reshape(len(rows), _BLOCK)
        made = cls()
        size = 1 << max(bits for bits, _, _ in rows)
        made._directory *= size
        made._blocks = len(rows)
        for (bits, count, first), block, places in zip(rows, digests, positions, strict=True):
            mine = _Block(bits, block, places, count)
            for at in range(first, size, 1 << bits):
                made._directory[at] = mine
        return made

    def _split(self, block: _Block) -> None:
        bit = 1 << block.bits
        if bit == len(self._directory):
            self._directory *= 2
        upper = block.digests & np.uint64(bit) != 0
        halves = []
        for chosen in (~upper, upper):
            half = _empty(block.bits + 1)
            half.count = int(np.count_nonzero(chosen))
            half.digests[: half.count] = block.digests[chosen]
            half.positions[: half.count] = block.positions[chosen]
            halves.append(half)
        for at in range(int(block.digests[0]) & bit - 1, len(self._directory), bit):
            self._directory[at] = halves[at & bit != 0]
        self._blocks += 1
