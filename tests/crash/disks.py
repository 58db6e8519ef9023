"""Disks that end badly: the k-th operation fails, kills the process, or cuts the power."""

import errno
import os
import random
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from destilation.storage.disk import Disk

Result = TypeVar("Result")
KILLED = 137


class CountingDisk(Disk, ABC):
    """Counts every operation that changes something; at the `last` one, `end` happens instead of it."""

    def __init__(self, last: int) -> None:
        self.done = 0
        self.last = last

    @abstractmethod
    def end(self, tear: Callable[[], object]) -> None:
        """What the last operation comes to; `tear` does half of it, where it has halves."""

    def _step(self, whole: Callable[[], Result], tear: Callable[[], object] = lambda: None) -> Result:
        self.done += 1
        if self.done == self.last:
            self.end(tear)
        return whole()

    def open(self, path: Path, flags: int) -> int:
        return self._step(lambda: Disk.open(self, path, flags)) if flags & os.O_CREAT else super().open(path, flags)

    def write(self, descriptor: int, data: memoryview) -> int:
        half = data[: len(data) // 2]
        return self._step(
            lambda: Disk.write(self, descriptor, data), lambda: half and Disk.write(self, descriptor, half)
        )

    def sync(self, descriptor: int) -> None:
        self._step(lambda: Disk.sync(self, descriptor))

    def truncate(self, descriptor: int, size: int) -> None:
        self._step(lambda: Disk.truncate(self, descriptor, size))

    def replace(self, source: Path, target: Path) -> None:
        self._step(lambda: Disk.replace(self, source, target))

    def remove(self, path: Path) -> None:
        self._step(lambda: Disk.remove(self, path))

    def sync_folder(self, path: Path) -> None:
        self._step(lambda: Disk.sync_folder(self, path))


class FailingDisk(CountingDisk):
    """The last operation fails, half done; every second one stays broken from then on."""

    def end(self, tear: Callable[[], object]) -> None:
        tear()
        if self.last % 2:
            self.last += 1
        code = (errno.ENOSPC, errno.EIO, errno.EDQUOT)[self.done % 3]
        raise OSError(code, os.strerror(code))


class KillingDisk(CountingDisk):
    """The process ends in the middle of the last operation, as by SIGKILL."""

    def end(self, tear: Callable[[], object]) -> None:
        tear()
        os._exit(KILLED)


class PowerDisk(CountingDisk):
    """The power goes at the last operation: what was not synced may be gone.

    Strict: all of it is. Else each file keeps a random part of it, torn at any byte or filled up with NUL, and
    each name that was not synced is there or not.
    """

    def __init__(self, last: int, folder: Path, chance: random.Random | None) -> None:
        super().__init__(last)
        self._folder = folder
        self._chance = chance
        self._synced: dict[int, bytes] = {}
        self._names: dict[str, int] = {}
        self._made_durable = folder.exists()
        if self._made_durable:
            self._names = self._present()
            self._synced = {(folder / name).stat().st_ino: (folder / name).read_bytes() for name in self._names}

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        size = os.fstat(descriptor).st_size
        path = Path(f"/proc/self/fd/{descriptor}")
        self._synced[os.fstat(descriptor).st_ino] = path.read_bytes()[:size]

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(path)
        if path == self._folder.parent:
            self._made_durable = self._folder.exists()
        elif path == self._folder:
            self._names = self._present()

    def end(self, tear: Callable[[], object]) -> None:
        tear()
        self._cut()
        os._exit(KILLED)

    def _present(self) -> dict[str, int]:
        return {entry.name: entry.inode() for entry in os.scandir(self._folder) if entry.is_file()}

    def _cut(self) -> None:
        if not self._folder.exists():
            return
        if not self._made_durable and self._lost():
            shutil.rmtree(self._folder)
            return
        now = self._present()
        written = {inode: (self._folder / name).read_bytes() for name, inode in now.items()}
        names = dict(self._names)
        if not self._lost():
            names = now
        shutil.rmtree(self._folder)
        self._folder.mkdir()
        for name, inode in names.items():
            (self._folder / name).write_bytes(self._left(self._synced.get(inode, b""), written.get(inode, b"")))

    def _lost(self) -> bool:
        return self._chance is None or self._chance.random() < 0.5

    def _left(self, synced: bytes, written: bytes) -> bytes:
        if self._chance is None or not written.startswith(synced):
            return synced
        more = written[len(synced) :]
        kept = more[: self._chance.randint(0, len(more))]
        hole = b"\0" * (len(more) - len(kept)) if self._chance.random() < 0.3 else b""
        return synced + kept + hole
