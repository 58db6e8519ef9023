"""Passages word for word: found wherever they stand, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.dedup.contamination import LEAST, Passages

WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=30)
QUESTION = "A train leaves the old station at noon and travels 80 miles in two hours, how fast is it?"


def runs(words: list[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


@given(st.lists(WORDS, max_size=4), WORDS)
def test_it_is_the_definition(texts: list[list[str]], other: list[str]) -> None:
    """A text has an owner exactly where it holds 13 words in a row of one, or all of one that is shorter."""
    passages = Passages((" ".join(text), number) for number, text in enumerate(texts))
    found = passages.owner(" ".join(other))
    held = {
        (number, min(len(text), 13))
        for number, text in enumerate(texts)
        if len(text) >= LEAST and runs(text, min(len(text), 13)) & runs(other, min(len(text), 13))
    }
    assert (found is not None) == bool(held)
    assert found is None or found in held


def test_case_and_punctuation_do_not_hide_it_and_numbers_tell_apart() -> None:
    """Quoted loudly inside a long text it is found; with another number in each 13 words it is another question."""
    passages = Passages([("Nothing to see here.", 0), (QUESTION, 1)])
    loud = f"Consider this:\n{QUESTION.upper().replace(',', ' --')}!! Explain."
    assert passages.owner(loud) == (1, 13)
    assert passages.owner(QUESTION.replace("80", "90").replace("noon", "dawn")) is None
    assert passages.owner("There is NOTHING -- to see, here!") == (0, 4)
    assert passages.owner("there is nothing to be seen here") is None


def test_of_equal_passages_the_first_owner_is_told() -> None:
    """And too short a text is no passage, while any length can be asked for."""
    passages = Passages([("one two", 1), ("the whole of it", 2), ("The whole of it?", 3)], 20)
    assert passages.owner("this is the whole of it") == (2, 4)
    assert passages.owner("one two") is None
    assert Passages([("a b c d e f", 1)], 5).owner("x b c d e f") == (1, 5)
    assert Passages([]).owner("anything at all") is None


def test_scripts_without_spaces() -> None:
    """A character is a word there."""
    passages = Passages([("水的沸点是多少度请在标准大气压下回答", 4)])
    assert passages.owner("问题：水的沸点是多少度？请在标准大气压下回答。") == (4, 13)
    assert passages.owner("水的沸点") is None


def test_memory_is_flat() -> None:
    """A word of an excluded text costs 12 bytes."""
    passages = Passages((" ".join(f"w{number}x{at}" for at in range(60)), number) for number in range(200))
    assert passages.nbytes == 200 * 48 * 12
