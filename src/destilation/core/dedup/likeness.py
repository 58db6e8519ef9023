"""Exact Jaccard similarity of two sets of shingles. Knows nothing about where they come from."""

import numpy as np

from destilation.core.dedup.shingles import KEPT, Shingles

NOTHING: frozenset[int] = frozenset()


def similarity(one: Shingles, other: Shingles, ignored: frozenset[int] = NOTHING) -> float:
    """What two sorted sets share, as a part of their union; members of `ignored` count on neither side.

    A set of `KEPT` members is a bottom-k sketch: the pair is compared up to the last member that both
    sketches can show.
    """
    if len(one) == KEPT or len(other) == KEPT:
        ends = [full[-1] for full in (one, other) if len(full) == KEPT]
        one, other = (each[: each.searchsorted(min(ends), side="right")] for each in (one, other))
    if ignored:
        one, other = (each[[member not in ignored for member in each.tolist()]] for each in (one, other))
    both = np.concatenate([one, other])
    both.sort()
    common = int(np.count_nonzero(both[1:] == both[:-1]))
    return common / max(len(both) - common, 1)
