"""A hash table of integers that grows a little at a time. Knows nothing about what the keys stand for.

Linear hashing (Litwin, VLDB 1980) over segments: when the table is half full, one segment is split in two, so
no insert ever moves more than a segment. A key goes to one bucket of eight entries; when that is full, or
holds the key often enough already, the key is not stored: the table nominates, it does not promise.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

_SLOTS = 8
_BUCKET_BITS = 10
_SEGMENT = _SLOTS << _BUCKET_BITS
_FILL = 0.5
_OFTEN = 4
_NOWHERE = -1


class Found(Struct, frozen=True, eq=False):
    """The positions stored under some keys, a repeat for each key, and a free slot for each key."""

    positions: list[int]
    free: list[int]


class Buckets:
    """Keys of 32 bits, not 0, to positions below 2^32. The upper bits choose a bucket, the lower a segment."""

    def __init__(self) -> None:
        self._keys: list[memoryview] = []
        self._positions: list[memoryview] = []
        self._round = 1  # segments when this round of splits began, a power of two
        self._entries = 0
        self._append(np.zeros(_SEGMENT, np.uint32), np.zeros(_SEGMENT, np.uint32))

    @property
    def nbytes(self) -> int:
        """Bytes held by the segments."""
        return sum(view.nbytes for view in self._keys) + sum(view.nbytes for view in self._positions)

    def find(self, keys: list[int]) -> Found:
        """What is stored under any of the keys, and where each of them could be stored next."""
        positions: list[int] = []
        free: list[int] = []
        segments, mask = len(self._keys), 2 * self._round - 1
        for key in keys:
            if (segment := key & mask) >= segments:
                segment -= self._round
            at = (key >> 32 - _BUCKET_BITS) * _SLOTS
            bucket = self._keys[segment][at : at + _SLOTS].tolist()
            roomy = 0 in bucket
            if key in bucket:
                held = self._positions[segment]
                positions += [held[at + slot] for slot, other in enumerate(bucket) if other == key]
                roomy = roomy and bucket.count(key) < _OFTEN
            free.append(segment * _SEGMENT + at + bucket.index(0) if roomy else _NOWHERE)
        return Found(positions, free)

    def insert(self, keys: list[int], found: Found, position: int) -> None:
        """Stores a position under the keys that have room; `found` is what they found, with no insert since."""
        for key, place in zip(keys, found.free, strict=True):
            if place != _NOWHERE:
                segment, at = divmod(place, _SEGMENT)
                self._keys[segment][at] = key
                self._positions[segment][at] = position
                self._entries += 1
        if self._entries > _FILL * _SEGMENT * len(self._keys):
            self._split()

    def _split(self) -> None:
        """Moves from the next segment of the round what belongs to its new sibling; buckets stay as they are."""
        parent = len(self._keys) - self._round
        keys = np.frombuffer(self._keys[parent], np.uint32)
        moved = keys & np.uint32(self._round) != 0
        self._append(keys * moved, np.frombuffer(self._positions[parent], np.uint32).copy())
        keys[moved] = 0
        if len(self._keys) == 2 * self._round:
            self._round *= 2

    def _append(self, keys: NDArray[np.uint32], positions: NDArray[np.uint32]) -> None:
        self._keys.append(keys.data)
        self._positions.append(positions.data)
