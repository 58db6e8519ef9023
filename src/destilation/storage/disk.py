"""The few things asked of the operating system to change files. Knows no file name and no format.

Handed in wherever something is written, so that the k-th operation can be made to fail.
"""

import os
import sys
from pathlib import Path

if sys.platform == "darwin":
    import fcntl

_SAFE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)


class Disk:
    """The real one. Every method raises OSError."""

    def open(self, path: Path, flags: int) -> int:
        """A descriptor that no child inherits; a new file is its owner's alone."""
        return os.open(path, flags | _SAFE | _NO_WAIT, 0o600)

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write some of the data: how many bytes."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Return when the content is on the medium."""
        if sys.platform == "darwin":  # fsync stops at the drive's cache there: fcntl(2), F_FULLFSYNC
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        elif sys.platform == "win32":
            os.fsync(descriptor)
        else:
            os.fdatasync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file to that many bytes."""
        os.ftruncate(descriptor, size)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over what is there, in one step."""
        os.replace(source, target)

    def remove(self, path: Path) -> None:
        """Take a name away."""
        os.unlink(path)

    def sync_folder(self, path: Path) -> None:
        """Return when the names in a folder are on the medium."""
        if sys.platform == "win32":
            return
        descriptor = os.open(path, os.O_RDONLY | _SAFE)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_all(disk: Disk, descriptor: int, data: bytes) -> None:
    """Write all of it, however many writes that takes. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[disk.write(descriptor, rest) :]
