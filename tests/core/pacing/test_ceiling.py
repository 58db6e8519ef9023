"""A limit on the number in flight is told from one on the rate."""

from destilation.core.pacing.ceiling import DOUBTS, EPISODES, PROBE_S, Ceiling


def known(most: int = 100) -> Ceiling:
    """A ceiling that was recognised at time 0."""
    ceiling = Ceiling()
    outcomes = [ceiling.refused(most + 1, 0.0) for _ in range(EPISODES)]
    assert outcomes == [False] * (EPISODES - 1) + [True]
    return ceiling


def test_four_times_the_same_number_is_a_ceiling() -> None:
    """Refusals always at 101 in flight mean that 100 are taken."""
    ceiling = known()
    assert ceiling.limit(1.0) == 100


def test_different_numbers_are_no_ceiling() -> None:
    """Refusals at this and that number, or at very small ones, say nothing about a ceiling."""
    scattered, small = Ceiling(), Ceiling()
    assert not any(scattered.refused(number, 0.0) for number in (90, 101, 85, 110, 99, 120))
    assert not any(small.refused(2, 0.0) for _ in range(10))
    assert scattered.limit(1.0) is None


def test_one_more_is_tried_and_refused() -> None:
    """A trial that is refused confirms the ceiling, and the next trial comes later."""
    ceiling = known()
    assert ceiling.limit(PROBE_S) == 101
    assert ceiling.refused(101, PROBE_S)
    assert ceiling.limit(PROBE_S + 1) == 100
    assert ceiling.limit(PROBE_S + 2 * PROBE_S) == 101


def test_one_more_is_tried_and_taken() -> None:
    """A trial that is answered raises the ceiling, by more each time."""
    ceiling = known()
    ceiling.admitted(101, PROBE_S, PROBE_S + 1)
    assert ceiling.most == 101
    assert ceiling.limit(PROBE_S + 3) == 103
    ceiling.admitted(103, PROBE_S + 3, PROBE_S + 4)
    assert ceiling.most == 103


def test_an_answer_from_before_a_refusal_proves_nothing() -> None:
    """The number in flight counted requests that were then refused."""
    ceiling = known()
    ceiling.admitted(105, 0.0, 1.0)
    assert ceiling.most == 100


def test_refusals_below_it_are_doubts() -> None:
    """The first refusal below lowers the ceiling, the second ends the belief."""
    ceiling = known()
    assert DOUBTS == 2
    assert ceiling.refused(80, 1.0)
    assert ceiling.most == 79
    assert not ceiling.refused(60, 2.0)
    assert ceiling.limit(3.0) is None
