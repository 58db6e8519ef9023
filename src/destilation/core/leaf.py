"""How far one leaf of the tree of topics is. Knows no other leaf."""

from destilation.core.tally import Tally
from destilation.core.topics.tree import Path

LEAST_SHARE = 1e-12


class Leaf:
    """A leaf of the tree as it is now.

    `credit` is its part of the samples of topics that are no leaves (any more); `wanted` is how many it should be
    divided into for its size. `key` says how far it is, `listed` how far it is in the heap, and `tie` decides between
    equals.
    """

    def __init__(self, path: Path, share: float, tally: Tally, credit: float, closed: str, tie: int) -> None:
        self.path = path
        self.share = max(share, LEAST_SHARE)
        self.tally = tally
        self.credit = credit
        self.closed = closed
        self.wanted = 0
        self.tie = tie
        self.key = self.listed = self.distance

    @property
    def distance(self) -> float:
        """How far it is: what it claimed, by its share."""
        return (self.credit + self.tally.weight + 0.5) / self.share

    @property
    def open(self) -> bool:
        """Whether more may be asked of it. The domain as a whole is never closed: there is nothing beside it."""
        return not (self.closed or (self.path and self.tally.saturated))

    @property
    def steady(self) -> bool:
        """Whether it can be expected to get its share."""
        return self.open and not self.tally.waits
