"""Shingles: 3-grams as numbers, their sorted set."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.dedup.shingles import KEPT, hashes, kept

TOKENS = st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=12)


@given(TOKENS, TOKENS)
def test_equal_numbers_mean_equal_triples(one: list[bytes], other: list[bytes]) -> None:
    """Two token lists share a number exactly where they share three tokens in a row (or all, when fewer)."""

    def triples(tokens: list[bytes]) -> set[tuple[bytes, ...]]:
        return set(zip(tokens, tokens[1:], tokens[2:], strict=False)) or ({tuple(tokens)} if tokens else set())

    shared = set(hashes(one).tolist()) & set(hashes(other).tolist())
    assert len(shared) == len(triples(one) & triples(other))
    assert len(kept(hashes(one))) == len(triples(one))


def test_short_texts_have_one_shingle() -> None:
    """One, two and three tokens make one number, all different; no token makes none."""
    found = [hashes(tokens).tolist() for tokens in ([], [b"a"], [b"a", b"a"], [b"a", b"a", b"a"])]
    assert [len(each) for each in found] == [0, 1, 1, 1]
    assert len({each[0] for each in found[1:]}) == 3


def test_the_numbers_never_change() -> None:
    """A stored index depends on these values: another value is another format version."""
    assert hashes([b"a", b"b", b"c", b"d"]).tolist() == [126247271, 3292891808]


def test_the_smallest_are_kept() -> None:
    """Of a long text the smallest numbers are kept, sorted, each once."""
    ordered = np.arange(5000, dtype=np.uint32)[::-1].repeat(2)
    assert kept(ordered).tolist() == list(range(KEPT))
