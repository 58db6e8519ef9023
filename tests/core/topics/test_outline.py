"""The outline: read as people write it, written as it is read, and every fault with its line."""

import pytest
from hypothesis import given, settings

from destilation.core.topics.outline import DEEPEST, format, parse
from destilation.core.topics.tree import Topic, TopicError, Tree
from tests.core.topics.trees import TREES

TEXT = """\
# Physics, for a first year
Optics * 2.5   # most of it
  Lenses
    Thin lenses
  Mirrors [closed: 9 of 12 were duplicates]

Heat *2
C# and F#
A* search
Arrays [of integers] [closed]
Pointers \\* 3 * 3 [closed: by \\[closed] a hand]
"""


def test_an_outline() -> None:
    """Comments, levels, weights, marks, and names that only look like them."""
    assert parse(TEXT) == Tree(
        (
            Topic(
                "Optics",
                2.5,
                (Topic("Lenses", children=(Topic("Thin lenses"),)), Topic("Mirrors", closed="9 of 12 were duplicates")),
            ),
            Topic("Heat *2"),
            Topic("C# and F#"),
            Topic("A* search"),
            Topic("Arrays [of integers]", closed="by hand"),
            Topic("Pointers * 3", 3.0, closed="by [closed] a hand"),
        )
    )


def test_an_outline_as_it_is_written() -> None:
    """What needs no backslash has none."""
    tree = Tree((Topic("C# [x] a*b", 2.0, (Topic("# 1 * 2"),)), Topic("Heat", closed="full")))
    assert format(tree) == "C# [x] a*b * 2\n  \\# 1 \\* 2\nHeat [closed: full]\n"


@given(TREES)
@settings(max_examples=60, deadline=None)
def test_written_and_read_again(tree: Tree) -> None:
    """Any tree is the same after it was written and read, whatever is in its names, on any system's line ends."""
    assert parse(format(tree)) == tree
    assert parse("\ufeff" + format(tree).replace("\n", "\r\n")) == tree


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a\n\tb", 2, "begins with a tab; use two spaces"),
        ("a\n   b", 2, "begins with 3 spaces; use two"),
        ("a\n    b", 2, "'b' is indented too far: there is no topic above it"),
        ("  a", 1, "'a' is indented too far: there is no topic at the left margin"),
        ("a\n\nb\nA.", 4, "'A.' is there already, on line 1"),
        ("a\n  b\n  b", 3, "'b' is there already, on line 2"),
        ("a\n* 2", 2, "has no name"),
        ("[closed: x]", 1, "has no name"),
        ("a * b", 1, "'b' is no weight: a number above 0"),
        ("a * \\*", 1, "'\\*' is no weight"),
        ("a * -1", 1, "'-1' is no weight"),
        ("a * nan", 1, "'nan' is no weight"),
        ("a [closed: x] * 2", 1, "must end the line"),
        ("a[closed: x]", 1, "must end the line"),
        ("a\0b", 1, "control character"),
        ("a\rb", 1, "control character"),
        ("a\n" + "x" * 201, 2, "more than 200 characters"),
        ("\n".join("  " * depth + "a" for depth in range(DEEPEST + 1)), 13, "'a' is more than 12 levels deep"),
    ],
)
def test_faults(text: str, line: int, what: str) -> None:
    """Each is told with its line."""
    with pytest.raises(TopicError) as told:
        parse(text)
    assert told.value.line == line
    assert what.replace("\\*", "*") in told.value.what


def test_comments_count_as_nothing() -> None:
    """An empty line and a comment may be indented in any way."""
    assert parse("a\n\t# x\n     \n#b\n  c") == Tree((Topic("a", children=(Topic("c"),)),))
