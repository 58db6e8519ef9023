"""What models wrote is put into prompts as data."""

import re

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.quoting import MOST_QUOTED, marked, quoting, shortened, wanted
from destilation.core.verdict import Reason, Rejection

NEAR = Reason("near_duplicate", "too close to sample 7", 7)
OTHER = Reason("x:bad", "it is bad")


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_no_text_closes_its_marks(texts: list[str]) -> None:
    """Whatever is quoted, also a quotation, the mark stands at both ends and nowhere else."""
    for lines in (texts, [marked(texts)]):
        quoted = marked(lines)
        mark = re.match(r"===== (\w+) begins =====\n", quoted)
        assert mark is not None
        assert quoted.endswith(f"\n===== {mark.group(1)} ends =====")
        assert quoted.count(mark.group(1)) == 2


@given(st.text(), st.integers(1, 40))
def test_shortened(text: str, most: int) -> None:
    """One line, its beginning kept, cut only where it is too long."""
    short = shortened(text, most)
    whole = " ".join(text.split())
    assert "\n" not in short
    assert short == whole if len(whole) <= most else short == f"{whole[:most].rstrip()} [...]"


def test_the_twin_is_quoted() -> None:
    """The reason that names a near twin has its words, cut; the others stay; of equal texts nothing is wanted."""
    told = quoting(Rejection("semantic", (OTHER, NEAR)), "word " * 200)
    assert told.reasons[0] == OTHER
    assert told.reasons[1].text.startswith(
        "too close to sample 7. Too close to this one (what stands between the marks"
    )
    assert "word word [...] =====" in told.reasons[1].text
    assert len(told.reasons[1].text) < MOST_QUOTED + 250
    assert (wanted(told), told.twin) == (7, 7)
    equal = Rejection("semantic", (Reason("duplicate", "equal sample 3", 3),))
    assert (wanted(equal), equal.twin) == (0, 3)
    assert Rejection("semantic", ()).twin == 0
