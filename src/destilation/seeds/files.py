"""Rows of a file as mappings from column to value: JSONL, JSON, CSV, TSV, TXT, Parquet, Arrow. Knows not what they
are for. A name that ends with .gz, .xz or .bz2 after that is of a compressed file.

Text is kept as it stands: nothing is stripped, no line end inside a value is changed.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from destilation.errors import ConfigError

Row = Mapping[str, Any]
Bad = Callable[[str], None]
Reader = Callable[[Path, Bad], Iterator[tuple[int, Row]]]
TEXT_COLUMN = "text"
LONGEST_LINE = 32 << 20
_UTF16 = (BOM_UTF16_LE, BOM_UTF16_BE)


def refuse(what: str) -> None:
    """What is done with a bad row where nothing else is said. Raises ConfigError."""
    raise ConfigError(what)


def rows(path: Path, bad: Bad = refuse) -> Iterator[tuple[int, Row]]:
    """Each row with the number of its line (of its row, in Parquet), one at a time but for JSON.

    `bad` is told of each row that cannot be read, with file and line, and it is left out. Raises ConfigError for a file
    that cannot be read on.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: {'is no file' if path.exists() else 'there is no such file'}")
    inner = path.with_suffix("") if path.suffix.lower() in _OPENERS else path
    ending = inner.suffix.lower()
    reader = _READERS.get(ending)
    if reader is None:
        raise ConfigError(f"{path}: unknown kind of file '{ending}'; known: {', '.join(_READERS)}")
    try:
        yield from reader(path, bad)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ConfigError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8; convert it first") from None


def _opened(path: Path) -> IO[bytes]:
    opener = _OPENERS.get(path.suffix.lower())
    return path.open("rb") if opener is None else opener(path)


def _lines(path: Path, bad: Bad) -> Iterator[tuple[int, str]]:
    """Each line with its line feed; no more than the longest that is read is ever held."""
    with _opened(path) as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if number == 1:
                if line.startswith(_UTF16):
                    raise ConfigError(f"{path}: is UTF-16, not UTF-8; convert it first")
                line = line.removeprefix(BOM_UTF8)
            if len(line) > LONGEST_LINE:
                bad(f"{path}:{number}: is longer than {LONGEST_LINE >> 20} MiB")
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
                continue
            try:
                yield number, line.decode()
            except UnicodeDecodeError as error:
                bad(f"{path}:{number}: is not UTF-8 (byte {error.start + 1} of the line); convert it first")


def _texts(path: Path, bad: Bad) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, without its end."""
    for number, line in _lines(path, bad):
        if line.strip():
            yield number, line.removesuffix("\n").removesuffix("\r")


def _jsonl(path: Path, bad: Bad) -> Iterator[tuple[int, Row]]:
    for number, line in _texts(path, bad):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            bad(f"{path}:{number}: is no JSON: {error}")
            continue
        yield from _object(path, number, row, bad)


def _object(path: Path, number: int, row: Any, bad: Bad) -> Iterator[tuple[int, Row]]:
    if isinstance(row, str):
        yield number, {TEXT_COLUMN: row}
    elif isinstance(row, dict):
        yield number, row
    else:
        bad(f"{path}:{number}: must be a JSON object or a string")


def _json(path: Path, bad: Bad) -> Iterator[tuple[int, Row]]:
    try:
        with _opened(path) as file:
            document = json.loads(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is no JSON: {error}") from None
    if not isinstance(document, list):
        raise ConfigError(f"{path}: must be a list of objects; for one object a line name it .jsonl")
    for number, row in enumerate(document, 1):
        yield from _object(path, number, row, bad)


def _separated(delimiter: str) -> Reader:
    def read(path: Path, bad: Bad) -> Iterator[tuple[int, Row]]:
        csv.field_size_limit(LONGEST_LINE)
        lines = _Lines(_split(_lines(path, bad)))
        # Strict: a quote in the wrong place would otherwise be dropped, or swallow what follows.
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        header: list[str] = []
        while True:
            try:
                values = next(reader, None)
            except csv.Error as error:
                what = f"{path}:{lines.begun}: {error}.  help: quotes stand around all of a value, and double inside it"
                if lines.ended:  # quotes that are never closed swallow all that follows
                    raise ConfigError(what) from None
                bad(what)
                values = []
            begun = lines.next_row()
            if values is None:
                return
            if begun == 1:
                if twice := next((name for name in values if name and values.count(name) > 1), None):
                    raise ConfigError(f"{path}:1: two columns are called '{twice[:60]}'; rename one")
                header = values
            elif len(values) > len(header):
                what = f"has {len(values)} columns, the first line names {len(header)}"
                bad(f"{path}:{begun}: {what}; put quotes around text with separators in it")
            elif values:
                yield begun, dict(zip(header, values, strict=False))

    return read


def _split(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines, split at carriage returns that stand alone too: they end a row of CSV."""
    more = 0
    for number, line in lines:
        pieces = io.StringIO(line, newline="").readlines() if "\r" in line[:-2] else [line]
        yield from enumerate(pieces, number + more)
        more += len(pieces) - 1


class _Lines:
    """Lines for a reader of CSV, which takes one or more of them for a row: `begun` is the first it took."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._taken: list[int] = []
        self.ended = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            number, line = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        self._taken = [*self._taken[:1], number]
        return line

    @property
    def begun(self) -> int:
        """The number of the line on which the present row begins."""
        return self._taken[0] if self._taken else 0

    def next_row(self) -> int:
        """The present row is read; returns where it began."""
        begun, self._taken = self.begun, []
        return begun


def _text(path: Path, bad: Bad) -> Iterator[tuple[int, Row]]:
    for number, line in _texts(path, bad):
        yield number, {TEXT_COLUMN: line}


def _parquet(path: Path, _: Bad) -> Iterator[tuple[int, Row]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise ConfigError(f"{path}: Parquet needs another package: pip install 'destilation[parquet]'") from None
    number = 0
    try:
        # With a buffer, and without threads, a column is read piece by piece and not as a whole.
        with ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=1_000, use_threads=False):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except ArrowException as error:
        raise ConfigError(f"{path}: cannot be read as Parquet: {error}") from None


def _arrow(path: Path, _: Bad) -> Iterator[tuple[int, Row]]:
    try:
        from pyarrow import ArrowException, ipc
    except ImportError:
        raise ConfigError(f"{path}: Arrow needs another package: pip install 'destilation[parquet]'") from None
    number = 0
    try:
        with path.open("rb") as file, ipc.open_stream(file) as stream:
            for batch in stream:
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except ArrowException as error:
        raise ConfigError(f"{path}: cannot be read as a stream of Arrow: {error}") from None


_OPENERS: Mapping[str, Callable[[Path], Any]] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
_READERS: Mapping[str, Reader] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".txt": _text,
    ".parquet": _parquet,
    ".arrow": _arrow,
}
