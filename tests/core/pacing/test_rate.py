"""An untold limit is found, used, and given up when it is obsolete."""

import pytest

from destilation.core.pacing.rate import FIRST_PER_S, LEAST_PER_S, MOST_PER_S, Rate


class Bucket:
    """A server with a token bucket, asked through a Rate; replies come after `delay` seconds."""

    def __init__(self, per_second: float, burst: float = 10.0, delay: float = 0.02) -> None:
        self.per_second, self.burst, self.delay = per_second, burst, delay
        self.level, self.at = burst, 0.0
        self.answered, self.refused = 0, 0

    def run(self, rate: Rate, begin: float, end: float, *, wait: bool = True, noise: int = 0) -> None:
        """Send whenever the rate allows it; every `noise`-th request is refused for no reason."""
        now, sent = begin, 0
        while now < end:
            now = max(now, rate.ready_at(now))
            number = rate.send(now)
            sent += 1
            self.level = min(self.burst, self.level + (now - self.at) * self.per_second)
            self.at = now
            if self.level >= 1 and not (noise and sent % noise == 0):
                self.level -= 1
                self.answered += 1
                rate.admitted(now + self.delay, 1.0)
                continue
            self.refused += 1
            asked = max(0.0, 1 - self.level) / self.per_second if wait else None
            if not rate.refused(number, now, now + self.delay, asked):
                rate.hold(now + self.delay + (asked or 0.0))
            elif asked is None:
                rate.resume(now + self.delay + 0.1)
            now = now + self.delay


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("per_second", [0.4, 5.0, 100.0])
def test_the_limit_is_found(per_second: float, wait: bool) -> None:
    """After a start, at least 95 % of a bucket's rate is used, with few refusals."""
    rate, server = Rate(0.0), Bucket(per_second)
    begin = max(60.0, 40 / per_second)
    server.run(rate, 0.0, begin, wait=wait)
    server.answered = server.refused = 0
    server.run(rate, begin, begin + 300, wait=wait)
    assert server.answered >= 0.95 * per_second * 300
    assert server.refused <= max(0.02 * server.answered, 12)
    assert rate.limit is not None


def test_a_limit_that_rises_is_followed() -> None:
    """A minute after the limit became four times as high, most of it is used."""
    rate, server = Rate(0.0), Bucket(25.0)
    server.run(rate, 0.0, 60.0)
    server.per_second, server.answered = 100.0, 0
    server.run(rate, 60.0, 120.0)
    server.answered = 0
    server.run(rate, 120.0, 180.0)
    assert server.answered >= 0.9 * 6_000


def test_the_way_back_ends_at_what_was_known() -> None:
    """When a dip of the limit is over, slow start goes up to the old limit and no further at once."""
    rate, server = Rate(0.0), Bucket(100.0)
    server.run(rate, 0.0, 40.0)
    server.per_second = 25.0
    server.run(rate, 40.0, 80.0)
    server.per_second, server.refused = 100.0, 0
    server.run(rate, 80.0, 130.0)
    assert server.refused < 20
    assert 90 <= rate.per_second(130.0) <= 160


def test_refusals_that_come_at_any_rate_do_not_slow_down() -> None:
    """A server that refuses every eighth request whatever the rate is not asked ever more slowly."""
    rate, server = Rate(0.0), Bucket(1_000.0, burst=1_000.0)
    server.run(rate, 0.0, 60.0, noise=8)
    server.answered = 0
    server.run(rate, 60.0, 120.0, noise=8)
    assert server.answered > 60 * 20


def test_expected_refusals_end_with_their_cause() -> None:
    """Once the share of refusals is clearly another, they count again."""
    rate, server = Rate(0.0), Bucket(1_000.0, burst=1_000.0)
    server.run(rate, 0.0, 60.0, noise=8)
    server.per_second, server.burst, server.level = 10.0, 1.0, 0.0
    server.run(rate, 60.0, 120.0)
    server.refused = server.answered = 0
    server.run(rate, 120.0, 240.0)
    assert server.answered >= 0.8 * 1_200
    assert server.refused < server.answered


def test_slow_start_doubles() -> None:
    """The rate doubles every two seconds, sooner where answers come sooner, and is never without bounds."""
    rate = Rate(0.0)
    assert rate.per_second(0.0) == FIRST_PER_S
    assert rate.per_second(4.0) == pytest.approx(4 * FIRST_PER_S)
    number = rate.send(4.0)
    assert number == 1
    rate.admitted(4.0, 0.5)
    assert rate.per_second(5.0) == pytest.approx(16 * FIRST_PER_S)
    assert rate.per_second(1_000.0) == MOST_PER_S


def test_refusals_of_one_epoch_are_one() -> None:
    """A burst of refusals to requests that were under way together lowers the rate once."""
    rate = Rate(0.0, free=True)
    numbers = [rate.send(0.001 * k) for k in range(100)]
    assert rate.refused(numbers[50], 0.05, 0.2, None)
    limit = rate.limit
    assert not any(rate.refused(number, 0.001 * number, 0.21, None) for number in numbers[51:])
    assert rate.limit == limit


def test_it_never_stops_asking() -> None:
    """However often it is refused, the rate stays above one a minute, and the next time is finite."""
    rate, now = Rate(0.0), 0.0
    for _ in range(200):
        now = max(now, rate.ready_at(now))
        number = rate.send(now)
        rate.refused(number, now, now, None)
    assert rate.per_second(now) >= LEAST_PER_S
    assert rate.ready_at(now) - now <= 1 / LEAST_PER_S + 1


def test_after_an_outage_it_goes_on_where_it_was() -> None:
    """A restart begins at nine tenths of the last limit, and with slow start where none was found."""
    rate, server = Rate(0.0), Bucket(50.0)
    server.run(rate, 0.0, 60.0)
    rate.restart(500.0)
    assert rate.limit is not None
    assert 0.9 * rate.limit <= rate.per_second(500.0) <= rate.limit
    fresh = Rate(0.0)
    fresh.restart(100.0)
    assert fresh.per_second(100.0) == FIRST_PER_S


def test_a_limit_of_another_kind_frees_the_rate() -> None:
    """When the number in flight is what is limited, the rate is free again."""
    rate = Rate(0.0)
    rate.refused(rate.send(0.0), 0.0, 0.1, None)
    rate.forget()
    assert rate.per_second(1.0) == MOST_PER_S


def test_only_the_last_second_of_a_climb_counts() -> None:
    """The first limit is what was admitted in the second before the refusal, not what was sent long before."""
    rate = Rate(0.0, free=True)
    for k in range(40):
        rate.send(0.01 * k)
    for k in range(10):
        rate.send(5.0 + 0.01 * k)
    rate._recent.extendleft([0.5] * 5)
    rate.refused(rate.sent, 5.09, 5.1, None)
    assert rate.limit is not None
    assert rate.limit < 20


def test_old_limits_are_forgotten() -> None:
    """A limit that was measured minutes ago does not hold up slow start."""
    rate, server = Rate(0.0), Bucket(50.0)
    server.run(rate, 0.0, 60.0)
    rate.limit = None
    rate._since = 1_000.0
    assert rate.per_second(1_030.0) > 1_000
