"""The memory of a dataset: equal and near texts are found, numbers tell them apart, boilerplate does not decide."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.dedup.index import SeenIndex, Twin, content, fingerprint

WORDS = [
    f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe", "ri", "so", "tu") for b in ("ban", "dor", "fel", "gim", "hax")
]
LONG = "the quick brown fox jumps over the lazy dog while seven grey geese watch from the old stone bridge at noon"


def text(chance: random.Random, words: int = 60) -> str:
    """Random words."""
    return " ".join(chance.choices(WORDS, k=words))


def jaccard(one: str, other: str) -> float:
    """The true similarity of two texts' word 3-shingles."""
    sets = [{tuple(words[at : at + 3]) for at in range(len(words) - 2)} for words in (one.split(), other.split())]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def changed(original: str, edits: int, chance: random.Random) -> str:
    """The text with that many words replaced by words that it does not hold."""
    words = original.split()
    for place in chance.sample(range(len(words)), edits):
        words[place] = f"new{chance.randrange(10**6)}x"
    return " ".join(word if not word.startswith("new") else word.translate(DIGITLESS) for word in words)


DIGITLESS = str.maketrans("0123456789", "abcdefghij")


def test_equal_texts_are_twins_whatever_their_case_and_space() -> None:
    """The first number is told, similarity 1, exact."""
    index = SeenIndex()
    assert index.admit("Why is the sky blue?", 7) is None
    assert index.admit("  WHY is\nthe sky BLUE?", 8) == Twin(7, 1.0, True)
    assert len(index) == 1


def test_a_text_with_one_word_more_is_a_near_twin() -> None:
    """A near twin is found with its true similarity."""
    index = SeenIndex(0.85)
    assert index.admit(LONG, 1) is None
    twin = index.admit(f"{LONG} today", 2)
    assert twin is not None
    assert (twin.number, twin.exact) == (1, False)
    assert twin.similarity == pytest.approx(jaccard(LONG, f"{LONG} today"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("compute 17 x 23 and give the result in full words please", "compute 17 x 24 and give the result in full words please"),
        ("what is 3 * 4 in this notation of the old book", "what is 3 + 4 in this notation of the old book"),
        (f"{LONG} in 1999", f"{LONG} in 2001"),
        ("水的沸点是多少度？请在标准大气压下回答100", "水的沸点是多少度？请在标准大气压下回答200"),
    ],
)  # fmt: skip
def test_other_numbers_or_operators_are_other_questions(one: str, other: str) -> None:
    """However alike the words are."""
    index = SeenIndex(0.5)
    assert index.admit(one, 1) is None
    assert index.admit(other, 2) is None


@pytest.mark.parametrize("odd", ["", " ", "?", "!?!", "a", "🍎", "\ud83d", "x" * 100_000, "\0"])
def test_odd_texts_are_remembered_like_others(odd: str) -> None:
    """Empty, symbolic, tiny, huge and broken texts neither crash nor get lost."""
    index = SeenIndex()
    assert index.admit(odd, 1) is None
    assert index.admit(odd, 2) == Twin(1, 1.0, True)


def test_at_threshold_one_only_equal_texts_count() -> None:
    """And no shingle is kept."""
    index = SeenIndex(1.0)
    assert index.admit(LONG, 1) is None
    assert index.admit(f"{LONG} today", 2) is None
    assert index.admit(LONG.upper(), 3) == Twin(1, 1.0, True)
    near, chance = SeenIndex(0.85), random.Random(9)
    for number in range(4_000):
        index.admit(words := text(chance), number)
        near.admit(words, number)
    assert index.nbytes < near.nbytes / 3


@pytest.mark.parametrize("threshold", [0.4, 1.1, float("nan")])
def test_a_threshold_out_of_range(threshold: float) -> None:
    """Is refused."""
    with pytest.raises(ValueError, match=r"from 0\.5 to 1"):
        SeenIndex(threshold)


def test_looking_changes_nothing_and_adding_twice_is_adding_once() -> None:
    """`twin` only looks, and the first of equal texts stays."""
    index, seen = SeenIndex(), fingerprint(LONG)
    assert index.twin(seen) is None
    assert len(index) == 0
    index.add(seen, 1)
    index.add(seen, 2)
    assert index.twin(seen) == Twin(1, 1.0, True)
    near = index.twin(fingerprint(f"{LONG} today"))
    assert near is not None and not near.exact


def test_of_several_near_twins_the_closest_is_told() -> None:
    """And no candidate below the threshold."""
    index, chance = SeenIndex(0.6), random.Random(2)
    base = text(chance, 80)
    index.add(fingerprint(changed(base, 4, chance)), 1)
    index.add(fingerprint(changed(base, 1, chance)), 2)
    index.add(fingerprint(changed(base, 40, chance)), 3)
    twin = index.twin(fingerprint(base))
    assert twin is not None and twin.number == 2


def test_recall_and_precision_against_brute_force() -> None:
    """Of pairs at or above the threshold at least 99 in 100 are found; below it none is."""
    chance, found, wanted = random.Random(1), 0, 0
    for number in range(600):
        base = text(chance)
        other = changed(base, chance.randrange(1, 6), chance)
        index = SeenIndex(0.8)
        index.add(fingerprint(base), number)
        twin, true = index.twin(fingerprint(other)), jaccard(base, other)
        if twin is not None:
            assert true >= 0.8
            assert twin.similarity == pytest.approx(true)
        wanted += true >= 0.8
        found += true >= 0.8 and twin is not None
    assert wanted > 100
    assert found >= 0.99 * wanted


def test_a_shared_opening_does_not_decide_for_ever() -> None:
    """Texts that share a long template opening are soon told apart by what follows it."""
    opening = " ".join(f"in the given context word{chr(97 + n)} explains" for n in range(14))
    chance, index = random.Random(4), SeenIndex(0.8)
    refused = [index.admit(f"{opening} {text(chance, 9)}", number) is not None for number in range(400)]
    assert sum(refused[200:]) < 10
    assert index.admit(opening, 1_000) is not None
    tail = text(chance, 9)
    assert index.admit(f"{opening} {tail}", 1_001) is None
    assert index.admit(f"{opening} {tail} more", 1_002) is not None


def test_texts_on_both_sides_of_short_and_long() -> None:
    """A text with numbers just short enough for the guard meets its twin that is just too long for it."""
    chance, found = random.Random(5), 0
    for number in range(40):
        words = text(chance, 64).split()
        base = " ".join([*words[:30], "1234", *words[30:]])
        index = SeenIndex(0.8)
        index.add(fingerprint(base), number)
        longer = f"{base} and then some more"
        found += index.twin(fingerprint(longer)) is not None
        assert index.twin(fingerprint(longer.replace("1234", "1235"))) is None
    assert found >= 38


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=30))
def test_exact_verdicts_do_not_depend_on_order(texts: list[str]) -> None:
    """After any texts in any order each of them is found, and admitting again changes nothing."""
    index = SeenIndex(0.85)
    for number, each in enumerate(texts):
        index.admit(each, number)
    size = len(index)
    assert all(index.admit(each, 99) is not None for each in texts)
    assert len(index) == size


def test_memory_is_flat_arrays() -> None:
    """A text of sixty words costs less than 700 bytes, tables included."""
    chance, index = random.Random(6), SeenIndex(0.85)
    for number in range(20_000):
        index.admit(text(chance), number)
    assert index.nbytes / len(index) < 800


def test_content_keeps_fields_apart() -> None:
    """Text cannot run from one field into the next; other values are canonical JSON; missing is empty."""
    assert content({"a": "xy", "b": "z"}, ["a", "b"]) != content({"a": "x", "b": "yz"}, ["a", "b"])
    assert content({"a": "x\0", "b": ""}, ["a", "b"]) != content({"a": "x", "b": "\0"}, ["a", "b"])
    assert content({"a": {"k": 1, "b": [2]}}, ["a", "c"]) == '{"b":[2],"k":1}\n\0\n'


def test_the_same_on_every_machine() -> None:
    """Verdicts do not depend on Python's hash seed."""
    script = (
        "from destilation.core.dedup.index import *; i = SeenIndex(0.7)\n"
        f"i.admit({LONG!r}, 1); print(i.admit({LONG + ' today'!r}, 2), fingerprint({LONG!r}).digest)"
    )
    source = Path(__file__).parents[3] / "src"
    outputs = {
        subprocess.check_output(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(source), "PYTHONHASHSEED": seed}
        )
        for seed in ("0", "1")
    }
    assert len(outputs) == 1
