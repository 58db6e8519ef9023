"""The one thread that writes: batches, in the order that makes samples the commit point, and group commit.

Knows no kind of line. Callers hand over whole lines; the thread appends what has gathered, files in the
order of `layout.TRUTH`, and syncs 100 ms after the oldest unsynced line or after 4 MiB. It is used by one loop:
what that puts in one turn is handed over at its end.
"""

import asyncio
import errno
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from destilation.core.job import Durability
from destilation.errors import StorageError
from destilation.storage.append import AppendFile
from destilation.storage.event_log import EventLog
from destilation.storage.layout import EVENTS, SAMPLES, TRUTH

SYNC_S = 0.1
SYNC_BYTES = 4 << 20
EVENTS_S = 0.1
_IDLE_S = float("inf")
_Receipt = asyncio.Future[None]  # whoever awaits it goes on when the line is written


class Writer:
    """Owns the append-only files of a folder. The first error of one ends it for good; events never do.

    `samples` is how many lines of samples it has written.
    """

    def __init__(
        self,
        files: Mapping[str, AppendFile],
        events: EventLog,
        durability: Durability,
        *,
        failed: Callable[[OSError], StorageError],
    ) -> None:
        self.failure: StorageError | None = None
        self.samples = 0
        self._files = files
        self._event_log = events
        self._durability = durability
        self._failed = failed
        self._mutex = threading.Condition()
        self._lines: dict[str, list[bytes]] = {name: [] for name in (*files, EVENTS)}
        self._gathered: defaultdict[str, list[bytes]] = defaultdict(list)
        self._waiting: list[_Receipt] = []
        self._receipts: list[_Receipt] = []
        self._errands: dict[str, Callable[[], None]] = {}
        self._closing = False
        self._unsynced = 0
        self._sync_at = self._events_at = _IDLE_S
        self._asleep = False
        self._thread: threading.Thread | None = None

    def put(self, name: str, line: bytes) -> None:
        """Have a line appended to a file. Raises the StorageError that ended the writer.

        It is kept until the loop has done all that it can do now: the thread is woken once for all of it.
        """
        if self.failure is not None or self._thread is None:
            self._check()
        first = not self._gathered
        self._gathered[name].append(line)
        if first:
            self._hand_over_soon()

    async def write(self, name: str, line: bytes) -> None:
        """As `put`, and return when the line is written (with durability "each": synced)."""
        self.put(name, line)
        receipt: _Receipt = asyncio.get_running_loop().create_future()
        self._waiting.append(receipt)
        await receipt

    def run_errand(self, name: str, errand: Callable[[], None]) -> None:
        """Have something small done by the thread, after what was put so far.

        One of the same name that still waits is replaced.
        """
        self._check()
        with self._mutex:
            self._errands[name] = errand
        self._hand_over()

    def close(self) -> None:
        """Write, sync and end the thread. Raises the StorageError if there was one."""
        with self._mutex:
            self._closing = True
            thread = self._thread
        self._hand_over()
        if thread is not None:
            thread.join()
        if self.failure is not None:
            raise self.failure

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="destilation-writer")
            self._thread.start()

    def _hand_over_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self._hand_over)
        except RuntimeError:  # no loop is running
            self._hand_over()

    def _hand_over(self) -> None:
        with self._mutex:
            gathered, self._gathered = self._gathered, defaultdict(list)
            for name, lines in gathered.items():
                self._lines[name] += lines
            waiting, self._waiting = self._waiting, []
            if self.failure is None:
                self._receipts += waiting
            # Events alone wait for the alarm that is set for them.
            urgent = any(name != EVENTS for name in gathered) or self._events_at == _IDLE_S
            if self._asleep and (urgent or self._errands or self._closing):
                self._mutex.notify()
        if self.failure is not None:
            self._acknowledge(waiting, self.failure)

    def _run(self) -> None:
        going_on = True
        while going_on:
            lines, receipts, errands, going_on = self._take()
            try:
                self._append(lines, last=not going_on)
                for errand in errands:
                    errand()
            except Exception as error:
                self._fail(_as_os_error(error), receipts)
                return
            self._acknowledge(receipts)

    def _take(self) -> tuple[dict[str, list[bytes]], list[_Receipt], list[Callable[[], None]], bool]:
        with self._mutex:
            while not (self._closing or self._errands or self._due()):
                self._asleep = True
                alarm = min(self._sync_at, self._events_at)
                self._mutex.wait(None if alarm == _IDLE_S else max(0.0, alarm - time.monotonic()))
                self._asleep = False
            lines = {name: queued for name, queued in self._lines.items() if queued}
            if self._lines.get(EVENTS) and not self._events_due() and not self._closing:
                del lines[EVENTS]
            for name in lines:
                self._lines[name] = []
            receipts, self._receipts = self._receipts, []
            errands, self._errands = list(self._errands.values()), {}
            return lines, receipts, errands, not self._closing

    def _due(self) -> bool:
        """Whether there is something to do now; sets the alarm for what has to wait."""
        now = time.monotonic()
        if self._lines.get(EVENTS) and self._events_at == _IDLE_S:
            self._events_at = now + EVENTS_S
        truth = any(self._lines[name] for name in TRUTH if name in self._lines)
        return truth or self._events_due() or (self._unsynced > 0 and now >= self._sync_at)

    def _events_due(self) -> bool:
        return self._events_at != _IDLE_S and time.monotonic() >= self._events_at

    def _append(self, lines: Mapping[str, Sequence[bytes]], *, last: bool) -> None:
        for name in TRUTH:
            if queued := lines.get(name):
                data = b"".join(queued)
                self._files[name].append(data)
                if not self._unsynced:
                    self._sync_at = time.monotonic() + SYNC_S
                self._unsynced += len(data)
        self.samples += len(lines.get(SAMPLES, ()))
        self._append_events(lines.get(EVENTS))
        due = last or self._durability == "each" or time.monotonic() >= self._sync_at
        if self._unsynced and (due or self._unsynced >= SYNC_BYTES):
            self._sync()

    def _append_events(self, queued: Sequence[bytes] | None) -> None:
        if queued is None:
            return
        self._events_at = _IDLE_S
        self._event_log.append(b"".join(queued))

    def _sync(self) -> None:
        for name in TRUTH:
            self._files[name].check()
            if self._durability != "none":
                self._files[name].sync()
        self._unsynced, self._sync_at = 0, _IDLE_S

    def _acknowledge(self, receipts: Sequence[_Receipt], failure: StorageError | None = None) -> None:
        """Tell those who wait, who all do so in the same loop."""
        if receipts and not (loop := receipts[0].get_loop()).is_closed():
            loop.call_soon_threadsafe(_settle, receipts, failure)

    def _fail(self, error: OSError, receipts: Sequence[_Receipt]) -> None:
        failure = self._failed(error)
        with self._mutex:
            self.failure = failure
            receipts = [*receipts, *self._receipts]
            self._receipts = []
        self._acknowledge(receipts, failure)


def _as_os_error(error: Exception) -> OSError:
    """Whatever ends the writer ends it as a disk would: those who wait for it must be told."""
    if isinstance(error, OSError):
        return error
    if isinstance(error, MemoryError):
        return OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    return OSError(errno.EIO, f"{type(error).__name__}: {error}")


def _settle(receipts: Sequence[_Receipt], failure: StorageError | None) -> None:
    for receipt in receipts:
        if receipt.done():
            continue
        if failure is None:
            receipt.set_result(None)
        else:
            receipt.set_exception(failure)
