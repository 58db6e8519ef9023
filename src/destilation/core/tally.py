"""What became of the tasks of one topic. Knows no other topic and no plan."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

from destilation.core.verdict import DUPLICATES

RECENT = 12  # answers
SATURATED = 8  # of the RECENT answers that repeat samples of the topic itself
FRUITFUL = 4  # samples that a topic must have brought to be worth splitting when it is saturated
PATIENCE = 8  # tasks in a row without a sample, before a topic has to wait for the others
_WINDOW = (1 << RECENT) - 1
Heard = Literal["new", "own", "foreign"]
"""What an answer is: nothing that was said before, a duplicate of a sample of this topic, or of another topic's."""


def heard(code: str, *, elsewhere: bool) -> Heard:
    """What an answer is that was refused for the reason of that code, `elsewhere` as in `Tally.refuse`."""
    return "new" if code not in DUPLICATES else "foreign" if elsewhere else "own"


class Memory(Struct, frozen=True):
    """What is known of settled tasks: the indexes of their draws, the counts, and the last verdicts in their order.

    `recent` says of each of the last answers what it was.
    """

    indexes: Sequence[int]
    accepted: int
    refused: int
    duplicates: int
    recent: Sequence[Heard]


class Tally:
    """The counts of one topic: tasks `in_flight`, samples `accepted`, answers `refused`, `duplicates` among those.

    `saturated` says that most of what was said of it lately were its own samples again, or that all of it was said
    before, and `fruitful` that it had brought samples by then; both stay so. A model that strays to other topics says
    nothing of this one, as long as it brings something new at all.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self.accepted = 0
        self.refused = 0
        self.duplicates = 0
        self.saturated = False
        self.fruitful = False
        self._barren = 0
        self._own = 0  # a bit for each of the last answers: was it a duplicate of this topic's?
        self._known = 0  # and: was it a duplicate at all?
        self._below = 0  # every index below is used, and those in the set
        self._used: set[int] = set()

    @property
    def unused(self) -> int:
        """The smallest draw index that no task had."""
        return self._below

    @property
    def claimed(self) -> int:
        """Samples that are there or may come of tasks under way."""
        return self.accepted + self.in_flight

    @property
    def waits(self) -> bool:
        """Whether too many tasks in a row brought nothing, so that the others go first."""
        return self._barren > PATIENCE

    @property
    def weight(self) -> int:
        """How far the topic is: what it claimed, and what it has to wait for after many fruitless tasks.

        So a topic of which nothing can be had costs a task each time that the others gained a sample, not all tasks.
        """
        claimed = self.accepted + self.in_flight
        return claimed + self._barren - PATIENCE if self._barren > PATIENCE else claimed

    def begin(self, index: int) -> None:
        """A task has this draw index."""
        self.in_flight += 1
        self._used.add(index)
        self._catch_up()

    def give_back(self, index: int) -> None:
        """A task is as if it had never been."""
        self._end()
        if index < self._below:
            self._used.update(range(index + 1, self._below))
            self._below = index
        self._used.discard(index)

    def accept(self) -> None:
        """A task brought a sample."""
        self._end()
        self.accepted += 1
        self._barren = 0
        self._hear("new")

    def refuse(self, code: str, *, elsewhere: bool = False) -> None:
        """An answer was refused, for its likeness with another topic's sample if `elsewhere`; its task goes on."""
        self.refused += 1
        self.duplicates += code in DUPLICATES
        self._hear(heard(code, elsewhere=elsewhere))

    def abandon(self) -> None:
        """A task ended without a sample."""
        self._end()
        self._barren += 1

    def recall(self, memory: Memory) -> None:
        """Tasks were settled before."""
        self._use(memory.indexes)
        self.accepted += memory.accepted
        self.refused += memory.refused
        self.duplicates += memory.duplicates
        for each in memory.recent:
            self._hear(each)

    def _use(self, indexes: Sequence[int]) -> None:
        """Tasks had these; there may be a million."""
        found = np.unique(np.asarray(indexes, np.int64))
        found = found[found >= self._below]
        ahead = np.flatnonzero(found != np.arange(self._below, self._below + len(found)))
        follow = int(ahead[0]) if len(ahead) else len(found)
        self._below += follow
        self._used.update(found[follow:].tolist())
        self._catch_up()

    def _catch_up(self) -> None:
        while self._below in self._used:
            self._used.remove(self._below)
            self._below += 1

    def _end(self) -> None:
        if self.in_flight:  # a record may tell of an end without its beginning
            self.in_flight -= 1

    def _hear(self, what: Heard) -> None:
        self._own = (self._own << 1 | (what == "own")) & _WINDOW
        self._known = (self._known << 1 | (what != "new")) & _WINDOW
        if not self.saturated and (self._own.bit_count() >= SATURATED or self._known == _WINDOW):
            self.saturated, self.fruitful = True, self.accepted >= FRUITFUL
