"""A server that refuses what exceeds a number in flight: recognised, and then used to the last place.

A limit on the rate refuses now at this, now at that number in flight; a limit on the number in flight refuses
always at the same. Four refusals in a row at the same number (within 2 %) that name no time to wait are taken
for such a ceiling, and two below it for a mistake. From time to time one request more is tried, and where that
works, more.
"""

EPISODES = 4
ALIKE = 0.02
LEAST = 4
DOUBTS = 2
PROBE_S = 10.0
MOST_PROBE_S = 60.0
GROWTH_S = 1.0


class Ceiling:
    """`most` is how many requests the server takes at a time; None while nothing speaks for such a limit."""

    def __init__(self) -> None:
        self.most: int | None = None
        self._seen: list[int] = []
        self._doubts = 0
        self._step = 1
        self._period = PROBE_S
        self._probe_at = 0.0
        self._refused_at = 0.0

    def limit(self, now: float) -> int | None:
        """How many requests may be in flight now, the trial included."""
        if self.most is None or now < self._probe_at:
            return self.most
        return self.most + self._step

    def admitted(self, in_flight: int, sent: float, now: float) -> None:
        """A request was answered that was sent as number `in_flight`; one refused since may have been among those."""
        if self.most is not None and in_flight > self.most and sent > self._refused_at:
            self.most = in_flight
            self._step *= 2
            self._period, self._probe_at, self._doubts = PROBE_S, now + GROWTH_S, 0

    def refused(self, in_flight: int, now: float) -> bool:
        """Such a request was refused; True when a ceiling explains it."""
        self._refused_at = now
        if self.most is None:
            return self._recognised(in_flight, now)
        self._step = 1
        if in_flight > self.most:
            self._doubts = 0
            self._period = min(2 * self._period, MOST_PROBE_S)
        else:
            self._doubts += 1
            if self._doubts >= DOUBTS:
                self.most, self._seen, self._doubts = None, [], 0
                return False
            self.most = max(1, in_flight - 1)
        self._probe_at = now + self._period
        return True

    def _recognised(self, in_flight: int, now: float) -> bool:
        self._seen = [*self._seen, in_flight][-EPISODES:]
        low, high = min(self._seen), max(self._seen)
        if len(self._seen) < EPISODES or low < LEAST or high - low > max(1, ALIKE * high):
            return False
        self.most, self._step, self._doubts = low - 1, 1, 0
        self._period, self._probe_at = PROBE_S, now + PROBE_S
        return True
