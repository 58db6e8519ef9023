"""Many texts at once come to the same as one after the other."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.dedup.bands import Bands
from destilation.core.dedup.batch import Batch, batch
from destilation.core.dedup.fingerprint import fingerprint
from destilation.core.dedup.shingles import KEPT

BANDS = Bands(9, 4)
WORDS = st.sampled_from(["a", "b", "17", "+", "(x)", "Straße", "水", "\ud83d", "?", "\0", "\n"])


def check(texts: list[str]) -> Batch:
    """Each text's fingerprint and signature are those of the text alone."""
    made = batch(texts, BANDS)
    assert len(made.seen) == len(made.signatures) == len(texts)
    for text, seen, signature in zip(texts, made.seen, made.signatures, strict=True):
        alone = fingerprint(text)
        assert (seen.digest, seen.guard) == (alone.digest, alone.guard)
        assert seen.shingles.tolist() == alone.shingles.tolist()
        assert seen.lead.tolist() == alone.lead.tolist()
        assert signature == (BANDS.sign(alone.shingles) if len(alone.shingles) else ())
    return made


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.text(max_size=20)), max_size=12))
def test_a_batch_is_its_texts(texts: list[str]) -> None:
    """Whatever texts there are, short, empty and broken ones among them, and none at all."""
    check(texts)


def test_a_long_text_among_short_ones() -> None:
    """Only the smallest shingles of a long text are kept, and its neighbours lose none."""
    chance = random.Random(1)
    long = " ".join(f"w{chance.randrange(10**6)}" for _ in range(3_000))
    made = check(["one two three four", long, "", "five six seven"])
    assert [len(seen.shingles) for seen in made.seen] == [2, KEPT, 0, 1]
