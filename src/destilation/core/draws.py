"""Which value of each axis a sample is made with: every combination once before any comes again. Knows no topics.

The values of each axis take turns in rounds (see rhythm.py), all axes one step at a time: after as many steps as the
least common multiple of the rounds, all of them begin anew together. Such a block is a cyclic subgroup of the product
of all rounds; the next block is shifted, axis by axis, so that it is another coset, and the cosets are all of the
product. So no list of combinations is needed, every combination is reached, and at any time

- without weights, a value of an axis of s values came n/s times in n draws, to less than 1;
- with weights, its share of n times, to less than 2 and the draws that were passed over for having come already. Those
  are few until the heaviest combinations are used up; after that no order could keep to the weights.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import gcd, lcm, prod

from destilation.core.axes import Axis
from destilation.core.rhythm import rhythm, turns

_REMEMBERED = 256  # orders, each of one leaf


class Draws:
    """The combinations of some axes, for each leaf in an order of its own. A function of axes and seed alone."""

    def __init__(self, axes: Sequence[Axis], seed: int = 0) -> None:
        self.axes = tuple(axes)
        self._seed = seed
        self._rounds = [
            rhythm(turns(axis.weights)) if axis.weights else rhythm([1] * len(axis.values)) for axis in axes
        ]
        self.combinations = prod(len(axis.values) for axis in self.axes)
        self._order = lru_cache(_REMEMBERED)(self._new_order)
        self._named = [(axis.name, axis.values) for axis in axes]

    def draw(self, leaf_key: str, index: int) -> Mapping[str, str]:
        """The value of each axis for draw number `index` (from 0) of a leaf.

        Once all combinations were drawn, they come again in another order.
        """
        if not self.axes:
            return {}
        lap, place = divmod(index, self.combinations)
        chosen = self._order(leaf_key, lap).nth(place)
        return {name: values[at] for (name, values), at in zip(self._named, chosen, strict=True)}

    def _new_order(self, leaf_key: str, lap: int) -> "Order":
        return Order(self._rounds, f"{self._seed}:{lap}:{leaf_key}")


class Order:
    """All combinations of one leaf, as numbers of values; `rounds` are the turns of each axis.

    Another `key` makes another order. `passed` counts those that were passed over so far for having come already.
    """

    def __init__(self, rounds: Sequence[Sequence[int]], key: str) -> None:
        chance = _Chance(key)
        sizes = [len(each) for each in rounds]
        shifts = [gcd(lcm(*sizes[:at]), size) for at, size in enumerate(sizes)]
        self._rounds = [
            (_turned(each, chance), size, shift) for each, size, shift in zip(rounds, sizes, shifts, strict=True)
        ]
        self._unique = all(len(set(each)) == len(each) for each in rounds)
        self._step = lcm(*sizes)
        self._drawn: list[tuple[int, ...]] = []
        self._known: set[tuple[int, ...]] = set()
        self.passed = 0

    def nth(self, place: int) -> tuple[int, ...]:
        """The combination at a place, which is below their number."""
        if self._unique:
            return self._at(place)
        while len(self._drawn) <= place:
            combination = self._at(len(self._drawn) + self.passed)
            if combination in self._known:
                self.passed += 1
            else:
                self._known.add(combination)
                self._drawn.append(combination)
        return self._drawn[place]

    def _at(self, place: int) -> tuple[int, ...]:
        block, step = divmod(place, self._step)
        chosen = []
        for round_, size, shifts in self._rounds:
            block, shift = divmod(block, shifts)
            chosen.append(round_[(step + shift) % size])
        return tuple(chosen)


class _Chance:
    """Numbers that look like chance and are the same for the same key, on every machine."""

    def __init__(self, key: str) -> None:
        self._key = key.encode("utf-8", "surrogatepass")
        self._count = 0

    def __call__(self, below: int) -> int:
        self._count += 1
        digest = hashlib.blake2b(self._key, digest_size=16, salt=self._count.to_bytes(16, "big")).digest()
        return int.from_bytes(digest, "big") % below


def _turned(turns_: Sequence[int], chance: _Chance) -> list[int]:
    """The round, begun at another turn; where each value has one turn, in any order."""
    if len(set(turns_)) < len(turns_):
        start = chance(len(turns_))
        return [*turns_[start:], *turns_[:start]]
    mixed = list(turns_)
    for at in range(len(mixed) - 1, 0, -1):
        other = chance(at + 1)
        mixed[at], mixed[other] = mixed[other], mixed[at]
    return mixed
