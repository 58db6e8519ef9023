"""The table that nominates: finds what it stored, grows by segments, drops what is everywhere."""

import itertools
import random

from destilation.core.dedup.buckets import Buckets


def store(table: Buckets, keys: list[int], position: int) -> None:
    table.insert(keys, table.find(keys), position)


def test_nearly_all_keys_are_found_again_after_many_splits() -> None:
    """Of 60,000 keys at least 92 in 100 are found, each at its position, and the table stays about half full."""
    chance, table = random.Random(3), Buckets()
    keys = [chance.getrandbits(32) or 1 for _ in range(60_000)]
    for position, key in enumerate(keys):
        store(table, [key], position)
    found = sum(position in table.find([key]).positions for position, key in enumerate(keys))
    assert found >= 0.92 * len(keys)
    assert 60_000 * 8 / 0.55 <= table.nbytes <= 60_000 * 8 / 0.45


def test_growth_is_one_segment_at_a_time() -> None:
    """No insert makes the table more than one segment larger, so none pauses."""
    chance, table = random.Random(4), Buckets()
    sizes = [table.nbytes]
    for position in range(20_000):
        store(table, [chance.getrandbits(32) or 1], position)
        sizes.append(table.nbytes)
    assert {later - earlier for earlier, later in itertools.pairwise(sizes)} == {0, sizes[0]}
    assert sizes[-1] > sizes[0]


def test_a_key_that_is_everywhere_is_held_four_times() -> None:
    """Boilerplate nominates at most four texts, however many hold it."""
    table = Buckets()
    for position in range(100):
        store(table, [77], position)
    assert table.find([77]).positions == [0, 1, 2, 3]


def test_a_full_bucket_takes_no_more() -> None:
    """A ninth key of a bucket is dropped, the eight before it stay."""
    table = Buckets()
    for key in range(1, 10):
        store(table, [key], key)
    assert [table.find([key]).positions for key in range(1, 10)] == [[key] for key in range(1, 9)] + [[]]


def test_several_keys_at_once() -> None:
    """A text is stored under all of its keys and found under any."""
    table = Buckets()
    keys = [5, 5 << 22, 9 << 22, 11 << 22]
    store(table, keys, 42)
    assert table.find(keys).positions == [42] * 4
    assert table.find([9 << 22, 3]).positions == [42]


def test_two_keys_of_one_bucket() -> None:
    """Where two keys of a text want the same slot one of them has it, and the table counts one."""
    table = Buckets()
    store(table, [5, 6], 42)
    assert [table.find([key]).positions for key in (5, 6)] == [[42], []]
    assert table.find([7]).free == [1]


def test_a_snapshot_outlives_writes_and_splits() -> None:
    """A table given away before any insert, also one that splits a segment of it, stays what it was."""
    chance, table, splits = random.Random(8), Buckets(), 0
    for position in range(16_000):
        state, size = table.state(), table.nbytes
        before = [bytes(each) for each in state["bucket_keys"]] if position % 4_096 < 1_500 else []
        store(table, [chance.getrandbits(32) or 1], position)
        if table.nbytes > size:
            splits += 1
            assert [bytes(each) for each in state["bucket_keys"]] == before
    assert splits == 3
