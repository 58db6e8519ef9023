"""How far a tree should grow for a target, and where it still has to. Knows no model and no samples."""

import math

from msgspec import Struct

from destilation.core.topics.tree import Leaf, Path, Tree

FEWEST = 12  # samples that a leaf should be for
BEST = 16
MOST = 20
LEAST = 2 * FEWEST  # samples; for fewer nothing is divided
WIDEST = 24  # topics that one is divided into at most
DEEPEST = 6  # levels
SPLIT = 6  # topics that a leaf is split into when it has nothing new to say


class Shape(Struct, frozen=True):
    """The form of a tree for `target` samples; no topic is divided at the `deepest` level."""

    target: int
    deepest: int = DEEPEST

    def wanted(self, leaf: Leaf) -> int:
        """How many topics a leaf is to be divided into; 0 for none."""
        if leaf.closed or len(leaf.path) >= self.deepest:
            return 0
        return next(iter(widths(leaf.share * self.target, self.deepest - len(leaf.path))), 0)


class Place(Struct, frozen=True):
    """A topic that is to be divided into `count` others."""

    path: Path
    count: int


def widths(samples: float, deepest: int = DEEPEST) -> tuple[int, ...]:
    """Into how many topics to divide, level by level, so that each leaf is for FEWEST to MOST samples.

    Empty for fewer than LEAST samples. Leaves are for more where even the widest and deepest tree has too few.
    """
    if samples < LEAST:
        return ()
    levels = next((levels for levels in range(1, deepest) if WIDEST**levels >= samples / MOST), deepest)
    leaves = samples / BEST
    narrow = next(width for width in range(WIDEST, 0, -1) if width == 1 or width**levels <= leaves)
    steps = range(levels + 1) if narrow < WIDEST else range(1)
    wider = min(steps, key=lambda count: abs(math.log(_product(narrow, levels, count) / leaves)))
    return (narrow,) * (levels - wider) + (narrow + 1,) * wider


def unexpanded(tree: Tree, shape: Shape) -> list[Place]:
    """The topics that are still to be divided, those at the top first. Empty: the tree has its shape."""
    places = [Place(leaf.path, count) for leaf in tree.leaves if (count := shape.wanted(leaf))]
    return sorted(places, key=lambda place: len(place.path))


def _product(narrow: int, levels: int, wider: int) -> int:
    return int(narrow ** (levels - wider) * (narrow + 1) ** wider)
