"""What it means for a dataset folder, and what can be done, when the disk refuses. Knows no file of the folder."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from destilation.errors import StorageError


@contextmanager
def as_storage_error(folder: Path, state: str = "nothing was changed") -> Iterator[None]:
    """Tell an OSError as what it means for a dataset folder, of which `state` tells the rest."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, folder, state) from error


def storage_error(error: OSError, folder: Path, state: str) -> StorageError:
    """The error that tells what an OSError means for a dataset folder, what to do, and in which `state` it is."""
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
