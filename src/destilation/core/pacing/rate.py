"""The request rate of a server whose limit is not known: found by its refusals, in requests a second.

Slow start as in TCP (RFC 5681, 3.1) until the first refusal: twice the rate every two seconds, or every latency
where answers come sooner. After that the limit is *measured*: a server that refuses has nothing left to give, so
between two refusals it admitted exactly what it allows, whatever kind of window or bucket it uses:

    w = (admitted between the refusals + 1/2) / (time between them)

One measurement per epoch: refusals of requests that were sent before the last one say nothing new. From there
the rate comes back along a cubic curve (RFC 9438, 4.1), flat around the measured limit,

    r(t) = w (1 + d x^3) below w, w (1 + 3 d x^3) above it, with x = (t - resumed) / K - 1

and once it is half above `w` without a refusal the old limit is obsolete and slow start begins again, up to the
highest limit of the last minutes (as TCP's ssthresh), from where the curve goes on. As long as measurements
agree, the dip `d` gets shallower and the period `K` longer: less is given away, and less often is the server
asked for more than it has.
"""

from collections import deque

from destilation.core.pacing.noise import Noise

FIRST_PER_S = 8.0
DOUBLING_S = 2.0
LEAST_DOUBLING_S = 0.1
MOST_PER_S = 100_000.0
LEAST_PER_S = 1 / 60
BURST_S = 0.1
RECENT_S = 1.0
LEAST_RECENT_S = 0.1
MEMORY_S = 150.0
LONG_WAIT_S = 5.0
DIP = 0.1
PERIOD_S = 8.0
PERIOD_REQUESTS = 20
OBSOLETE = 1.5
AGREEING = 0.15
MOST_TRUST = 1


class Rate:
    """A pace without a told limit. `free` starts without slow start, where the user set the concurrency."""

    def __init__(self, now: float, *, free: bool = False) -> None:
        self.limit: float | None = None
        self._free = free
        self._since = now
        self._from = FIRST_PER_S
        self._doubling_s = DOUBLING_S
        self._trust = 0
        self._level = 1.0
        self._filled = now
        self._recent: deque[float] = deque()
        self._limits: deque[tuple[float, float]] = deque()
        self.sent = 0
        self._epoch = 0
        self._began = now
        self._refused = 0
        self._resumed = now
        self._last_refused = now
        self._last: float | None = None
        self._noise = Noise()
        self._climbed = True

    def per_second(self, now: float) -> float:
        """The rate at a time, in requests a second."""
        if self.limit is None:
            climbing = MOST_PER_S if self._free else self._doubling(now)
            known = self._known(now)
            if known is None or climbing < known or self._from >= known:
                return climbing
            # What was the limit not long ago may be it again: go on from there as after a refusal.
            self.limit, self._since = known, now - PERIOD_S
        period = max(PERIOD_S * 2**self._trust, PERIOD_REQUESTS / self.limit)
        dip = DIP / 2**self._trust
        early = (now - self._since - period) / period
        late = (now - self._since - period) / max(PERIOD_S, period / 2**self._trust)
        rate: float = self.limit * (1 + (dip * early**3 if early < 0 else 3 * DIP * late**3))
        if rate > OBSOLETE * self.limit:
            self._from, self._since, self.limit, self._trust, self._climbed = rate, now, None, 0, True
            return rate
        return max(rate, LEAST_PER_S)

    def ready_at(self, now: float) -> float:
        """The earliest time at which a request may be sent."""
        rate = self._fill(now)
        return max(now, self._filled) + max(0.0, 1 - self._level) / rate

    def send(self, now: float) -> int:
        """A request is sent now; its number."""
        self._fill(now)
        self._level -= 1
        self.sent += 1
        self._recent.append(now)
        while self._recent[0] < now - RECENT_S:
            self._recent.popleft()
        return self.sent

    def admitted(self, now: float, seconds: float) -> None:
        """A request was answered after so many seconds: where answers come quickly, slow start is quicker."""
        self._noise.admitted()
        doubling = min(max(seconds, LEAST_DOUBLING_S), DOUBLING_S)
        if doubling < self._doubling_s and self.limit is None:
            self._from, self._since = self.per_second(now), now
        self._doubling_s = min(doubling, self._doubling_s)

    def refused(self, number: int, sent: float, now: float, wait: float | None) -> bool:
        """Request `number`, sent at `sent`, was refused; `wait` is what the server asked for, in seconds.

        True when it was the first of its epoch: the limit was measured anew.
        """
        self._refused += number > self._epoch
        if self._noise.refused() or sent < self._began:
            return False
        admitted = max(0, number - self._epoch - self._refused)
        limit = self._measured(admitted, sent, now, wait)
        settled = sent - self._resumed > PERIOD_S / 2
        rate = self.per_second(now)
        early = self.limit is not None and admitted > 0 and limit > rate / 2 and rate < self.limit
        limit = self._noise.cut(limit, early=early and not settled, settled=settled)
        agreed = self.limit is not None and settled and abs(limit / self.limit - 1) < AGREEING
        self._trust = min(self._trust + 1, MOST_TRUST) if agreed else 0
        if settled and (wait or 0.0) <= LONG_WAIT_S:
            self._limits.append((now, limit))
        self.limit = self._last = limit
        self._climbed = False
        self._epoch, self._refused = number, 0
        self._last_refused, self._began = sent, now
        self.resume(now + (wait or 0.0), saved=1.0 if wait is not None else 0.0)
        return True

    def restart(self, now: float) -> None:
        """The server is back from an outage: begin as after its last refusal."""
        self.limit, self._climbed = self._last, self._last is None
        self.resume(now)

    def forget(self) -> None:
        """It is not the rate that is limited."""
        self.limit, self._free, self._trust, self._climbed = None, True, 0, True
        self._limits.clear()
        self._last = None

    def hold(self, until: float) -> None:
        """Nothing is sent before that time; the curve goes on."""
        self._filled = max(self._filled, until)
        self._level = min(self._level, 1.0)

    def resume(self, at: float, saved: float = 0.0) -> None:
        """Nothing is sent before that time; the curve starts there, with so many requests saved up."""
        self._since = self._resumed = self._filled = at
        self._level = saved
        self._from = FIRST_PER_S

    def _measured(self, admitted: int, sent: float, now: float, wait: float | None) -> float:
        """The limit that a refusal shows, in requests a second."""
        if self._climbed:
            # The way up was steep: what was admitted in the last second is nearest to the limit.
            while self._recent and self._recent[0] < sent - RECENT_S:
                self._recent.popleft()
            span = min(max(sent - self._began, LEAST_RECENT_S), RECENT_S)
            mean = max(1.0, len(self._recent) - self._refused) / span
        elif wait is not None:
            mean = max(admitted, 0.5) / max(now + wait - self._resumed, 1e-3)
        else:
            mean = (admitted + 0.5) / max(sent - self._last_refused, 1e-3)
        rate = self.per_second(now)
        if (wait or 0.0) <= LONG_WAIT_S:
            # A bucket that saves little up is empty because of the rate just now, a big one because of the mean.
            mean = (mean + min(rate, 2 * mean)) / 2
        return max(min(rate, mean), LEAST_PER_S)

    def _known(self, now: float) -> float | None:
        """The highest limit measured within the last minutes."""
        if not self._limits:
            return None
        while self._limits and self._limits[0][0] < now - MEMORY_S:
            self._limits.popleft()
        return max((limit for _, limit in self._limits), default=None)

    def _doubling(self, now: float) -> float:
        doublings = min(max(now - self._since, 0.0) / self._doubling_s, 40.0)
        return float(min(self._from * 2**doublings, MOST_PER_S))

    def _fill(self, now: float) -> float:
        rate = self.per_second(now)
        if now > self._filled:
            burst = max(1.0, rate * BURST_S)
            self._level = max(self._level, min(burst, self._level + (now - self._filled) * rate))
            self._filled = now
        return rate
