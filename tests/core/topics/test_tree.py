"""A tree grows by leaves, keeps every share, and takes no name twice."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.topics.names import MOST_NAME, Names, clean, normal
from destilation.core.topics.tree import Leaf, Topic, TopicError, Tree
from tests.core.topics.trees import NAMES, TREES

OPTICS = Topic("Optics", 3.0, (Topic("Lenses"), Topic("Mirrors", 2.0, closed="full")))
TREE = Tree((OPTICS, Topic("Heat")))


def test_leaves_and_their_shares() -> None:
    """A leaf has its weight's part of what is above it, and is closed with what is above it."""
    assert TREE.leaves == (
        Leaf(("Optics", "Lenses"), 0.25),
        Leaf(("Optics", "Mirrors"), 0.5, "full"),
        Leaf(("Heat",), 0.25),
    )
    assert [leaf.closed for leaf in TREE.close(("Optics",), "not wanted").leaves] == ["not wanted"] * 2 + [""]


def test_a_domain_without_topics_is_one_leaf() -> None:
    """Its path is empty, and the whole domain is its share."""
    assert Tree().leaves == (Leaf((), 1.0),)
    assert (Tree().at(()), Tree().children(())) == (None, ())


@settings(max_examples=50, deadline=None)
@given(TREES)
def test_shares_are_the_whole(tree: Tree) -> None:
    """The shares of all leaves are 1 in sum, whatever the weights."""
    assert math.isclose(math.fsum(leaf.share for leaf in tree.leaves), 1.0, rel_tol=1e-9)


@settings(max_examples=50, deadline=None)
@given(TREES)
def test_each_leaf_is_found_by_its_path(tree: Tree) -> None:
    """A path leads to its topic, and a wrong step to none."""
    for leaf in tree.leaves:
        found = tree.at(leaf.path)
        assert (found.name if found else None) == (leaf.path[-1] if leaf.path else None)
        assert tree.at((*leaf.path, "no such topic at all")) is None


@settings(max_examples=50, deadline=None)
@given(TREES, st.data())
def test_dividing_a_leaf_takes_nothing_from_others(tree: Tree, data: st.DataObject) -> None:
    """All other leaves stay as they are, and the new ones have together what the divided one had."""
    leaf = data.draw(st.sampled_from(tree.leaves))
    names = data.draw(st.lists(NAMES, max_size=4))
    grown = tree.extend(leaf.path, names)
    others = [each for each in tree.leaves if each != leaf]
    new = [each for each in grown.leaves if each not in others]
    assert [each for each in grown.leaves if each in others] == others
    assert math.isclose(math.fsum(each.share for each in new), leaf.share, rel_tol=1e-9)
    assert all(each.path[: len(leaf.path)] == leaf.path for each in new)


def test_names_that_are_there_are_left_out() -> None:
    """Among themselves, among siblings, among all other topics; case, punctuation and list marks do not count."""
    proposed = ["1. Prisms", "- prisms!", "LENSES", "Heat", "optics", "", "\u200b", "Laser  light", "x" * 201]
    assert TREE.extend(("Heat",), proposed).children(("Heat",)) == (Topic("Prisms"), Topic("Laser light"))
    assert TREE.extend(("Heat",), ["Lenses"]) == TREE
    assert Tree().extend((), ["lenses"]).topics == (Topic("lenses"),)


def test_names_of_different_things_differ() -> None:
    """C, C++ and C# are three topics, and so are two numbers."""
    assert Names(["C"]).fresh(["C++", "C#", "c", "World War 1", "World War 2"]) == (
        "C++",
        "C#",
        "World War 1",
        "World War 2",
    )


def test_known_names_are_kept_up() -> None:
    """One who extends often hands in the names, which learn what was added."""
    known = TREE.names
    tree = TREE.extend(("Heat",), ["Entropy"], known)
    assert tree.extend((), ["Entropy", "Sound"], known).extend((), ["sound"], known).topics[2:] == (Topic("Sound"),)


def test_a_closed_leaf_that_is_divided_is_open() -> None:
    """What is new below it is wanted."""
    assert TREE.extend(("Optics", "Mirrors"), ["Concave mirrors"]).leaves[1] == Leaf(
        ("Optics", "Mirrors", "Concave mirrors"), 0.5
    )


def test_what_is_not_there_cannot_change() -> None:
    """A path that leads nowhere is an error that names it."""
    with pytest.raises(TopicError, match="there is no topic 'Optics > Prisms'"):
        TREE.extend(("Optics", "Prisms"), ["a"])
    with pytest.raises(TopicError, match="there is no topic 'Sound'"):
        TREE.close(("Sound",), "x")
    with pytest.raises(TopicError, match="there is no topic ''"):
        TREE.close((), "x")


def test_a_reason_is_always_there() -> None:
    """Closed without a reason is closed all the same, and a reason is brought to one line."""
    assert TREE.close(("Heat",), "").leaves[2].closed == "closed"
    assert TREE.close(("Heat",), "two\nlines").leaves[2].closed == "two lines"


@pytest.mark.parametrize(
    ("name", "weight", "closed", "what"),
    [
        ("", 1.0, "", "needs a name"),
        (" Heat", 1.0, "", "needs a name"),
        ("a\nb", 1.0, "", "needs a name"),
        ("x" * (MOST_NAME + 1), 1.0, "", "more than 200 characters"),
        ("Heat", 0.0, "", "must be a number above 0 .1e-9 to 1e9., not 0.0"),
        ("Heat", 1e10, "", "not 10000000000.0"),
        ("Heat", math.inf, "", "not inf"),
        ("Heat", 1.0, "a\nb", "must be on one line"),
    ],
)
def test_bad_topics(name: str, weight: float, closed: str, what: str) -> None:
    """A topic is never without a name, a weight, or on two lines."""
    with pytest.raises(TopicError, match=what):
        Topic(name, weight, (), closed)


@given(st.text(st.characters(codec=None)))
def test_a_clean_name_is_clean(text: str) -> None:
    """Cleaning twice changes nothing, and what is left can be written to a file on one line."""
    name = clean(text)
    assert clean(name) == name
    assert len(name.encode().splitlines()) <= 1
    assert name == "" or normal(name) is not None
