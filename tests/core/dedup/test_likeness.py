"""Exact Jaccard similarity, of whole sets and of sketches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.dedup.likeness import similarity
from destilation.core.dedup.shingles import KEPT, Shingles

SETS = st.sets(st.integers(0, 30), min_size=1)


def array(members: set[int]) -> Shingles:
    return np.array(sorted(members), np.uint32)


@given(SETS, SETS, st.sets(st.integers(0, 30), max_size=4))
def test_it_is_the_shared_part_of_the_union(one: set[int], other: set[int], ignored: set[int]) -> None:
    """Equal to the definition, with and without members that do not count."""
    assert similarity(array(one), array(other)) == len(one & other) / len(one | other)
    union = (one | other) - ignored
    expected = len((one & other) - ignored) / len(union) if union else 0.0
    assert similarity(array(one), array(other), frozenset(ignored)) == expected


def test_sketches_are_compared_as_far_as_both_see() -> None:
    """The similarity of two sets of 3,000 is told from their smallest members to within a few hundredths."""
    chance = np.random.default_rng(2)
    members = chance.permutation(1 << 20)[:3600].astype(np.uint32)
    one, other = np.sort(members[:3000])[:KEPT], np.sort(members[600:])[:KEPT]
    assert similarity(one, other) == pytest.approx(2400 / 3600, abs=0.05)


def test_a_sketch_and_a_whole_set() -> None:
    """A set just under the limit is compared with a sketch only up to where the sketch ends."""
    whole = np.arange(0, 2 * (KEPT - 1), 2, dtype=np.uint32)
    sketch = np.arange(0, KEPT, dtype=np.uint32)
    assert similarity(whole, sketch) == similarity(sketch, whole) == 0.5
