"""Whose turn it is, by share of accepted samples. Knows nothing about health, limits or time."""

from collections.abc import Sequence

MOST_COMPENSATION = 2.0


class Mix:
    """Weighted shares of accepted samples.

    The turn goes to the entry that is furthest behind its share, counting what it has in flight at the
    acceptance rate of the whole. A weak provider is asked more often to make up for its rejections, but at
    most twice as often as its share, so it can neither starve nor flood the mix.
    """

    def __init__(self, weights: Sequence[float], accepted: Sequence[int] | None = None) -> None:
        self._weights = tuple(weights)
        self.accepted = list(accepted or [0] * len(weights))
        self.in_flight = [0] * len(weights)
        self._asked = list(self.accepted)

    def turn(self, able: Sequence[int]) -> int:
        """Which of the entries that are able (indices, at least one) is asked next."""
        return min(able, key=self._progress)

    def begin(self, entry: int) -> None:
        """The entry was asked."""
        self.in_flight[entry] += 1

    def end(self, entry: int, *, accepted: bool) -> None:
        """The entry's answer was accepted, or it was not, or none came."""
        self.in_flight[entry] -= 1
        self.accepted[entry] += accepted
        self._asked[entry] += 1

    def _progress(self, entry: int) -> float:
        weight = self._weights[entry]
        if weight <= 0:
            return float("inf")
        rate = (sum(self.accepted) + 1) / (sum(self._asked) + 1)
        credited = max(self.accepted[entry], self._asked[entry] * rate / MOST_COMPENSATION)
        return (credited + self.in_flight[entry] * rate) / weight
