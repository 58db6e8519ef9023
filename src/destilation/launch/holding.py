"""A folder held while its files are put anew by something that is no run: no run can begin meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from destilation.storage.disk import Disk
from destilation.storage.lock import Lock
from destilation.storage.records import timestamp
from destilation.storage.refusals import as_storage_error


@contextmanager
def holding(folder: Path, disk: Disk) -> Iterator[None]:
    """Hold the folder's lock. Raises FolderInUseError; an OSError inside becomes a StorageError."""
    with as_storage_error(folder, "the same command can be given again"):
        lock = Lock.take(folder, timestamp(datetime.now(UTC)), disk)
        try:
            yield
        finally:
            lock.release()
