"""The positions of keys agree with what tomllib reads."""

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from destilation.config.locate import Lines, locate

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), min_size=1, max_size=6)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.integers(-99, 99) | st.booleans() | st.text(st.characters(codec="utf-8"), max_size=12) | st.floats(0, 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every path to a value that is neither a table nor an array."""
    if isinstance(value, dict):
        return {found for key, inner in value.items() for found in paths(inner, (*path, key))}
    if isinstance(value, list):
        return {found for place, inner in enumerate(value) for found in paths(inner, (*path, place))}
    return {path}


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans())
def test_every_value_is_found_where_it_stands(data: dict[str, Any], multiline: bool) -> None:
    """For any TOML, the span of each value holds the text of just that value."""
    text = tomli_w.dumps(data, multiline_strings=multiline)
    spans = locate(text)
    for path in paths(tomllib.loads(text)):
        span = spans[path]
        value: Any = tomllib.loads(text)
        for step in path:
            value = value[step]
        assert tomllib.loads(f"x = {text[span.value : span.value_end]}")["x"] == value


HAND = """# first
[a]  # [no.table]
"x.y" = 1 # = 2
b . c = [ 1, # one
  [2, {d = 'e,]'}], ]
[[t]]
k = \"\"\"two "quotes" and
[lines]\"\"\"
[[t]]
k = '''it's'''
[t.inner]
z = 1979-05-27T07:32:00Z
"""


@pytest.mark.parametrize(
    ("path", "line", "column", "raw"),
    [
        (("a", "x.y"), 3, 9, "1"),
        (("a", "b", "c", 1, 1, "d"), 5, 12, "'e,]'"),
        (("t", 0, "k"), 7, 5, '"""two "quotes" and\n[lines]"""'),
        (("t", 1, "k"), 10, 5, "'''it's'''"),
        (("t", 1, "inner", "z"), 12, 5, "1979-05-27T07:32:00Z"),
    ],
)
def test_hand_written(path: tuple[str | int, ...], line: int, column: int, raw: str) -> None:
    """Comments, quoted and dotted keys, arrays of tables and strings of all kinds keep their places."""
    span = locate(HAND)[path]
    place = Lines(HAND).place_of(span.value, span.value_end)
    assert (place.line, place.column) == (line, column)
    assert HAND[span.value : span.value_end] == raw
