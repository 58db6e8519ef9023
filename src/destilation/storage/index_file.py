"""What a start would find out by reading the whole folder, kept in a file: the index, the tasks, the counts.

The file is a cache and never believed by itself. It names its format and what it was made for, each part of it has a
checksum, and it stands for exact prefixes of the other files: a start hashes them, and where one byte is another
everything is read anew. So it may be absent, torn, stale or damaged at any time.
"""

import os
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from destilation.core.dedup.fingerprint import VERSION
from destilation.core.progress_state import ProgressState
from destilation.errors import ConfigError
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.layout import INDEX, open_regular
from destilation.storage.ledger import LedgerState
from destilation.storage.tally import Prefix

FORMAT = f"destilation index 1.{VERSION} {sys.byteorder}"
_CHUNK = 1 << 20


class Purpose(Struct, frozen=True):
    """What an index is made for: it serves no other."""

    threshold: float
    fields: tuple[str, ...]
    template: str


class Known(Struct, frozen=True):
    """All but the arrays: what the prefixes of the files say."""

    purpose: Purpose
    files: dict[str, Prefix]
    ledger: LedgerState
    progress: ProgressState


class _Part(Struct, frozen=True):
    """An array in the file: its name, the type of its items, its bytes and their CRC-32."""

    name: str
    type: str
    size: int
    crc32: int


class _Head(Struct, frozen=True):
    parts: tuple[_Part, ...]
    known: Known


class Checkpoint(Struct, frozen=True):
    """The file before it is written; `arrays` are in pieces, which nobody changes meanwhile."""

    known: Known
    arrays: Mapping[str, Sequence[Any]]

    def write(self, folder: Path, disk: Disk) -> None:
        """Write it, in a thread of its own if need be. Raises OSError, and then nothing has changed."""
        # Not synced: what the power takes of a cache is noticed by its checksums.
        replace_file(folder / INDEX, self._chunks(), disk, sync=False)

    def _chunks(self) -> Iterator[bytes]:
        parts = tuple(_part(name, pieces) for name, pieces in self.arrays.items())
        head = msgspec.msgpack.encode(_Head(parts, self.known))
        yield f"{FORMAT} {len(head)} {zlib.crc32(head)}\n".encode() + head
        gathered: list[memoryview] = []
        for piece in (bytes_of(each) for pieces in self.arrays.values() for each in pieces):
            gathered.append(piece)
            if sum(map(len, gathered)) >= _CHUNK:
                yield b"".join(gathered)
                gathered = []
        yield b"".join(gathered)


class Saved(Struct, frozen=True):
    """The file as read: each array in one piece, which may be changed."""

    known: Known
    arrays: dict[str, NDArray[Any]]


def read_index(folder: Path, purpose: Purpose) -> Saved | None:
    """What the file of a folder holds, if it is whole and for that purpose; whether it is stale is not looked at."""
    try:
        descriptor = open_regular(folder / INDEX, os.O_RDONLY, Disk())
        with open(descriptor, "rb") as file:
            form, size, crc = file.readline(200).decode().rsplit(" ", 2)
            encoded = file.read(min(int(size), os.fstat(descriptor).st_size))
            if form != FORMAT or zlib.crc32(encoded) != int(crc):
                return None
            head = msgspec.msgpack.decode(encoded, type=_Head)
            if head.known.purpose != purpose:
                return None
            arrays = {part.name: _array(file, part) for part in head.parts}
            return Saved(head.known, arrays) if not file.read(1) else None
    except (OSError, ConfigError, ValueError, OverflowError, MemoryError, msgspec.DecodeError):
        return None


def bytes_of(piece: Any) -> memoryview:
    """The bytes of an array or of a view of one."""
    return memoryview(piece).cast("B") if memoryview(piece).nbytes else memoryview(b"")


def _part(name: str, pieces: Sequence[Any]) -> _Part:
    crc = size = 0
    for piece in map(bytes_of, pieces):
        crc, size = zlib.crc32(piece, crc), size + piece.nbytes
    return _Part(name, np.asarray(pieces[0]).dtype.str if pieces else "|u1", size, crc)


def _array(file: Any, part: _Part) -> NDArray[Any]:
    whole = np.empty(part.size, np.uint8)
    if file.readinto(whole.data) != part.size or zlib.crc32(whole.data) != part.crc32:
        raise ValueError("it is cut or changed")
    return whole.view(part.type)
