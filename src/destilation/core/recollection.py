"""What the files tell of earlier tasks, topic by topic, put into the order in which it happened. Knows no file.

Samples and refusals stand in files of their own. Of each topic the last verdicts are kept with their times, so that
those of both files can be put in order; all earlier ones only count.
"""

from array import array
from collections import defaultdict, deque
from collections.abc import Iterator

from msgspec import Struct

from destilation.core.belonging import Belonging, BelongingState
from destilation.core.coverage import Coverage
from destilation.core.neighbours import MOST_NEIGHBOURS
from destilation.core.tally import RECENT, Heard, Memory, heard
from destilation.core.topics.tree import Path
from destilation.core.verdict import DUPLICATES


class _Topic:
    def __init__(self) -> None:
        self.indexes = array("Q")  # of the samples
        self.ended = array("Q")  # of tasks that brought none
        self.accepted = 0
        self.refused = 0
        self.duplicates = 0
        self.good: deque[str] = deque(maxlen=RECENT)
        self.latest: deque[int] = deque(maxlen=MOST_NEIGHBOURS)
        self.bad: deque[tuple[str, Heard]] = deque(maxlen=RECENT)

    @classmethod
    def of(cls, state: "TopicState") -> "_Topic":
        """The topic with that state."""
        made = cls()
        made.indexes.frombytes(state.indexes)
        made.ended.frombytes(state.ended)
        made.accepted, made.refused, made.duplicates = state.accepted, state.refused, state.duplicates
        made.good.extend(state.good)
        made.latest.extend(state.latest)
        made.bad.extend(state.bad)
        return made

    def state(self, path: Path) -> "TopicState":
        """What it knows now."""
        counts = self.accepted, self.refused, self.duplicates
        indexes = self.indexes.tobytes(), self.ended.tobytes()
        return TopicState(path, *indexes, *counts, tuple(self.good), tuple(self.latest), tuple(self.bad))

    @property
    def memory(self) -> Memory:
        """All of it, with the last verdicts in the order of their times."""
        good: list[tuple[str, Heard]] = [(t, "new") for t in self.good]
        verdicts = sorted([*good, *self.bad], key=lambda verdict: verdict[0])
        recent = [what for _, what in verdicts[-RECENT:]]
        return Memory(self.indexes + self.ended, self.accepted, self.refused, self.duplicates, recent)


class TopicState(Struct, frozen=True):
    """What is known of a topic; the indexes of samples and of tasks that `ended` without are eight bytes each."""

    path: Path
    indexes: bytes
    ended: bytes
    accepted: int
    refused: int
    duplicates: int
    good: tuple[str, ...]
    latest: tuple[int, ...]
    bad: tuple[tuple[str, Heard], ...]


class RecollectionState(Struct, frozen=True):
    """All that a Recollection knows."""

    topics: tuple[TopicState, ...]
    belonging: BelongingState


class Recollection:
    """Told of samples before the refusals that repeat them; `t` is the time of a verdict, as text that sorts by it.

    `belonging` says which topic each sample was made for.
    """

    def __init__(self, state: RecollectionState | None = None) -> None:
        self.belonging = Belonging(None if state is None else state.belonging)
        self._topics: defaultdict[Path, _Topic] = defaultdict(_Topic)
        for each in () if state is None else state.topics:
            self._topics[each.path] = _Topic.of(each)

    @property
    def state(self) -> RecollectionState:
        """What it knows now: the same whether it was told of samples and refusals in turn or file by file."""
        topics = tuple(self._topics[path].state(path) for path in sorted(self._topics))
        return RecollectionState(topics, self.belonging.state)

    def accepted(self, path: Path, index: int | None, t: str, number: int) -> None:
        """A task brought the sample of that number; index None: nobody is going to ask for draws that are left."""
        self.belonging.add(number, path)
        topic = self._topics[path]
        if index is not None:
            topic.indexes.append(index)
        topic.accepted += 1
        topic.good.append(t)
        topic.latest.append(number)

    def refused(self, path: Path, code: str, t: str, twin: int = 0, abandoned: int | None = None) -> None:
        """An answer was refused, for its likeness with that sample if there is a `twin`.

        `abandoned` is the index of the draw where the task ended with it.
        """
        topic = self._topics[path]
        if abandoned is not None:
            topic.ended.append(abandoned)
        topic.refused += 1
        topic.duplicates += code in DUPLICATES
        topic.bad.append((t, heard(code, elsewhere=self.belonging.elsewhere(twin, path))))

    def memories(self) -> Iterator[tuple[Path, Memory]]:
        """What is known of each topic, those first that were told of first."""
        for path, topic in self._topics.items():
            yield path, topic.memory

    def tell(self, coverage: Coverage) -> None:
        """Tell all of it to the coverage of the next run."""
        for path, memory in self.memories():
            coverage.recalled(path, memory)

    def latest(self, most: int) -> dict[Path, list[int]]:
        """The last samples of each topic by number, at most so many."""
        return {path: list(topic.latest)[-most:] for path, topic in self._topics.items() if most and topic.latest}
