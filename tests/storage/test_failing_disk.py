"""A disk that refuses, and a file that another program changes: one sentence, whole lines, and a start that goes on."""

import asyncio
import os
from pathlib import Path

import pytest

from destilation.errors import StorageError
from destilation.storage.disk import Disk
from destilation.storage.layout import COMPLETIONS, SAMPLES, TRUTH
from tests.storage.test_dataset import answer, opened, provenance, recovered, reopen, sample


class FullDisk(Disk):
    """A disk whose k-th operation of a kind fails."""

    def __init__(self, operation: str, number: int, code: int = 28) -> None:
        self.left = {operation: number}
        self.code = code

    def _count(self, operation: str) -> None:
        if operation in self.left:
            self.left[operation] -= 1
            if self.left[operation] <= 0:
                raise OSError(self.code, os.strerror(self.code))

    def write(self, descriptor: int, data: memoryview) -> int:
        """Half of it, then the error."""
        try:
            self._count("write")
        except OSError:
            super().write(descriptor, data[: len(data) // 2])
            raise
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Fails as told."""
        self._count("sync")
        super().sync(descriptor)


@pytest.mark.parametrize("operation", ["write", "sync"])
@pytest.mark.parametrize("number", range(2, 14))
def test_a_disk_that_fails_leaves_whole_lines(operation: str, number: int, tmp_path: Path) -> None:
    """After the k-th write or sync fails, one sentence is raised, every file ends in a whole line, and all recovers."""
    errors: list[StorageError] = []

    async def work() -> None:
        dataset = opened(tmp_path, disk=FullDisk(operation, number), durability="each")
        recovered(dataset)
        try:
            for task in range(1, 20):
                await dataset.record(answer(task))
                dataset.accept(sample(task), provenance(task, sample(task), task))
            await dataset.close()
        except StorageError as error:
            errors.append(error)
        with pytest.raises(StorageError):
            await dataset.record(answer(99))
        with pytest.raises(StorageError):
            await dataset.close()

    asyncio.run(work())
    assert "No space left on device; make room on the disk" in str(errors[0])
    assert errors[0].exit_code == 7
    for name in TRUTH:
        data = (tmp_path / name).read_bytes()
        assert data == b"" or data.endswith(b"\n")
    found, _, _ = reopen(tmp_path)
    recorded = (tmp_path / COMPLETIONS).read_bytes().count(b"\n")
    assert found.accepted + len(found.unsettled) == recorded


def test_a_file_changed_behind_our_back_is_noticed(tmp_path: Path) -> None:
    """Another program's line in samples.jsonl ends the run at the next commit."""

    async def work() -> None:
        dataset = opened(tmp_path, durability="each")
        recovered(dataset)
        with (tmp_path / SAMPLES).open("ab") as other:
            other.write(b"{}\n")
        with pytest.raises(StorageError, match="another program has changed its length"):
            await dataset.record(answer(1))
        with pytest.raises(StorageError):
            await dataset.close()

    asyncio.run(work())
