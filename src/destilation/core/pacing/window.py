"""How many requests may be in flight to a server that does not refuse but slows down.

While it climbs, twice as many may be in flight as have come back in good time (slow start, RFC 5681). It is
measured in rounds of answers to requests that were sent since the window last changed. A round has the median
latency m (seconds) and, by Little's law, the throughput X (answers a second) and the mean number in flight n.
The least median seen is the latency without load; more than 2.2 times that is a queue, and the window shrinks
towards it (the gradient of Netflix' concurrency-limits and of Envoy's adaptive concurrency filter). Where more
in flight brought *less* throughput, the window goes back to the best point seen, stays there for a while, and
looks again: above it where there is no queue, below it where there is one.
"""

import math
from statistics import median

QUEUED = 2.2
SLOWER = 1.15
WORSE = 0.97
BINDING = 0.75
LEAST_CLIMB = 16
LEAST_ROUND = 10
MOST_ROUND = 200
MOST_ROUND_S = 5.0
HOLD_ROUNDS = 10
MOST_HOLD_ROUNDS = 80
FORGETTING = 0.999
ALIKE = 0.05
STEP = 0.1
SMOOTHING = 0.3


class Window:
    """A window between 1 and `most`, starting at `first`; a `fixed` one stays at `first`."""

    def __init__(self, first: int, most: int, *, fixed: bool = False) -> None:
        self._fixed = fixed
        self.latency_s: float | None = None
        self._most = most
        self._size = float(min(first, most))
        self._climbing = True
        self._lowered = False
        self._confirmed = 0
        self._unloaded = math.inf
        self._best = (0.0, 1.0)
        self._hold = 0
        self._next_hold = HOLD_ROUNDS
        self._latencies: list[float] = []
        self._began: float | None = None
        self._changed = -math.inf

    @property
    def size(self) -> int:
        """How many requests may be in flight, once as many have come back in good time."""
        return max(1, int(self._size))

    @property
    def room(self) -> int:
        """How many requests may be in flight now."""
        if self._climbing and self._confirmed and not self._fixed:
            return min(self.size, max(LEAST_CLIMB, 2 * self._confirmed))
        return self.size

    def allow(self, most: int) -> None:
        """Let no more than `most` be in flight; a fixed window is of that size then."""
        self._most = most
        self._size = float(most) if self._fixed else min(self._size, float(most))

    def halve(self, now: float) -> None:
        """The server came back from an outage: begin carefully."""
        if not self._fixed:
            self._change(max(1.0, self._size / 2), now)

    def answered(self, in_flight: int, sent: float, now: float) -> None:
        """An answer came to a request sent at `sent` (seconds) as number `in_flight` of those in flight."""
        if now - sent <= QUEUED * self._unloaded:
            self._confirmed = max(self._confirmed, in_flight)
        if sent < self._changed:
            return
        if self._began is None:
            self._began = now
            return
        self._latencies.append(now - sent)
        count, elapsed = len(self._latencies), now - self._began
        if count < LEAST_ROUND or (not self._climbing and count < min(MOST_ROUND, 2 * self._size)):
            return
        typical = max(median(self._latencies), 1e-6)
        if elapsed < min(typical, MOST_ROUND_S) or elapsed <= 0:
            return
        in_flight_mean = sum(self._latencies) / elapsed
        self._latencies, self._began = [], now
        self._round(typical, count / elapsed, in_flight_mean, now)

    def _round(self, latency: float, throughput: float, in_flight: float, now: float) -> None:
        self.latency_s = latency
        self._unloaded = min(self._unloaded / FORGETTING, latency)
        if not self._fixed:
            self._adapt(latency, throughput, in_flight, now)

    def _adapt(self, latency: float, throughput: float, in_flight: float, now: float) -> None:
        slower = latency / self._unloaded
        in_flight = min(in_flight, float(self.room))
        adopted = self._compare(throughput, in_flight, slower)
        best, there = self._best
        worse = throughput < WORSE * best and in_flight > there
        if (self._lowered and not adopted) or (worse and slower > (QUEUED if self._climbing else SLOWER)):
            self._rest(now)
        elif slower > QUEUED:
            self._change(min(self._size, 1.5 * in_flight) * (1 - (1 - max(QUEUED / slower, 0.5)) / 2), now)
        elif self._hold:
            self._hold -= 1
        elif slower > SLOWER and not self._climbing:
            self._change(self._size * (1 - STEP), now)
            self._lowered = True
        elif in_flight >= BINDING * self.room:
            grown = self._size * 1.5 if self._climbing else max(self._size + 1, self._size * (1 + STEP))
            self._size = min(float(self._most), grown)
            self._climbing = self._climbing and self._size < self._most

    def _compare(self, throughput: float, in_flight: float, slower: float) -> bool:
        """Take a point into account; whether it is now the best one."""
        best, there = self._best
        if abs(in_flight / there - 1) <= ALIKE:
            self._best = (best + SMOOTHING * (throughput - best), there)
            return False
        # With a queue, as much done with fewer in flight is better.
        as_good = in_flight < there and slower > SLOWER and throughput >= WORSE * best
        if throughput > best or as_good:
            self._best = (throughput, max(in_flight, 1.0))
            return True
        return False

    def _rest(self, now: float) -> None:
        """Back to the best point, for longer each time."""
        self._hold, self._next_hold = self._next_hold, min(2 * self._next_hold, MOST_HOLD_ROUNDS)
        self._change(self._best[1], now)

    def _change(self, size: float, now: float) -> None:
        self._climbing = self._lowered = False
        self._size = max(1.0, size)
        self._changed = now
        self._latencies, self._began = [], None
