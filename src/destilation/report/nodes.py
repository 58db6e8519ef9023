"""The tree of topics with what was made of each, beside what was planned. Knows no file."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from destilation.core.coverage import Coverage, Standing
from destilation.core.recollection import Recollection
from destilation.core.tally import Memory
from destilation.core.topics.tree import Path, Topic, Tree

State = Literal["open", "closed", "divided", "gone", "unplanned"]
FEWEST_DUE = 2.0  # samples: of fewer nobody can tell whether a topic is thin


class Node(Struct, frozen=True, kw_only=True):
    """A topic with all that belongs to it; the one without a path is the domain as a whole.

    `share` (0 to 1) and `planned` (samples in the end) are None where nothing was planned; `acceptance` is the share
    of its answers that became samples, None without answers. `due` is how many samples it would have if all were as
    far as the dataset is, and it is `thin` with less than half of that. A topic that is `gone` is not in the tree any
    more; `closed` is why nothing is asked of one.
    """

    path: Path
    state: State
    share: float | None = None
    planned: float | None = None
    due: float | None = None
    accepted: int = 0
    refused: int = 0
    duplicates: int = 0
    acceptance: float | None = None
    thin: bool = False
    closed: str = ""


class _Sum(Struct):
    """Counts of a topic and what is below it."""

    accepted: int = 0
    refused: int = 0
    duplicates: int = 0
    planned: float = 0.0
    share: float = 0.0

    def add(self, other: "_Sum | Memory") -> None:
        self.accepted += other.accepted
        self.refused += other.refused
        self.duplicates += other.duplicates
        if isinstance(other, _Sum):
            self.planned += other.planned
            self.share += other.share


def nodes(tree: Tree, plan: Coverage | None, told: Recollection) -> list[Node]:
    """The domain, the topics of the tree in its order, then those that only samples and refusals name, largest first.

    `plan` has been told of all that `told` knows; None: nothing is planned.
    """
    return _Census(tree, plan, told).rows()


class _Census:
    def __init__(self, tree: Tree, plan: Coverage | None, told: Recollection) -> None:
        self._tree = tree
        self._standings: Mapping[Path, Standing] = {each.path: each for each in plan.standings()} if plan else {}
        self._shares = {leaf.path: leaf.share for leaf in tree.leaves}
        self._memories = dict(told.memories())
        self._loose: dict[Path, _Sum] = {}
        self._gone = [path for path in self._memories if path and tree.at(path) is None]
        for path in self._gone:
            above = next(path[:end] for end in reversed(range(len(path))) if not end or tree.at(path[:end]))
            self._loose.setdefault(above, _Sum()).add(self._memories[path])
        whole = _Sum()
        for memory in self._memories.values():
            whole.add(memory)
        self._had = whole.accepted
        wanted = sum(each.planned for each in self._standings.values())
        self._progress = whole.accepted / max(wanted + self._elsewhere(), 1.0)

    def rows(self) -> list[Node]:
        """All of them."""
        _, found = self._below((), self._tree.topics, "")
        state: State = "gone" if self._tree.topics else "unplanned"
        gone: list[Node] = []
        for path in self._gone:
            counts = _Sum()
            counts.add(self._memories[path])
            gone.append(self._node(path, counts, state))
        return [*found, *sorted(gone, key=lambda node: -node.accepted)]

    def _elsewhere(self) -> int:
        """Samples of what is no leaf: of topics that were divided, or are gone."""
        return sum(memory.accepted for path, memory in self._memories.items() if path not in self._shares)

    def _below(self, path: Path, topics: Sequence[Topic], closed: str) -> tuple[_Sum, list[Node]]:
        """The sums of a topic, and its row before those of all that belongs to it."""
        total, rows = self._own(path), []
        for topic in topics:
            counts, found = self._below((*path, topic.name), topic.children, closed or topic.closed)
            total.add(counts)
            rows += found
        return total, [self._node(path, total, *(("divided", closed) if topics else self._state(path))), *rows]

    def _own(self, path: Path) -> _Sum:
        """What is of the topic itself, or of one that is gone and belonged to it: that was planned as it came."""
        own = _Sum()
        for counts in (self._loose.get(path), self._memories.get(path)):
            if counts is not None:
                own.add(counts)
        standing = self._standings.get(path)
        if self._standings:
            own.planned = own.accepted if standing is None else own.accepted - standing.accepted + standing.planned
        own.share = self._shares.get(path, 0.0)
        return own

    def _state(self, path: Path) -> tuple[State, str]:
        standing = self._standings.get(path)
        if standing is None:
            return "unplanned", ""
        return ("closed" if standing.closed else "open"), standing.closed

    def _node(self, path: Path, counts: _Sum, state: State, closed: str = "") -> Node:
        answers = counts.accepted + counts.refused
        planned = bool(self._standings) and state not in ("gone", "unplanned")
        due = None
        if planned:
            due = counts.share * self._had if state == "closed" else counts.planned * self._progress
        return Node(
            path=path,
            state=state,
            share=round(counts.share, 6) if planned else None,
            planned=round(counts.planned, 2) if planned else None,
            due=None if due is None else round(due, 2),
            accepted=counts.accepted,
            refused=counts.refused,
            duplicates=counts.duplicates,
            acceptance=round(counts.accepted / answers, 4) if answers else None,
            thin=due is not None and bool(path) and due >= FEWEST_DUE and counts.accepted < due / 2,
            closed=closed,
        )


def down_to(found: Iterable[Node], depth: int) -> list[Node]:
    """Those of the tree down to that many levels, and all that are in no tree."""
    return [node for node in found if len(node.path) <= depth or node.state in ("gone", "unplanned")]


def depth_for(found: Sequence[Node], most: int) -> int:
    """The deepest level down to which the tree has at most so many topics; 1 where the first has more already."""
    levels = Counter(len(node.path) for node in found if node.state not in ("gone", "unplanned"))
    depth, there = 0, levels[0]
    while levels[depth + 1] and (depth < 1 or there + levels[depth + 1] <= most):
        depth += 1
        there += levels[depth]
    return depth


def thinnest(found: Iterable[Node], most: int) -> list[Node]:
    """The leaves that are thin, those first that lack the most."""
    thin = [node for node in found if node.thin and node.state != "divided"]
    return sorted(thin, key=lambda node: node.accepted - (node.due or 0.0))[:most]
