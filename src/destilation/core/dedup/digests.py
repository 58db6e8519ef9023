"""The exact half: from a 64-bit digest to a position, never wrong and never full. Knows nothing about text.

Extendible hashing (Fagin et al., 1979): a directory of blocks; a full block is split in two by one more bit.
"""

import numpy as np

_BLOCK = 512


class _Block:
    """Up to `_BLOCK` digests that share their lowest `bits` bits, with their positions."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.count = 0
        self.digests = np.zeros(_BLOCK, np.uint64)
        self.positions = np.zeros(_BLOCK, np.uint32)


class Digests:
    """A map from digests to positions (below 2^32)."""

    def __init__(self) -> None:
        self._directory = [_Block(0)]
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
        block.digests[block.count] = digest
        block.positions[block.count] = position
        block.count += 1

    def _split(self, block: _Block) -> None:
        bit = 1 << block.bits
        if bit == len(self._directory):
            self._directory *= 2
        upper = block.digests & np.uint64(bit) != 0
        halves = []
        for chosen in (~upper, upper):
            half = _Block(block.bits + 1)
            half.count = int(np.count_nonzero(chosen))
            half.digests[: half.count] = block.digests[chosen]
            half.positions[: half.count] = block.positions[chosen]
            halves.append(half)
        for at in range(int(block.digests[0]) & bit - 1, len(self._directory), bit):
            self._directory[at] = halves[at & bit != 0]
        self._blocks += 1
