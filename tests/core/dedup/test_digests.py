"""The exact map: nothing is lost, nothing is invented."""

import random

import numpy as np

from destilation.core.dedup.digests import Digests


def test_every_digest_is_found_and_no_other() -> None:
    """20,000 digests, extremes included, come back with their positions; absent ones do not."""
    chance, table = random.Random(5), Digests()
    digests = [0, (1 << 64) - 1, 1 << 63, *(chance.getrandbits(64) for _ in range(20_000))]
    for position, digest in enumerate(digests):
        table.insert(digest, position)
    assert [table.find(digest) for digest in digests] == list(range(len(digests)))
    assert all(table.find(chance.getrandbits(64)) is None for _ in range(1000))
    assert table.nbytes <= 32 * len(digests)


def test_digests_that_share_their_low_bits_split_again() -> None:
    """When a split leaves one half full, the next one follows: 2,000 digests with 20 equal low bits fit."""
    table = Digests()
    for position in range(2000):
        table.insert(position << 20, position)
    table.insert(1, 2000)
    assert [table.find(position << 20) for position in range(2000)] == list(range(2000))
    assert table.find(1) == 2000
    assert table.find(3) is None
    state = {name: np.concatenate(pieces) for name, pieces in table.state().items()}
    back = Digests.restored(state)
    assert [back.find(position << 20) for position in range(2000)] == list(range(2000))
    assert (back.find(1), back.find(3)) == (2000, None)
    back.insert(3, 2001)
    assert (back.find(3), table.find(3)) == (2001, None)
