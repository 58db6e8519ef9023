"""Torn tails at a start: what a killed process or a power cut left behind the last good line."""

from collections.abc import Iterator
from pathlib import Path

from destilation.core.events import Healed
from destilation.errors import DamagedError
from destilation.storage.append import AppendFile
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.layout import aside
from destilation.storage.lines import good_end

_CHUNK = 1 << 20


def heal(file: AppendFile, stamp: str, disk: Disk) -> Healed | None:
    """Cut the file back to its last good line; the bytes are kept in `torn-<stamp>-<name>.bin` beside it.

    Raises DamagedError when the file was never one of JSON lines, OSError.
    """
    end = good_end(file.descriptor)
    if end is None:
        raise DamagedError(f"{file.path} holds no JSON lines; move it away, and the next run makes it anew")
    if end.unended:
        file.append(b"\n")
        return Healed(file=file.path.name, what="the end of its last line was missing and is there again")
    torn = file.end - end.size
    if not torn:
        return None
    kept = aside(file.path, "torn", stamp)
    replace_file(kept, _tail(file.path, end.size), disk)
    file.cut(end.size)
    return Healed(file=file.path.name, what=f"{torn} torn bytes at its end were moved to {kept.name}")


def _tail(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(_CHUNK):
            yield chunk
