"""The files of one export: rows go in, and at the end all of them are put in place, or none is."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from destilation.exports.facts import FilePart
from destilation.exports.format import Row, Sink
from destilation.exports.squeeze import squeezer
from destilation.storage.atomic import NewFile
from destilation.storage.disk import Disk

_CHUNK = 1 << 20


class Part:
    """One file of rows. Methods raise OSError."""

    def __init__(self, path: Path, split: str, sink: Sink, disk: Disk) -> None:
        self.path = path
        self.rows = 0
        self._split = split
        self._sink = sink
        self._squeezer = squeezer(path)
        self._file = NewFile(path, disk)
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._wait(sink.begin())

    def add(self, row: Row) -> None:
        """One more row."""
        self.rows += 1
        self._wait(self._sink.add(row))

    def finish(self) -> FilePart:
        """Write the rest and return when it is on the medium."""
        self._wait(self._sink.end())
        self._write(self._squeezer.compress(bytes(self._waiting)) + self._squeezer.flush())
        self._file.finish()
        return FilePart(
            name=self.path.name, split=self._split, rows=self.rows, bytes=self._bytes, sha256=self._digest.hexdigest()
        )

    def put(self) -> None:
        """Take the place of what is there."""
        self._file.put()

    def discard(self) -> None:
        """Leave no trace."""
        self._file.discard()

    def _wait(self, data: bytes) -> None:
        self._waiting += data
        if len(self._waiting) >= _CHUNK:
            self._write(self._squeezer.compress(bytes(self._waiting)))
            self._waiting.clear()

    def _write(self, data: bytes) -> None:
        self._bytes += len(data)
        self._digest.update(data)
        self._file.write(data)


def remove_left_over(paths: Iterable[Path], disk: Disk) -> None:
    """Remove what a killed export left beside these files."""
    for path in paths:
        for beside in path.parent.glob(f"{_escaped(path.name)}.tmp.*"):
            if beside.name.removeprefix(f"{path.name}.tmp.").isdigit() and not beside.is_dir():
                disk.remove(beside)


def _escaped(name: str) -> str:
    special: Mapping[int, str] = {ord(sign): f"[{sign}]" for sign in "*?["}
    return name.translate(special)
