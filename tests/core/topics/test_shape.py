"""A tree grows as far as its target needs, and can stop and go on anywhere."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.topics.shape import DEEPEST, FEWEST, LEAST, MOST, WIDEST, Place, Shape, unexpanded, widths
from destilation.core.topics.tree import Topic, Tree


@given(st.one_of(st.integers(LEAST, 2_000), st.integers(LEAST, 3_000_000)))
def test_leaves_have_enough_and_not_too_much(samples: int) -> None:
    """From two dozen samples to millions a leaf is for 12 to 20, and no topic is divided into more than 24."""
    levels = widths(samples)
    assert FEWEST <= samples / math.prod(levels) <= MOST
    assert max(levels) <= WIDEST
    assert len(levels) <= DEEPEST


@pytest.mark.parametrize(
    ("samples", "levels"),
    [(23, ()), (24, (2,)), (100, (6,)), (480, (24,)), (5_000, (17, 18)), (100_000, (18, 18, 19)), (10**12, (24,) * 6)],
)
def test_some_shapes(samples: int, levels: tuple[int, ...]) -> None:
    """Few samples need no tree, some a list, many one that is as flat as can be; the deepest is bounded."""
    assert widths(samples) == levels


def grow(tree: Tree, places: list[Place]) -> Tree:
    """The tree with exactly what is wanted at these places."""
    known = tree.names
    for place in places:
        tree = tree.extend(place.path, [f"{' '.join(place.path)} {number}" for number in range(place.count)], known)
    return tree


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 20_000), st.integers(1, 30))
def test_growth_can_be_cut_anywhere(target: int, step: int) -> None:
    """Some places at a time, anew from the tree each time, lead to the same tree as all at once."""
    whole = cut = Tree()
    shape = Shape(target)
    while places := unexpanded(whole, shape):
        whole = grow(whole, places)
    for _ in range(10_000):
        if not (places := unexpanded(cut, shape)):
            break
        cut = grow(cut, places[:step])
    assert cut == whole
    sizes = [leaf.share * target for leaf in whole.leaves]
    assert target < LEAST or (min(sizes) * 1.001 >= FEWEST and max(sizes) <= MOST * 1.001)


def test_growth_goes_by_share() -> None:
    """Of the user's own topics, the heavy grow further, the light and the closed do not, the top goes first."""
    tree = Tree(
        (
            Topic("a", children=(Topic("a1", 9.0), Topic("a2"))),
            Topic("b", 2.0),
            Topic("c", 2.0, closed="not wanted"),
            Topic("d", 0.1),
        )
    )
    places = unexpanded(tree, Shape(1000))
    assert [place.path for place in places] == [("b",), ("a", "a1")]
    assert [place.count for place in places] == [24, 11]


def test_the_deepest_level() -> None:
    """What is as deep as may be is not divided, however much it is for."""
    tree = Tree((Topic("a"),))
    assert unexpanded(tree, Shape(10**6, deepest=1)) == []
    assert unexpanded(tree, Shape(10**6, deepest=2)) == [Place(("a",), 24)]
