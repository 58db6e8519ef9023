"""How many in flight: grows while latency allows, shrinks where it does not, and stays within its bounds."""

from collections.abc import Callable
from heapq import heappop, heappush

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.pacing.window import Window


def serve(window: Window, latency: Callable[[int], float], seconds: float, begin: float = 0.0) -> tuple[float, float]:
    """Always as many in flight as allowed; answers a second in the second half, and the last latency."""
    flying: list[tuple[float, int, float]] = []
    now, answers, last = begin, 0, 0.0
    while now < begin + seconds:
        while len(flying) < window.room:
            number = len(flying) + 1
            heappush(flying, (now + latency(number) * (1 + number % 7 / 50), number, now))
        now, number, sent = heappop(flying)
        window.answered(number, sent, now)
        answers += now > begin + seconds / 2
        last = now - sent
    return answers / (seconds / 2), last


def test_it_grows_where_nothing_slows_down() -> None:
    """A server without limits gets as many as are allowed at most."""
    window = Window(8, 200)
    serve(window, lambda busy: 0.5, 60.0)
    assert window.size == window.room == 200


def test_a_queue_is_kept_short() -> None:
    """A server that serves 16 at once is used fully, and waits stay within a few times its own latency."""
    window = Window(256, 1_000)
    rate, last = serve(window, lambda busy: 0.5 * max(1.0, busy / 16), 120.0)
    assert rate >= 0.9 * 32 / 1.08
    assert last <= 0.5 * 4
    assert window.latency_s is not None


def test_beyond_a_cliff_it_comes_back() -> None:
    """Where more in flight means less done, the window stays near the best point."""
    window = Window(16, 1_000)
    rate, _ = serve(window, lambda busy: 0.5 * max(1.0, (busy / 32) ** 2), 180.0)
    assert rate >= 0.85 * 64 / 1.08


def test_a_fixed_window_stays() -> None:
    """Where the user said how many, latency and outages change nothing."""
    window = Window(64, 64, fixed=True)
    serve(window, lambda busy: 0.1 * busy, 60.0)
    window.halve(60.0)
    assert window.size == window.room == 64


def test_halving() -> None:
    """After an outage half as many may be in flight, at least one."""
    window = Window(9, 100)
    window.halve(1.0)
    assert window.size == 4
    for _ in range(5):
        window.halve(1.0)
    assert window.size == 1


@given(st.integers(1, 300), st.integers(1, 300), st.lists(st.tuples(st.floats(0, 90), st.floats(0, 3)), max_size=300))
def test_it_stays_within_its_bounds(first: int, most: int, answers: list[tuple[float, float]]) -> None:
    """Whatever the latencies, there is room for at least one and for no more than the most."""
    window, now = Window(first, most), 0.0
    for number, (seconds, pause) in enumerate(answers):
        now += pause
        window.answered(number % 50 + 1, now - seconds, now)
        assert 1 <= window.room <= window.size <= max(1, most)


def test_a_server_that_became_slower_is_not_given_up() -> None:
    """When every answer takes half as long again, fewer in flight do not help, and the window comes back."""
    window = Window(16, 40)
    serve(window, lambda busy: 0.5, 60.0)
    serve(window, lambda busy: 0.75, 600.0, begin=60.0)
    assert window.size >= 30


def test_a_server_that_stalls_gets_less() -> None:
    """When answers take four times as long, fewer are in flight until that is the new measure."""
    window = Window(16, 40)
    serve(window, lambda busy: 0.5, 60.0)
    window.halve(60.0)
    serve(window, lambda busy: 2.0, 30.0, begin=60.0)
    assert window.size < 20
