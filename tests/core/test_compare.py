"""Two answers to one question: the same, different, or for a reader to tell."""

import pytest

from destilation.core.compare import number_of, same_answer
from tests.clock import SOON_S, took


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("42", "42.0", True),
        ("The answer is 42.", "42", True),
        ("It has 3 sides and 4 corners; therefore the area is 12 cm", "12", True),
        ("\\boxed{7}", "So the result is 7.", True),
        ("1,200", "1200", True),
        ("1/2", "0.5", True),
        ("3.14", "3.1416", True),
        ("42", "43", False),
        ("-5", "5", False),
        ("B", "(B)", True),
        ("The correct answer is C.", "B", False),
        ("Yes, because it is so.", "yes", True),
        ("No.", "True", False),
        ("Paris", "paris.", True),
        ("Paris", "Berlin", False),
        ("the city of Paris", "Paris, France", None),
        ("A long explanation of why it falls, with many words in it and no number at all, whatever it is.",
         "Another long explanation of why it rises, with many words in it and no number at all, whatever.", None),
        ("2 and 3", "3 and 2", None),
        ("A dog", "A cat", None),
        ("A. Einstein", "A. Fleming", None),
        ("B. because it floats", "B", True),
        ("Option C: ice", "The answer is D", False),
        ("No gas escapes", "No heat escapes", None),
        ("No, it does not.", "No it does not float", True),
        ("True story", "True", None),
        ("No. 5", "No. 7", False),
        ("5 km", "5 m", None),
        ("5 km", "5000 m", None),
        ("5 km", "5000", None),
        ("12 km", "12 km/h", None),
        ("60 %", "60%", True),
        ("12 m", "13 m", False),
        ("1/0", "2", False),
        ("It took the engineers of the valley 5 long years to build the dam at last.",
         "The dam in the valley was built by 5 families from the village nearby, they say.", None),
    ],
)  # fmt: skip
def test_same_answer(one: str, other: str, same: bool | None) -> None:
    """Numbers, options, verdicts and short texts are compared by value, in both directions alike."""
    assert same_answer(one, other) is same
    assert same_answer(other, one) is same


def test_numbers_that_are_none() -> None:
    """What only looks like a number has no value."""
    assert number_of("1/0") is None
    assert number_of("x") is None


@pytest.mark.parametrize(
    "unit", ["(", " ", "\n", "so ", "so is ", "the answer is\n", "1,", "1 2 ", "Ab", "Abc Def ", '"', "-", "A"]
)
def test_hostile_texts(unit: str) -> None:
    """A quarter of a mebibyte of beginnings that lead nowhere takes half a second at most."""
    text = unit * (256 * 1024 // len(unit))
    assert took(lambda: same_answer(text, "no")) < SOON_S
    assert took(lambda: same_answer(text, text + "1")) < SOON_S
