"""A limit over any 60 seconds is recognised by what follows the first long wait, and then kept."""

from collections import deque

from destilation.core.pacing.governor import Governor, Limits, Ticket
from destilation.core.pacing.minute import MOST, Minute


class Sliding:
    """A server that takes so many requests in any 60 seconds, or in each minute of the clock."""

    def __init__(self, limit: int, *, by_clock: bool = False) -> None:
        self.limit, self.by_clock = limit, by_clock
        self.log = deque[float]()
        self.admitted: list[float] = []
        self.refused: list[float] = []

    def ask(self, now: float) -> float | None:
        """None when admitted, else the wait."""
        begin = now - now % 60 if self.by_clock else now - 60
        while self.log and self.log[0] < begin:
            self.log.popleft()
        if len(self.log) < self.limit:
            self.log.append(now)
            self.admitted.append(now)
            return None
        self.refused.append(now)
        return 60 - now % 60 if self.by_clock else self.log[0] + 60 - now


def served(server: Sliding, seconds: float) -> Governor:
    """A governor that always has something to ask; answers come after half a second."""
    governor = Governor(Limits(first=400, most=400), 0.0)
    flying = deque[tuple[float, Ticket]]()
    now = 0.0
    while now < seconds:
        ready = governor.ready_at(now)
        if flying and (flying[0][0] <= ready or ready == float("inf")):
            now, ticket = flying.popleft()
            governor.answered(ticket, now, 100)
            continue
        now = max(now, ready)
        ticket = governor.begin(now, 0.5)
        wait = server.ask(now)
        if wait is None:
            flying.append((now + 0.5, ticket))
        else:
            governor.throttled(ticket, now, wait, 0.5)
    return governor


def test_a_sliding_minute_is_used_evenly() -> None:
    """After the first minutes nearly all of the limit is used, and hardly a request is refused."""
    server = Sliding(600)
    governor = served(server, 600.0)
    late = [at for at in server.admitted if at >= 180]
    assert len(late) >= 0.93 * 7 * 600
    assert len(server.refused) <= 12
    most = max(sum(begin <= at < begin + 5 for at in late) for begin in range(180, 590, 5))
    assert most <= 600 / 12 * 2
    assert governor.per_minute(600.0) is None


def test_minutes_of_the_clock_are_no_sliding_window() -> None:
    """A server that takes a whole burst again after its pause is asked for one."""
    server = Sliding(600, by_clock=True)
    governor = served(server, 400.0)
    late = [at for at in server.admitted if 60 <= at < 360]
    assert len(late) >= 0.95 * 5 * 600
    assert governor._minute is not None
    assert governor._minute.meter is None


def test_a_limit_that_rises_is_found() -> None:
    """A little more is tried every two minutes, and kept where it is granted."""
    server = Sliding(60)
    governor = served(server, 240.0)
    assert governor._minute is not None
    assert governor._minute.meter is not None
    server.limit = 1_000
    before = len(server.admitted)
    now = 240.0
    for _ in range(2_000):
        now = max(now, governor.ready_at(now))
        ticket = governor.begin(now, 0.5)
        assert server.ask(now) is None
        governor.answered(ticket, now, 100)
    assert (len(server.admitted) - before) / (now - 240) > 1.3


def test_refusals_that_say_nothing_of_a_window() -> None:
    """A refusal long after a pause, or after much was admitted again, is no sliding minute; memory is bounded."""
    minute = Minute()
    for number in range(30_000):
        minute.send(number, number / 1_000)
    assert len(minute._sent) <= MOST
    assert not minute.refused(29_999, 30.0, 20.0)
    assert not minute.refused(29_998, 30.0, 19.0)
    minute.send(30_000, 75.0)
    assert not minute.refused(30_000, 75.0, 1.0)
    for number in range(30_001, 35_001):
        minute.send(number, 51.0)
    assert not minute.refused(35_000, 51.0, 1.0)
    assert minute.ready_at(80.0) == 80.0


def test_a_refusal_of_a_request_that_is_forgotten() -> None:
    """It counts as one that was sent just now, and tells of no window."""
    minute = Minute()
    for number in range(1, 11):
        minute.send(number, 10.0 * number)
    minute.refused(9, 100.0, wait=30.0)
    for number in range(11, 14):
        minute.send(number, 130.0 + number)
    assert not minute.refused(12, 145.0, wait=None)
    assert not minute.refused(1, 145.0, wait=None)
    assert minute.meter is None
