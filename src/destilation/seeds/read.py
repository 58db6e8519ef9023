"""A file or folder of seeds: the columns that are wanted, under the names that the template knows them by."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from destilation.core.job import Seeds
from destilation.core.passage import passages
from destilation.core.seed_mode import PASSAGE, SOURCE
from destilation.seeds.files import TEXT_COLUMN, Bad, Row, refuse, rows
from destilation.seeds.passages import documents, is_document

MOST_CHARS = 1_000_000
Texts = Mapping[str, str]
_ABSENT = object()


class _BadValueError(ValueError):
    """What is wrong with a value."""


def read_seeds(wanted: Seeds, bad: Bad = refuse) -> Iterator[Texts]:
    """The texts of each seed, in the order of the file, one at a time.

    `bad` is told of each that cannot be used, with file and line (row, in Parquet), and it is left out: a column that
    is not there, a text that is empty, too long or no text. Raises ConfigError for a file that cannot be read on.
    """
    place = Path(wanted.file)
    whole = place.is_dir() or (is_document(place) and (wanted.mode == "ground" or place.suffix.lower() != ".txt"))
    for number, row in documents(place, wanted.passage_chars, bad) if whole else rows(place, bad):
        try:
            texts = _texts(row, wanted.columns)
        except _BadValueError as error:
            bad(f"{place}:{number}: {error}")
            continue
        if wanted.mode != "ground":
            yield texts
            continue
        source = texts.get(SOURCE) or (row[SOURCE] if whole else f"{place.name}:{number}")
        for passage in passages(texts[PASSAGE], wanted.passage_chars):
            yield {**texts, PASSAGE: passage, SOURCE: source}


def _texts(row: Row, columns: Mapping[str, str]) -> Texts:
    # What has but one column needs no name for it.
    only = PASSAGE if set(row) == {PASSAGE, SOURCE} else TEXT_COLUMN if set(row) == {TEXT_COLUMN} else None
    if len(columns) == 1 and only is not None:
        columns = dict.fromkeys(columns, only)
    return {name: _value(row, column) for name, column in columns.items()}


def _value(row: Row, column: str) -> str:
    value = row[column] if column in row else _inside(row, column.split("."))
    if value is _ABSENT:
        there = ", ".join(str(name)[:40] for name in list(row)[:10])
        near = difflib.get_close_matches(column, [str(name) for name in row], n=1)
        hint = f", did you mean '{near[0][:60]}'?" if near else f"; there are: {there}."
        raise _BadValueError(f"has no column '{column[:60]}'{hint}  help: job.seeds.columns says which one is meant")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if value is None or not text.strip():
        raise _BadValueError(f"column '{column[:60]}' is empty")
    if len(text) > MOST_CHARS:
        raise _BadValueError(f"column '{column[:60]}' has more than {MOST_CHARS:,} characters")
    if "\0" in text:
        raise _BadValueError(f"column '{column[:60]}' holds a NUL character: is it UTF-16, or binary?")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _BadValueError(f"column '{column[:60]}' holds half a surrogate pair") from None
    return text


def _inside(value: Any, path: Sequence[str]) -> Any:
    """What a path of keys, and of places in lists, leads to."""
    for key in path:
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _ABSENT
    return value
