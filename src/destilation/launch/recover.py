"""A folder read back for its job: what is in it, counted, remembered, and mended where its files disagreed."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from destilation.config import Config
from destilation.core.dedup.index import SeenIndex, content, fingerprint
from destilation.core.progress import Progress
from destilation.launch.folder import line_fault
from destilation.launch.trace import Tracer
from destilation.storage.dataset import Dataset
from destilation.storage.recovery import Fold, Recovered


class Known(Struct, frozen=True):
    """What a folder holds: its tasks, the fold of its facts, and the memory of its samples."""

    recovered: Recovered
    progress: Progress
    seen: SeenIndex


def recover(dataset: Dataset, config: Config, threshold: float) -> Known:
    """Read an open folder back. `threshold` is that of the duplicate index, 1.0 for equal samples only.

    Raises DamagedError, StorageError.
    """
    compared = config.job.dedup.fields or config.template.compared_fields
    folds: list[tuple[Progress, SeenIndex]] = []

    def begin() -> Fold:
        progress, seen = Progress(), SeenIndex(threshold)
        folds.append((progress, seen))
        return Fold(lambda number, record: seen.add(fingerprint(content(record, compared)), number), progress.see)

    def check(record: Mapping[str, Any]) -> str | None:
        return line_fault(config.template, record)

    recovered = dataset.recover(check=check, begin=begin, trace=Tracer(config).provenance)
    return Known(recovered, *folds[-1])
