"""What an answer says must be in its source."""

import pytest

from destilation.core.grounding import MOST_NAMED, unsupported
from tests.clock import SOON_S, took

PASSAGE = (
    'The bridge at Alder Creek was built in 1,932 for 48.5 tons. Its builder called it "a plain and honest thing".'
)


def test_what_the_source_has() -> None:
    """Numbers as otherwise written, quotations but for marks, names, and small numbers that count."""
    text = 'In 1932, at Alder Creek, 2 things: "A plain, and honest thing" for 48.50 tons.'
    assert unsupported(text, PASSAGE) == []
    assert unsupported("It was 77 years old.", PASSAGE, "Was it 77?") == []


def test_what_it_has_not() -> None:
    """Each is named once, the first few of them."""
    text = 'Built in 1933 by one John Harrow, who called it "a marvel of our times"; 1933!'
    assert unsupported(text, PASSAGE) == [
        "the number 1933 is not in the source",
        '"a marvel of our times" is quoted, but the source does not say so',
        "the name John Harrow is not in the source",
    ]
    assert len(unsupported(" ".join(str(number) for number in range(100, 200)), PASSAGE)) == MOST_NAMED


@pytest.mark.parametrize(
    "unit", ["(", " ", "\n", "so ", "so is ", "the answer is\n", "1,", "1 2 ", "Ab", "Abc Def ", '"', "-", "A"]
)
def test_hostile_texts(unit: str) -> None:
    """A quarter of a mebibyte of beginnings that lead nowhere takes half a second at most."""
    text = unit * (256 * 1024 // len(unit))
    assert took(lambda: unsupported(text, "a passage")) < SOON_S
    assert took(lambda: unsupported("an answer", text)) < SOON_S
