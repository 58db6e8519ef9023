"""Refusals that come at any rate, because the server's own upstream is busy: going slower does not help there.

After nine cuts in a row that came too early to be explained by the rate, the share of refusals seen becomes the
expected one, and only clearly more or clearly fewer of them end that.
"""

OUTCOMES = 50
MOST_EARLY = 8
MOST_EXPECTED = 0.35
CLEARLY_MORE = 0.15


class Noise:
    """The share of refusals among the last outcomes, and the one that is expected, if any."""

    def __init__(self) -> None:
        self._share = 0.0
        self._expected: float | None = None
        self._streak = 0
        self._before = 0.0

    def admitted(self) -> None:
        """A request was answered."""
        self._share -= self._share / OUTCOMES

    def refused(self) -> bool:
        """A request was refused; True when that was to be expected."""
        self._share += (1 - self._share) / OUTCOMES
        if self._expected is not None and not (self._expected / 4 < self._share < self._expected + CLEARLY_MORE):
            self._expected = None
        return self._expected is not None

    def cut(self, limit: float, *, early: bool, settled: bool) -> float:
        """The rate is about to be cut to `limit`; the limit to take.

        `early`: too soon after the last cut; `settled`: long after it, so that the cut was right.
        """
        if settled or not self._streak:
            self._streak, self._before = 0, limit
        self._streak += early
        if self._streak <= MOST_EARLY or self._share >= MOST_EXPECTED:
            return limit
        self._expected, self._streak = self._share, 0
        return self._before
