"""Vectors: the nearest one found, the threshold kept to, and what cannot be compared refused."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.checks.approximate import Approximate, nearest
from destilation.core.dedup.vectors import ExactScan, Vectors
from destilation.errors import CheckError

Row = tuple[float, float, float]
rows = st.lists(st.tuples(*[st.floats(-1, 1, width=32)] * 3).filter(lambda row: math.hypot(*row) > 0.1), min_size=1)


def cosine(one: Row, other: Row) -> float:
    """By the book."""
    product = math.fsum(a * b for a, b in zip(one, other, strict=True))
    return product / math.hypot(*one) / math.hypot(*other)


@given(rows, st.floats(0.5, 1))
def test_the_nearest_decides(found: list[Row], threshold: float) -> None:
    """A twin is told where the greatest cosine is at least the threshold, whatever the lengths, and it is that one."""
    *kept, last = found
    vectors = Vectors(threshold)
    for number, row in enumerate(kept, 10):
        vectors.add(row, number)
    best = max((cosine(row, last) for row in kept), default=-2.0)
    twin = vectors.twin(last)
    if best >= threshold + 1e-4:
        assert twin is not None
        assert cosine(kept[twin.number - 10], last) == pytest.approx(best, abs=1e-4)
        assert twin.similarity == pytest.approx(best, abs=1e-4)
    elif best < threshold - 1e-4:
        assert twin is None
    assert len(vectors) == len(kept)


def test_a_text_is_its_own_twin_even_at_one() -> None:
    """Rounding does not tell a vector from itself."""
    vectors = Vectors(1.0)
    row = [math.sin(number) for number in range(100)]
    vectors.add(row, 7)
    twin = vectors.twin(row)
    assert twin is not None
    assert (twin.number, twin.exact) == (7, False)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ([0.0, 0.0], "has no direction"),
        ([math.inf, 1.0], "has no direction"),
        ([1.0, 2.0, 3.0], "has 3 numbers, those of the samples have 2"),
    ],
)
def test_what_cannot_be_compared(row: list[float], wanted: str) -> None:
    """One message says what is wrong; nothing is remembered."""
    vectors = Vectors(0.9)
    vectors.add([1.0, 0.0], 1)
    for use in (vectors.twin, lambda vector: vectors.add(vector, 2)):
        with pytest.raises(CheckError, match=wanted):
            use(row)
    assert len(vectors) == 1


def test_many_vectors_are_searched_by_the_library() -> None:
    """Before and after the graph is begun, the nearest of many is found; recall is above 0.95."""
    library = pytest.importorskip("usearch.index", exc_type=ImportError)
    exact, graph = ExactScan(), Approximate(library, least=200)
    both = Vectors(0.5, exact), Vectors(0.5, graph)
    chance = Random(5)
    for number in range(600):
        row = [chance.gauss(0, 1) for _ in range(16)]
        for vectors in both:
            vectors.add(row, number)
    hits = 0
    for _ in range(200):
        row = [chance.gauss(0, 1) for _ in range(16)]
        one, other = (vectors.twin(row) for vectors in both)
        hits += one == other or (one is not None and other is not None and one.number == other.number)
    assert hits > 190


def test_all_of_many_are_compared() -> None:
    """However many there are, each is found again by its own vector."""
    vectors = Vectors(0.999)
    angles = [number / 100 for number in range(200)]
    for number, angle in enumerate(angles):
        vectors.add([math.cos(angle), math.sin(angle)], number)
    found = [vectors.twin([math.cos(angle), math.sin(angle)]) for angle in angles]
    assert [twin and twin.number for twin in found] == list(range(200))


def test_without_the_library_all_are_compared() -> None:
    """There is always something that finds them."""
    assert isinstance(nearest(), ExactScan | Approximate)
