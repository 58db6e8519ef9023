"""A few samples made as a job would make them, in a folder apart from its dataset."""

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from destilation.config import Config
from destilation.launch.run import Report, run
from destilation.launch.signals import Signals

IN_FLIGHT = 8
SPARE_TASKS = 3
"""Tasks beyond the samples that may bring nothing before a preview ends."""


async def preview(
    config: Config, samples: int, folder: Path, env: Mapping[str, str], signals: Signals | None = None
) -> Report:
    """Make so many samples below `folder` with the job's providers, checks and caps; the dataset is not touched.

    Raises ConfigError, StorageError.
    """
    job = config.job
    small = replace(
        job,
        out=str(folder),
        name="preview",
        target=samples,
        durability="none",
        patience=job.patience or samples + SPARE_TASKS,
        concurrency=min(job.concurrency or IN_FLIGHT, IN_FLIGHT),
    )
    return await run(replace(config, job=small), env=env, signals=signals)
