"""Which openings are boilerplate and must not decide that two texts are alike. Knows no index.

A shingle in more than one text of 32 is common; the common ones that a text begins with have no weight when
they are more than half of it (fewer cannot decide: what follows must then be much alike as well). Counts lie
in a fixed array of hashed cells, so memory does not grow: at most 512 shingles of a text are counted, which
lifts an average cell to 0.8 % of the texts at worst, well below the 3 % asked for.
"""

from collections.abc import Mapping
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from destilation.core.dedup.shingles import Shingles

_CELLS = 1 << 16
_CELL = np.uint32(_CELLS - 1)
_SHARE = 32  # common: in more than one text of this many
_LEAST = 24  # texts, before anything is common
_LONG = 8  # shingles: a shorter opening cannot decide
_UNLIKE = 0.25


class Openings:
    """Counts how texts begin. A lead is the first shingles of a text in text order, at least one."""

    def __init__(self) -> None:
        self._counts = np.zeros(_CELLS, np.uint32)
        self._cells = self._counts.data  # the same counts: one at a time is faster this way
        self._texts = 0
        self._limit = _LEAST

    @property
    def nbytes(self) -> int:
        """Bytes held by the counts."""
        return self._counts.nbytes

    def state(self) -> dict[str, list[NDArray[np.uint32]]]:
        """The counts as they are now; only those that are not zero, for of a small set there are few."""
        counted = self._counts.nonzero()[0]
        texts = np.array([self._texts], np.uint32)
        return {"openings": [texts, counted.astype(np.uint32), self._counts[counted]]}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[np.uint32]]) -> "Openings":
        """The counts with that state, its array as one. Raises ValueError, IndexError."""
        texts, counted = arrays["openings"][0], arrays["openings"][1:].reshape(2, -1)
        made = cls()
        made._counts[counted[0]] = counted[1]
        made._count(int(texts))
        return made

    def learn(self, lead: Shingles) -> None:
        """Counts one more text that begins so; beyond its first shingle only once that one is common."""
        self._count(self._texts + 1)
        if self.is_common(lead):
            self._counts[lead & _CELL] += np.uint32(1)
        else:
            self._cells[lead.item(0) % _CELLS] += 1

    def is_common(self, lead: Shingles) -> bool:
        """Whether the first shingle is common; where it is not, nothing is boilerplate."""
        return self._cells[lead.item(0) % _CELLS] > self._limit

    def boilerplate(self, lead: Shingles, size: int) -> Shingles:
        """The shingles that a text of `size` shingles begins with and that carry no weight; often none."""
        common = self._counts[lead & _CELL] > self._limit
        run = len(common) if common.all() else int(common.argmin())
        return lead[: run if run >= _LONG and 2 * run > size else 0]

    def _count(self, texts: int) -> None:
        self._texts, self._limit = texts, max(_LEAST, texts // _SHARE)


def decisive(lead: Shingles, shingles: Shingles, twin: Shingles) -> Shingles:
    """The opening that a text shares with the twin it was refused for, when what follows is unlike; else empty.

    So a text with a word changed in the middle teaches nothing, and a long opening with a new end does.
    """
    theirs = set(twin.tolist())
    opening = list(takewhile(theirs.__contains__, lead.tolist()))
    if 2 * len(opening) <= len(shingles):
        return lead[:0]
    rest = set(shingles.tolist()).difference(opening)
    theirs.difference_update(opening)
    unlike = len(rest & theirs) <= _UNLIKE * len(rest | theirs)
    return lead[: len(opening) if rest and unlike else 0]
