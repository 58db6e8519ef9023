"""Files that are at every instant absent or whole. Knows nothing of what is in them."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from destilation.storage.disk import Disk, write_all


class NewFile:
    """A file that takes the place of `path` in one step, when it is whole; till then it has another name.

    Every method raises OSError with the path as its file name. Whoever opens it ends with `put` or `discard`.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk
        self._beside = path.with_name(f"{path.name}.tmp.{os.getpid()}")
        self._descriptor: int | None = None
        with _named(path):
            self._descriptor = disk.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)

    def write(self, data: bytes) -> None:
        """Add to the end."""
        assert self._descriptor is not None
        with _named(self.path):
            write_all(self._disk, self._descriptor, data)

    def finish(self, *, sync: bool = True) -> None:
        """No more is written; with `sync` return when all is on the medium."""
        if self._descriptor is None:
            return
        with _named(self.path):
            try:
                if sync:
                    self._disk.sync(self._descriptor)
            finally:
                os.close(self._descriptor)
                self._descriptor = None

    def put(self, *, sync: bool = True) -> None:
        """Take the place; with `sync` return when the name is on the medium."""
        self.finish(sync=sync)
        with _named(self.path):
            self._disk.replace(self._beside, self.path)
            if sync:
                self._disk.sync_folder(self.path.parent)

    def discard(self) -> None:
        """Leave what is there as it is. Raises nothing."""
        with suppress(OSError):
            self.finish(sync=False)
        with suppress(OSError):
            self._disk.remove(self._beside)


def replace_file(path: Path, chunks: Iterable[bytes], disk: Disk, *, sync: bool = True) -> None:
    """Put a new file in the place of `path`, in one step. Raises OSError, and then nothing has changed."""
    file = NewFile(path, disk)
    try:
        for chunk in chunks:
            file.write(chunk)
        file.put(sync=sync)
    except BaseException:
        file.discard()
        raise


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
