"""The objects of a JSONL file, or of a dataset's samples, with the line that each stands on. Knows no template."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from destilation.core.dedup.index import content
from destilation.core.display import display_safe
from destilation.errors import ConfigError
from destilation.launch.recover import compared_of
from destilation.launch.verify import config_of
from destilation.storage.layout import JOB, SAMPLES

MOST_BYTES = 64 << 20
_DECODER = msgspec.json.Decoder(dict[str, Any])


class Row(NamedTuple):
    """One line: its number from 1, as it stands there without its end, and the object in it."""

    number: int
    data: bytes
    record: dict[str, Any]


def file_of(path: Path) -> Path:
    """The file itself, of a dataset folder its samples. Raises ConfigError where there is none."""
    file = path / SAMPLES if path.is_dir() else path
    if not file.is_file():
        missing = f"it has no {SAMPLES}" if path.is_dir() else "there is no such file"
        raise ConfigError(f"{display_safe(str(path))}: {missing}")
    return file


def fields_of(path: Path) -> Sequence[str]:
    """The fields by which the job of a dataset folder tells duplicates; none of a plain file. Raises ConfigError."""
    return compared_of(config_of(path)) if (path / JOB).is_file() else ()


def rows(path: Path) -> Iterator[Row]:
    """The objects of a file of JSON lines; blank lines are left out. Raises ConfigError with file and line."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MOST_BYTES), b""), 1):
                data = line.removeprefix(b"\xef\xbb\xbf" if number == 1 else b"").rstrip(b"\r\n")
                if data.strip():
                    yield Row(number, data, _object(path, number, data))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None


def _object(path: Path, number: int, data: bytes) -> dict[str, Any]:
    if len(data) >= MOST_BYTES:
        raise ConfigError(f"{path}:{number}: has more than 64 MiB")
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}:{number}: is no JSON object: {error}; put it right or take it out") from None


class Compared:
    """The text by which the rows of some files are compared: these fields, or all of each (none given)."""

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = fields
        self._missing = set(fields)

    def text(self, path: Path, row: Row) -> str:
        """The text of a row. Raises ConfigError where it has none of the fields."""
        if not self._fields:
            return content(row.record, sorted(row.record))
        there = [name for name in self._fields if name in row.record]
        if not there:
            known = ", ".join(display_safe(name, 40) for name in list(row.record)[:10])
            named = ", ".join(display_safe(name, 40) for name in self._fields)
            raise ConfigError(f"{path}:{row.number}: has no field {named}; there are: {known}")
        self._missing.difference_update(there)
        return content(row.record, self._fields)

    def finish(self) -> None:
        """Raises ConfigError for a field that no row had: it was mistyped, and its texts were not compared."""
        if self._missing:
            raise ConfigError(f"no line has the field {', '.join(display_safe(each, 40) for each in self._missing)}")
