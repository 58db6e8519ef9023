"""A file that is only ever appended to, in whole lines. Knows no kind of line.

What is beyond `end` is not ours: after a failure the file is cut back to there, so it never ends in half a
line, and a file that is longer or another one than we left it is noticed.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from destilation.storage.disk import Disk, write_all
from destilation.storage.layout import open_regular


class AppendFile:
    """An open file. Each method raises OSError with the path as its file name."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk
        self._open()

    def _open(self) -> None:
        with self._named():
            self.descriptor = open_regular(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, self._disk)
            self.end = os.fstat(self.descriptor).st_size

    def reopen(self) -> None:
        """Go on with the file that has taken this one's place."""
        self.close()
        self._open()

    def append(self, data: bytes) -> None:
        """Add whole lines: all of them, or none and an error."""
        with self._named():
            try:
                write_all(self._disk, self.descriptor, data)
            except OSError:
                with suppress(OSError):  # the first error is the one that is told
                    self._disk.truncate(self.descriptor, self.end)
                raise
            self.end += len(data)

    def check(self) -> None:
        """Raises if the file is not as we left it: longer, shorter, replaced, gone."""
        with self._named():
            mine = os.fstat(self.descriptor)
            if mine.st_size != self.end:
                raise OSError(errno.EBUSY, "another program has changed its length")
            there = os.stat(self.path, follow_symlinks=False)
            if not os.path.samestat(mine, there):
                raise OSError(errno.EBUSY, "another program has replaced it")

    def sync(self) -> None:
        """Return when all of it is on the medium. Never to be tried again after an error.

        The kernel reports a failed write-back once and then forgets it, so that a second try succeeds while
        the data is gone.
        """
        with self._named():
            self._disk.sync(self.descriptor)

    def cut(self, end: int) -> None:
        """Cut the file to `end` bytes, for good."""
        with self._named():
            self._disk.truncate(self.descriptor, end)
            self.end = end
            self._disk.sync(self.descriptor)

    def close(self) -> None:
        """Close the descriptor; once."""
        os.close(self.descriptor)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error
