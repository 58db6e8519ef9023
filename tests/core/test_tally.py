"""The counts of one topic."""

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.tally import FRUITFUL, PATIENCE, RECENT, SATURATED, Memory, Tally


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=60))
def test_the_smallest_unused(steps: list[tuple[bool, int]]) -> None:
    """Whatever was used and given back, in any order, the smallest index that is free is named."""
    tally, used = Tally(), set[int]()
    for back, index in steps:
        if back and index in used:
            tally.give_back(index)
            used.remove(index)
        elif not back and index not in used:
            tally.begin(index)
            used.add(index)
        assert tally.unused == min(set(range(14)) - used)
        assert tally.claimed == len(used)


def test_saturated() -> None:
    """Eight duplicates of the last twelve answers; other answers in between push old ones out, other codes do not count."""
    tally = Tally()
    for _ in range(SATURATED - 1):
        tally.refuse("near_duplicate")
    for _ in range(RECENT - SATURATED + 1):
        tally.refuse("too_short")
    tally.refuse("duplicate")  # the first of them is out
    assert not tally.saturated
    for _ in range(SATURATED - 2):
        tally.refuse("duplicate")  # each puts one of the first out
    assert not tally.saturated
    tally.refuse("duplicate")
    assert tally.saturated
    assert (tally.refused, tally.duplicates) == (20, 15)


def test_another_topics_samples_do_not_saturate() -> None:
    """A model that strays says nothing of the topic, unless all of the last twelve answers were known already."""
    tally = Tally()
    for number in range(4 * RECENT):
        tally.accept() if number % RECENT == 0 else tally.refuse("near_duplicate", elsewhere=True)
        assert not tally.saturated
    tally.refuse("duplicate", elsewhere=True)
    assert tally.saturated and tally.fruitful


def test_it_stays_saturated_and_as_fruitful_as_it_was() -> None:
    """What tasks under way bring later changes nothing."""
    for samples in (FRUITFUL - 1, FRUITFUL):
        tally = Tally()
        for _ in range(samples):
            tally.accept()
        for _ in range(SATURATED):
            tally.refuse("duplicate")
        for _ in range(RECENT):
            tally.accept()
        assert (tally.saturated, tally.fruitful) == (True, samples >= FRUITFUL)


def test_a_barren_topic_has_to_wait() -> None:
    """After eight tasks in a row for nothing each more counts as a sample, until one comes."""
    tally = Tally()
    for index in range(PATIENCE + 3):
        tally.begin(index)
        tally.abandon()
    assert (tally.weight, tally.waits) == (3, True)
    tally.begin(11)
    assert tally.weight == 4
    tally.accept()
    assert (tally.weight, tally.accepted, tally.in_flight, tally.waits) == (1, 1, 0, False)


@given(st.lists(st.integers(0, 40), max_size=60), st.lists(st.integers(0, 40), max_size=60))
def test_recalled_draws_are_not_drawn_again(first: list[int], second: list[int]) -> None:
    """The next draw is the smallest that no task had, however they are told: one by one, or many at once."""
    one, many = Tally(), Tally()
    for indexes in (first, second):
        for index in indexes:
            one.begin(index)
        many.recall(Memory(indexes, 0, 0, 0, ()))
        for tally in (one, many):
            assert tally.unused == min(set(range(200)) - set(first) - (set(second) if indexes is second else set()))
    assert many.in_flight == 0
