"""Splits: every sample has its part by what it says alone, near copies share one, and shares are what was asked."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.errors import ConfigError
from destilation.exports.split import Split, split_of

ASKED = split_of("90/5/5")
SYLLABLES = ["ka", "lo", "mi", "ren", "tar", "vos", "qui", "del", "pra", "shu", "bon", "zet"]


def words(rng: random.Random, count: int) -> list[str]:
    """Made-up words, rare ones among them."""
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(count)]


def edited(text: list[str], rng: random.Random) -> str:
    """The text with a word changed, added or left out."""
    made, place = list(text), rng.randrange(len(text))
    kind = rng.randrange(3)
    made[place : place + (kind != 1)] = [] if kind == 2 else words(rng, 1)
    return " ".join(made)


def test_shares_are_read() -> None:
    """Two and three shares, whole or not, of whatever sum; nonsense is told."""
    assert Split(("train", "validation", "test"), (0.9, 0.05, 0.05)) == ASKED
    assert split_of("3/1") == Split(("train", "validation"), (0.75, 0.25))
    assert split_of("99.5/0.5").shares == (0.995, 0.005)
    for text in ("", "90/5/5/0", "90:10", "-1/101", "0/1", "nan/1"):
        with pytest.raises(ConfigError, match="--split"):
            split_of(text)


@given(st.text(), st.text())
def test_any_text_has_a_part(text: str, stratum: str) -> None:
    """Whatever the text, its part is one of those with a share, and the same each time."""
    split = split_of("80/0/20")
    place = split.part_of(text, stratum)
    assert place in (0, 2)
    assert split.part_of(text, stratum) == place


@given(st.lists(st.sampled_from(["what", "is", "photosynthesis", "in", "Alpine", "plants", "12", "+"]), max_size=9))
def test_form_does_not_matter(parts: list[str]) -> None:
    """Case, white space and punctuation move no sample to another part."""
    text = " ".join(parts)
    assert ASKED.part_of(text) == ASKED.part_of(f"  {text.upper()}?\n".replace(" ", "  "))


@pytest.mark.parametrize("length", [25, 60])
def test_near_copies_share_a_part(length: int) -> None:
    """Of texts in a validation or test part, few have a copy with one word changed in another part."""
    rng = random.Random(7)
    split = split_of("50/25/25")
    together = Counter(
        split.part_of(" ".join(text)) == split.part_of(edited(text, rng))
        for text in (words(rng, length) for _ in range(600))
    )
    assert together[True] / 600 > {25: 0.85, 60: 0.93}[length]


@pytest.mark.parametrize(
    "pattern",
    [
        "Question number {n} about {m}?",
        "What is {n} * {m} + 4?",
        "Explain the following programming concept in Rust: {word}.",
        "Write a Python function that takes a list of {word} and returns {other} in the order of their {third}.",
        "第{n}个问题:{word}是什么?",
    ],
)
def test_what_is_worded_alike_is_spread(pattern: str) -> None:
    """A dataset of one pattern does not land in one part: the shares stay near what was asked."""
    rng = random.Random(3)
    parts: Counter[int] = Counter()
    for n in range(3_000):
        word, other, third = words(rng, 3)
        parts[ASKED.part_of(pattern.format(n=n, m=n * 7, word=word + str(n % 9), other=other, third=third))] += 1
    assert [parts[place] / 3_000 for place in range(3)] == pytest.approx([0.9, 0.05, 0.05], abs=0.025)


def test_strata_are_split_by_themselves() -> None:
    """The same text may have another part in another stratum, and each stratum has its shares."""
    rng = random.Random(5)
    texts = [" ".join(words(rng, 20)) for _ in range(1_500)]
    by_stratum = {name: [ASKED.part_of(text, name) for text in texts] for name in ("a", "b")}
    assert by_stratum["a"] != by_stratum["b"]
    for places in by_stratum.values():
        assert places.count(0) / len(places) == pytest.approx(0.9, abs=0.03)
