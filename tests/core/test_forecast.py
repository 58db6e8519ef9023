"""What a target will take, from a few answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.forecast import Seen, forecast, wilson


def seen(answers: int = 25, accepted: int = 20, requests: int = 30, elapsed_s: float = 50.0) -> Seen:
    """Answers of a second, a hundred tokens, a tenth of a cent."""
    return Seen(
        seconds=[1.0] * answers,
        tokens=[100] * answers,
        usd=[0.001] * answers,
        accepted=accepted,
        requests=requests,
        elapsed_s=elapsed_s,
    )


def test_the_likely_is_the_proportion() -> None:
    """Of 25 answers 20 were accepted after 30 requests: 800 samples are likely 1,000 answers, 1,200 requests."""
    found = forecast(seen(), 800, 10, None)
    assert found.acceptance.likely == pytest.approx(0.8)
    assert found.requests.likely == pytest.approx(1_200)
    assert found.tokens.likely == pytest.approx(100_000)
    assert found.usd.likely == pytest.approx(1.0)
    assert found.seconds.low < 100 < found.seconds.likely < found.seconds.high


def test_a_told_limit_bounds_the_time() -> None:
    """With 60 a minute no amount of concurrency makes 1,000 answers quicker than 1,000 seconds."""
    found = forecast(seen(answers=100, accepted=100, requests=100), 1_000, 500, 60.0)
    assert found.seconds.low >= 999


def test_several_answers_a_request() -> None:
    """Where five answers come of one request, there are a fifth of the requests, and a fifth of the time."""
    alone = forecast(seen(answers=100, accepted=80, requests=100, elapsed_s=10.0), 800, 10, 600.0)
    five = forecast(seen(answers=100, accepted=80, requests=20, elapsed_s=2.0), 800, 10, 600.0)
    assert five.requests.likely == pytest.approx(alone.requests.likely / 5)
    assert five.seconds.low == pytest.approx(alone.seconds.low / 5)
    assert five.tokens == alone.tokens


@given(st.integers(1, 500), st.data())
def test_an_interval_holds_its_share(of: int, data: st.DataObject) -> None:
    """Wilson's interval is within 0 and 1, has the share inside, and narrows with numbers."""
    good = data.draw(st.integers(0, of))
    found = wilson(good, of)
    assert 0 < found.low <= found.likely + 1e-6
    assert found.likely <= found.high + 1e-6
    assert found.high <= 1
    more = wilson(good * 10, of * 10)
    assert more.high - more.low <= found.high - found.low + 1e-9


@given(st.integers(1, 200), st.integers(0, 200), st.integers(1, 10_000), st.integers(1, 100))
def test_low_is_never_above_high(answers: int, accepted: int, missing: int, in_flight: int) -> None:
    """Whatever was seen, the ranges are in order."""
    found = forecast(seen(answers, accepted, answers, 3.0 * answers), missing, in_flight, None)
    for each in (found.requests, found.tokens, found.usd, found.seconds, found.acceptance):
        assert each.low <= each.likely * (1 + 1e-9)
        assert each.likely <= each.high * (1 + 1e-9)
