"""A folder read back for its job: what is in it, counted, remembered, and mended where its files disagreed."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from destilation.config import Config
from destilation.core.dedup.index import SeenIndex, content
from destilation.core.progress import Progress
from destilation.core.progress_state import progress_of, state_of
from destilation.launch.folder import line_fault
from destilation.launch.trace import Tracer
from destilation.storage.dataset import Dataset
from destilation.storage.index_file import Checkpoint, Purpose, Saved
from destilation.storage.recovery import Fold, Recovered


class Known(Struct, frozen=True):
    """What a folder holds: its tasks, the fold of its facts, and the memory of its samples.

    `told` is the same fold, which goes on to be told of what is written, and of nothing else.
    """

    recovered: Recovered
    progress: Progress
    seen: SeenIndex
    told: Progress


def recover(dataset: Dataset, config: Config, threshold: float) -> Known:
    """Read an open folder back. `threshold` is that of the duplicate index, 1.0 for equal samples only.

    Raises DamagedError, StorageError.
    """
    compared = compared_of(config)
    folds: list[tuple[Progress, SeenIndex]] = []

    def begin(saved: Saved | None) -> Fold | None:
        try:
            progress = Progress() if saved is None else progress_of(saved.known.progress)
            seen = SeenIndex(threshold) if saved is None else SeenIndex.restored(threshold, saved.arrays)
        except (ValueError, LookupError):
            return None
        folds.append((progress, seen))

        def samples(numbers: Sequence[int], records: Sequence[Mapping[str, Any]]) -> list[bool]:
            return seen.add_all([content(record, compared) for record in records], numbers)

        return Fold(samples, progress.see)

    def check(record: Mapping[str, Any]) -> str | None:
        return line_fault(config.template, record)

    recovered = dataset.recover(
        check=check, begin=begin, trace=Tracer(config).provenance, purpose=purpose_of(config, threshold)
    )
    told, seen = folds[-1]
    return Known(recovered, progress_of(state_of(told)), seen, told)


def checkpoint_of(dataset: Dataset, config: Config, known: Known) -> Checkpoint:
    """All that is known of the folder now, for its next start."""
    purpose = purpose_of(config, config.job.dedup.threshold)
    return dataset.checkpoint(purpose, state_of(known.told), known.seen.state())


def purpose_of(config: Config, threshold: float) -> Purpose:
    """What an index of the job's samples is made for."""
    return Purpose(threshold, tuple(compared_of(config)), config.template.digest)


def compared_of(config: Config) -> Sequence[str]:
    """The fields by which the job tells duplicates."""
    return config.job.dedup.fields or config.template.compared_fields
