"""How much of the traffic may be requests made again: at most half, and a little more.

Without such a bound a failing server gets the more requests the worse it is (Google, "Site Reliability
Engineering", chapter 22). Refusals for rate are not counted: they cost the server nothing.
"""

PER_ANSWER = 1.0
FIRST = 10.0
MOST = 50.0
TRICKLE_S = 0.2


class RetryBudget:
    """Earned by answers, spent by requests made again after a failure; five a second are always allowed."""

    def __init__(self, now: float) -> None:
        self._balance = FIRST
        self._last = now

    def ready_at(self, now: float) -> float:
        """When a request may be made again."""
        return now if self._balance >= 1 else self._last + TRICKLE_S

    def spend(self, now: float) -> None:
        """A request is made again."""
        self._balance = max(0.0, self._balance - 1)
        self._last = now

    def answered(self) -> None:
        """A request was answered."""
        self._balance = min(MOST, self._balance + PER_ANSWER)

    def recovered(self) -> None:
        """The server is back: what failed in its outage may be made again."""
        self._balance = MOST
