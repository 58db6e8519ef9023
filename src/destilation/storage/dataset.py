"""A dataset folder open for writing: everything a run keeps goes through here."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from destilation.core.events import Event, Healed
from destilation.core.job import Durability
from destilation.core.progress_state import ProgressState
from destilation.errors import ConfigError, DamagedError, StorageError
from destilation.storage.align import Trace
from destilation.storage.append import AppendFile
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.event_log import EventLog
from destilation.storage.fold import read_metadata
from destilation.storage.heal import heal
from destilation.storage.index_file import Checkpoint, Known, Purpose, Saved, read_index
from destilation.storage.kept import KeptLines
from destilation.storage.layout import (
    CHARGES,
    COMPLETIONS,
    EVENTS,
    INDEX,
    JOB,
    METADATA,
    PROVENANCE,
    REJECTIONS,
    SAMPLES,
    TOPICS,
    TRUTH,
    create_folder,
    remove_stale,
)
from destilation.storage.ledger import Ledger
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
from destilation.storage.recovery import Check, Fold, Recovered, Recovery, Started
from destilation.storage.refusals import as_storage_error, storage_error
from destilation.storage.tally import Prefix, Tally, tallies_of
from destilation.storage.writer import Writer

METADATA_VERSION = 1
_MOST_READINGS = 4


class Dataset:
    """The one writer of a folder, from `open` to `close`; `kept` has its samples. Methods raise what ended it."""

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
        self._began_with = self._told = 0
        self._indexed: Mapping[str, Prefix] = {}
        self._unindexed: str | None = None
        self._closed = False
        self._tallies = {name: Tally() for name in TRUTH}
        self._ledger = Ledger(lambda _: None)
        self.kept = KeptLines(path / SAMPLES, lambda: self._tallies[SAMPLES])
        self._durable = durability != "none"
        self._writer = Writer(files, events, durability, failed=self._failed)

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

    def recover(
        self,
        *,
        check: Check,
        begin: Callable[[Saved | None], Fold | None],
        trace: Trace,
        purpose: Purpose | None = None,
    ) -> Recovered:
        """Read the folder back; where its files contradict each other, mend them and read again.

        Each sample must pass `check` (what is wrong with it, or None). `begin` makes the fold that is told of
        all that is read, a new one for each reading; `trace` is as in Alignment. With a `purpose`, an index file
        that is for it spares reading what it stands for: `begin` is given it then (None: it cannot be used). Raises
        DamagedError, StorageError.
        """
        mending = Mending(self.path, self._files, self._disk, trace, timestamp(self._now()), stamp_of(self._now()))
        for again in range(_MOST_READINGS):
            with as_storage_error(self.path):
                saved, start = (None, None) if again or purpose is None else self._saved(purpose)
                fold = begin(saved)
                if fold is None:
                    fold, start = begin(None), None
                assert fold is not None
                reading = Recovery(self.path, check, fold, start)
                recovered = reading.run()
                healed = list(mending.mend(reading, recovered.begun))
            self.healed += healed
            if not healed or reading.consistent:
                self._tallies, self._ledger = reading.tallies, reading.ledger
                self._began_with = recovered.lines
                self._indexed = {} if saved is None or start is None else saved.known.files
                return recovered
        raise DamagedError(f"the files of {self.path} contradict each other; see: destilation verify")

    def _saved(self, purpose: Purpose) -> tuple[Saved, Started] | tuple[None, None]:
        """What the index file holds, where it is for that purpose and the files still begin as it says."""
        saved = read_index(self.path, purpose)
        if saved is None or set(saved.known.files) != set(TRUTH):
            return None, None
        tallies = tallies_of(self.path, saved.known.files)
        return (None, None) if tallies is None else (saved, Started(tallies, saved.known.ledger))

    def checkpoint(self, purpose: Purpose, progress: ProgressState, arrays: Mapping[str, Sequence[Any]]) -> Checkpoint:
        """What the index file would have to hold now; `progress` and `arrays` are of all that was written so far."""
        files = {name: tally.prefix for name, tally in self._tallies.items()}
        return Checkpoint(Known(purpose, files, self._ledger.state, progress), arrays)

    def put_index(self, checkpoint: Checkpoint) -> None:
        """Replace the index file, in a thread of the caller's; where that fails there is a warning, and no more."""
        try:
            checkpoint.write(self.path, self._disk)
        except OSError as error:
            said = error.strerror or error
            self._unindexed = f"{INDEX} could not be written ({said}): the next start takes longer, and that is all"
        else:
            self._unindexed, self._indexed = None, checkpoint.known.files

    @property
    def indexed(self) -> bool:
        """Whether the index file has all that is known."""
        return self._indexed == {name: tally.prefix for name, tally in self._tallies.items()}

    async def record(self, *answers: StoredAnswer) -> None:
        """Keep what came in one paid reply; returns when it is written (with durability "each": on the medium)."""
        lines = []
        for answer in answers:
            lines.append(line := encode_line(answer))
            self._tallies[COMPLETIONS].add(line)
            self._ledger.answer(answer, line)
        await self._writer.write(COMPLETIONS, b"".join(lines))

    def recorded(self, task: int, attempt: int) -> StoredAnswer | None:
        """An answer that came since this was opened, of a task that is not settled; None for any other."""
        return self._ledger.written(task, attempt)

    @property
    def warnings(self) -> list[str]:
        """What is the matter with the event log or the index file, which never end a run."""
        return [each for each in (self._events.warning, self._unindexed) if each is not None]

    def accept(self, line: bytes, provenance: Provenance) -> None:
        """Keep a sample, one line of JSON without its end, and how it came to be."""
        self._put(PROVENANCE, encode_line(provenance))
        self._put(SAMPLES, line + b"\n")
        self.kept.append(line)
        self._ledger.accepted += 1
        self._ledger.sample(provenance, new=True)

    def refuse(self, rejection: StoredRejection) -> None:
        """Keep a rejection."""
        line = encode_line(rejection)
        self._put(REJECTIONS, line)
        self._ledger.refusal(rejection, line)

    def charge(self, charge: StoredCharge) -> None:
        """Keep what a request without an answer may have cost."""
        self._put(CHARGES, encode_line(charge))
        self._ledger.charge(charge)

    def emit(self, event: Event) -> None:
        """Tell a fact. A fact that cannot be written is lost, and nothing else happens."""
        if self._writer.failure is None and not self._closed:
            line = b'{"t":"%s",%s' % (timestamp(self._now()).encode(), encode_line(event)[1:])
            self._told += len(line)
            self._writer.put(EVENTS, line)

    def put_metadata(self, document: Mapping[str, object]) -> None:
        """Replace metadata.json, the fold of all facts told so far; of several that wait only the last is written.

        `events_offset` is the byte of `.events.jsonl` up to which it goes, so less than 0 where that is in the
        file before.
        """
        told = self._told

        def write() -> None:
            whole = {**document, "events_offset": told - self._events.began}
            data = msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"
            replace_file(self.path / METADATA, [data], self._disk, sync=self._durable)

        if self._writer.failure is None and not self._closed:
            self._writer.run_errand(METADATA, write)

    def put_job(self, toml: str) -> None:
        """Replace job.toml."""
        with as_storage_error(self.path):
            replace_file(self.path / JOB, [toml.encode()], self._disk, sync=self._durable)

    def put_topics(self, outline: str) -> None:
        """Replace topics.txt."""
        with as_storage_error(self.path):
            replace_file(self.path / TOPICS, [outline.encode()], self._disk, sync=self._durable)

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
        return self._tallies[SAMPLES].sha256

    async def close(self, index: Checkpoint | None = None) -> None:
        """Write and sync what is left, then the index file if there is one to write, and let the folder go.

        Raises the StorageError if there was one.
        """
        if self._closed:
            return
        self._closed = True
        try:
            await asyncio.to_thread(self._finish, index)
        except RuntimeError:  # no thread can be started where memory has run out
            self._finish(index)
        finally:
            self._events.close()
            for file in self._files.values():
                file.close()
            if self._lock is not None:
                self._lock.release()

    def _finish(self, index: Checkpoint | None) -> None:
        self._writer.close()
        if index is not None:
            self.put_index(index)

    def _put(self, name: str, line: bytes) -> None:
        self._tallies[name].add(line)
        self._writer.put(name, line)

    def _failed(self, error: OSError) -> StorageError:
        written = self._began_with + self._writer.samples
        return storage_error(error, self.path, f"{written:,} samples were written; the same command continues")
