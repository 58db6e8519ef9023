"""Boilerplate at the beginning: learned from what comes, told from real likeness."""

import numpy as np

from destilation.core.dedup.openings import Openings, decisive
from destilation.core.dedup.shingles import Shingles


def numbers(first: int, count: int) -> Shingles:
    return np.arange(first, first + count, dtype=np.uint32)


def taught(opening: Shingles, times: int, others: int = 0) -> Openings:
    openings = Openings()
    for time in range(times):
        openings.learn(np.concatenate([opening, numbers(10_000 + 40 * time, 4)]))
    for other in range(others):
        openings.learn(numbers(20_000 + other % 30_000, 1))
    return openings


def test_an_opening_seen_often_has_no_weight() -> None:
    """After some fifty texts the shared opening is boilerplate, and what follows is not."""
    openings = taught(numbers(0, 20), 60)
    lead = np.concatenate([numbers(0, 20), numbers(9000, 5)])
    assert openings.boilerplate(lead, 25).tolist() == list(range(20))
    assert openings.boilerplate(lead[:20], 20).tolist() == list(range(20))


def test_what_is_rare_short_or_less_than_half_keeps_its_weight() -> None:
    """Too few texts, too small a share of them, a short opening, one that cannot decide: all count in full."""
    long = np.concatenate([numbers(0, 20), numbers(9000, 5)])
    assert not len(taught(numbers(0, 20), 20).boilerplate(long, 25))
    assert not len(taught(numbers(0, 20), 60, others=5000).boilerplate(long, 25))
    assert not len(taught(numbers(0, 20), 60).boilerplate(long, 40))
    assert not len(taught(numbers(0, 6), 60).boilerplate(numbers(0, 6), 6))
    assert taught(numbers(0, 20), 1).nbytes == 4 << 16


def test_only_an_opening_with_a_new_end_decides() -> None:
    """A new end after a shared opening teaches it; a change in the middle, or no change, teaches nothing."""
    opening = numbers(0, 20)
    text, other = np.concatenate([opening, numbers(500, 2)]), np.concatenate([opening, numbers(600, 2)])
    assert decisive(text, text, other).tolist() == opening.tolist()
    middle = np.concatenate([numbers(0, 12), numbers(700, 3), numbers(15, 7)])
    assert not len(decisive(middle, np.sort(middle), numbers(0, 22)))
    late = np.concatenate([numbers(0, 14), numbers(700, 1), numbers(15, 7)])
    assert not len(decisive(late, np.sort(late), numbers(0, 22)))
    assert not len(decisive(opening, opening, opening))
    assert not len(decisive(numbers(900, 5), numbers(900, 5), opening))
