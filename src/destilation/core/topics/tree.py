"""The tree of a domain's topics: a value that grows by leaves. Knows nothing of samples, of files, of models.

A topic is named by its path, the names from the top down to it. Its share of the domain is its weight among its
siblings' of the share of what it belongs to: so a leaf that is divided takes nothing from other topics.
"""

import math
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from destilation.core.topics.names import MOST_NAME, Names, clean

Path = tuple[str, ...]
LIGHTEST, HEAVIEST = 1e-9, 1e9  # weights: so that no share of any depth is too small for a number


class TopicError(ValueError):
    """What is wrong with topics; `line` is that of an outline, None where there is none."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


class Topic(Struct, frozen=True):
    """One topic. `weight` counts among its siblings, `closed` says why no more is wanted of it (empty: it is open).

    Raises TopicError for a name or a reason that is none (see names.clean) or a weight beyond those bounds.
    """

    name: str
    weight: float = 1.0
    children: tuple["Topic", ...] = ()
    closed: str = ""

    def __post_init__(self) -> None:
        if not self.name or self.name != clean(self.name):
            raise TopicError("a topic needs a name that can be seen, on one line")
        if len(self.name) > MOST_NAME:
            raise TopicError(f"the name '{self.name[:40]}...' has more than {MOST_NAME} characters")
        if self.closed != clean(self.closed):
            raise TopicError(f"the reason why '{self.name}' is closed must be on one line")
        if not LIGHTEST <= self.weight <= HEAVIEST:
            raise TopicError(f"the weight of '{self.name}' must be a number above 0 (1e-9 to 1e9), not {self.weight}")


class Leaf(Struct, frozen=True):
    """A topic that is not divided, with its share of the domain (0 to 1); `closed` as its own or as one above it."""

    path: Path
    share: float
    closed: str = ""


class Tree(Struct, frozen=True):
    """All topics of a domain. Without any, the domain as a whole is the only leaf, whose path is empty."""

    topics: tuple[Topic, ...] = ()

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The leaves in their order; the shares of all of them are 1 in sum."""
        return tuple(_leaves(self.topics, Leaf((), 1.0)))

    @property
    def names(self) -> Names:
        """The names of all topics, as taken."""
        return Names(topic.name for topic in _all(self.topics))

    def at(self, path: Path) -> Topic | None:
        """The topic of that path; None where there is none, and for the empty path."""
        topics, found = self.topics, None
        for name in path:
            found = next((topic for topic in topics if topic.name == name), None)
            if found is None:
                return None
            topics = found.children
        return found

    def children(self, path: Path) -> tuple[Topic, ...]:
        """What the topic of that path is divided into. Raises TopicError where there is none of that path."""
        found = self.at(path)
        if path and found is None:
            raise TopicError(f"there is no topic '{' > '.join(path)}'")
        return self.topics if found is None else found.children

    def extend(
        self, path: Path, names: Iterable[str], known: Names | None = None, *, most: int | None = None
    ) -> "Tree":
        """The tree with more topics below that path, at most so many, open again if it was closed.

        A name that any topic has already is left out; `known` are the names of this tree, for one who extends often.
        Raises TopicError where there is no topic of that path.
        """
        there = self.children(path)
        added = tuple(map(Topic, (self.names if known is None else known).fresh(names)[:most]))
        if not added or not path:
            return Tree((*there, *added)) if added else self
        return self._changed(path, lambda topic: replace(topic, children=(*there, *added), closed=""))

    def close(self, path: Path, reason: str) -> "Tree":
        """The tree with that topic closed, and with it all below. Raises TopicError where there is none."""
        if self.at(path) is None:
            raise TopicError(f"there is no topic '{' > '.join(path)}'")
        return self._changed(path, lambda topic: replace(topic, closed=clean(reason) or "closed"))

    def _changed(self, path: Path, change: Callable[[Topic], Topic]) -> "Tree":
        return Tree(_with(self.topics, path, change))


def _leaves(topics: tuple[Topic, ...], above: Leaf) -> Iterator[Leaf]:
    if not topics:
        yield above
    weights = math.fsum(topic.weight for topic in topics)
    for topic in topics:
        share = above.share * (topic.weight / weights)
        yield from _leaves(topic.children, Leaf((*above.path, topic.name), share, above.closed or topic.closed))


def _all(topics: tuple[Topic, ...]) -> Iterator[Topic]:
    for topic in topics:
        yield topic
        yield from _all(topic.children)


def _with(topics: tuple[Topic, ...], path: Path, change: Callable[[Topic], Topic]) -> tuple[Topic, ...]:
    name, *rest = path
    return tuple(
        topic
        if topic.name != name
        else replace(topic, children=_with(topic.children, tuple(rest), change))
        if rest
        else change(topic)
        for topic in topics
    )
