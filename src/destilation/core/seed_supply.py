"""Every seed in every way it is to be used, in the order of the tasks. Knows no file.

Each seed is used once, then each a second time, and so on, so that a target that is below what they can give is spread
over all of them. Where a seed stands, and how it is used, follows from the seeds and the job's seed alone: a run that
goes on gets the same as one that never stopped. Eight bytes a seed are held for the order, and eight to find one.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from destilation.core.evolve import Way
from destilation.core.seed_mode import WAY
from destilation.core.task import Seed

_STEP, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = 2**64 - 1
_ID = re.compile(r"[0-9a-f]{16}")


class Texts(Protocol):
    """What the seeds say, by their place in the file."""

    def __getitem__(self, place: int) -> Mapping[str, str]:
        """The texts of one, by name."""


class Supply:
    """The seeds of a job as its tasks use them. `ids` are those of the `texts`, no two the same.

    Each is used in `per_seed` of the `ways`, drawn without repetition where `mixed`, else in their order; without ways
    it is used once. `shuffled` mixes the order of the seeds by the job's `seed`.
    """

    def __init__(
        self,
        texts: Texts,
        ids: NDArray[np.uint64],
        ways: Sequence[Way] = (),
        *,
        per_seed: int = 1,
        mixed: bool = False,
        shuffled: bool = False,
        seed: int = 0,
    ) -> None:
        self._texts = texts
        self._ids = ids
        self._ways = tuple(ways)
        self._per_seed = min(per_seed, len(ways)) if ways else 1
        self._mixed = mixed
        self._seed = seed
        self._order = np.argsort(_mixed(ids, seed), kind="stable") if shuffled else None

    def __len__(self) -> int:
        return len(self._ids) * self._per_seed

    def __getitem__(self, place: int) -> Seed:
        turn, at = divmod(place, len(self._ids))
        at = at if self._order is None else int(self._order[at])
        id_ = f"{int(self._ids[at]):016x}"
        values = self._texts[at]
        if not self._ways:
            return Seed(id_, values)
        way = self._ways_of(id_)[turn]
        return Seed(id_, {**values, WAY: way.text}, way.id, turn)

    def find(self, name: str) -> int | None:
        """The place of the seed and way of that name; None where it is not (any more) among them."""
        id_, _, way = name.partition(":")
        ways = [each.id for each in self._ways_of(id_)] or [""]
        at = self._at(id_)
        if at is None or way not in ways:
            return None
        turn = ways.index(way)
        return turn * len(self._ids) + (at if self._places is None else int(self._places[at]))

    def _at(self, id_: str) -> int | None:
        """Which of the ids it is."""
        if not _ID.fullmatch(id_):
            return None
        wanted = int(id_, 16)
        found = int(np.searchsorted(self._ids, np.uint64(wanted), sorter=self._sorted))
        at = int(self._sorted[min(found, len(self._ids) - 1)])
        return at if int(self._ids[at]) == wanted else None

    @cached_property
    def _sorted(self) -> NDArray[np.intp]:
        return np.argsort(self._ids)

    @cached_property
    def _places(self) -> NDArray[np.intp] | None:
        """Where each seed of the file stands in the order."""
        return None if self._order is None else np.argsort(self._order)

    def _ways_of(self, id_: str) -> Sequence[Way]:
        if not self._mixed:
            return self._ways[: self._per_seed]
        keys = [_key(f"{self._seed}:{id_}:{way.id}") for way in self._ways]
        drawn = sorted(range(len(self._ways)), key=keys.__getitem__)
        return [self._ways[each] for each in drawn[: self._per_seed]]


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _mixed(ids: NDArray[np.uint64], seed: int) -> NDArray[Any]:
    """A number for each id that looks like chance, by SplitMix64 (Steele, Lea and Flood, 2014)."""
    mixed = ids + np.uint64(_STEP * (seed + 1) & _MASK)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_MIX_1)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_MIX_2)
    return mixed ^ (mixed >> np.uint64(31))
