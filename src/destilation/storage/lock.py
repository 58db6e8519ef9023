"""One writer a folder: a lock that ends with its process, and who holds it. Knows nothing of the other files.

The lock is the operating system's; the words in the file are only for the message to the second process.
"""

import errno
import os
import socket
import sys
import time
from pathlib import Path

import msgspec

from destilation.errors import ConfigError, FolderInUseError
from destilation.storage.disk import Disk
from destilation.storage.layout import LOCK, open_regular

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_UNSUPPORTED = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}
_TRIES, _PAUSE_S = 6, 0.02
_FAR = 1 << 30


class Holder(msgspec.Struct, frozen=True):
    """Who holds a lock: process, host, and since when (UTC, RFC 3339)."""

    pid: int
    host: str
    since: str


class Lock:
    """The lock of one folder, held from `take` to `release` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path, since: str, disk: Disk) -> "Lock":
        """Raises FolderInUseError, ConfigError where the file system has no locks, OSError."""
        descriptor = open_regular(folder / LOCK, os.O_RDWR | os.O_CREAT, disk)
        try:
            if not _patiently(descriptor, folder):
                raise FolderInUseError(_in_use(folder))
            words = msgspec.json.encode(Holder(os.getpid(), socket.gethostname(), since))
            os.ftruncate(descriptor, 0)
            os.write(descriptor, words)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def release(self) -> None:
        """Let the next one in. The file stays, empty: removing it would let two in."""
        try:
            os.ftruncate(self._descriptor, 0)
        finally:
            os.close(self._descriptor)


def holder(folder: Path) -> Holder | None:
    """Who writes to the folder now; None if nobody does. A writer too shy to say is process 0."""
    try:
        descriptor = open_regular(folder / LOCK, os.O_RDONLY, Disk())
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        if _locked_now(descriptor):
            return None
        return msgspec.json.decode(os.read(descriptor, 4096), type=Holder)
    except msgspec.DecodeError:
        return Holder(0, "", "")
    finally:
        os.close(descriptor)


def _in_use(folder: Path) -> str:
    found = holder(folder)
    who = f"process {found.pid} on {found.host} since {found.since}" if found and found.pid else "another process"
    return f"{folder} is being written to by {who}; wait until it has ended, or stop it"


def _patiently(descriptor: int, folder: Path) -> bool:
    """Try a few times, for who only looks whether the lock is held has it for an instant."""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_S)
        try:
            if _locked_now(descriptor):
                return True
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                raise ConfigError(
                    f"the file system of {folder} has no locks, so two runs could spoil it; choose a local folder"
                ) from error
            raise
    return False


def _locked_now(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _FAR, os.SEEK_SET)  # beyond the words, which others may then read
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
