"""Turns: everyone gets their share, at any time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.rhythm import rhythm, turns


@pytest.mark.parametrize(
    ("weights", "counts"),
    [
        ([1], (1,)),
        ([2.5, 2.5], (1, 1)),
        ([3, 1], (3, 1)),
        ([0.5, 0.3, 0.2], (5, 3, 2)),
        ([1, math.pi], (6, 19)),
        ([1, 1e9], (1, 100)),
        ([math.e, math.pi, math.e], (32, 37, 32)),
        ([1] * 150, (1,) * 150),
    ],
)
def test_turns(weights: list[float], counts: tuple[int, ...]) -> None:
    """As few as tell the weights exactly, else hundredths; the lightest has a turn."""
    assert turns(weights) == counts


@given(st.lists(st.integers(1, 12), min_size=1, max_size=9))
def test_everyone_is_near_their_share(counts: list[int]) -> None:
    """After any number of turns each is within 1 - 1/(2n - 2) of its share, and after a round exactly there."""
    order, size = rhythm(counts), sum(counts)
    bound = 1 - 1 / max(2, 2 * len(counts) - 2)
    for value, count in enumerate(counts):
        assert order.count(value) == count
        for length in range(size):
            assert abs(order[:length].count(value) - length * count / size) <= bound + 1e-9
