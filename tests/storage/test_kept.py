"""A line is found by its number, whether it was read, hashed or just appended."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.storage.kept import LATEST, KeptLines
from destilation.storage.tally import BLOCK, Tally

SIZES = st.lists(st.one_of(st.integers(0, 40), st.sampled_from([BLOCK - 2, BLOCK - 1, BLOCK, 3 * BLOCK])), max_size=30)


def _same(tally: Tally) -> Tally:
    return tally


@given(SIZES, st.integers(0, 30))
def test_every_line_is_found(sizes: list[int], hashed: int) -> None:
    """Whatever their lengths, also where lines end with a block, and however many of them were only hashed at a start."""
    lines = [b"%d" % at + b"x" * size + b"\n" for at, size in enumerate(sizes)]
    with tempfile.TemporaryDirectory() as place:
        path, tally = Path(place) / "lines", Tally()
        path.write_bytes(b"".join(lines))
        for line in lines[:hashed]:
            tally.add(line)
        again = Tally.of(path, tally.prefix)
        assert again is not None
        for line in lines[hashed:]:
            tally.add(line)
            again.add(line)
        for each in (tally, again):
            kept = KeptLines(path, partial(_same, each))
            assert [kept.line_now(number) for number in range(1, len(lines) + 1)] == [line[:-1] for line in lines]
            assert kept.line_now(0) is None and kept.line_now(len(lines) + 1) is None


def test_lines_that_are_not_written_yet(tmp_path: Path) -> None:
    """The last ones come from memory, older ones from the file; what is in neither, cut or no file at all is None."""
    tally = Tally()
    kept = KeptLines(tmp_path / "lines", lambda: tally)
    for number in range(1, LATEST + 11):
        tally.add(b"%d\n" % number)
        kept.append(b"%d" % number)

    def line(number: int) -> bytes | None:
        return asyncio.run(kept.line(number))

    assert [line(number) for number in (11, LATEST + 10)] == [b"11", b"%d" % (LATEST + 10)]
    assert line(10) is None
    (tmp_path / "lines").write_bytes(b"1\n2\n3\n4")
    assert [line(number) for number in (1, 3, 4, 5)] == [b"1", b"3", None, None]


def test_memory_of_where_lines_stand() -> None:
    """Less than a byte a line of usual length."""
    tally = Tally()
    for _ in range(20_000):
        tally.add(b"x" * 999 + b"\n")
    assert len(tally._ended) * tally._ended.itemsize < 20_000
    with pytest.raises(LookupError):
        tally.near(20_001)
