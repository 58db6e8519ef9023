"""The files of a folder as plain objects; what cannot be read is passed over, for it is `verify` that complains."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from destilation.config import Config, load
from destilation.errors import ConfigError
from destilation.storage.layout import JOB, PROVENANCE, SAMPLES
from destilation.storage.lines import Line, read_lines

Kind = TypeVar("Kind")
Row = dict[str, Any]
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ROW = msgspec.json.Decoder(Row)


def row_of(data: bytes) -> Row | None:
    """The JSON object in a line; None where there is none."""
    try:
        return _ROW.decode(data)
    except UNREADABLE:
        return None


def rows(path: Path, kind: type[Kind]) -> Iterator[tuple[Line, Kind]]:
    """The lines of a file that are of this kind; none if there is no file. Raises DamagedError, OSError."""
    decoder = msgspec.json.Decoder(kind)
    for line in read_lines(path):
        try:
            yield line, decoder.decode(line.data)
        except UNREADABLE:
            continue


def samples(folder: Path) -> Iterator[tuple[Line, Line | None]]:
    """Each line of `samples.jsonl` with its line of `provenance.jsonl`, where it has one. Raises as `rows`."""
    for sample, origin in zip_longest(read_lines(folder / SAMPLES), read_lines(folder / PROVENANCE)):
        if sample is not None and sample.whole:
            yield sample, origin


def config_of(folder: Path) -> Config | None:
    """The configuration of the folder's last run; None where it cannot be had."""
    try:
        return load(folder / JOB, env={}) if (folder / JOB).is_file() else None
    except ConfigError:
        return None
