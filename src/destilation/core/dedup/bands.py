"""MinHash signatures cut into bands: texts that share a band are worth comparing. Knows no table and no verdict.

Two sets of similarity s agree in one of b bands of r minima with probability 1 - (1 - s^r)^b
(Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", 3.4.2).
"""

from hashlib import blake2b
from math import ceil, log
from struct import Struct as Layout
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from destilation.core.dedup.shingles import Shingles

Signature = tuple[bytes, ...]
_MISSED = 0.0015  # of the pairs exactly at the threshold, those that no band may nominate


def shape(threshold: float) -> tuple[int, int]:
    """(bands, rows) for a similarity from 0.5 up to, not including, 1: at most 15 in 10,000 missed there."""
    rows = 3 if threshold < 0.7 else 4 if threshold < 0.88 else 5
    return ceil(log(_MISSED) / log(1 - threshold**rows)), rows


class Bands:
    """Signs sets of shingles for one shape."""

    def __init__(self, bands: int, rows: int) -> None:
        self._factors = _constants(b"destilation dedup bands 1", bands * rows)
        self._column = self._factors[:, None].copy()
        self._cut = Layout(f"{4 * rows}s" * bands).unpack

    def sign(self, shingles: Shingles) -> Signature:
        """The minima of each band, of a set that is not empty."""
        return self._cut(np.minimum.reduce(self._column * shingles, axis=1).tobytes())

    def sign_all(self, shingles: Shingles, starts: NDArray[np.int64]) -> list[Signature]:
        """As `sign`, of several sets one after the other; `starts` is where each begins."""
        if not len(starts):
            return []
        minima = np.empty((len(starts), len(self._factors)), np.uint32)
        for number, factor in enumerate(self._factors):
            minima[:, number] = np.minimum.reduceat(shingles * factor, starts)
        return [self._cut(row.tobytes()) for row in minima]


def keys(signature: Signature, guard: int) -> list[int]:
    """The keys, one a band, 32 bits and never 0, under which texts with this guard meet."""
    return [crc32(band, guard) or 1 for band in signature]


def _constants(tag: bytes, count: int) -> Shingles:
    """Odd 32-bit numbers derived from a fixed tag, the same on every machine; each permutes all such numbers."""
    blocks = [blake2b(tag + number.to_bytes(4, "little"), digest_size=4).digest() for number in range(count)]
    return np.frombuffer(b"".join(blocks), "<u4").astype(np.uint32) | np.uint32(1)
