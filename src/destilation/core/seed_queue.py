"""Which seed the next task is made from: each in its order, those that failed once more at the end. Knows no file."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from destilation.core.dedup.index import SeenIndex, content
from destilation.core.task import Seed


class Seeds(Protocol):
    """Seeds in the order of their tasks."""

    def __len__(self) -> int:
        """How many there are."""

    def __getitem__(self, place: int) -> Seed:
        """The one at a place."""

    def find(self, name: str) -> int | None:
        """The place of the one of that name."""


class SeedQueue:
    """The seeds of a job that no sample was made from yet.

    `done` names those that one was made from, `failed` those of tasks that were abandoned, in their order. A seed whose
    task was abandoned comes back at the end, for `rounds` tasks in all. One byte a seed is held.
    """

    def __init__(self, seeds: Seeds, done: Iterable[str] = (), rounds: int = 2, failed: Sequence[str] = ()) -> None:
        self._seeds = seeds
        self._rounds = rounds
        self._at = 0
        self._gone = bytearray(len(seeds))
        self._back: deque[int] = deque()
        self._failures: Counter[int] = Counter()
        places = {place for place in map(seeds.find, done) if place is not None}
        for place in places:
            self._gone[place] = 1
        for again in map(seeds.find, failed):
            if again is not None and again not in places:
                self._fail(again)
        self._left = self._gone.count(0)

    def __len__(self) -> int:
        return self._left + len(self._back)

    def take(self) -> Seed | None:
        """The next seed, or None: all are in hand, done or given up."""
        if self._left:
            place = self._at = self._gone.find(0, self._at)
            self._gone[place] = 1
            self._left -= 1
        elif self._back:
            place = self._back.popleft()
        else:
            return None
        return self._seeds[place]

    def claim(self, name: str) -> Seed | None:
        """The seed of that name, for a task that was begun earlier; None where it is not (any more) among them."""
        place = self._seeds.find(name)
        if place is None:
            return None
        if place in self._back:
            self._back.remove(place)
        elif not self._gone[place]:
            self._gone[place] = 1
            self._left -= 1
        else:
            return None
        return self._seeds[place]

    def abandoned(self, seed: Seed) -> None:
        """No sample came of the seed."""
        place = self._seeds.find(seed.name)
        if place is not None:
            self._fail(place)

    def _fail(self, place: int) -> None:
        self._gone[place] = 1
        self._failures[place] += 1
        if place in self._back:
            self._back.remove(place)
        if self._failures[place] < self._rounds:
            self._back.append(place)


def apart(texts: Iterable[Mapping[str, str]], compared: Sequence[str], threshold: float) -> list[int]:
    """The places, from 0, of the texts whose samples would not be refused as duplicates of those of earlier ones.

    `compared` are the fields by which duplicates are told, as in Template, and `threshold` as in SeenIndex. Texts that
    have not all of them are apart.
    """
    index = SeenIndex(threshold)
    return [
        place
        for place, values in enumerate(texts)
        if any(name not in values for name in compared) or index.admit(content(values, compared), place + 1) is None
    ]
