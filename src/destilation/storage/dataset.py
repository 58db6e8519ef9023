"""A dataset folder open for writing: everything a run keeps goes through here."""

import asyncio
import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from destilation.core.events import Event, Healed
from destilation.core.job import Durability
from destilation.errors import ConfigError, DamagedError, StorageError
from destilation.storage.align import Trace
from destilation.storage.append import AppendFile
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.event_log import EventLog
from destilation.storage.fold import read_metadata
from destilation.storage.heal import heal
from destilation.storage.layout import (
    CHARGES,
    COMPLETIONS,
    EVENTS,
    JOB,
    METADATA,
    PROVENANCE,
    REJECTIONS,
    SAMPLES,
    TRUTH,
    create_folder,
    remove_stale,
)
from destilation.storage.lock import Lock
from destilation.storage.mend import Mending
from destilation.storage.records import (
    Provenance,
    StoredAnswer,
    StoredCharge,
    StoredRejection,
    encode_line,
    stamp_of,
    timestamp,
)
from destilation.storage.recovery import Check, Fold, Recovered, Recovery
from destilation.storage.writer import Writer

METADATA_VERSION = 1
_MOST_READINGS = 4


class Dataset:
    """The one writer of a folder, from `open` to `close`. Methods raise the StorageError that ended it."""

    def __init__(
        self,
        path: Path,
        lock: Lock | None,
        files: dict[str, AppendFile],
        events: EventLog,
        durability: Durability,
        now: Callable[[], datetime],
        disk: Disk,
    ) -> None:
        self.path = path
        self.healed: list[Healed] = []
        self._disk = disk
        self._lock = lock
        self._files = files
        self._events = events
        self._now = now
        self._committed = 0
        self._closed = False
        self._digest = hashlib.sha256()
        self._durable = durability != "none"
        self._writer = Writer(files, events, durability, failed=self._failed, committed=self._count)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        durability: Durability,
        now: Callable[[], datetime],
        disk: Disk | None = None,
        held: bool = False,
    ) -> "Dataset":
        """Create the folder where needed, lock it (unless the caller has), and heal torn tails.

        Raises FolderInUseError, ConfigError, DamagedError, StorageError.
        """
        disk = disk or Disk()
        stamp = stamp_of(now())
        with as_storage_error(path), ExitStack() as undo:
            create_folder(path, disk)
            lock = None if held else Lock.take(path, timestamp(now()), disk)
            if lock is not None:
                undo.callback(lock.release)
            remove_stale(path, disk)
            files: dict[str, AppendFile] = {}
            for name in TRUTH:
                files[name] = AppendFile(path / name, disk)
                undo.callback(files[name].close)
            disk.sync_folder(path)
            healed = [heal(file, stamp, disk) for file in files.values()]
            events = EventLog(path / EVENTS, stamp, disk)
            dataset = cls(path, lock, files, events, durability, now, disk)
            dataset.healed += [repair for repair in (*healed, events.healed) if repair is not None]
            undo.pop_all()
        return dataset

    def recover(self, *, check: Check, begin: Callable[[], Fold], trace: Trace) -> Recovered:
        """Read the folder back; where its files contradict each other, mend them and read again.

        Each sample must pass `check` (what is wrong with it, or None). `begin` makes the fold that is told of
        all that is read, a new one for each reading; `trace` is as in Alignment. Raises DamagedError,
        StorageError.
        """
        mending = Mending(self.path, self._files, self._disk, trace, timestamp(self._now()), stamp_of(self._now()))
        for _ in range(_MOST_READINGS):
            self._digest = hashlib.sha256()
            reading = Recovery(self.path, check, begin(), self._digest.update)
            with as_storage_error(self.path):
                recovered = reading.run()
                healed = list(mending.mend(reading, recovered.begun))
            self.healed += healed
            if not healed or reading.consistent:
                self._committed = recovered.lines
                return recovered
        raise DamagedError(f"the files of {self.path} contradict each other; see: destilation verify")

    async def record(self, answer: StoredAnswer) -> None:
        """Keep a paid answer; returns when it is written (with durability "each": on the medium)."""
        await self._writer.write(COMPLETIONS, encode_line(answer))

    @property
    def warning(self) -> str | None:
        """What is the matter with the event log, which never ends a run; None when nothing is."""
        return self._events.warning

    def accept(self, line: bytes, provenance: Provenance) -> None:
        """Keep a sample, one line of JSON without its end, and how it came to be."""
        self._writer.put(PROVENANCE, encode_line(provenance))
        self._digest.update(line + b"\n")
        self._writer.put(SAMPLES, line + b"\n")

    def refuse(self, rejection: StoredRejection) -> None:
        """Keep a rejection."""
        self._writer.put(REJECTIONS, encode_line(rejection))

    def charge(self, charge: StoredCharge) -> None:
        """Keep what a request without an answer may have cost."""
        self._writer.put(CHARGES, encode_line(charge))

    def emit(self, event: Event) -> None:
        """Tell a fact. A fact that cannot be written is lost, and nothing else happens."""
        if self._writer.failure is None and not self._closed:
            self._writer.put(EVENTS, b'{"t":"%s",' % timestamp(self._now()).encode() + encode_line(event)[1:])

    def put_metadata(self, document: Mapping[str, object]) -> None:
        """Replace metadata.json; of several that wait only the last is written."""
        data = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
        if self._writer.failure is None and not self._closed:
            path = self.path / METADATA
            self._writer.run_errand(METADATA, lambda: replace_file(path, [data], self._disk, sync=self._durable))

    def put_job(self, toml: str) -> None:
        """Replace job.toml."""
        with as_storage_error(self.path):
            replace_file(self.path / JOB, [toml.encode()], self._disk, sync=self._durable)

    def read_metadata(self) -> dict[str, Any] | None:
        """What metadata.json says; None where it is absent or damaged. Raises ConfigError for a newer version."""
        document = read_metadata(self.path)
        version = None if document is None else document.get("version")
        if isinstance(version, int) and version > METADATA_VERSION:
            raise ConfigError(f"{self.path} was written by a newer Destilation (version {version}); update this one")
        return document

    @property
    def samples_digest(self) -> str:
        """SHA-256 of samples.jsonl with everything that was accepted, in hexadecimal."""
        return self._digest.hexdigest()

    async def close(self) -> None:
        """Write and sync what is left, and let the folder go. Raises the StorageError if there was one."""
        if self._closed:
            return
        self._closed = True
        try:
            try:
                await asyncio.to_thread(self._writer.close)
            except RuntimeError:  # no thread can be started where memory has run out
                self._writer.close()
        finally:
            self._events.close()
            for file in self._files.values():
                file.close()
            if self._lock is not None:
                self._lock.release()

    def _count(self, lines: int) -> None:
        self._committed += lines

    def _failed(self, error: OSError) -> StorageError:
        return _storage_error(error, self.path, f"{self._committed:,} samples were written; the same command continues")


@contextmanager
def as_storage_error(folder: Path, state: str = "nothing was changed") -> Iterator[None]:
    """Tell an OSError as what it means for a dataset folder, of which `state` tells the rest."""
    try:
        yield
    except OSError as error:
        raise _storage_error(error, folder, state) from error


def _storage_error(error: OSError, folder: Path, state: str) -> StorageError:
    place = os.fsdecode(error.filename) if error.filename else str(folder)
    remedy = {
        errno.ENOSPC: "make room on the disk",
        errno.EDQUOT: "make room in your quota",
        errno.EACCES: "make the folder writable",
        errno.EROFS: "choose a folder that can be written to",
        errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
        errno.ENOMEM: "make room in memory, or lower job.concurrency",
        errno.EMFILE: "raise the limit of open files (ulimit -n)",
        errno.ENOENT: "the folder was moved or removed, or cannot be made there",
    }.get(error.errno or 0, "look at the disk")
    return StorageError(f"{place}: {error.strerror or error}; {remedy}. {state}")
