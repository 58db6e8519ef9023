"""A circuit breaker: a server that fails ten times in a row is only probed until it answers again.

States as in Nygard, "Release It!": closed (asked freely), open (left alone), and half-open, which here is
the moment at which the next probe is due. A probe that gets no reply does not hold up the next one.
"""

FAILURES_IN_A_ROW = 10
MOST_OPEN_S = 8.0


class Breaker:
    """Counts failures in a row.

    Only requests sent after it opened can close it; where it opened for silence, any answer ends that.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._opened: float | None = None
        self._probe_at = 0.0
        self._probes = 0
        self._silent = False

    @property
    def closed(self) -> bool:
        """Whether the server is asked freely."""
        return self._opened is None

    def ready_at(self, now: float) -> float:
        """When a request, or the next probe, may be sent."""
        return now if self.closed else self._probe_at

    def send(self, now: float, chance: float) -> None:
        """A request is sent; while open it is a probe, and the next one is at least 3/4 of the wait away."""
        if not self.closed:
            self._probes += 1
            self._probe_at = now + self._wait(chance)

    def failed(self, now: float, chance: float) -> bool:
        """A request failed; True when that opened the breaker."""
        self.failures += 1
        return self.closed and self.failures >= FAILURES_IN_A_ROW and self.open(now, chance)

    def open(self, now: float, chance: float, *, silent: bool = False) -> bool:
        """Leave the server alone until the first probe; `silent` when it did not fail, but said nothing."""
        self._opened, self._probes, self._silent = now, 0, silent
        self._probe_at = now + self._wait(chance)
        return True

    def answered(self, sent: float) -> bool:
        """A request sent at `sent` was answered; True when that closed the breaker."""
        self.failures = 0
        if self._opened is None or (sent < self._opened and not self._silent):
            return False
        self._opened = None
        return True

    def _wait(self, chance: float) -> float:
        return (0.75 + 0.25 * chance) * min(MOST_OPEN_S, 2.0**self._probes)
