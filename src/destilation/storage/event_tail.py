"""`.events.jsonl` as it grows, read from another process: whole lines, also when the log goes on in a new file."""

import contextlib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from destilation.core.events import AnyEvent, Event
from destilation.errors import ConfigError
from destilation.storage.disk import Disk
from destilation.storage.layout import EVENTS, open_regular
from destilation.storage.records import Committed

MOST_BYTES = 4 << 20
LONGEST_LINE = 1 << 20


class Told(Struct, frozen=True):
    """A fact, and when it was told (seconds since 1970, UTC)."""

    t: float
    event: Event


class _Time(Struct):
    t: datetime


_EVENT: msgspec.json.Decoder[AnyEvent | Committed] = msgspec.json.Decoder(AnyEvent | Committed)
_HEAD = b'{"t":"'
_TIME = msgspec.json.Decoder(_Time)


def read_event(line: bytes) -> Told | None:
    """The fact that a line holds; None for a kind that is not known here, and for anything else."""
    try:
        return Told(_time_of(line), _EVENT.decode(line))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, OverflowError):
        return None


def _time_of(line: bytes) -> float:
    """The time, which stands first as the log is written; elsewhere it is looked for."""
    if line.startswith(_HEAD):
        return datetime.fromisoformat(line[len(_HEAD) : line.index(b'"', len(_HEAD))].decode()).timestamp()
    return _TIME.decode(line).t.timestamp()


def log_size(folder: Path) -> int:
    """How many bytes the log has now; 0 where there is none."""
    try:
        return os.lstat(folder / EVENTS).st_size
    except OSError:
        return 0


def folded_to(folder: Path, document: Mapping[str, object] | None) -> int:
    """Up to which byte of the log a `metadata.json` is folded: 0 where there is none, its end for an old one."""
    offset = 0 if document is None else document.get("events_offset")
    return offset if isinstance(offset, int) else log_size(folder)


class EventTail:
    """A reader's place in the log of a folder: `offset` bytes from its beginning, less than 0 in the file before it.

    `place` is where the next line begins.
    """

    def __init__(self, folder: Path, offset: int = 0) -> None:
        self._path = folder / EVENTS
        self._offset = offset
        self._rest = b""
        self._descriptor: int | None = None
        self.place = max(0, offset)
        if offset < 0:
            self._open_before(offset)

    def read_new(self) -> list[bytes]:
        """The whole lines that came since, of at most 4 MiB; none where there is no log that can be read."""
        return [line for _, line in self.read_placed()]

    def read_placed(self) -> list[tuple[int, bytes]]:
        """As `read_new`, each line with its place: the offset at which it begins, counted on through later files."""
        try:
            data = self._read()
        except (OSError, ConfigError):
            return []
        lines, found = (self._rest + data).split(b"\n"), []
        self._rest = lines.pop()
        for line in lines:
            if line:
                found.append((self.place, line))
            self.place += len(line) + 1
        if len(self._rest) > LONGEST_LINE:
            self._forget_rest()
        return found

    def _forget_rest(self) -> None:
        self.place += len(self._rest)
        self._rest = b""

    def close(self) -> None:
        """Let the file go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self) -> bytes:
        if self._descriptor is None:
            self._descriptor = open_regular(self._path, os.O_RDONLY, Disk())
            os.lseek(self._descriptor, self._offset, os.SEEK_SET)
        data = os.read(self._descriptor, MOST_BYTES)
        if not data and self._moved():
            self.close()
            self._forget_rest()
            self._offset = 0
        return data

    def _moved(self) -> bool:
        """Whether another file has this one's name by now."""
        assert self._descriptor is not None
        with contextlib.suppress(FileNotFoundError):
            return not os.path.samestat(os.fstat(self._descriptor), os.lstat(self._path))
        return False

    def _open_before(self, offset: int) -> None:
        before = self._path.with_name(f"{self._path.stem}.1{self._path.suffix}")
        with contextlib.suppress(OSError, ConfigError):
            self._descriptor = open_regular(before, os.O_RDONLY, Disk())
            size = os.fstat(self._descriptor).st_size
            os.lseek(self._descriptor, max(0, size + offset), os.SEEK_SET)
            self.place = max(-size, offset)
        self._offset = 0
