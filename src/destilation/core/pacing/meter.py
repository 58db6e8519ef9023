"""A limit per minute that was told: never more than it in any 60 seconds, and evenly spread."""

from collections import deque
from collections.abc import Iterable

WINDOW_S = 60.0
MARGIN_S = 0.25
LATENESS_S = 0.1


class Meter:
    """Meters requests or tokens against a limit per minute.

    Two rules together: what was sent within the last 60.25 s never exceeds the limit (a sliding log, so that
    neither a sliding nor a fixed window nor a bucket of the server is overrun, with a quarter of a second for
    the network to be uneven), and sends are evenly spaced (the generic cell rate algorithm, ITU-T I.371, with
    a tenth of a second of tolerance to make up for a late timer). `sent` are the times of requests before.
    """

    def __init__(self, per_minute: float, now: float, sent: Iterable[float] = ()) -> None:
        self._limit = per_minute
        self._interval = (WINDOW_S + MARGIN_S) / per_minute
        self._due = now + LATENESS_S
        self._log: deque[tuple[float, float]] = deque((at, 1.0) for at in sent)
        self._logged = float(len(self._log))

    def ready_at(self, now: float, amount: float) -> float:
        """The earliest time (seconds) at which `amount` may be sent; `now` or earlier: it may be sent now."""
        self._forget(now)
        ready, over = self._due - LATENESS_S, self._logged + amount - self._limit
        for sent, spent in self._log:
            if over <= 1e-9:
                break
            over -= spent
            ready = max(ready, sent + WINDOW_S + MARGIN_S)
        return ready

    def spend(self, now: float, amount: float) -> None:
        """`amount` is sent now; a negative amount corrects an estimate that was too high."""
        self._log.append((now, amount))
        self._logged += amount
        self._due = max(self._due, now) + amount * self._interval

    def _forget(self, now: float) -> None:
        while self._log and self._log[0][0] <= now - WINDOW_S - MARGIN_S:
            self._logged -= self._log.popleft()[1]
        if not self._log:
            self._logged = 0.0
