"""The samples of a folder with what their provenance tells, one at a time: what exports are made of."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from destilation.errors import DamagedError
from destilation.exports.conversation import Entry
from destilation.storage.layout import PROVENANCE, SAMPLES
from destilation.storage.lines import Line, read_lines
from destilation.storage.records import line_hash


class _Stage(Struct, frozen=True):
    """Who gave a part of a sample."""

    stage: str
    provider: str
    model: str


class Told(Struct, frozen=True):
    """What an export needs of a line of `provenance.jsonl`."""

    hash: str
    id: str = ""
    provider: str = ""
    model: str = ""
    request: str | None = None
    language: str | None = None
    extras: Mapping[str, Any] = {}
    checks: tuple[str, ...] = ()
    topic: tuple[str, ...] | str = ()
    stages: tuple[_Stage, ...] = ()

    @property
    def beside(self) -> Mapping[str, Any]:
        """What was asked for and is not in the sample."""
        return {**self.extras, "request": self.request} if self.request is not None else self.extras


class Reading:
    """One reading of a folder; afterwards `samples` were read, with `digest` (SHA-256, in hexadecimal).

    `models` counts them by provider and model, `stages` by those that gave a part and their stage; `checks` has the
    names of the checks that all of them passed.
    """

    def __init__(self, folder: Path) -> None:
        self.samples = 0
        self.models: dict[str, int] = {}
        self.stages: dict[tuple[str, str], int] = {}
        self.checks: tuple[str, ...] | None = None
        self._folder = folder
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """Of the lines that were read."""
        return self._digest.hexdigest()

    def entries(self) -> Iterator[Entry]:
        """The samples in order; a torn tail is not there.

        Raises DamagedError for a line that cannot be read, or whose provenance is another's; OSError.
        """
        records, origins = msgspec.json.Decoder(dict[str, Any]), msgspec.json.Decoder(Told)
        lines = read_lines(self._folder / PROVENANCE)
        for line in read_lines(self._folder / SAMPLES):
            try:
                record = records.decode(line.data)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                if not line.whole:
                    return
                raise self._damaged(SAMPLES, line, "is no JSON object") from None
            told = self._told(origins, next(lines, None), line)
            self._count(line, told)
            yield Entry(
                number=line.number,
                id=told.id,
                line=line.data,
                record=record,
                beside=told.beside,
                language=told.language,
                provider=told.provider,
                model=told.model,
                topic=told.topic if isinstance(told.topic, str) else " > ".join(told.topic),
            )

    def _told(self, decoder: "msgspec.json.Decoder[Told]", line: Line | None, sample: Line) -> Told:
        if line is None:
            raise self._damaged(PROVENANCE, sample, "has no line for this sample")
        try:
            told = decoder.decode(line.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._damaged(PROVENANCE, line, str(error)) from None
        if told.hash != line_hash(sample.data):
            raise self._damaged(PROVENANCE, line, f"does not belong to line {sample.number} of {SAMPLES}")
        return told

    def _count(self, line: Line, told: Told) -> None:
        self.samples += 1
        self._digest.update(line.data + (b"\n" if line.whole else b""))
        label = f"{told.provider} ({told.model})"
        self.models[label] = self.models.get(label, 0) + 1
        for each in told.stages:
            key = (f"{each.provider} ({each.model})", each.stage)
            self.stages[key] = self.stages.get(key, 0) + 1
        if self.checks is None:
            self.checks = told.checks
        elif self.checks != told.checks:
            self.checks = tuple(name for name in self.checks if name in told.checks)

    def _damaged(self, name: str, line: Line, what: str) -> DamagedError:
        where = f"{self._folder / name}:{line.number}"
        return DamagedError(f"{where}: {what}; mend it with: destilation verify {self._folder} --repair")
