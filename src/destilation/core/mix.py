"""Whose turn it is, by share of accepted samples. Knows nothing about health, limits or time."""

from collections.abc import Sequence

MOST_COMPENSATION = 2.0


class Mix:
    """Weighted shares of accepted samples.

    The turn goes to the entry that is furthest behind its share, counting what it has in flight at the
    acceptance rate of the whole. A weak provider is asked more often to make up for its rejections, but for
    its weight at most twice as often as any other that could be asked: it neither starves nor floods the mix.
    An entry of weight 0 is asked when no other can be.
    """

    def __init__(self, weights: Sequence[float], accepted: Sequence[int] | None = None) -> None:
        self._weights = list(weights)
        self.accepted = list(accepted or [0] * len(weights))
        self.in_flight = [0] * len(weights)
        self._asked = list(self.accepted)

    def turn(self, able: Sequence[int]) -> int:
        """Which of the entries that are able (indices, at least one) is asked next."""
        weighty = [entry for entry in able if self._weights[entry] > 0]
        if len(weighty) < 2:
            return weighty[0] if weighty else able[0]
        efforts = {entry: (self._asked[entry] + self.in_flight[entry]) / self._weights[entry] for entry in weighty}
        most = MOST_COMPENSATION * min(efforts.values())
        rate = (sum(self.accepted) + 1) / (sum(self._asked) + 1)
        # One request more is always allowed, so that a fresh mix can begin.
        fair = [entry for entry in weighty if efforts[entry] <= most + 1 / self._weights[entry]]
        return min(fair, key=lambda entry: self._progress(entry, rate))

    def weigh(self, entry: int, weight: float) -> None:
        """Give an entry another weight; what was accepted so far counts on."""
        self._weights[entry] = weight

    def begin(self, entry: int, records: int = 1) -> None:
        """The entry was asked for that many records."""
        self.in_flight[entry] += records

    def give_back(self, entry: int, records: int = 1) -> None:
        """The entry's turn was not used after all."""
        self.in_flight[entry] -= records

    def end(self, entry: int, *, accepted: bool, records: int = 1) -> None:
        """Records that the entry was asked for were accepted, or they were not, or none came."""
        self.in_flight[entry] -= records
        self.accepted[entry] += records if accepted else 0
        self._asked[entry] += records

    def _progress(self, entry: int, rate: float) -> float:
        return (self.accepted[entry] + self.in_flight[entry] * rate) / self._weights[entry]
