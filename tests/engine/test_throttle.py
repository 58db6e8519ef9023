"""Limits, pauses and retirement of one provider, with the time handed in."""

import pytest

from destilation.engine.throttle import (
    GIVE_UP_S,
    MOST_BACKOFF_S,
    MOST_PAUSE_S,
    NEVER_ANSWERED,
    REFUSALS_IN_A_ROW,
    Throttle,
)


def test_no_more_than_the_limit_in_flight() -> None:
    """A throttle is able while fewer than its limit are in flight."""
    throttle = Throttle(2)
    throttle.in_flight = 1
    assert throttle.able(0.0)
    throttle.in_flight = 2
    assert not throttle.able(0.0)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(0.0, 0.0, 0.01), (2.0, 2.0, 2.25), (-5.0, 0.0, 0.01), (1e9, MOST_PAUSE_S, MOST_PAUSE_S + 0.25)],
)
def test_retry_after_is_honoured(asked: float, least: float, most: float) -> None:
    """What the server asks for is waited, plus a little jitter, within bounds."""
    for chance in (0.0, 1.0):
        throttle = Throttle(1)
        pause = throttle.throttled(10.0, 9.0, asked, chance)
        assert least <= pause <= most
        assert not throttle.able(10.0 + pause - 1e-3) or pause == 0
        assert throttle.able(10.0 + pause)


def test_back_off_grows_and_is_bounded() -> None:
    """Refusals in a row without a Retry-After double the pause up to its bound."""
    throttle, now, pauses = Throttle(1), 1.0, []
    for _ in range(12):
        pauses.append(throttle.throttled(now, now, None, 1.0))
        now += pauses[-1]
    assert pauses[:3] == [1.0, 2.0, 4.0]
    assert pauses[-1] == MOST_BACKOFF_S


def test_a_burst_of_refusals_is_one_refusal() -> None:
    """Requests sent before the pause began do not make it longer when they are refused too."""
    throttle = Throttle(100)
    first = throttle.throttled(10.0, 9.0, 5.0, 0.0)
    assert first == 5.0
    assert throttle.throttled(10.5, 9.5, 5.0, 0.0) == 0.0
    assert throttle.paused_until == 15.0
    assert throttle.failed(10.6, 9.9, "reset", 1.0) == 0.0


def test_the_first_failures_cost_no_pause() -> None:
    """One broken answer among good ones is no outage; many in a row are."""
    throttle = Throttle(10)
    throttle.answered(0.0)
    pauses = [throttle.failed(1.0 + n, 1.0 + n, "reset", 1.0) for n in range(5)]
    assert pauses[:3] == [0.0, 0.0, 0.0]
    assert pauses[3] > 0
    throttle.answered(9.0)
    assert throttle.failed(10.0, 10.0, "reset", 1.0) == 0.0


def test_a_provider_that_never_answered_is_retired_soon() -> None:
    """A dead host costs a few requests, not the run."""
    throttle = Throttle(1)
    for number in range(NEVER_ANSWERED):
        assert throttle.retired is None
        throttle.failed(number * 60.0, number * 60.0, "connection refused", 1.0)
    assert throttle.retired == "never answered: connection refused"
    assert not throttle.able(1e9)


def test_a_provider_that_answered_before_is_given_time() -> None:
    """After good answers only a long silence retires a provider."""
    throttle, now = Throttle(1), 0.0
    throttle.answered(now)
    while throttle.retired is None:
        now += 1.0 + throttle.failed(now, now, "503", 1.0)
    assert GIVE_UP_S <= now <= GIVE_UP_S + 2 * MOST_BACKOFF_S
    assert "no answer for 300 s: 503" in throttle.retired


def test_refusing_everything_retires() -> None:
    """Prompts refused one after the other mean that something is wrong with all of them."""
    throttle = Throttle(1)
    for _ in range(REFUSALS_IN_A_ROW - 1):
        throttle.refused("context too small")
    throttle.answered(1.0)
    for _ in range(REFUSALS_IN_A_ROW - 1):
        throttle.refused("context too small")
    assert throttle.retired is None
    throttle.refused("context too small")
    assert throttle.retired == f"refused {REFUSALS_IN_A_ROW} prompts in a row: context too small"
