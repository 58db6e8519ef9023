"""Bands: how many, and how often a like pair shares one."""

import numpy as np
import pytest

from destilation.core.dedup.bands import Bands, keys, shape
from destilation.core.dedup.shingles import Shingles


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.69, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99])
def test_a_shape_misses_next_to_nothing_at_its_threshold(threshold: float) -> None:
    """By the formula a pair just at the threshold is nominated with a probability of at least 0.998."""
    bands, rows = shape(threshold)
    assert (1 - threshold**rows) ** bands <= 0.0015
    assert bands * rows <= 200


def of(numbers: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> Shingles:
    return np.sort(numbers).astype(np.uint32)


def test_bands_agree_as_often_as_the_formula_says() -> None:
    """Over 2,000 pairs of similarity 0.6 the share of agreeing bands is 0.6 to the power of the rows."""
    generator, bands, agreeing = np.random.default_rng(7), Bands(10, 4), 0
    for _ in range(2000):
        numbers = generator.integers(0, 1 << 32, 80, dtype=np.uint64)
        one, other = bands.sign(of(numbers[:64])), bands.sign(of(numbers[16:]))
        agreeing += sum(mine == yours for mine, yours in zip(one, other, strict=True))
    assert agreeing / 20_000 == pytest.approx(0.6**4, rel=0.1)


def test_a_guard_changes_every_key() -> None:
    """Texts with different guards never meet, and no key is 0."""
    signature = Bands(10, 4).sign(np.arange(1, 60, dtype=np.uint32))
    assert not set(keys(signature, 0)) & set(keys(signature, 1))
    assert keys(signature, 5) == keys(signature, 5)
    assert all(keys(signature, guard) for guard in range(10))
    assert keys((b"",), 0) == [1]


def test_the_keys_never_change() -> None:
    """A stored index depends on these values: another value is another format version."""
    assert keys(Bands(2, 3).sign(np.arange(1, 9, dtype=np.uint32)), 3) == [212326303, 20664767]
