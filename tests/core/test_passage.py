"""A text in passages: nothing is lost, none is too long, and they end where the text pauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.passage import passages

TEXTS = st.lists(
    st.sampled_from(["word ", "Sentence. ", "Really?! ", "\n\n", "\n", " ", "x" * 30, "\u4f60\u597d\u3002", "1.5 "]),
    max_size=80,
).map("".join)


@given(TEXTS, st.integers(1, 60))
def test_nothing_is_lost_and_none_is_too_long(text: str, chars: int) -> None:
    """Joined, the passages have all that can be seen, in order; none is longer than 1.5 times the wish."""
    found = list(passages(text, chars))
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(0 < len(each) <= chars * 1.5 and each == each.strip() for each in found)


@given(st.text("ab .\n", min_size=100, max_size=300), st.integers(20, 60))
def test_no_scraps(text: str, chars: int) -> None:
    """Before white space is left out every passage has at least a third of the wish: so there are not too many."""
    assert len(list(passages(text, chars))) <= 3 * len(text) / chars


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n ", []),
        ("short", ["short"]),
        ("One two.\n\nThree four five. Six.", ["One two.", "Three four", "five. Six."]),
        ("One two three. Four five six seven. Eight.", ["One two three.", "Four five", "six seven.", "Eight."]),
        (
            "\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u3002\u4e03\u516b\u4e5d\u5341\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03",
            None,
        ),
        ("aaa bbb ccc. dd e", ["aaa bbb", "ccc. dd e"]),
        ("x" * 40, ["x" * 10, "x" * 10, "x" * 10, "x" * 10]),
    ],
)
def test_where_it_ends(text: str, found: list[str] | None) -> None:
    """At a paragraph's end, else a sentence's, else a word's, else anywhere, as near to ten characters as can be."""
    got = list(passages(text, 10))
    assert got == found if found is not None else got[0].endswith("\u3002")
