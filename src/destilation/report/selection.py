"""Samples or refused answers drawn from a folder: at random, or of those that fit a condition."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from destilation.core.condition import Condition, ConditionError, condition
from destilation.core.display import display_safe
from destilation.errors import ConfigError
from destilation.report.dialogue import Turn, dialogues
from destilation.report.draw import Draw, Place, lines_at, place_of
from destilation.report.read import Row, row_of, samples
from destilation.storage.layout import PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.lines import read_lines


class Picked(Struct, frozen=True):
    """A sample by its line number, with how it came to be (empty: not known); `line` is as it stands in the file."""

    number: int
    line: bytes
    record: Row
    origin: Row


class PickedRefusal(Struct, frozen=True):
    """A line of `rejections.jsonl` by its number, with the answer it is about (None: the ledger has it not)."""

    number: int
    line: bytes
    refusal: Row
    answer: Turn | None


class _Places(Struct, frozen=True):
    sample: Place
    origin: Place | None


class _Known:
    """The names that a condition may ask for are those that a line has: so a mistyped one is no empty answer."""

    def __init__(self, wanted: Condition) -> None:
        self._missing = set(wanted.names)
        self._seen: dict[str, None] = {}

    def see(self, row: Row) -> None:
        if len(self._seen) < 500:
            self._seen.update(dict.fromkeys(row))
        if self._missing:
            self._missing = {name for name in self._missing if name not in row and name.split(".")[0] not in row}

    def finish(self) -> None:
        """Raises ConfigError for a name that no line has."""
        if not self._missing or not self._seen:
            return
        name, names = min(self._missing), [each for each in self._seen if len(each) <= 64]
        near = difflib.get_close_matches(name.split(".")[0], names, n=1)
        hint = f", did you mean '{near[0]}'?" if near else f"; there are: {', '.join(names[:40])}"
        raise ConfigError(f"--where: no line has '{display_safe(name, 60)}'{display_safe(hint, 600)}")


def where(text: str | None) -> Condition:
    """The condition of a `--where`; without one everything fits. Raises ConfigError."""
    try:
        return Condition(lambda _: True, ()) if text is None else condition(text)
    except ConditionError as error:
        raise ConfigError(f"--where: {display_safe(str(error), 200)}") from None


def pick(folder: Path, wanted: Condition, most: int, chance: Random) -> tuple[int, list[Picked]]:
    """How many samples fit, and at most so many of them in the order of the file.

    A name is a field of the sample where it has one, else of its provenance. Raises ConfigError for a name that no
    line has, DamagedError for what is no line, OSError.
    """
    draw: Draw[_Places] = Draw(most, chance)
    known = _Known(wanted)
    for line, origin in samples(folder):
        record = row_of(line.data)
        if record is None:
            continue
        if wanted.names:
            told = {**((row_of(origin.data) if origin is not None else None) or {}), **record}
            known.see(told)
            if not wanted.fits(told):
                continue
        draw.offer(_Places(place_of(line), None if origin is None else place_of(origin)))
    known.finish()
    return draw.offered, _picked(folder, sorted(draw.drawn(), key=lambda each: each.sample.number))


def pick_refusals(folder: Path, wanted: Condition, most: int, chance: Random) -> tuple[int, list[PickedRefusal]]:
    """How many refused answers fit, and at most so many of them, with what was answered. Raises as `pick`."""
    draw: Draw[tuple[int, bytes, Row]] = Draw(most, chance)
    known = _Known(wanted)
    for line in read_lines(folder / REJECTIONS):
        if (row := row_of(line.data)) is not None:
            known.see(row)
            if wanted.fits(row):
                draw.offer((line.number, line.data, row))
    known.finish()
    drawn = sorted(draw.drawn(), key=lambda each: each[0])
    tasks = {task for _, _, row in drawn if isinstance(task := row.get("task"), int)}
    said = dialogues(folder, tasks) if tasks else {}
    return draw.offered, [
        PickedRefusal(number, data, row, next(_answers(said, row), None)) for number, data, row in drawn
    ]


def _answers(said: dict[int, list[Turn]], row: Row) -> Iterator[Turn]:
    task: Any = row.get("task")
    return (turn for turn in said.get(task, []) if turn.attempt == row.get("attempt"))


def _picked(folder: Path, drawn: list[_Places]) -> list[Picked]:
    if not drawn:
        return []
    places = [each.origin for each in drawn if each.origin is not None]
    origins = {place.number: row_of(data) for place, data in lines_at(folder / PROVENANCE, places)} if places else {}
    lines = lines_at(folder / SAMPLES, [each.sample for each in drawn])
    return [Picked(place.number, data, row_of(data) or {}, origins.get(place.number) or {}) for place, data in lines]
