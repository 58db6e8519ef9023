"""The names of the files in a dataset folder, and how one is opened. Knows nothing of what is in them.

Nothing here follows a symbolic link, waits for a pipe, or makes a file that others may read.
"""

import contextlib
import itertools
import os
import re
import stat
from pathlib import Path
from typing import Final

from destilation.errors import ConfigError
from destilation.storage.disk import Disk

SAMPLES: Final = "samples.jsonl"
PROVENANCE: Final = "provenance.jsonl"
COMPLETIONS: Final = "completions.jsonl"
CHARGES: Final = "charges.jsonl"
REJECTIONS: Final = "rejections.jsonl"
EVENTS: Final = ".events.jsonl"
CONTROL: Final = ".control.jsonl"
RUN_LOG: Final = "run.log"
METADATA: Final = "metadata.json"
JOB: Final = "job.toml"
LOCK: Final = ".lock"
TOPICS: Final = "topics.txt"
INDEX: Final = ".index.bin"
VECTORS: Final = ".vectors.bin"

TRUTH: Final = (COMPLETIONS, CHARGES, REJECTIONS, PROVENANCE, SAMPLES)
"""The files that say what is so, in the order in which they are written and synced."""

_STALE = re.compile(r".+\.tmp\.\d+")


def aside(path: Path, kind: str, stamp: str) -> Path:
    """A free name beside `path` for what is moved out of it: `torn-20261124T120000Z-samples.jsonl.bin`."""
    for again in itertools.chain([""], (f"-{number}" for number in itertools.count(2))):
        beside = path.with_name(f"{kind}-{stamp}{again}-{path.name.lstrip('.')}.bin")
        if not beside.exists():
            return beside
    raise AssertionError("there is always another number")


def create_folder(path: Path, disk: Disk) -> None:
    """Make the folder (0700) if it is not there. Raises ConfigError where it cannot be one, OSError."""
    if path.is_symlink() and path.resolve().parent != path.parent.resolve():
        raise ConfigError(f"{path} is a link to {path.resolve()}, outside its folder; name that folder itself")
    if path.is_dir():
        return
    if path.exists() or path.is_symlink():
        raise ConfigError(f"{path} is not a folder; choose another name or move it away")
    in_the_way = next((each for each in path.parents if each.exists() and not each.is_dir()), None)
    if in_the_way is not None:
        raise ConfigError(f"{in_the_way} is a file, so no folder can be made in it; choose another --out")
    made = [each for each in (path, *path.parents) if not each.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(0o700)
    for each in made:
        disk.sync_folder(each.parent)


def remove_stale(folder: Path, disk: Disk) -> None:
    """Remove what a killed process left of small files it was replacing. Only for who holds the lock."""
    for entry in os.scandir(folder):
        if _STALE.fullmatch(entry.name) and not entry.is_dir(follow_symlinks=False):
            disk.remove(Path(entry.path))


def open_regular(path: Path, flags: int, disk: Disk) -> int:
    """A descriptor of a regular file (made 0600). Raises ConfigError for anything else, OSError."""
    with contextlib.suppress(FileNotFoundError):
        _refuse_other(path, os.lstat(path).st_mode)
    descriptor = disk.open(path, flags)
    try:
        _refuse_other(path, os.fstat(descriptor).st_mode)
    except ConfigError:
        os.close(descriptor)
        raise
    return descriptor


def _refuse_other(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
        raise ConfigError(f"{path} is {kind}; move it away, for data is only written to a file of its own")
