"""Keeps the index file of a folder: at the end of a run, and now and then while it lasts. Knows no engine.

What is taken for it is taken in an instant between two answers; it is written by a thread of its own.
"""

import asyncio
from contextlib import suppress

from destilation.config import Config
from destilation.core.dedup.vectors import Vectors
from destilation.launch.recover import Known, checkpoint_of
from destilation.launch.vectors import Memory
from destilation.storage.dataset import Dataset
from destilation.storage.index_file import Checkpoint

LEAST = 10_000  # samples since the last time
SHARE = 8  # and one in so many of all there are: the file is written some thirty times on the way to a million


class Indexing:
    """Has the file written for one run."""

    def __init__(self, dataset: Dataset, config: Config, known: Known) -> None:
        self._dataset = dataset
        self._config = config
        self._known = known
        self._lines = known.recovered.lines
        self._memory = Memory(dataset.path, config)
        self._writing: asyncio.Future[None] | None = None

    @property
    def vectors(self) -> Vectors | None:
        """What tells samples that mean the same; None where the job does not want it told."""
        return self._memory.vectors

    @property
    def notices(self) -> list[str]:
        """What the user should know of what is remembered."""
        return [self._memory.notice] if self._memory.notice else []

    def beat(self) -> None:
        """Have the file written if there is enough that it lacks, and it is not being written."""
        lines = len(self._known.seen)
        enough = lines - self._lines >= max(LEAST, lines // SHARE)
        if enough and (self._writing is None or self._writing.done()):
            self._lines = lines
            self._begin()

    async def last(self) -> Checkpoint | None:
        """What the file has to hold at the end; None where it does already. Nothing else is written to it then."""
        if self._writing is not None:
            await self._writing
        return None if self._dataset.indexed else self._checkpoint()

    async def close(self) -> None:
        """Close the dataset with all that spares the next start reading it. Raises StorageError."""
        await self._dataset.close(await self.last())
        self._memory.save()

    def _begin(self) -> None:
        with suppress(RuntimeError):  # no thread can be started where memory has run out
            loop = asyncio.get_running_loop()
            self._writing = loop.run_in_executor(None, self._dataset.put_index, self._checkpoint())

    def _checkpoint(self) -> Checkpoint:
        return checkpoint_of(self._dataset, self._config, self._known)
