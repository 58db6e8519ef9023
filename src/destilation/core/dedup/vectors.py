"""What texts mean, as vectors that a model made of them, and which kept one is nearest. Knows no model and no text.

It comes after the rules about words, never instead of them: a model finds close what only sounds alike, too.
"""

from array import array
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from destilation.core.dedup.index import Twin
from destilation.errors import CheckError

VECTOR = "embedding"  # what a sample's vector is called among its notes
Vector = NDArray[np.float32]
Numbers = Sequence[float] | Vector


class Nearest(Protocol):
    """Finds the nearest of many vectors of length 1; they are counted from 0."""

    def add(self, vector: Vector) -> None:
        """Remember one more."""

    def nearest(self, vector: Vector) -> tuple[int, float]:
        """The number of the one with the greatest cosine, and that cosine. There is at least one."""


class ExactScan:
    """Compares with all. For n vectors of d numbers it takes 4nd bytes, and time in proportion."""

    def __init__(self) -> None:
        self._rows = np.empty((0, 0), np.float32)
        self._count = 0

    def add(self, vector: Vector) -> None:
        """Remember one more."""
        if self._count == len(self._rows):
            grown = np.empty((max(64, 2 * self._count), len(vector)), np.float32)
            if self._count:
                grown[: self._count] = self._rows
            self._rows = grown
        self._rows[self._count] = vector
        self._count += 1

    def nearest(self, vector: Vector) -> tuple[int, float]:
        """The number of the one with the greatest cosine, and that cosine."""
        cosines = self._rows[: self._count] @ vector
        place = int(np.argmax(cosines))
        return place, float(cosines[place])


class Vectors:
    """The vectors of kept samples by their numbers. A new one whose cosine with one is `threshold` or more is a twin.

    `nearest` finds them (None: by comparing with all).
    """

    def __init__(self, threshold: float, nearest: Nearest | None = None) -> None:
        self._threshold = threshold
        self._nearest = ExactScan() if nearest is None else nearest
        self._numbers = array("Q")
        self._size = 0

    def __len__(self) -> int:
        return len(self._numbers)

    def twin(self, vector: Numbers) -> Twin | None:
        """The kept sample that means the same. Raises CheckError for a vector that cannot be compared with theirs."""
        unit = self._unit(vector)
        if not self._numbers:
            return None
        place, cosine = self._nearest.nearest(unit)
        # Rounding must not tell a text from itself.
        return Twin(self._numbers[place], cosine, False) if cosine >= self._threshold - 1e-6 else None

    def add(self, vector: Numbers, number: int) -> None:
        """Remember the vector of a sample. Raises as `twin`."""
        unit = self._unit(vector)
        self._size = len(unit)
        self._nearest.add(unit)
        self._numbers.append(number)

    def _unit(self, vector: Numbers) -> Vector:
        numbers = np.asarray(vector, np.float32)
        length = float(np.linalg.norm(numbers))
        if not np.isfinite(length) or length == 0.0:
            raise CheckError("an embedding has no direction: all of its numbers are 0, or one is too large")
        if self._size and len(numbers) != self._size:
            raise CheckError(
                f"an embedding has {len(numbers):,} numbers, those of the samples have {self._size:,}: is it another "
                "model under the same name? Name it by its version, or delete .vectors.bin to begin anew"
            )
        return numbers / np.float32(length)
