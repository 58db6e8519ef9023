"""The vectors of a job's samples: from their file, what that lacks from the ledger, and kept at the end of a run."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from destilation.checks.approximate import nearest
from destilation.config import Config
from destilation.core.dedup.vectors import Vectors
from destilation.errors import ProviderError
from destilation.launch.keep import completion_of
from destilation.storage.disk import Disk
from destilation.storage.layout import COMPLETIONS, PROVENANCE
from destilation.storage.lines import read_lines
from destilation.storage.records import StoredAnswer
from destilation.storage.vector_file import Rows, identity, read_vectors, write_vectors

Key = tuple[int, int]


class _Stage(Struct, frozen=True):
    stage: str = ""
    attempt: int = 0


class _Origin(Struct, frozen=True):
    """What is read of a line of provenance: which answer has the vector."""

    sample: int
    id: str
    task: int
    stages: tuple[_Stage, ...] = ()


class _Asked(Struct, frozen=True):
    task: int
    attempt: int
    stage: str = ""
    model: str = ""


class Memory:
    """What a run remembers of the meaning of samples. Raises CheckError for vectors that do not fit each other.

    `notice` is for the user, empty where there is nothing to say.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.vectors: Vectors | None = None
        self.notice = ""
        self._folder = folder
        self._wanted = config.job.dedup.embeddings
        self._stages = {spec.name for spec in config.staged.reviews if spec.kind == "embeddings"}
        if self._wanted is None:
            return
        self.vectors = Vectors(self._wanted.threshold, nearest())
        found, without = self._found()
        for number, vector in found.values():
            self.vectors.add(vector, number)
        if without:
            self.notice = (
                f"samples that have no embedding of {self._wanted.model}, and are compared by their words only: "
                f"{without:,}"
            )

    def save(self) -> None:
        """Keep the vectors in their file. A disk that refuses is no loss: they are read from the ledger then."""
        if self._wanted is None:
            return
        found, _ = self._found()
        if found and found.keys() != read_vectors(self._folder, self._wanted.model).keys():
            identities = np.array(list(found), np.uint64)
            rows = np.stack([vector for _, vector in found.values()])
            with suppress(OSError):
                write_vectors(self._folder, self._wanted.model, identities, rows, Disk())

    def _found(self) -> tuple[dict[int, tuple[int, Rows]], int]:
        """The number and vector of each sample by its identity, in their order, and how many have none."""
        assert self._wanted is not None
        kept = read_vectors(self._folder, self._wanted.model)
        samples: list[tuple[int, int, Key | None]] = []
        for line in read_lines(self._folder / PROVENANCE):
            told = msgspec.json.decode(line.data, type=_Origin)
            attempt = next((each.attempt for each in told.stages if each.stage in self._stages), None)
            samples.append((told.sample, identity(told.id), None if attempt is None else (told.task, attempt)))
        missing = {key for _, name, key in samples if key is not None and name not in kept}
        asked = self._asked(missing) if missing else {}
        found: dict[int, tuple[int, Rows]] = {}
        for number, name, key in samples:
            vector = kept.get(name, asked.get(key) if key is not None else None)
            if vector is not None:
                found[name] = (number, vector)
        return found, len(samples) - len(found)

    def _asked(self, missing: set[Key]) -> dict[Key, Rows]:
        """The vectors that those answers have, where the model is the one that is asked now."""
        found: dict[Key, Rows] = {}
        assert self._wanted is not None
        for line in read_lines(self._folder / COMPLETIONS):
            told = msgspec.json.decode(line.data, type=_Asked)
            if told.stage in self._stages and told.model == self._wanted.model and (told.task, told.attempt) in missing:
                with suppress(ProviderError):
                    said: Any = completion_of(msgspec.json.decode(line.data, type=StoredAnswer)).text
                    vector = msgspec.json.decode(said, type=dict[str, list[float]])["vector"]
                    found[told.task, told.attempt] = np.array(vector, np.float32)
        return found
