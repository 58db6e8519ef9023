"""What can be mended in a folder from what is durable: torn tails, provenance, metadata."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from destilation.config import Config, dump
from destilation.core.events import Healed
from destilation.launch.metadata import Metadata
from destilation.launch.recover import recover
from destilation.storage.dataset import Dataset
from destilation.storage.layout import METADATA

_TOLD = ("accepted", "samples_digest", "state", "attempts", "target")


def rebuild(folder: Path, config: Config, *, held: bool = False, job: bool = False) -> list[Healed]:
    """Mend, and say what was done; no accepted sample is touched. With `job`, job.toml is written anew too.

    `held`: the caller holds the folder. Raises FolderInUseError, DamagedError for what cannot be mended,
    StorageError.
    """
    return asyncio.run(_rebuild(folder, config, held=held, job=job))


async def _rebuild(folder: Path, config: Config, *, held: bool, job: bool) -> list[Healed]:
    dataset = Dataset.open(folder, durability="group", now=_now, held=held)
    try:
        before, progress = dataset.read_metadata(), recover(dataset, config, 1.0).progress
        progress.target = config.job.target
        progress.state = "met" if progress.accepted >= config.job.target else "interrupted"
        metadata = Metadata(config, progress, before, clock=lambda: 0.0, now=_now)
        document = metadata.document(dataset.samples_digest)
        healed = list(dataset.healed)
        for repair in dataset.healed:
            dataset.emit(repair)
        if job:
            dataset.put_job(dump(config))
        if before is None or any(before.get(key) != document[key] for key in _TOLD):
            dataset.put_metadata(document)
            healed.append(Healed(file=METADATA, what="was made anew from the other files"))
    finally:
        await dataset.close()
    return healed


def _now() -> datetime:
    return datetime.now(UTC)
