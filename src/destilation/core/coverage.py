"""Which topic the next sample is of, so that all get their share, and when one has no more to give. Knows no model.

All that is known is what was told by `used`, `accepted`, `refused`, `abandoned`: told again in the same order, it makes
the same Coverage, which goes on as the first would have.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from heapq import heapify, heappop, heappush, heapreplace

from msgspec import Struct

from destilation.core.draws import Draws
from destilation.core.leaf import LEAST_SHARE, Leaf
from destilation.core.tally import RECENT, SATURATED, Memory, Tally
from destilation.core.task import Pick
from destilation.core.topics.shape import DEEPEST, SPLIT, Place, Shape
from destilation.core.topics.tree import Path, Tree

REASON = f"at least {SATURATED} of the last {RECENT} answers were duplicates"
EARLY = 4  # samples that a topic which is too large should have before it is divided


class Standing(Struct, frozen=True):
    """How a leaf stands. `planned` is how many samples it should have in the end, `closed` why it is asked no more.

    `waits` marks one that brought nothing for long: as things stand it gets no further, and the others get its part.
    """

    path: Path
    planned: float
    accepted: int
    in_flight: int
    refused: int
    duplicates: int
    waits: bool
    closed: str


class Coverage:
    """Spreads `target` samples over the leaves of a tree by their shares.

    The next task is of the leaf that is furthest behind. A leaf that mostly repeats itself is not asked any more: it is
    to be divided, or closed, and what is still missing of it is asked of the others. `deepest` is the level below which
    nothing is divided, and `shape` says which leaves are to be divided in any case (None: none), the domain before
    anything is asked, others once they brought something; `seed` decides between equals.
    """

    def __init__(
        self,
        tree: Tree,
        draws: Draws,
        target: int,
        *,
        seed: int = 0,
        deepest: int = DEEPEST,
        shape: Shape | None = None,
    ) -> None:
        self._tree = tree
        self._draws = draws
        self._target = target
        self._seed = seed
        self._deepest = deepest
        self._shape = shape
        self._tallies: defaultdict[Path, Tally] = defaultdict(Tally)
        self._closed: dict[Path, str] = {}
        self._leaves: dict[Path, Leaf] = {}
        self._heap: list[tuple[float, int, Path]] = []
        self._level: float | None = None
        self._unclosed = 0
        self._due: dict[Path, int] = {}
        self._whole: set[Path] = set()
        self._stale = True

    def next(self) -> Pick | None:
        """What the next task is about; it counts as under way. None: no leaf is open."""
        self._refresh()
        while self._heap:
            key, _, path = self._heap[0]
            leaf = self._leaves[path]
            if not leaf.open or key != leaf.listed:
                heappop(self._heap)
            elif key != leaf.key:  # it is further than when it was listed
                leaf.listed = leaf.key
                heapreplace(self._heap, (leaf.key, leaf.tie, path))
            else:
                index = leaf.tally.unused
                self.used(path, index)
                return self.pick(path, index)
        return None

    def pick(self, path: Path, index: int) -> Pick:
        """The task about that leaf with that draw; nothing is counted."""
        return Pick(path, index, self._draws.draw("\n".join(path), index))

    # What is told of tasks; `path` may be that of a topic that is no leaf any more.

    def used(self, path: Path, index: int) -> None:
        """A task was begun."""
        self._tallies[path].begin(index)
        self._moved(path)

    def give_back(self, path: Path, index: int) -> None:
        """A task is as if it had never been: the same may be handed out again."""
        self._tallies[path].give_back(index)
        self._moved(path)

    def accepted(self, path: Path) -> None:
        """A task brought a sample."""
        self._tallies[path].accept()
        self._moved(path)

    def refused(self, path: Path, code: str, *, elsewhere: bool = False) -> None:
        """An answer was refused, for the reason of that code; `elsewhere` for a duplicate of another topic's sample.

        Its task goes on.
        """
        self._tallies[path].refuse(code, elsewhere=elsewhere)
        self._moved(path)

    def abandoned(self, path: Path) -> None:
        """A task ended without a sample."""
        self._tallies[path].abandon()
        self._moved(path)

    def recalled(self, path: Path, memory: Memory) -> None:
        """What became of earlier tasks of a topic."""
        self._tallies[path].recall(memory)
        self._moved(path)

    # The tree.

    @property
    def tree(self) -> Tree:
        """The tree, with marks at those that were closed."""
        self._refresh()
        tree = self._tree
        for path, reason in self._closed.items():
            if path in self._leaves and path:
                tree = tree.close(path, reason)
        return tree

    def to_divide(self) -> list[Place]:
        """The leaves that are too large, and those that repeat themselves: `replant` a tree that has more there.

        Where nothing is found to divide one by, tell `undivided`.
        """
        self._refresh()
        return [Place(path, count) for path, count in self._due.items()]

    def undivided(self, path: Path, reason: str) -> None:
        """A leaf cannot be divided: it stays as it is, or is closed for that reason where it repeats itself."""
        self._refresh()
        self._whole.add(path)
        self._due.pop(path, None)
        leaf = self._leaves.get(path)
        if leaf is not None and not leaf.open and not leaf.closed:
            self._shut(leaf, reason)

    def close(self, path: Path, reason: str) -> None:
        """Ask no more of a leaf. Raises KeyError for a path that is no leaf's."""
        self._refresh()
        self._shut(self._leaves[path], reason)

    def replant(self, tree: Tree) -> None:
        """Go on with another tree: one whose leaves were split, usually."""
        self._tree = tree
        self._stale = True

    @property
    def exhausted(self) -> bool:
        """Whether the domain has nothing more to give: all leaves are closed."""
        self._refresh()
        return not self._unclosed

    # How it stands.

    def planned(self, path: Path) -> float:
        """How many samples a leaf should have in the end. Raises KeyError for a path that is no leaf's."""
        self._refresh()
        leaf = self._leaves[path]
        if not leaf.steady:
            return float(leaf.tally.accepted)
        if self._level is None:
            self._level = self._new_level()
        return max(0.0, self._level * leaf.share - leaf.credit)

    def standings(self) -> Iterator[Standing]:
        """How each leaf stands, in the order of the tree."""
        self._refresh()
        for path, leaf in self._leaves.items():
            tally, closed = leaf.tally, leaf.closed or ("" if leaf.open else REASON)
            counts = (tally.accepted, tally.in_flight, tally.refused, tally.duplicates, tally.waits)
            yield Standing(path, self.planned(path), *counts, closed)

    def _new_level(self) -> float:
        """How many samples a leaf would have whose share were the whole, so that the sum over all is the target."""
        leaves = self._leaves.values()
        had = sum(leaf.tally.accepted + leaf.credit for leaf in leaves if not leaf.steady)
        return (self._target - had) / sum(leaf.share for leaf in leaves if leaf.steady)

    def _moved(self, path: Path) -> None:
        """The tally of a topic changed, and with it how far its leaf is, or the leaves below it.

        One that went on stays listed where it was until it is its turn there; one that fell back is listed anew.
        """
        leaf = None if self._stale else self._leaves.get(path)
        if leaf is None:
            self._stale = True
            return
        self._level = None
        if leaf.wanted or leaf.tally.saturated:
            self._judge(leaf)
        leaf.key = leaf.distance
        if leaf.key < leaf.listed:
            leaf.listed = leaf.key
            heappush(self._heap, (leaf.key, leaf.tie, path))

    def _judge(self, leaf: Leaf) -> None:
        """Note a leaf that is to be divided; close one that repeats itself where that is not worth it."""
        if leaf.closed:
            return
        divisible = leaf.path not in self._whole
        if leaf.open:
            if leaf.wanted and divisible and (not leaf.path or leaf.tally.claimed >= EARLY):
                self._due[leaf.path] = leaf.wanted
        elif divisible and leaf.tally.fruitful and len(leaf.path) < self._deepest:
            self._due[leaf.path] = SPLIT
        else:
            self._shut(leaf, REASON)

    def _shut(self, leaf: Leaf, reason: str) -> None:
        self._due.pop(leaf.path, None)
        self._unclosed -= not leaf.closed
        leaf.closed = self._closed[leaf.path] = reason
        self._level = None

    def _tie(self, path: Path) -> int:
        digest = hashlib.blake2b(f"{self._seed}:{path}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big")

    def _refresh(self) -> None:
        if self._stale:
            self._replant()

    def _replant(self) -> None:
        """Take the leaves of the tree anew, each with its part of what was made of topics that are no leaves."""
        leaves = self._tree.leaves
        below: dict[Path, float] = {}
        for leaf in leaves:
            for path in _above(leaf.path):
                below[path] = below.get(path, 0.0) + leaf.share
        paths = {leaf.path for leaf in leaves}
        claimed = dict.fromkeys(below, 0)
        for path, tally in self._tallies.items():
            if path not in paths:  # it was split, or taken from the tree
                claimed[next(each for each in reversed(_above(path)) if each in below)] += tally.claimed
        self._leaves, self._unclosed, self._due = {}, 0, {}
        for leaf in leaves:
            credit = sum(claimed[path] * leaf.share / max(below[path], LEAST_SHARE) for path in _above(leaf.path))
            closed = leaf.closed or self._closed.get(leaf.path, "")
            tally, tie = self._tallies[leaf.path], self._tie(leaf.path)
            self._leaves[leaf.path] = taken = Leaf(leaf.path, leaf.share, tally, credit, closed, tie)
            taken.wanted = 0 if self._shape is None else self._shape.wanted(leaf)
            self._unclosed += not closed
            self._judge(taken)
        self._heap = [(taken.listed, taken.tie, path) for path, taken in self._leaves.items()]
        heapify(self._heap)
        self._level = None
        self._stale = False


def _above(path: Path) -> list[Path]:
    """The path and all that it belongs to, from the domain as a whole on."""
    return [path[:depth] for depth in range(len(path) + 1)]
