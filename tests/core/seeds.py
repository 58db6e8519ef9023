"""Seeds for tests of what takes them."""

from collections.abc import Mapping, Sequence

import numpy as np

from destilation.core.evolve import Way
from destilation.core.seed_supply import Supply
from destilation.core.task import key_of


def supply(
    texts: Sequence[Mapping[str, str]],
    ways: Sequence[Way] = (),
    *,
    per_seed: int = 1,
    mixed: bool = False,
    shuffled: bool = False,
    seed: int = 0,
) -> Supply:
    """The seeds with these texts, in all these ways."""
    ids = np.array([int(key_of(each), 16) for each in texts], np.uint64)
    return Supply(texts, ids, ways, per_seed=per_seed, mixed=mixed, shuffled=shuffled, seed=seed)


def questions(count: int) -> list[Mapping[str, str]]:
    """So many questions."""
    return [{"question": f"What is {number}?"} for number in range(count)]
