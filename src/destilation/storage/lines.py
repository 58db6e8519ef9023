"""Whole lines of a file, and where its last good one ends. Knows no file name and no kind of line.

Lines end with the byte `\\n` and nothing else: `str.splitlines` would also split at U+2028 and U+0085,
which are ordinary characters inside a JSON string.
"""

import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from destilation.errors import DamagedError
from destilation.storage.disk import Disk
from destilation.storage.layout import open_regular

LONGEST = 64 << 20
_BUFFER = 1 << 20
_SMALL = 16 << 10
_BOM = b"\xef\xbb\xbf"
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Line(NamedTuple):
    """One line without its end: its number from 1, where it begins in bytes, and whether its end is there."""

    number: int
    offset: int
    data: bytes
    whole: bool


class End(NamedTuple):
    """Where the good part of a file ends, in bytes, and whether only the end of its last line is missing."""

    size: int
    unended: bool


def read_lines(path: Path, known: int = 0, offset: int = 0) -> Iterator[Line]:
    """The lines of a file, one at a time; none if there is no file. The first `known`, so many bytes, are left out.

    Raises DamagedError for a line of more than 64 MiB, ConfigError for what is not a regular file, OSError.
    """
    try:
        descriptor = open_regular(path, os.O_RDONLY, Disk())
    except FileNotFoundError:
        return
    with open(descriptor, "rb", buffering=_BUFFER) as file:
        file.seek(offset)
        for number, data in enumerate(iter(lambda: file.readline(LONGEST), b""), known + 1):
            whole = data.endswith(b"\n")
            if len(data) == LONGEST and not whole:
                raise damage(path, Line(number, offset, b"", whole), "it has more than 64 MiB")
            yield Line(number, offset, data[:-1] if whole else data, whole)
            offset += len(data)


def line_after(path: Path, offset: int, ends: int) -> bytes | None:
    """The line that begins after so many line ends from an offset on, without its own; None where it is not whole.

    Raises ConfigError for what is not a regular file, OSError.
    """
    with open(open_regular(path, os.O_RDONLY, Disk()), "rb", buffering=_SMALL) as file:
        file.seek(offset)
        for _ in range(ends):
            file.readline(LONGEST)
        data = file.readline(LONGEST)
    return data[:-1] if data.endswith(b"\n") else None


def good_end(descriptor: int) -> End | None:
    """Where the last line ends that is a JSON object; None if the file was never one of such lines.

    What follows it is a torn tail: half a line, bytes that never reached the disk (NUL), blank lines.
    """
    if os.fstat(descriptor).st_size == 0:
        return End(0, False)
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as view:
        start, stop = view.rfind(b"\n") + 1, len(view)
        if start < stop and is_object(view[start : start + LONGEST]):
            return End(stop, True)
        while start:
            stop = start - 1
            start = view.rfind(b"\n", 0, stop) + 1
            if stop - start < LONGEST and is_object(view[start:stop]):
                return End(stop + 1, False)
        begun_as_line = view[0] in b"{\0 \t\r\n" or view[:4] == _BOM
        return End(0, False) if begun_as_line else None


def is_object(line: bytes) -> bool:
    """Whether the bytes are one JSON object in UTF-8."""
    try:
        _OBJECT.decode(line)
        line.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def damage(path: Path, line: Line, what: str, *, readable: bool = False) -> DamagedError:
    """The error for a bad line that is not a torn tail: where it is and what can be done."""
    mend = "put it right or take that line out" if readable else f"mend it: destilation verify {path.parent} --repair"
    return DamagedError(f"{path}:{line.number} (byte {line.offset}): {what}; {mend} (nothing was changed)")
