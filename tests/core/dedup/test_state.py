"""The index given away and taken back: the same index, whatever happens to the first meanwhile."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.dedup.index import SeenIndex, fingerprint

WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe") for b in ("ban", "dor", "fel", "gim", "hax", "17", "+")]
OPENING = "in the context of the old book of rules and in the light of all that was said before, "


def text(chance: random.Random) -> str:
    """Random words, at times behind a shared opening, at times few."""
    words = " ".join(chance.choices(WORDS, k=chance.choice((1, 5, 9, 40, 70))))
    return (OPENING if chance.random() < 0.3 else "") + words


def near(one: str, chance: random.Random) -> str:
    """The text with a word changed."""
    words = one.split()
    words[chance.randrange(len(words))] = chance.choice(WORDS)
    return " ".join(words)


def arrays(index: SeenIndex) -> dict[str, Any]:
    """The state, each kind of array as one."""
    kinds = {"digests": np.uint64, "rows": np.uint8}
    state = index.state()
    return {
        name: np.concatenate([np.asarray(piece) for piece in pieces] or [np.zeros(0, kinds.get(name, np.uint32))])
        for name, pieces in state.items()
    }


def flat(index: SeenIndex) -> dict[str, bytes]:
    """The state as bytes, to compare."""
    return {name: array.tobytes() for name, array in arrays(index).items()}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 400), st.sampled_from([0.6, 0.85, 1.0]))
def test_taken_back_and_gone_on(seed: int, cut: int, threshold: float) -> None:
    """An index read back and told of the rest is, bit for bit, the one made anew, and the one that judged them."""
    chance = random.Random(seed)
    said: list[str] = []
    for _ in range(400):
        said.append(near(chance.choice(said), chance) if said and chance.random() < 0.3 else text(chance))
    live = SeenIndex(threshold)
    kept: list[str] = []
    given_away, known = arrays(live), 0
    for number, each in enumerate(said):
        if number == cut:
            given_away, known = arrays(live), len(kept)
        if live.admit(each, len(kept) + 1) is None:
            kept.append(each)
    if cut >= len(said):
        given_away, known = arrays(live), len(kept)
    anew = SeenIndex(threshold)
    assert all(anew.add_all(kept, range(1, len(kept) + 1)))
    back = SeenIndex.restored(threshold, given_away)
    assert len(back) == known
    assert all(back.add_all(kept[known:], range(known + 1, len(kept) + 1)))
    assert flat(back) == flat(anew) == flat(live)
    for probe in [near(chance.choice(kept), chance) for _ in range(20)]:
        assert back.twin(fingerprint(probe)) == anew.twin(fingerprint(probe))


@pytest.mark.parametrize("threshold", [0.85, 1.0])
def test_a_snapshot_does_not_change(threshold: float) -> None:
    """What was given away stays as it was while thousands of texts come, split segments and fill blocks."""
    chance, index = random.Random(2), SeenIndex(threshold)
    for number in range(3_000):
        index.add(fingerprint(" ".join(chance.choices(WORDS, k=30)), near=threshold < 1), number)
    state = index.state()
    before = {name: [bytes(piece) for piece in pieces] for name, pieces in state.items()}
    for number in range(3_000, 9_000):
        index.add(fingerprint(" ".join(chance.choices(WORDS, k=30)), near=threshold < 1), number)
    assert {name: [bytes(piece) for piece in pieces] for name, pieces in state.items()} == before


def test_many_texts_taken_back() -> None:
    """Across many segments, blocks and chunks: the same arrays, and they grow on as the first do."""
    chance, index = random.Random(3), SeenIndex(0.85)
    texts = [" ".join(chance.choices(WORDS, k=50)) for _ in range(6_000)]
    index.add_all(texts[:4_000], range(4_000))
    back = SeenIndex.restored(0.85, arrays(index))
    assert back.nbytes == index.nbytes
    for each in (index, back):
        each.add_all(texts[4_000:], range(4_000, 6_000))
    assert flat(back) == flat(index)
    assert all(back.twin(fingerprint(each)) is not None for each in texts)


def test_copies_among_many() -> None:
    """Of texts that are told at once the first of equal ones is new, near or not."""
    for threshold in (0.85, 1.0):
        index = SeenIndex(threshold)
        assert index.add_all(["one two three", "ONE two  three", "other", ""], [1, 2, 3, 4]) == [
            True,
            False,
            True,
            True,
        ]
        assert index.add_all(["", "new"], [5, 6]) == [False, True]
        twin = index.twin(fingerprint("one TWO three"))
        assert twin is not None and twin.number == 1


@pytest.mark.parametrize("broken", ["bucket_keys", "digest_blocks", "openings", "rows"])
def test_what_is_no_state(broken: str) -> None:
    """Arrays that do not fit each other are no index, and that is told."""
    index = SeenIndex(0.85)
    index.add_all(["one two three", "four five six seven"], [1, 2])
    state = arrays(index)
    state[broken] = state[broken][:-1]
    with pytest.raises((ValueError, LookupError)):
        SeenIndex.restored(0.85, state)
    del state[broken]
    with pytest.raises(KeyError):
        SeenIndex.restored(0.85, state)
