"""How hard one provider may be asked now: requests in flight, pauses, and when to give it up.

Arithmetic only: the time (seconds of a clock that only goes forward) and the chance (0 to 1) are arguments,
and the Pool is the one that waits. This is the place for pacing by requests and tokens per minute.
"""

MOST_PAUSE_S = 86_400.0
MOST_BACKOFF_S = 30.0
FREE_FAILURES = 3
NEVER_ANSWERED = 6
GIVE_UP_S = 300.0
REFUSALS_IN_A_ROW = 10


class Throttle:
    """The limits and the health of one entry of the mix.

    Failures of requests that were sent before the last pause began say nothing new and are not counted, so
    that a burst of refusals to requests in flight is one refusal.
    """

    def __init__(self, limit: int, now: float = 0.0) -> None:
        self.limit = limit
        self.in_flight = 0
        self.paused_until = now
        self.retired: str | None = None
        self._answers = 0
        self._failures = 0
        self._refusals = 0
        self._last_pause = now
        self._last_good = now

    def able(self, now: float) -> bool:
        """Whether a request may be sent now."""
        return self.retired is None and self.in_flight < self.limit and now >= self.paused_until

    def answered(self, now: float) -> None:
        """An answer came."""
        self._answers += 1
        self._failures = self._refusals = 0
        self._last_good = now

    def throttled(self, now: float, sent: float, retry_after: float | None, chance: float) -> float:
        """The server refused for load: how many seconds it is left alone (0: that was known already).

        What the server asks for is honoured, plus a little jitter; else exponential back-off with full
        jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
        """
        if sent < self._last_pause:
            return 0.0
        self._failures += 1
        if retry_after is None:
            return self._pause(now, chance * min(MOST_BACKOFF_S, 0.5 * 2 ** min(self._failures, 10)))
        wanted = min(max(retry_after, 0.0), MOST_PAUSE_S)
        return self._pause(now, wanted + chance * min(0.25, 0.01 + wanted / 10))

    def failed(self, now: float, sent: float, error: str, chance: float) -> float:
        """The server broke or did not answer: how many seconds it is left alone; may retire it.

        The first failures in a row cost no pause, for one broken answer among good ones is no outage.
        """
        if sent < self._last_pause:
            return 0.0
        self._failures += 1
        never = self._answers == 0 and self._failures >= NEVER_ANSWERED
        if never or (self._failures >= NEVER_ANSWERED and now - self._last_good >= GIVE_UP_S):
            self.retired = f"{'never answered' if never else f'no answer for {GIVE_UP_S:.0f} s'}: {error}"
            return 0.0
        if self._failures <= FREE_FAILURES:
            return 0.0
        return self._pause(now, chance * min(MOST_BACKOFF_S, 0.25 * 2 ** min(self._failures, 10)))

    def refused(self, error: str) -> None:
        """The server refused one prompt; if it refuses one after the other, it is retired."""
        self._refusals += 1
        if self._refusals >= REFUSALS_IN_A_ROW:
            self.retired = f"refused {self._refusals} prompts in a row: {error}"

    def _pause(self, now: float, seconds: float) -> float:
        self._last_pause = now
        self.paused_until = max(self.paused_until, now + seconds)
        return seconds
