"""`.control.jsonl`: what watchers want of the engine, one line each, appended by any of them. Knows no command.

The engine reads from where the file ended when it began: what was written before was meant for another run.
"""

import os
from pathlib import Path

from destilation.errors import ConfigError
from destilation.storage.disk import Disk, write_all
from destilation.storage.layout import CONTROL, open_regular

MOST_BYTES = 64 << 10
LONGEST_LINE = 4 << 10


def append_command(folder: Path, line: bytes) -> None:
    """Add one line, in one write. Raises OSError, ConfigError where the file is not a regular one."""
    disk = Disk()
    descriptor = open_regular(folder / CONTROL, os.O_RDWR | os.O_APPEND | os.O_CREAT, disk)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.lseek(descriptor, size - 1, os.SEEK_SET) and os.read(descriptor, 1) != b"\n"
        write_all(disk, descriptor, (b"\n" if torn else b"") + line + b"\n")
    finally:
        os.close(descriptor)


class ControlFile:
    """The reader's place in the file: its end when this was made. A file that is put in its place is read whole."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / CONTROL
        self._offset, self._file = 0, (0, 0)
        try:
            found = os.lstat(self._path)
            self._offset, self._file = found.st_size, (found.st_dev, found.st_ino)
        except OSError:
            pass

    def read_new(self) -> list[bytes]:
        """The whole lines that came since, of a bounded number of bytes; none where the file cannot be read.

        A line that is too long for a command comes in pieces, which are none either.
        """
        try:
            found = os.lstat(self._path)
            same = self._file == (found.st_dev, found.st_ino)
            if same and found.st_size == self._offset:
                return []
            if not same or found.st_size < self._offset:
                self._offset, self._file = 0, (found.st_dev, found.st_ino)
            return self._lines(self._read())
        except (OSError, ConfigError):
            return []

    def _read(self) -> bytes:
        descriptor = open_regular(self._path, os.O_RDONLY, Disk())
        try:
            os.lseek(descriptor, self._offset, os.SEEK_SET)
            return os.read(descriptor, MOST_BYTES)
        finally:
            os.close(descriptor)

    def _lines(self, data: bytes) -> list[bytes]:
        end = data.rfind(b"\n") + 1
        if not end and len(data) >= LONGEST_LINE:
            end = len(data)
        self._offset += end
        return [line[:LONGEST_LINE] for line in data[:end].split(b"\n") if line.strip()]
