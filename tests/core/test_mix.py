"""Shares of accepted samples, also when providers differ in how much of theirs is accepted."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.mix import MOST_COMPENSATION, Mix


def run(weights: list[float], rates: list[float], total: int, seed: int = 1) -> tuple[list[int], list[int]]:
    """(accepted, asked) after that many accepted, one request at a time."""
    mix, chance = Mix(weights), Random(seed)
    asked = [0] * len(weights)
    while sum(mix.accepted) < total:
        entry = mix.turn(range(len(weights)))
        mix.begin(entry)
        asked[entry] += 1
        mix.end(entry, accepted=chance.random() < rates[entry])
    return mix.accepted, asked


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=5))
def test_shares_within_two_per_cent(weights: list[float]) -> None:
    """When all accept alike, 10,000 samples are shared as the weights say."""
    accepted, _ = run(weights, [1.0] * len(weights), 10_000)
    for share, weight in zip(accepted, weights, strict=True):
        assert abs(share / 10_000 - weight / sum(weights)) < 0.02


def test_a_weak_provider_makes_up_for_its_rejections() -> None:
    """With 80 and 100 per cent accepted, equal weights still give equal shares of samples."""
    accepted, asked = run([1, 1], [0.8, 1.0], 4_000)
    assert abs(accepted[0] - accepted[1]) < 80
    assert asked[0] > asked[1]


def test_a_hopeless_provider_does_not_flood_the_mix() -> None:
    """One that never gets anything accepted is asked at most about twice its share."""
    accepted, asked = run([1, 1], [0.0, 1.0], 2_000)
    assert accepted == [0, 2_000]
    assert asked[0] <= MOST_COMPENSATION * asked[1] * 1.1


def test_weight_zero_is_asked_only_when_alone() -> None:
    """A share of 0 is a reserve."""
    mix = Mix([0, 1])
    assert mix.turn([0, 1]) == 1
    assert mix.turn([0]) == 0


def test_what_is_in_flight_counts() -> None:
    """Requests under way keep the next from going to the same provider."""
    mix = Mix([1, 1])
    turns = []
    for _ in range(10):
        entry = mix.turn([0, 1])
        mix.begin(entry)
        turns.append(entry)
    assert turns.count(0) == turns.count(1) == 5
    assert mix.in_flight == [5, 5]


def test_earlier_runs_count() -> None:
    """A mix that continues makes up for what one provider is behind."""
    mix = Mix([1, 1], [10, 0])
    assert mix.turn([0, 1]) == 1


def test_a_turn_that_was_not_used() -> None:
    """A turn that is given back is as if it had never been: no request counts against the entry."""
    mix = Mix([1.0, 1.0])
    mix.begin(0)
    mix.give_back(0)
    assert mix.in_flight == [0, 0]
    assert mix.turn([0, 1]) == Mix([1.0, 1.0]).turn([0, 1])
