"""What the files of a folder tell of the topics that samples and refusals were about."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from destilation.core.recollection import Recollection
from destilation.core.topics.growth import PLANNING
from destilation.storage.layout import PROVENANCE, REJECTIONS
from destilation.storage.lines import read_lines

Kind = TypeVar("Kind")


class _Told(Struct, frozen=True):
    topic: tuple[str, ...] = ()
    draw: int = 0
    t: str = ""


class _Refused(_Told, frozen=True):
    twin: int = 0
    codes: tuple[str, ...] = ("",)
    stage: str = ""
    final: bool = False


def recollected(folder: Path) -> Recollection:
    """All of it; lines that cannot be read are passed over, for a run may be writing them. Raises OSError."""
    found = Recollection()
    for number, kept in _read(folder / PROVENANCE, _Told):
        found.accepted(kept.topic, kept.draw, kept.t, number)
    for _, refused in _read(folder / REJECTIONS, _Refused):
        if refused.stage != PLANNING:
            abandoned = refused.draw if refused.final else None
            found.refused(refused.topic, refused.codes[0], refused.t, refused.twin, abandoned)
    return found


def _read(path: Path, kind: type[Kind]) -> Iterator[tuple[int, Kind]]:
    decoder = msgspec.json.Decoder(kind)
    for line in read_lines(path):
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield line.number, decoder.decode(line.data)
