"""Small files that are at every instant absent or whole. Knows nothing of what is in them."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from destilation.storage.disk import Disk, write_all


def replace_file(path: Path, chunks: Iterable[bytes], disk: Disk, *, sync: bool = True) -> None:
    """Put a new file in the place of `path`, in one step. Raises OSError, and then nothing has changed."""
    beside = path.with_name(f"{path.name}.tmp.{os.getpid()}")
    try:
        descriptor = disk.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            for chunk in chunks:
                write_all(disk, descriptor, chunk)
            if sync:
                disk.sync(descriptor)
        finally:
            os.close(descriptor)
        disk.replace(beside, path)
        if sync:
            disk.sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            disk.remove(beside)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
