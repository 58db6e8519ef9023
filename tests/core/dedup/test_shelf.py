"""The shelf gives back what was put on it."""

import numpy as np
import pytest

from destilation.core.dedup.shelf import Shelf


def test_texts_come_back_across_chunks() -> None:
    """20,000 texts of many sizes, none included, are the same afterwards."""
    shelf = Shelf()
    sizes = [(position * 7) % 60 for position in range(20_000)]
    for position, size in enumerate(sizes):
        assert (
            shelf.append(position * 3, position % 5, np.arange(size, dtype=np.uint32) + np.uint32(position)) == position
        )
    assert len(shelf) == 20_000
    for position in (0, 1, 59, 16_383, 16_384, 19_999):
        kept = shelf[position]
        assert (kept.number, kept.guard) == (position * 3, position % 5)
        assert kept.shingles.tolist() == list(range(position, position + sizes[position]))
    assert sum(sizes) * 4 < shelf.nbytes < sum(sizes) * 4 + 22 * 20_000 + 1_000_000


def test_numbers_of_64_bits() -> None:
    """Any number of 64 bits is kept, negative ones too; a larger one is refused."""
    shelf = Shelf()
    nothing = np.zeros(0, np.uint32)
    for number in (0, -1, (1 << 63) - 1):
        assert shelf[shelf.append(number, 0, nothing)].number == number
    with pytest.raises(OverflowError):
        shelf.append(1 << 63, 0, nothing)
