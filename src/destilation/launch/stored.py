"""The lines of a file at rest as records, for verbs that go through a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from destilation.errors import DamagedError
from destilation.storage.lines import read_lines

Kind = TypeVar("Kind")


def decoded(folder: Path, name: str, kind: type[Kind]) -> Iterator[Kind]:
    """The lines of a file, without a torn tail. Raises DamagedError for a bad line, OSError."""
    return (record for _, record in located(folder, name, kind))


def located(folder: Path, name: str, kind: type[Kind]) -> Iterator[tuple[int, Kind]]:
    """As `decoded`, each with the offset of its line in bytes."""
    decoder = msgspec.json.Decoder(kind)
    for line in read_lines(folder / name):
        try:
            yield line.offset, decoder.decode(line.data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if not line.whole:
                return  # a torn tail: the next run cuts it
            raise DamagedError(
                f"{folder / name}:{line.number}: {error}; mend it with: destilation verify {folder} --repair"
            ) from None
