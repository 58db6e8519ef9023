"""The index file is written at the end of a run and now and then; that it cannot be is no misfortune."""

import asyncio
import errno
import os
from datetime import UTC, datetime
from pathlib import Path

from destilation.config import Config, Override, load
from destilation.launch.indexing import LEAST, Indexing
from destilation.launch.recover import recover
from destilation.launch.run import run
from destilation.launch.verify import verify
from destilation.storage.dataset import Dataset
from destilation.storage.disk import Disk
from destilation.storage.layout import INDEX


class NoIndex(Disk):
    """A disk on which there is no room for the index file."""

    def open(self, path: Path, flags: int) -> int:
        if path.name.startswith(INDEX):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().open(path, flags)


def config(out: Path) -> Config:
    """A short job."""
    values = {"job.target": 20, "job.out": str(out), "job.name": "job", "job.mix": [{"provider": "mock"}]}
    return load(None, overrides=[Override(key, value, key) for key, value in values.items()], env={})


def test_no_room_for_the_index_file(tmp_path: Path) -> None:
    """The run is met and says what the next start lacks; that start does without."""
    report = asyncio.run(run(config(tmp_path), env={}, disk=NoIndex()))
    assert (report.exit_code, report.accepted) == (0, 20)
    assert list(report.notices) == [
        f"{INDEX} could not be written (No space left on device): the next start takes longer, and that is all"
    ]
    assert verify(report.folder).faults == ()
    assert not list(report.folder.glob(f"{INDEX}*"))
    again = asyncio.run(run(config(tmp_path), env={}))
    assert (again.state, list(again.notices)) == ("met", [])
    assert (report.folder / INDEX).exists()


def test_a_run_that_adds_nothing_leaves_it(tmp_path: Path) -> None:
    """A met job that is begun again does not write what is there."""
    folder = asyncio.run(run(config(tmp_path), env={})).folder
    before = (folder / INDEX).stat()
    asyncio.run(run(config(tmp_path), env={}))
    assert (folder / INDEX).stat() == before


def test_now_and_then(tmp_path: Path) -> None:
    """While a run lasts it is written when there is enough that it lacks, once at a time, by another thread."""

    async def work() -> None:
        dataset = Dataset.open(tmp_path / "job", durability="none", now=lambda: datetime.now(UTC))
        known = recover(dataset, config(tmp_path), 0.85)
        indexing = Indexing(dataset, config(tmp_path), known)
        texts = [f"subject {number}" for number in range(3 * LEAST)]
        known.seen.add_all(texts[: LEAST - 1], range(LEAST - 1))
        indexing.beat()
        assert await indexing.last() is not None
        assert not (tmp_path / "job" / INDEX).exists()
        known.seen.add_all(texts[LEAST:], range(LEAST, 3 * LEAST))
        indexing.beat()
        indexing.beat()
        assert await indexing.last() is None
        assert (tmp_path / "job" / INDEX).exists()
        await dataset.close()

    asyncio.run(work())
