"""A tree from plain data, and where the data is wrong."""

import re

import pytest

from destilation.core.topics.outline import DEEPEST
from destilation.core.topics.plain import tree_of
from destilation.core.topics.tree import Topic, TopicError, Tree


@pytest.mark.parametrize(
    ("data", "tree"),
    [
        (["Optics", " Heat "], Tree((Topic("Optics"), Topic("Heat")))),
        ({"Optics": ["Lenses"], "Heat": 2}, Tree((Topic("Optics", children=(Topic("Lenses"),)), Topic("Heat", 2.0)))),
        ([{"Optics": {"Lenses": None}}, "Heat"], Tree((Topic("Optics", children=(Topic("Lenses"),)), Topic("Heat")))),
        (
            [{"name": "Optics", "weight": 0.5, "topics": ["Lenses"], "closed": "not\nnow"}],
            Tree((Topic("Optics", 0.5, (Topic("Lenses"),), "not now"),)),
        ),
        ([], Tree()),
        (None, Tree()),
    ],
)
def test_data(data: object, tree: Tree) -> None:
    """Lists, tables, tables in lists, weights, and topics in full."""
    assert tree_of(data) == tree


def _deep(levels: int) -> object:
    return {"a": _deep(levels - 1)} if levels else None


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("Optics", "topics: must be a list or a table of topics, not 'Optics' (str)"),
        (["Optics", 3], "topics[1]: must be the name of a topic, not 3 (int); put quotes around it"),
        ({"Optics": ["a", "A."]}, "topics.Optics[1]: 'A.' is there already"),
        ({"Optics": "x"}, "topics.Optics: must be a list, a table, or a number (its weight), not 'x' (str)"),
        ({"Optics": True}, "topics.Optics: must be a list, a table, or a number (its weight), not True (bool)"),
        ({"Optics": -1}, "topics.Optics: the weight of 'Optics' must be a number above 0 (1e-9 to 1e9), not -1.0"),
        ({1: None}, "topics.1: must be the name of a topic, not 1 (int)"),
        ([{"Optics": {"": None}}], "topics[0].Optics.: a topic needs a name"),
        ([{"name": "a", "weigth": 1}], "topics[0]: unknown key 'weigth'; known: name, weight, topics, closed"),
        ([{"name": "a", "weight": "1"}], "topics[0].weight: must be a number above 0, not '1' (str)"),
        ([{"name": "a", "weight": True}], "topics[0].weight: must be a number above 0, not True (bool)"),
        ([{"name": "a", "closed": True}], "topics[0].closed: must be the reason in words, not True (bool)"),
        ([{"name": "a", "topics": [None]}], "topics[0].topics[0]: must be the name of a topic, not None"),
        (_deep(DEEPEST + 1), "is more than 12 levels deep"),
    ],
)
def test_faults(data: object, what: str) -> None:
    """Each is told with the path to it."""
    with pytest.raises(TopicError, match=re.escape(what)):
        tree_of(data)


def test_as_deep_as_an_outline() -> None:
    """What an outline can hold, data can."""
    (leaf,) = tree_of(_deep(DEEPEST)).leaves
    assert len(leaf.path) == DEEPEST
