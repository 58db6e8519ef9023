"""What can be mended in a folder from what is durable: torn tails, the length of the provenance, the metadata."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from destilation.config import Config
from destilation.core.events import Healed
from destilation.core.progress import Progress
from destilation.launch.folder import line_fault
from destilation.launch.metadata import Metadata
from destilation.storage.dataset import Dataset
from destilation.storage.layout import METADATA


def rebuild(folder: Path, config: Config) -> list[Healed]:
    """Mend, and say what was done; no accepted sample is touched.

    Raises FolderInUseError, DamagedError for what cannot be mended, StorageError.
    """
    return asyncio.run(_rebuild(folder, config))


async def _rebuild(folder: Path, config: Config) -> list[Healed]:
    progress, template = Progress(), config.template
    dataset = Dataset.open(folder, durability="group", now=_now)
    try:
        before = dataset.read_metadata()
        dataset.recover(
            check=lambda record: line_fault(template, record),
            on_sample=lambda number, record: None,
            on_fact=progress.see,
        )
        progress.target = config.job.target
        progress.state = "met" if progress.accepted >= config.job.target else "interrupted"
        metadata = Metadata(config, progress, before, clock=lambda: 0.0, now=_now)
        document = metadata.document(dataset.samples_digest)
        healed = list(dataset.healed)
        told = ("accepted", "samples_digest", "state", "attempts", "target")
        if before is None or any(before.get(key) != document[key] for key in told):
            dataset.put_metadata(document)
            healed.append(Healed(file=METADATA, what="was made anew from the other files"))
        for repair in dataset.healed:
            dataset.emit(repair)
    finally:
        await dataset.close()
    return healed


def _now() -> datetime:
    return datetime.now(UTC)
