"""Stated calculations are done again."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.arithmetic import MOST_STATED, miscalculated
from tests.clock import SOON_S, took


@pytest.mark.parametrize(
    "text",
    [
        "So 12 × 11 = 132, and 132 - 32 = 100.",
        "1,200 / 8 = 150",
        "(3 + 4) * 2 = 14",
        "10 / 3 = 3.33",
        "10 / 3 ≈ 3.3",
        "2 / 3 = 0.66",
        "2^10 = 1024",
        "3 / 4 = 75 %",
        "-5 + 3 = −2",
        "7 * 86400 = 605,000",
        "let x = 3 + 4y = 7",
        "f(2) = 2 * 2 = 4 = 2 + 2",
        "5 / 0 = 0",
        "v1.2.3 - 4 = 5",
        "9 ^ 99 = 1",
        "1e400 * 2 = 4",
        "((3 + 4 = 7",
        "10 - 3 = 7 - 1",
        "9999999999999999999999999999999999999999999 * 9 = 1",
        "2 ^ 2.5 = 6",
    ],
)
def test_what_is_right_or_cannot_be_told(text: str) -> None:
    """Rounded, cut, with units of thousands, as a percentage; what is no plain calculation is left alone."""
    assert miscalculated(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("So 12 × 11 = 131.", "12 × 11 = 131 is wrong: it is 132"),
        ("10 / 3 = 3.35", "10 / 3 = 3.35 is wrong: it is 3.33333"),
        ("(3 + 4)  * 2 = 15", "(3 + 4) * 2 = 15 is wrong: it is 14"),
        ("3 / 4 = 80 %", "3 / 4 = 80 % is wrong: it is 0.75"),
        ("007 + 1 = 9", "007 + 1 = 9 is wrong: it is 8"),
    ],
)
def test_what_is_wrong(text: str, told: str) -> None:
    """The calculation is quoted, with what it comes to."""
    assert miscalculated(text) == [told]


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(-3, 3))
def test_sums(one: int, other: int, off: int) -> None:
    """A sum is wrong if it is off, and only then."""
    text = f"so {one} + ({other}) = {one + other + off}"
    stated = abs(one + other + off)
    rounded = stated >= 110 and stated % 10 == 0
    assert bool(miscalculated(text)) == (off != 0 and not rounded) or rounded


def test_many() -> None:
    """A text full of calculations is read up to a bound."""
    assert len(miscalculated("1 + 1 = 3, " * 1_000)) == MOST_STATED


@pytest.mark.parametrize(
    "unit", ["(", " ", "\n", "1  +  ", "1 - - ", "1", "1,", "(1 + 2) * ", "1 +\n\n\n\n\n", "1 = ", "1+1=2,", "-"]
)
def test_hostile_texts(unit: str) -> None:
    """A quarter of a mebibyte of beginnings that lead nowhere takes half a second at most."""
    text = unit * (256 * 1024 // len(unit))
    for each in (text, f"1{text}= 3"):
        assert took(partial(miscalculated, each)) < SOON_S
