"""All that a report tells, gathered from a folder in a few passes. Memory does not grow with the folder."""

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from destilation.config import Config
from destilation.errors import ConfigError
from destilation.report.dialogue import Turn, dialogues
from destilation.report.draw import Draw, Place, lines_at, place_of
from destilation.report.lengths import FieldLengths, Lengths
from destilation.report.pairs import MOST_COMPARED
from destilation.report.read import Row, config_of, row_of, samples
from destilation.report.survey import Covered, Survey
from destilation.report.timeline import Timeline, timeline_of
from destilation.storage.fold import read_metadata
from destilation.storage.layout import PROVENANCE, SAMPLES


class Shown(Struct, frozen=True):
    """A sample that is shown: its line, itself, how it came to be, and what was said for it."""

    number: int
    record: Row
    origin: Row
    turns: list[Turn]


class Facts(Struct, frozen=True, kw_only=True):
    """What the report is made of. `metadata` is the object of `metadata.json`; `notes` are for the reader."""

    metadata: Mapping[str, Any]
    config: Config | None
    timeline: Timeline
    lengths: list[FieldLengths]
    covered: Covered
    shown: list[Shown]
    samples: int
    seed: int
    notes: list[str]


class _Drawn(Struct, frozen=True):
    sample: Place
    origin: Place | None


def gather(folder: Path, *, seed: int, shown: int, compared: int = MOST_COMPARED) -> Facts:
    """Read the folder; so many samples are shown, and so many compared with each other.

    Raises ConfigError where it has no metadata, DamagedError for what is no line, OSError.
    """
    metadata = read_metadata(folder)
    if metadata is None:
        raise ConfigError(f"{folder} has no readable metadata.json; make it anew: destilation verify {folder} --repair")
    chance = Random(seed)
    drawn: Draw[_Drawn] = Draw(shown, chance)
    config, lengths = config_of(folder), Lengths()
    survey = Survey(folder, config, seed=seed, compared=compared)
    for line, origin in samples(folder):
        if (record := row_of(line.data)) is not None:
            lengths.add(record)
            drawn.offer(_Drawn(place_of(line), None if origin is None else place_of(origin)))
        survey.add(line, origin)
    timeline = timeline_of(folder)
    return Facts(
        metadata=metadata,
        config=config,
        timeline=timeline,
        lengths=lengths.found(),
        covered=survey.found(),
        shown=_shown(folder, sorted(drawn.drawn(), key=lambda each: each.sample.number)),
        samples=drawn.offered,
        seed=seed,
        notes=_notes(metadata, timeline, drawn.offered),
    )


def _shown(folder: Path, drawn: list[_Drawn]) -> list[Shown]:
    if not drawn:
        return []
    records = {place.number: data for place, data in lines_at(folder / SAMPLES, [each.sample for each in drawn])}
    places = [each.origin for each in drawn if each.origin is not None]
    origins = {place.number: row_of(data) for place, data in lines_at(folder / PROVENANCE, places)} if places else {}
    tasks = {number: task for number, origin in origins.items() if isinstance(task := (origin or {}).get("task"), int)}
    said = dialogues(folder, set(tasks.values()))
    return [
        Shown(number, row_of(data) or {}, origins.get(number) or {}, said.get(tasks.get(number, 0), []))
        for number, data in records.items()
    ]


def _notes(metadata: Mapping[str, Any], timeline: Timeline, there: int) -> list[str]:
    notes = []
    accepted = metadata.get("accepted")
    if isinstance(accepted, int) and there != accepted:
        notes.append(
            f"The figures are those of metadata.json, which counts {accepted:,} samples; samples.jsonl has {there:,}. "
            "A run that is under way, or was killed, is the usual reason; destilation verify tells others."
        )
    if timeline.accepted < there:
        notes.append(
            f"What happened when is known of {timeline.accepted:,} of the {there:,} samples: "
            "the facts of the others are gone."
        )
    return notes
