"""A hash table of integers that grows a little at a time. Knows nothing about what the keys stand for.

Linear hashing (Litwin, VLDB 1980) over segments: when the table is half full, one segment is split in two, so
no insert ever moves more than a segment. A key goes to one bucket of eight entries; when that is full, or
holds the key often enough already, the key is not stored: the table nominates, it does not promise.
"""

from collections.abc import Mapping
from struct import Struct as Layout

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

_SLOTS = 8
_BUCKET_BITS = 10
_SEGMENT_BITS = 3 + _BUCKET_BITS
_SEGMENT = 1 << _SEGMENT_BITS
_FILL = 0.5
_OFTEN = 4
_NOWHERE = -1
_BUCKET = Layout(f"{_SLOTS}I")
_TO_OFFSET = 32 - _BUCKET_BITS

Array = NDArray[np.uint32]


class Found(Struct, frozen=True, eq=False, gc=False):
    """The positions stored under some keys, a repeat for each key, and a free slot for each key."""

    positions: list[int]
    free: list[int]


class Buckets:
    """Keys of 32 bits, not 0, to positions below 2^32. The upper bits choose a bucket, the lower a segment."""

    def __init__(self) -> None:
        self._keys: list[memoryview] = []
        self._positions: list[memoryview] = []
        self._shared: set[int] = set()  # segments that a snapshot holds as well: copied before they change
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
        held, unpack = self._keys, _BUCKET.unpack_from
        segments, half, mask = len(held), self._round, 2 * self._round - 1
        for key in keys:
            if (segment := key & mask) >= segments:
                segment -= half
            at = (key >> _TO_OFFSET) * _SLOTS
            bucket = unpack(held[segment], 4 * at)
            roomy = 0 in bucket
            if key in bucket:
                stored = self._positions[segment]
                positions += [stored[at + slot] for slot, other in enumerate(bucket) if other == key]
                roomy = roomy and bucket.count(key) < _OFTEN
            free.append(segment * _SEGMENT + at + bucket.index(0) if roomy else _NOWHERE)
        return Found(positions, free)

    def insert(self, keys: list[int], found: Found, position: int) -> None:
        """Stores a position under the keys that have room; `found` is what they found, with no insert since."""
        for key, place in zip(keys, found.free, strict=True):
            if place >= 0:
                segment, at = place >> _SEGMENT_BITS, place & _SEGMENT - 1
                if self._keys[segment][at]:  # another key of this text has taken it
                    continue
                if segment in self._shared:
                    self._own(segment)
                self._keys[segment][at] = key
                self._positions[segment][at] = position
                self._entries += 1
        if self._entries > _FILL * _SEGMENT * len(self._keys):
            self._split()

    def state(self) -> dict[str, list[memoryview]]:
        """The table as it is now, to be kept while it changes: no segment is copied before it has to be."""
        self._shared = set(range(len(self._keys)))
        return {"bucket_keys": list(self._keys), "bucket_positions": list(self._positions)}

    @classmethod
    def restored(cls, arrays: Mapping[str, Array]) -> "Buckets":
        """The table with that state, each kind of array as one; they are taken over."""
        keys, positions = arrays["bucket_keys"], arrays["bucket_positions"]
        made = cls()
        made._keys = [part.data for part in keys.reshape(-1, _SEGMENT)]
        made._positions = [part.data for part in positions.reshape(len(made._keys), _SEGMENT)]
        made._entries = int(np.count_nonzero(keys))
        made._round = 1 << max(len(made._keys).bit_length() - 1, 0)
        return made

    def _own(self, segment: int) -> None:
        """A copy of its own for the table of what a snapshot holds too."""
        self._shared.discard(segment)
        for views in (self._keys, self._positions):
            views[segment] = np.frombuffer(views[segment], np.uint32).copy().data

    def _split(self) -> None:
        """Moves from the next segment of the round what belongs to its new sibling; buckets stay as they are."""
        parent = len(self._keys) - self._round
        if parent in self._shared:
            self._own(parent)
        keys = np.frombuffer(self._keys[parent], np.uint32)
        moved = keys & np.uint32(self._round) != 0
        self._append(keys * moved, np.frombuffer(self._positions[parent], np.uint32).copy())
        keys[moved] = 0
        if len(self._keys) == 2 * self._round:
            self._round *= 2

    def _append(self, keys: Array, positions: Array) -> None:
        self._keys.append(keys.data)
        self._positions.append(positions.data)
