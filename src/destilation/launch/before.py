"""What was decided of a dataset's answers before: its samples and the refusals that stand, read by offset."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import msgspec
import numpy as np
from msgspec.structs import replace

from destilation.config import Config
from destilation.launch.stored import located
from destilation.storage.align import DROPPED
from destilation.storage.layout import PROVENANCE, REJECTIONS
from destilation.storage.records import Provenance, StoredRejection

Kind = TypeVar("Kind")
_BITS = 32  # a task and an attempt are below 2 ** 30 each


class Places:
    """Where the line of an answer begins in a file, in bytes, by task and attempt. Memory: 16 bytes a line."""

    def __init__(self, lines: Iterable[tuple[int, int, int]]) -> None:
        """`lines` are task, attempt and offset of each."""
        names, offsets = array("Q"), array("Q")
        for task, attempt, offset in lines:
            names.append(task << _BITS | attempt)
            offsets.append(offset)
        order = np.argsort(np.array(names, np.uint64), kind="stable")
        self._names = array("Q", np.array(names, np.uint64)[order].tobytes())
        self._offsets = array("Q", np.array(offsets, np.uint64)[order].tobytes())

    def __len__(self) -> int:
        return len(self._names)

    def at(self, task: int, attempt: int) -> int | None:
        """The offset of that answer's line; None where it has none."""
        name = task << _BITS | attempt
        place = bisect_left(self._names, name)
        return self._offsets[place] if place < len(self) and self._names[place] == name else None

    def first(self, task: int) -> int:
        """The first attempt of a task that has a line; 0 where none has."""
        place = bisect_left(self._names, task << _BITS)
        name = self._names[place] if place < len(self) else 0
        return name & ((1 << _BITS) - 1) if name >> _BITS == task else 0


class Before:
    """The samples and refusals of a folder. A context: it holds files open.

    Raises DamagedError for a line that cannot be read, OSError.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self._standing = standing(config)
        samples, refusals = located(folder, PROVENANCE, Provenance), located(folder, REJECTIONS, StoredRejection)
        self.samples = Places((line.task, line.attempt, offset) for offset, line in samples)
        self._refusals = Places((line.task, line.attempt, offset) for offset, line in refusals)
        with ExitStack() as files:
            self._files = {
                name: files.enter_context((folder / name).open("rb"))
                for name, places in ((PROVENANCE, self.samples), (REJECTIONS, self._refusals))
                if len(places)
            }
            self._opened = files.pop_all()

    def __enter__(self) -> "Before":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()

    def origin(self, task: int, attempt: int) -> Provenance | None:
        """How the sample came to be that this answer was; None where it was none."""
        return self._read(PROVENANCE, self.samples.at(task, attempt), Provenance)

    def refusal(self, task: int, attempt: int) -> StoredRejection | None:
        """The refusal of this answer; None where there is none."""
        return self._read(REJECTIONS, self._refusals.at(task, attempt), StoredRejection)

    def standing(self, refused: StoredRejection) -> StoredRejection | None:
        """What stands of a refusal; None where nothing does."""
        kept = [pair for pair in zip(refused.codes, refused.reasons, strict=False) if self._stands(pair[0])]
        codes, reasons = tuple(code for code, _ in kept), tuple(text for _, text in kept)
        return replace(refused, codes=codes, reasons=reasons) if kept else None

    def undecided(self, task: int, attempt: int) -> bool:
        """Whether reviews have still to decide of an answer: they came to no verdict, or the run ended before."""
        reviewed = self._standing > {DROPPED}
        return reviewed and self.samples.at(task, attempt) is None and self._refusals.at(task, attempt) is None

    def _stands(self, code: str) -> bool:
        return code in self._standing or code.rpartition(":")[0] in self._standing

    def _read(self, name: str, offset: int | None, kind: type[Kind]) -> Kind | None:
        if offset is None:
            return None
        file = self._files[name]
        file.seek(offset)
        return msgspec.json.decode(file.readline(), type=kind)


def standing(config: Config) -> frozenset[str]:
    """Whose refusals cannot be judged again without a call, a sandbox or its user: codes, and names of reviews."""
    checks = config.job.checks
    names = {DROPPED, *(plugin.use.rpartition(":")[2] for plugin in checks.plugins)}
    names |= {spec.name for spec in config.staged.reviews if spec.kind != "embeddings"}
    asked = {
        "arithmetic": checks.arithmetic,
        "grounding": checks.grounding is not None,
        "execution": checks.execution == "sandbox",
        "same_meaning": config.job.dedup.embeddings is not None,
    }
    return frozenset(names | {name for name, wanted in asked.items() if wanted})
