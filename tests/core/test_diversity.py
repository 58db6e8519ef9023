"""Figures of how much texts differ: the ends of the scale, known values, a bounded cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.diversity import MOST, Diversity, distinct, diversity, likeness, spread


def test_the_ends_of_the_scale() -> None:
    """Equal texts, texts without a word in common, and no texts at all."""
    text = "the quick brown fox jumps over it"
    assert diversity([text] * 10) == Diversity(10, 0.1, 0.1, 0.1, 1.0, 1.0)
    assert diversity(["one two three four", "five six seven"]) == Diversity(2, 1.0, 1.0, 1.0, 0.0, 0.0)
    assert diversity([]) == Diversity(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert diversity(["word"]) == Diversity(1, 1.0, 0.0, 0.0, 0.0, 0.0)


def test_known_values() -> None:
    """Two of three texts share half of their shingles."""
    alike, nearest = likeness(["a b c d", "a b c e", "x y z"])
    assert alike == pytest.approx(1 / 9)
    assert nearest == pytest.approx(2 / 9)
    assert distinct(["a b", "a c"], 1) == 0.75
    assert distinct(["a b a b"], 2) == pytest.approx(2 / 3)


@given(st.lists(st.integers(), max_size=50), st.integers(1, 20))
def test_an_even_sample(numbers: list[int], most: int) -> None:
    """At most so many, all of them where there are no more, in their order, the first among them."""
    texts = [str(number) for number in range(len(numbers))]
    picked = spread(texts, most)
    assert len(picked) == min(most, len(texts))
    assert picked == sorted(set(picked), key=int)
    assert picked[:1] == texts[:1]
    assert spread(list("abcdefghij"), 3) == ["a", "d", "g"]


def test_a_large_set_is_told_by_a_sample() -> None:
    """Ten thousand texts cost no more than the sample of them."""
    assert diversity([f"text number {number} of many" for number in range(10_000)]).texts == MOST
