"""Removes samples from a dataset and keeps its ledger: what was paid for stays, and the next run refills.

A dropped sample's answer is refused with the code `dropped`, so that it is not judged again. Samples and
provenance are replaced one after the other, each in one step; the next start finds them in agreement or
brings them there.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config
from destilation.errors import ConfigError
from destilation.launch.holding import holding
from destilation.launch.rebuild import rebuild
from destilation.launch.stored import decoded
from destilation.storage.align import taken_out
from destilation.storage.append import AppendFile
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.layout import PROVENANCE, REJECTIONS, SAMPLES, aside
from destilation.storage.lines import read_lines
from destilation.storage.records import Provenance, StoredRejection, encode_line, stamp_of, timestamp

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
    """How many samples went and how many are left; the file that keeps them (None: nothing was changed)."""

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

    Raises FolderInUseError while a run is under way, DamagedError for what needs `verify --repair`,
    StorageError.
    """

    def meant(origin: Provenance) -> bool:
        return all(each.fits(origin) for each in where)

    if dry_run:
        return _count(folder, meant, None)
    disk = Disk()
    with holding(folder, disk):
        rebuild(folder, config, held=True)
        kept = aside(folder / SAMPLES, "dropped", stamp_of(datetime.now(UTC)))
        found = _count(folder, meant, kept)
        if not found.dropped:
            return replace(found, kept=None)
        said = "dropped by the user: " + " ".join(f"{each.key}={each.value}" for each in where)
        _remove(folder, kept, meant, said, disk)
        rebuild(folder, config, held=True)
    return found


def _count(folder: Path, meant: Callable[[Provenance], bool], kept: Path | None) -> Dropped:
    dropped = total = 0
    for origin in decoded(folder, PROVENANCE, Provenance):
        total += 1
        dropped += meant(origin)
    return Dropped(dropped, total - dropped, kept)


def _remove(folder: Path, kept: Path, meant: Callable[[Provenance], bool], said: str, disk: Disk) -> None:
    def samples(*, gone: bool) -> Iterator[bytes]:
        lines = read_lines(folder / SAMPLES)
        for line, origin in zip(lines, decoded(folder, PROVENANCE, Provenance), strict=True):
            if meant(origin) == gone:
                yield line.data + b"\n"

    moment = timestamp(datetime.now(UTC))
    replace_file(kept, samples(gone=True), disk)
    rejections = AppendFile(folder / REJECTIONS, disk)
    try:
        for origin in decoded(folder, PROVENANCE, Provenance):
            if meant(origin):
                rejections.append(encode_line(taken_out(origin, said, moment)))
        rejections.sync()
    finally:
        rejections.close()
    numbers = _numbers(folder, meant)
    origins = (origin for origin in decoded(folder, PROVENANCE, Provenance) if not meant(origin))
    renumbered = (encode_line(replace(origin, sample=number)) for number, origin in enumerate(origins, 1))
    replace_file(folder / SAMPLES, samples(gone=False), disk)
    replace_file(folder / PROVENANCE, renumbered, disk)
    replace_file(folder / REJECTIONS, _renamed(folder, numbers), disk)


def _numbers(folder: Path, meant: Callable[[Provenance], bool]) -> Sequence[int]:
    """The number that each sample is going to have; 0 for one that goes, and at the beginning."""
    numbers, last = array("I", [0]), 0
    for origin in decoded(folder, PROVENANCE, Provenance):
        stays = not meant(origin)
        last += stays
        numbers.append(last if stays else 0)
    return numbers


def _renamed(folder: Path, numbers: Sequence[int]) -> Iterator[bytes]:
    """The refusals, with the samples that they repeat by their new numbers."""
    for line in read_lines(folder / REJECTIONS):
        if b'"twin":' not in line.data:
            yield line.data + b"\n"
            continue
        refused = msgspec.json.decode(line.data, type=StoredRejection)
        yield encode_line(replace(refused, twin=numbers[refused.twin] if refused.twin < len(numbers) else 0))
