"""A limit over any 60 seconds: recognised, and then kept like one that was told.

Such a server lets a burst through, names a long wait, and after it gives back the burst one by one as it was
spent: it refuses again at once. (One that counts by minutes of the clock would take a whole burst again.) From
then on what it admitted within 60 seconds is its limit, and the Meter spreads it. From time to time a little
more is tried.
"""

import math
from collections import deque

from destilation.core.pacing.meter import MARGIN_S, WINDOW_S, Meter

LONG_WAIT_S = 5.0
SOON_S = 10.0
FEW = 0.2
TRIAL_S = 120.0
MORE = 1.05
MOST = 20_000
"""Requests that are remembered; a higher limit is left to the rate."""


class Minute:
    """Watches a server that was told no limit; `meter` is the limit that was found, None while there is none."""

    def __init__(self) -> None:
        self.meter: Meter | None = None
        self._sent: deque[float] = deque()  # when, of the requests from number `_first` on; those refused: never
        self._first = 1
        self._limit = 0
        self._since = 0.0
        self._resume: float | None = None

    def ready_at(self, now: float) -> float:
        """When a request may be sent."""
        if self.meter is None:
            return now
        if now - self._since > TRIAL_S:
            self._keep(int(self._limit * MORE) + 1, now)
        return self.meter.ready_at(now, 1.0)

    def send(self, number: int, now: float) -> None:
        """Request `number` is sent, one more than the last."""
        if not self._sent:
            self._first = number
        self._sent.append(now)
        if self.meter is not None:
            self.meter.spend(now, 1.0)
        for _ in range(2):
            if self._sent[0] > now - WINDOW_S - MARGIN_S and len(self._sent) <= MOST:
                break
            self._sent.popleft()
            self._first += 1

    def refused(self, number: int, now: float, wait: float | None) -> bool:
        """It was refused; `wait` is what the server asked for, in seconds. True when such a limit explains it."""
        sent, place = now, number - self._first
        if 0 <= place < len(self._sent) and self._sent[place] > -math.inf:
            sent, self._sent[place] = self._sent[place], -math.inf
        if self.meter is not None:
            self._keep(max(1, min(self._admitted(sent), self._limit)), now)
        elif wait is not None and wait > LONG_WAIT_S:
            if self._resume is None or now > self._resume:
                self._limit = self._admitted(sent)
            self._resume = now + wait
        elif self._resume is not None and self._resume <= sent <= self._resume + SOON_S:
            again = sum(at >= self._resume for at in self._sent)
            if again < FEW * self._limit < FEW * MOST:
                self._keep(max(1, self._admitted(sent)), now)
        return self.meter is not None

    def _admitted(self, sent: float) -> int:
        return sum(at > sent - WINDOW_S for at in self._sent)

    def _keep(self, limit: int, now: float) -> None:
        self._limit, self._since = limit, now
        self.meter = Meter(limit, now, [at for at in self._sent if at > -math.inf])
