"""Exact Jaccard similarity of two sets of shingles. Knows nothing about where they come from."""

from destilation.core.dedup.shingles import KEPT, Shingles

NOTHING: frozenset[int] = frozenset()


def similarity(one: Shingles, other: Shingles, ignored: frozenset[int] = NOTHING) -> float:
    """What two sorted sets share, as a part of their union; members of `ignored` count on neither side.

    A set of `KEPT` members is a bottom-k sketch: the pair is compared up to the last member that both
    sketches can show.
    """
    if ends := [full[-1] for full in (one, other) if len(full) == KEPT]:
        one, other = (each[: each.searchsorted(min(ends), side="right")] for each in (one, other))
    ours, theirs = set(one.tolist()), set(other.tolist())
    if ignored:
        ours -= ignored
        theirs -= ignored
    common = len(ours & theirs)
    return common / max(len(ours) + len(theirs) - common, 1)
