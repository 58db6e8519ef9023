"""Removes samples from a dataset and keeps its ledger: what was paid for stays, and the next run refills.

A dropped sample's answer is refused with the code `dropped`, so that it is not judged again. The result takes
the folder's place when it is whole; the old folder is kept beside it.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config, dump
from destilation.errors import ConfigError, DamagedError
from destilation.launch.rebuild import rebuild
from destilation.launch.reparse import decoded, put_in_place, with_ledger
from destilation.storage.dataset import Dataset
from destilation.storage.layout import PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.lines import read_lines
from destilation.storage.lock import holder
from destilation.storage.records import LostProvenance, Provenance, StoredRejection, line_hash, timestamp

FIELDS = ("provider", "model", "mode", "finish_reason", "task")
TIMES = ("after", "before")


class Where(Struct, frozen=True):
    """One condition: a field of the provenance is a value, or the sample's time is after or before one."""

    key: str
    value: str

    def fits(self, origin: Provenance) -> bool:
        """Whether a sample is meant. Times are compared as RFC 3339 in UTC, of which a part will do."""
        if self.key == "after":
            return origin.t >= self.value
        if self.key == "before":
            return origin.t < self.value
        return str(getattr(origin, self.key)) == self.value


class Dropped(Struct, frozen=True):
    """How many samples went and how many are left; where the old folder is (None: nothing was changed)."""

    dropped: int
    left: int
    kept: Path | None


def condition(text: str) -> Where:
    """`KEY=VALUE` as a condition. Raises ConfigError."""
    key, equals, value = text.partition("=")
    if key not in (*FIELDS, *TIMES) or not equals or not value:
        raise ConfigError(f"--where wants KEY=VALUE with a key of {', '.join((*FIELDS, *TIMES))}, not {text[:80]!r}")
    return Where(key, value)


def drop(folder: Path, config: Config, where: Sequence[Where], *, dry_run: bool = False) -> Dropped:
    """Remove the samples that all conditions fit.

    Raises ConfigError while a run is under way, DamagedError where samples and provenance do not agree,
    StorageError.
    """
    if holder(folder) is not None:
        raise ConfigError(f"{folder} is being written to by a run; wait until it ends")
    origins = _origins(folder)
    meant = sum(_meant(origin, where) for origin in origins)
    if dry_run or not meant:
        return Dropped(meant, len(origins) - meant, None)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    made = folder.with_name(f"{folder.name}.dropped-{stamp}")
    with_ledger(folder, made)
    asyncio.run(_copy(folder, made, config, origins, where))
    rebuild(made, config)
    return Dropped(meant, len(origins) - meant, put_in_place(made, folder, stamp))


def _meant(origin: Provenance | LostProvenance, where: Sequence[Where]) -> bool:
    return isinstance(origin, Provenance) and all(each.fits(origin) for each in where)


def _origins(folder: Path) -> list[Provenance | LostProvenance]:
    found: list[Provenance | LostProvenance] = []
    for line in read_lines(folder / PROVENANCE):
        try:
            found.append(msgspec.json.decode(line.data, type=Provenance))
        except msgspec.ValidationError:
            found.append(msgspec.json.decode(line.data, type=LostProvenance))
    return found


async def _copy(
    folder: Path,
    made: Path,
    config: Config,
    origins: Sequence[Provenance | LostProvenance],
    where: Sequence[Where],
) -> None:
    said = " ".join(f"{each.key}={each.value}" for each in where)
    dataset = Dataset.open(made, durability="group", now=lambda: datetime.now(UTC))
    try:
        dataset.put_job(dump(config))
        for refused in decoded(folder, REJECTIONS, StoredRejection):
            dataset.refuse(refused)
        number = 0
        for line, origin in zip(read_lines(folder / SAMPLES), origins, strict=False):
            if origin.hash != line_hash(line.data):
                raise DamagedError(f"{folder / PROVENANCE}:{line.number} does not belong to its sample; see: verify")
            if isinstance(origin, Provenance) and _meant(origin, where):
                dataset.refuse(_dropped(origin, said))
                continue
            number += 1
            dataset.accept(line.data, replace(origin, sample=number))
            if number % 1_000 == 0:
                await asyncio.sleep(0)
    finally:
        await dataset.close()


def _dropped(origin: Provenance, said: str) -> StoredRejection:
    return StoredRejection(
        task=origin.task,
        attempt=origin.attempt,
        provider=origin.provider,
        model=origin.model,
        layer="semantic",
        codes=("dropped",),
        reasons=(f"dropped by the user: {said}",),
        final=True,
        t=timestamp(datetime.now(UTC)),
    )
