"""The disk under the output folder: room, and how long it takes to make a line last. Leaves nothing behind."""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from destilation.launch.doctor.finding import Finding, bad, good, odd
from destilation.storage.disk import Disk

LITTLE_ROOM = 1 << 30
SLOW_SYNC_S = 0.1
_TIMES, _BYTES = 7, 4_096


def disk(out: Path) -> list[Finding]:
    """Room and speed where the dataset's folder is, or will be made."""
    there = next((each for each in (out, *out.parents) if each.exists()), Path("/"))
    if not there.is_dir():
        return [bad("disk", f"{there} is a file, so no folder can be made in it", "choose another --out")]
    try:
        free = shutil.disk_usage(there).free
        seconds = _sync_seconds(there)
    except OSError as error:
        return [bad("disk", f"{there}: {error.strerror or error}", "make it writable, or choose another --out")]
    told = f"{free / 2**30:,.1f} GiB free at {there}"
    room = odd("disk", told, "a sample takes about 2 kB with its ledger; make room") if free < LITTLE_ROOM else None
    said = f"a line is safe on the disk after {1000 * seconds:.1f} ms"
    slow = "it lasts long; a local disk is better than one over the network"
    sync = odd("fsync", said, slow) if seconds > SLOW_SYNC_S else good("fsync", said)
    return [room or good("disk", told), sync]


def _sync_seconds(folder: Path) -> float:
    """The median of a few. Raises OSError."""
    real, times = Disk(), []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".destilation-doctor-") as file:
        for _ in range(_TIMES):
            os.write(file.fileno(), b"x" * _BYTES)
            began = time.perf_counter()
            real.sync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times)
