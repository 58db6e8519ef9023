"""A told limit: never more than it in any minute, and nearly all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.pacing.meter import WINDOW_S, Meter


@given(
    st.integers(1, 400),
    st.lists(st.tuples(st.floats(0, 30), st.integers(0, 1_000)), min_size=1, max_size=200),
)
def test_never_more_than_the_limit_in_any_minute(limit: int, steps: list[tuple[float, int]]) -> None:
    """Whatever the pauses and however greedy the sender, no 60 seconds hold more sends than the limit."""
    meter, now, sent = Meter(limit, 0.0), 0.0, []
    for pause, greed in steps:
        now += pause
        for _ in range(min(greed, 2 * limit)):
            if meter.ready_at(now, 1.0) > now:
                break
            meter.spend(now, 1.0)
            sent.append(now)
    for first, begin in enumerate(sent):
        assert sum(begin <= at < begin + WINDOW_S for at in sent[first:]) <= limit


@given(st.floats(10, 10_000), st.lists(st.floats(1, 300), min_size=1, max_size=300))
def test_never_more_tokens_than_the_limit_in_any_minute(limit: float, amounts: list[float]) -> None:
    """Sends of different sizes, each as early as allowed, never exceed the limit in 60 seconds."""
    meter, now, sent = Meter(limit, 0.0), 0.0, []
    for amount in amounts:
        amount = min(amount, limit)
        now = max(now, meter.ready_at(now, amount))
        meter.spend(now, amount)
        sent.append((now, amount))
    for first, (begin, _) in enumerate(sent):
        assert sum(amount for at, amount in sent[first:] if at < begin + WINDOW_S) <= limit + 1e-6


@pytest.mark.parametrize("limit", [20, 600, 6_000])
def test_nearly_all_of_the_limit_is_used(limit: int) -> None:
    """A sender that waits exactly as told uses at least 99 % of the limit."""
    meter, now, count = Meter(limit, 0.0), 0.0, 0
    while now < 600:
        now = max(now, meter.ready_at(now, 1.0))
        meter.spend(now, 1.0)
        count += 1
    assert count >= 0.99 * limit * 10


def test_a_correction_gives_back() -> None:
    """An estimate that was too high is corrected, and the room can be used."""
    meter = Meter(100, 0.0)
    meter.spend(0.0, 100)
    assert meter.ready_at(1.0, 50) > 60
    meter.spend(1.0, -90)
    assert meter.ready_at(10.0, 50) <= 10.0
    assert meter.ready_at(1_000.0, 100) <= 1_000.0


def test_a_late_timer_is_made_up_for() -> None:
    """A sender that comes a few hundredths of a second late each time still reaches the rate."""
    meter, now, count = Meter(6_000, 0.0), 0.0, 0
    while now < 120:
        now = max(now, meter.ready_at(now, 1.0)) + (0.05 if count % 7 == 0 else 0.0)
        meter.spend(now, 1.0)
        count += 1
    assert count >= 0.98 * 12_000
