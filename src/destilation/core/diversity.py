"""How much texts differ from each other, in figures. Knows no topic and no sample.

Both kinds depend on how many texts are looked at, so a set is told by a sample of fixed size: only figures of as many
texts can be compared.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import TypeVar

from msgspec import Struct

from destilation.core.dedup.fingerprint import fingerprint
from destilation.core.dedup.likeness import similarity
from destilation.core.dedup.normal import tokens

Thing = TypeVar("Thing")
MOST = 200  # texts that are looked at


class Diversity(Struct, frozen=True):
    """Figures of `texts` texts, each from 0 to 1.

    `distinct_1`, `distinct_2` and `distinct_3` are the shares of words, and of runs of two and of three words, that are
    different ones (Li et al., "A Diversity-Promoting Objective Function", 2016). `alike` is the
    mean similarity (Jaccard, of shingles) of two texts, `nearest` that of a text and the one most like it: high values
    mean that the texts repeat each other. Of fewer than two texts both are 0.
    """

    texts: int
    distinct_1: float
    distinct_2: float
    distinct_3: float
    alike: float
    nearest: float


def diversity(texts: Sequence[str], most: int = MOST) -> Diversity:
    """The figures of a set, from at most so many of its texts, evenly picked."""
    picked = spread(texts, most)
    alike, nearest = likeness(picked)
    one, two, three = (distinct(picked, n) for n in (1, 2, 3))
    return Diversity(len(picked), one, two, three, alike, nearest)


def spread(things: Sequence[Thing], most: int) -> list[Thing]:
    """At most so many of the things, at equal distances."""
    if len(things) <= most:
        return list(things)
    return [things[number * len(things) // most] for number in range(most)]


def distinct(texts: Sequence[str], n: int) -> float:
    """The share of the runs of `n` words that are different ones; 0 where there are none."""
    runs: set[tuple[bytes, ...]] = set()
    count = 0
    for text in texts:
        words = tokens(text).words
        found = list(zip(*(words[start:] for start in range(n)), strict=False))
        runs.update(found)
        count += len(found)
    return len(runs) / max(count, 1)


def likeness(texts: Sequence[str]) -> tuple[float, float]:
    """The mean similarity of two texts, and of each with its nearest; compares all pairs."""
    shingles = [fingerprint(text).shingles for text in texts]
    nearest = [0.0] * len(texts)
    total = 0.0
    for one, other in combinations(range(len(texts)), 2):
        alike = similarity(shingles[one], shingles[other])
        total += alike
        nearest[one], nearest[other] = max(nearest[one], alike), max(nearest[other], alike)
    pairs = len(texts) * (len(texts) - 1) // 2
    return total / max(pairs, 1), sum(nearest) / max(len(texts), 1)
