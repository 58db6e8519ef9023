"""Axes: the built-in ones are rich enough, and a bad one is refused."""

import math

import pytest

from destilation.core.axes import BUILTIN, Axis, language


def test_what_is_built_in() -> None:
    """Axes with values enough, each value once, none about any particular domain."""
    assert {name: len(axis.values) for name, axis in BUILTIN.items()} == {
        "difficulty": 5,
        "question_type": 10,
        "persona": 14,
        "style": 6,
        "exercise": 12,
        "outcome": 5,
    }
    assert all(value == " ".join(value.split()) for axis in BUILTIN.values() for value in axis.values)


def test_languages() -> None:
    """Those that are given, with their weights."""
    assert language(["German", "English"], [3, 1]) == Axis("language", ("German", "English"), (3, 1))


@pytest.mark.parametrize(
    ("values", "weights", "what"),
    [
        ((), (), "axis 'x' needs values"),
        (("a", " "), (), "none of them empty"),
        (("a", "b", "a"), (), "has the value 'a' 2 times"),
        (("a", "b"), (1.0,), "has 2 values and 1 weights"),
        (("a", "b"), (1.0, 0.0), "a weight that is not above 0"),
        (("a", "b"), (1.0, math.nan), "a weight that is not above 0"),
    ],
)
def test_bad_axes(values: tuple[str, ...], weights: tuple[float, ...], what: str) -> None:
    """Each fault is told with the axis."""
    with pytest.raises(ValueError, match=what):
        Axis("x", values, weights)
