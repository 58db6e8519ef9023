"""The newest lines of `samples.jsonl` and `rejections.jsonl`, read again where the file has grown."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from destilation.errors import ConfigError
from destilation.storage.disk import Disk
from destilation.storage.layout import open_regular
from destilation.tui.model.entry import told

MOST_BYTES = 512 << 10
MOST_ROWS = 500
_CHUNK = 1 << 20
_OBJECT = msgspec.json.Decoder(dict[str, Any])


class Record(Struct, frozen=True):
    """A line: what it is called, what it says, and what is known of it (`task`, `provider`, `layer`, `sample`)."""

    title: str
    words: str
    known: Mapping[str, str]


Read = Callable[[dict[str, Any], int], Record]


class Records:
    """The last lines of a file, at most 512 KiB of them, with their numbers in it."""

    def __init__(self, path: Path, read: Read) -> None:
        self.rows: list[Record] = []
        self._path = path
        self._read = read
        self._size = 0
        self._lines = 0

    def look(self) -> None:
        """Read what is new."""
        try:
            size = os.stat(self._path).st_size
            if size == self._size:
                return
            lines = self._last(size)
        except (OSError, ConfigError):
            return
        first = self._lines - len(lines) + 1
        self.rows = [
            self._read(found, first + place) for place, line in enumerate(lines) if (found := _object(line)) is not None
        ]

    def _last(self, size: int) -> list[bytes]:
        descriptor = open_regular(self._path, os.O_RDONLY, Disk())
        try:
            if size < self._size:
                self._size = self._lines = 0
            self._count(descriptor, size)
            start = max(0, size - MOST_BYTES)
            os.lseek(descriptor, start, os.SEEK_SET)
            lines = os.read(descriptor, size - start).split(b"\n")
        finally:
            os.close(descriptor)
        return [line for line in lines[1 if start else 0 : -1] if line][-MOST_ROWS:]

    def _count(self, descriptor: int, size: int) -> None:
        """Count the lines that were added, so that each can be told by its number."""
        os.lseek(descriptor, self._size, os.SEEK_SET)
        while self._size < size:
            data = os.read(descriptor, min(_CHUNK, size - self._size))
            if not data:
                break
            self._lines += data.count(b"\n")
            self._size += len(data)


def sample_of(record: dict[str, Any], number: int) -> Record:
    """A line of `samples.jsonl`."""
    words = next((value for value in record.values() if isinstance(value, str) and value), "")
    return Record(f"#{number}", words, {"sample": str(number)})


def rejection_of(record: dict[str, Any], number: int) -> Record:
    """A line of `rejections.jsonl`."""
    known = {key: str(record.get(key, "")) for key in ("task", "provider", "layer", "attempt")}
    codes, reasons = record.get("codes") or ["?"], record.get("reasons") or [""]
    words = f"{known['provider']} attempt {known['attempt']}  {known['layer']}: {told(str(codes[0]), str(reasons[0]))}"
    return Record(f"✗ task {known['task']}", words, known)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        return _OBJECT.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
